import { createHash } from 'node:crypto';
import type { FieldChange } from '../../../identity/change.ts';
import type { ColumnLimits } from '../../../identity/column-limits.ts';
import type { Group, GroupLink, GroupUpdate, HeldGroup, NamedGroup } from '../../../identity/group.ts';
import { externalId, isTag, keyOf, type ExternalId } from '../../../syncer/external-id.ts';
import type { GroupProfile, ProfileNote } from '../../../syncer/profile.ts';
import { cutCharacters, isWithin } from '../../../syncer/characters.ts';
import { text, type Text } from '../../../syncer/text.ts';
import { notStorable } from '../users/fit-values.ts';
import { GROUP_CONFLICT } from '../../warnings.ts';

/** What is to be done for one department. */
export interface GroupPlan {
  readonly kind: 'createGroup' | 'updateGroup' | 'conflict' | 'skip' | 'unchanged';
  readonly userid: string;
  readonly user: string;
  readonly fields: readonly FieldChange[];
  readonly reason: Text;
  /** Name of the group that stands for the department; undefined = none. */
  readonly groupName?: string;
  /** Where the group hangs once the plan is carried out. */
  readonly parentId?: string;
  readonly create?: Group;
  readonly update?: GroupUpdate;
  readonly link?: GroupLink;
  /** The group that is in the way, where a person can say whether it is the department's. */
  readonly inTheWay?: Group;
  readonly notes: readonly ProfileNote[];
}

/** What group names are made of. */
export interface Naming {
  readonly organization: string;
  /** Name of the syncer, which tells two corps in one organization apart. */
  readonly syncerName: string;
  readonly syncerId: string;
  readonly limits: ColumnLimits;
}

export interface GroupContext extends Naming {
  /** The group that those at the top of the directory hang below; "" = none. */
  readonly parentGroup: string;
  /** The group that it is to hang below; null = none, it is at the top; undefined = unknown. */
  readonly parentOf: (profile: GroupProfile) => string | null | undefined;
  /** Account name of a member, for the manager column. */
  readonly accountOf: (member: ExternalId) => string | undefined;
  /** The group that has this name. */
  readonly named: (name: string) => NamedGroup | undefined;
}

const DIGEST = 12;

/**
 * The names that a group may have, in the order in which they are tried. A name is unique in the whole database, since
 * the IAM's group names are, and free of the department's own name, so that a rename touches one column of one row. Two
 * syncers of one organization may both have a department 5; and since organizations and syncers are named freely,
 * `acme` + `cn-corp` and `acme-cn` + `corp` come to the same first name: the second one says which syncer it is by a
 * digest of its id, which no other has.
 */
export function groupNames({ organization, syncerName, syncerId, limits }: Naming, id: string): readonly string[] {
  const own = isTag(externalId(id)) ? id.replace(':', '-') : id;
  const name = `${organization}-${syncerName}-${own}`.replaceAll('/', '-');
  const digest = createHash('sha256').update(`${syncerId}\n${id.toLowerCase()}`).digest('hex').slice(0, DIGEST);
  return [name, `${name.slice(0, limits.groupName - DIGEST - 1)}-${digest}`];
}

const NOT_STORABLE: ProfileNote = {
  code: 'value-not-storable',
  message: notStorable(text('The name of the group', '群组名称')),
};

const cutName = (name: string, { groupDisplayName, countsBytes }: ColumnLimits): string =>
  cutCharacters(name, groupDisplayName, countsBytes);

/** @param chosen the name that a person chose for a group that is made */
export function planGroup(
  profile: GroupProfile,
  held: HeldGroup | undefined,
  context: GroupContext,
  chosen?: string,
): GroupPlan {
  const parent = context.parentOf(profile);
  const { manager, externalId: userid } = profile;
  const fits = (name: string | undefined): boolean =>
    name !== undefined && isWithin(name, context.limits.charsets?.groupDisplayName);
  // What the column cannot store is as good as unknown: a group keeps its name, a new one is called by its id.
  const displayName = fits(profile.displayName) ? profile.displayName : undefined;
  const provisionalName = fits(profile.provisionalName) ? profile.provisionalName : undefined;
  const wanted: Partial<Omit<Group, 'owner' | 'name'>> = {
    ...(displayName !== undefined && { displayName: cutName(displayName, context.limits) }),
    ...(parent !== undefined && placeOf(parent, userid, context)),
    ...(manager !== undefined && { manager: manager === null ? '' : (context.accountOf(manager) ?? '') }),
  };
  const nameNote = profile.displayName === undefined ? NAMELESS : NOT_STORABLE;
  const notes = [...(profile.notes ?? []), ...(displayName === undefined ? [nameNote] : [])];
  if (held?.group) return { ...planExisting(userid, held.group, wanted, context), notes };

  const names = chosen === undefined ? undefined : [chosen];
  return planNew({ userid, provisionalName, wanted, notes }, held, context, names);
}

/** @param parent null = the top of the directory; what is no department is no part of the tree that has a parent group */
function placeOf(
  parent: string | null,
  id: ExternalId,
  { organization, parentGroup }: Pick<GroupContext, 'organization' | 'parentGroup'>,
): Pick<Group, 'parentId' | 'isTopGroup'> {
  const above = parent ?? (isTag(id) ? '' : parentGroup);
  return { parentId: above === '' ? organization : above, isTopGroup: above === '' };
}

/** A department that no group stands for. */
interface NewDepartment {
  readonly userid: ExternalId;
  /** What it is called while the directory shows no name. */
  readonly provisionalName: string | undefined;
  readonly wanted: Partial<Omit<Group, 'owner' | 'name'>>;
  readonly notes: readonly ProfileNote[];
}

/** @param held its link, when its group was deleted by a person */
function planNew(
  { userid, provisionalName, wanted, notes }: NewDepartment,
  held: HeldGroup | undefined,
  context: GroupContext,
  chosen: readonly string[] | undefined,
): GroupPlan {
  const names = groupNames(context, userid);
  const [name] = names;
  if (name === undefined || (name.length > context.limits.groupName && !held)) {
    return planConflict(
      userid,
      // What is about a group names one: by that the report tells departments from people.
      `${context.organization}/${name ?? ''}`,
      text(
        `The group name "${name}" is longer than the column; use a shorter organization or syncer name.`,
        `群组名“${name}”超过列长度；请使用更短的组织名或同步器名。`,
      ),
      notes,
    );
  }
  const free = freeName(chosen ?? (held ? [held.link.groupName, ...names] : names), context);
  if (typeof free !== 'string') {
    const user = `${free.owner}/${free.name}`;
    const conflict = planConflict(
      userid,
      user,
      text(
        `The group name "${free.name}" is taken by ${user}, which no syncer holds; rename or delete that group.`,
        `群组名“${free.name}”已被 ${user} 占用，且不由任何同步器管理；请重命名或删除该群组。`,
      ),
      notes,
    );
    return { ...conflict, inTheWay: free };
  }
  const create: Group = {
    owner: context.organization,
    name: free,
    manager: '',
    displayName: cutName(provisionalName ?? userid, context.limits),
    ...placeOf(null, userid, context),
    ...wanted,
  };
  const { owner: _owner, name: _name, manager: _manager, ...told } = create;
  return {
    kind: 'createGroup',
    userid,
    user: `${context.organization}/${free}`,
    fields: Object.entries({ ...told, ...wanted }).map(([field, after]) => ({ field, before: null, after })),
    reason: isTag(userid) ? text('New tag.', '新标签。') : text('New department.', '新部门。'),
    groupName: free,
    parentId: create.parentId,
    create,
    link: { key: keyOf(userid), externalId: userid, groupName: free },
    notes,
  };
}

/**
 * The first name that is free, or the group that only a person can decide about: one of this organization that no syncer
 * holds. What others have is theirs, so the next name is tried.
 */
function freeName(names: readonly string[], context: GroupContext): string | Group {
  let last: Group | undefined;
  for (const name of names) {
    const taken = context.named(name);
    if (!taken) return name;
    last = taken.group;
    if (last.owner === context.organization && taken.heldBy === null) return last;
  }
  if (!last) throw new Error('A group needs a name.');
  return last;
}

const planConflict = (userid: string, user: string, reason: Text, notes: readonly ProfileNote[]): GroupPlan => ({
  kind: 'conflict',
  userid,
  user,
  fields: [],
  reason,
  notes: [...notes, { code: 'group-conflict', message: GROUP_CONFLICT }],
});

const NAMELESS: ProfileNote = {
  code: 'department-nameless',
  message: text(
    'The directory shows no name of these departments: their groups keep the names that they have, and new ones are called by the id. Allow the app to read department names.',
    '通讯录未返回这些部门的名称：其群组保留现有名称，新群组以部门 ID 命名。请允许应用读取部门名称。',
  ),
};

/** Plans a department that a person said this group stands for. */
export function planGroupByHand(profile: GroupProfile, group: Group, context: GroupContext): GroupPlan {
  const link: GroupLink = { key: keyOf(profile.externalId), externalId: profile.externalId, groupName: group.name };
  const plan = planGroup(profile, { link, group }, context);
  return { ...plan, kind: 'updateGroup', reason: LINKED_BY_HAND, link };
}

const LINKED_BY_HAND = text('A person said that this group is the department’s.', '已由人工确认该群组对应此部门。');

/** Plans a conflict that a person does not want to hear of. */
export const planIgnored = (plan: GroupPlan, reason: Text): GroupPlan => ({
  ...plan,
  kind: 'skip',
  reason,
  notes: plan.notes.filter(({ code }) => code !== 'group-conflict'),
});

function planExisting(
  userid: ExternalId,
  group: Group,
  wanted: Partial<Omit<Group, 'owner' | 'name'>>,
  context: GroupContext,
): Omit<GroupPlan, 'notes'> {
  const fields: FieldChange[] = [];
  for (const [field, after] of Object.entries(wanted)) {
    const before = group[field as keyof typeof wanted];
    // A leader's userid may be spelt otherwise in the department than in the member: not a change.
    const same = field === 'manager' ? String(before).toLowerCase() === String(after).toLowerCase() : before === after;
    if (!same) fields.push({ field, before: before ?? null, after: after ?? null });
  }
  return {
    kind: fields.length > 0 ? 'updateGroup' : 'unchanged',
    userid,
    user: `${context.organization}/${group.name}`,
    fields,
    reason: text('Changed in the directory or locally.', '通讯录或本地数据有变化。'),
    groupName: group.name,
    parentId: wanted.parentId ?? group.parentId,
    ...(fields.length > 0 && {
      update: { name: group.name, ...Object.fromEntries(fields.map(({ field, after }) => [field, after])) },
    }),
  };
}
