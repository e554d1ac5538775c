import { required } from '../request/query-parameter.ts';
import { Refusal } from '../../service/refusal.ts';
import { GroupError, NameTakenError } from '../../storage/accounts/errors.ts';
import type { GroupEdits } from '../../storage/accounts/group-edits.ts';
import { text, type Text } from '../../syncer/text.ts';
import type { FieldChange } from '../../identity/change.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
import { settingsChanges, settingsRemoved } from '../../service/audit/settings-changes.ts';
import { confinedTo } from '../auth/caller.ts';
import { affected } from '../http/envelope.ts';
import { shown, textOf, textsIn } from '../http/query.ts';
import { AFFECTED, input, TEXT } from '../http/schema.ts';
import type { OrganizationDirectory } from '../organizations/organization-directory.ts';
import type { Call } from '../request/call.ts';
import { distinct, namedIn, namesInId, oneNamed, refuseSlashedName, type Named } from '../request/named-object.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { checkGroupName, GROUP_INPUT, groupPatch } from './group-patch.ts';

export interface GroupEditRoutesNeeds {
  readonly groupEdits: GroupEdits;
  readonly organizations: OrganizationDirectory;
  readonly audit: AuditLog;
}

/** Groups: added, changed, deleted. */
export const groupEditRoutes = (needs: GroupEditRoutesNeeds): Route[] => [
  addGroup(needs),
  updateGroup(needs),
  deleteGroup(needs),
];

/**
 * The one group that a call names.
 *
 * @param mayRename with an id, the body's name is what it is to be called
 */
function namedGroup(call: Call, mayRename: boolean): Subject<Named> {
  const inId = namesInId(call);
  const organizations = [...inId.organizations, ...namedIn(call, 'owner', 'organization')];
  const inQuery = distinct([...inId.names, ...textsIn(call.query, 'name')]);
  const names = mayRename && inQuery.length > 0 ? inQuery : [...inQuery, textOf(call.bodyIfAny, 'name')];
  return oneNamed({ organizations, names }, confinedTo(call.caller));
}

const addGroup = ({ groupEdits, organizations, audit }: GroupEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/add-group',
    rule: 'organization',
    summary: 'Adds a group.',
    body: GROUP_INPUT.ref,
    answers: { data: AFFECTED },
    find: (call) => {
      refuseSlashedName(call);
      return namedGroup(call, false);
    },
    answer: async (call, { object: { organization, name } }) => {
      const patch = groupPatch(call.body);
      checkGroupName(name);
      const entry = { action: 'add-group' as const, organization, target: `${organization}/${name}` };
      const add = async (): Promise<void> => {
        await organizations.require(organization);
        await worded(name, patch.parentId, () => groupEdits.add(organization, name, patch));
      };
      await audit.during(call.actor, entry, add, () => ({ changes: settingsChanges(undefined, { ...patch }) }));
      return affected(true);
    },
  });

const updateGroup = ({ groupEdits, audit }: GroupEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/update-group',
    rule: 'organization',
    summary: 'Changes a group; absent keys keep, and another name renames it with all its memberships.',
    query: { id: required('ORG/NAME before the change') },
    body: GROUP_INPUT.ref,
    answers: { data: AFFECTED },
    find: (call) => namedGroup(call, true),
    answer: async (call, { object: { organization, name } }) => {
      const wanted = textOf(call.body, 'name') || name;
      if (wanted !== name) checkGroupName(wanted);
      const entry = { action: 'update-group' as const, organization, target: `${organization}/${name}` };
      const patch = { ...groupPatch(call.body), name: wanted };
      let changes: readonly FieldChange[] = [];
      const note: Parameters<typeof groupEdits.update>[3] = (before, after) => {
        changes = settingsChanges(before, after);
      };
      const work = () => worded(wanted, patch.parentId, () => groupEdits.update(organization, name, patch, note));
      return affected(await audit.during(call.actor, entry, work, () => ({ changes })));
    },
  });

const deleteGroup = ({ groupEdits, audit }: GroupEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/delete-group',
    rule: 'organization',
    summary: 'Deletes a group that is empty.',
    body: input({ owner: TEXT, name: TEXT }, ['owner', 'name']),
    answers: { data: AFFECTED },
    find: (call) => namedGroup(call, false),
    answer: async (call, { object: { organization, name } }) => {
      const entry = { action: 'delete-group' as const, organization, target: `${organization}/${name}` };
      let changes: readonly FieldChange[] = [];
      const note: Parameters<typeof groupEdits.remove>[2] = (before) => {
        changes = settingsRemoved(before);
      };
      const work = () => worded(name, undefined, () => groupEdits.remove(organization, name, note));
      return affected(await audit.during(call.actor, entry, work, () => ({ changes })));
    },
  });

const REASONS: Readonly<Record<Exclude<GroupError['reason'], 'no-parent'>, Text>> = {
  'has-children': text('group has children group', '该群组下还有子群组'),
  'has-users': text('group has users', '该群组中还有用户'),
  'below-itself': text(
    'A group cannot hang below itself or one of its own children.',
    '群组不能置于自身或其子群组之下。',
  ),
  'name-of-organization': text("group name can't be same as the organization name", '群组名称不能与组织名称相同'),
};

async function worded<T>(name: string, parent: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NameTakenError)
      throw new Refusal(text(`Group "${shown(name)}" exists already.`, `群组“${shown(name)}”已存在。`));
    if (!(error instanceof GroupError)) throw error;
    if (error.reason !== 'no-parent') throw new Refusal(REASONS[error.reason]);
    const above = shown(parent ?? '');
    throw new Refusal(text(`The parent group "${above}" does not exist.`, `上级群组“${above}”不存在。`));
  }
}
