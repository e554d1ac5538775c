import type { FieldChange } from '../identity/change.ts';
import type { ColumnLimits } from '../identity/column-limits.ts';
import type { Group, GroupLink, GroupUpdate, HeldGroup } from '../identity/group.ts';
import { keyOf, type ExternalId } from '../syncer/external-id.ts';
import type { GroupProfile } from '../syncer/profile.ts';
import { cutCharacters } from '../syncer/characters.ts';
import { text, type Text } from '../syncer/text.ts';

/** What is to be done for one department. */
export interface GroupPlan {
  readonly kind: 'createGroup' | 'updateGroup' | 'conflict' | 'unchanged';
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
}

export interface GroupContext {
  readonly organization: string;
  /** Name of the syncer, which tells two corps in one organization apart. */
  readonly syncerName: string;
  readonly limits: ColumnLimits;
  /** Group names of departments that were planned before: parents come first. */
  readonly nameOf: (department: ExternalId) => string | undefined;
  /** Account name of a member, for the manager column. */
  readonly accountOf: (member: ExternalId) => string | undefined;
}

/**
 * Unique in the whole database, since the IAM's group names are, and free of the department's own name, so that a
 * rename touches one column of one row. Two syncers of one organization may both have a department 5.
 */
export const groupName = (context: Pick<GroupContext, 'organization' | 'syncerName'>, id: string): string =>
  `${context.organization}-${context.syncerName}-${id}`.replaceAll('/', '-');

export function planGroup(
  profile: GroupProfile,
  held: HeldGroup | undefined,
  taken: Group | undefined,
  context: GroupContext,
): GroupPlan {
  const parent = profile.parent === undefined ? undefined : context.nameOf(profile.parent);
  const isTopGroup = parent === undefined;
  const wanted = {
    displayName: cutCharacters(profile.displayName, context.limits.groupDisplayName),
    parentId: parent ?? context.organization,
    isTopGroup,
    ...(profile.manager !== undefined && {
      manager: profile.manager === null ? '' : (context.accountOf(profile.manager) ?? ''),
    }),
  };
  const userid = profile.externalId;
  if (held?.group) return planExisting(userid, held.group, wanted, context);

  const name = held?.link.groupName ?? groupName(context, profile.externalId);
  const user = `${context.organization}/${name}`;
  if (name.length > context.limits.groupName) {
    return {
      kind: 'conflict',
      userid,
      user: '',
      fields: [],
      reason: text(
        `The group name "${name}" is longer than the column; use a shorter organization or syncer name.`,
        `群组名“${name}”超过列长度；请使用更短的组织名或同步器名。`,
      ),
    };
  }
  if (taken) {
    return {
      kind: 'conflict',
      userid,
      user: `${taken.owner}/${taken.name}`,
      fields: [],
      reason: text(
        `The group name "${name}" is taken by ${taken.owner}/${taken.name}, which this syncer does not hold.`,
        `群组名“${name}”已被 ${taken.owner}/${taken.name} 占用，且不由此同步器管理。`,
      ),
    };
  }
  const create: Group = { owner: context.organization, name, manager: '', ...wanted };
  return {
    kind: 'createGroup',
    userid,
    user,
    fields: Object.entries(wanted).map(([field, after]) => ({ field, before: null, after: after ?? null })),
    reason: text('New department.', '新部门。'),
    groupName: name,
    parentId: wanted.parentId,
    create,
    link: { key: keyOf(profile.externalId), externalId: profile.externalId, groupName: name },
  };
}

function planExisting(
  userid: ExternalId,
  group: Group,
  wanted: Partial<Omit<Group, 'owner' | 'name'>>,
  context: GroupContext,
): GroupPlan {
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
