import { Refusal } from '../../service/refusal.ts';
import type { UserRow } from '../../storage/entities/index.ts';
import { text } from '../../syncer/text.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
import { isAccount } from '../auth/authorize.ts';
import { callerName, type Caller } from '../auth/caller.ts';
import type { PasswordChecks } from '../auth/password-checks.ts';
import { affected } from '../http/envelope.ts';
import { AFFECTED, input, TEXT } from '../http/schema.ts';
import type { OrganizationDirectory } from '../organizations/organization-directory.ts';
import type { Call } from '../request/call.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { DELETION } from './edit-changes.ts';
import { newAccount, noSuchUser, storedAccount } from './named-account.ts';
import { proveIfOneself } from './set-password-route.ts';
import type { FoundUser, UserDirectory } from '../../storage/accounts/user-directory.ts';
import type { UserEditor } from './user-editor.ts';
import { columnsIn, USER_INPUT, userPatch, type UserPatch } from './user-patch.ts';

export interface UserEditRoutesNeeds {
  readonly users: UserDirectory;
  readonly userEditor: UserEditor;
  readonly organizations: OrganizationDirectory;
  readonly passwords: PasswordChecks;
  readonly audit: AuditLog;
}

/** Accounts: added, changed, deleted. */
export const userEditRoutes = (needs: UserEditRoutesNeeds): Route[] => [
  addUser(needs),
  updateUser(needs),
  deleteUser(needs),
];

const addUser = ({ userEditor, organizations, audit }: UserEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/add-user',
    rule: 'organization',
    summary: 'Adds an account.',
    body: USER_INPUT.ref,
    answers: { data: AFFECTED },
    find: newAccount,
    answer: async (call, { object: { organization, name } }) => {
      const patch = userPatch({ ...call.body, name }, await organizations.require(organization));
      const target = `${organization}/${name}`;
      await audit.during(
        call.actor,
        { action: 'add-user', organization, target },
        () => userEditor.add(organization, patch, callerName(call.caller)),
        (changes) => ({ changes }),
      );
      return affected(true);
    },
  });

const updateUser = ({ users, userEditor, organizations, passwords, audit }: UserEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/update-user',
    rule: 'organization',
    summary: 'Changes an account: with "columns" those alone, without it every key of the body that is known.',
    query: {
      id: 'ORG/NAME before the change',
      owner: 'with userId',
      userId: 'value of "id"',
      columns: 'displayName,isForbidden,…',
    },
    body: USER_INPUT.ref,
    answers: { data: AFFECTED },
    find: (call) => storedAccount(users, call, true),
    answer: async (call, { object: found }) => {
      if (!found) throw noSuchUser(call);
      const { owner, name } = found.row;
      refuseOtherId(call, found);
      const patch = userPatch(call.body, await organizations.find(owner), call.text('columns'));
      const entry = { action: 'update-user' as const, organization: owner, target: `${owner}/${name}` };
      const edit = async () => {
        const isProven = patch.password === undefined ? undefined : await proveIfOneself(passwords, call, found.row);
        return userEditor.update(owner, name, patch, (row) => {
          isProven?.(row);
          refuseSelfHarm(call.caller, row, patch.flags);
        });
      };
      // Told of the account by the name that it has from now on.
      const subject = `${owner}/${patch.name ?? name}`;
      const changes = await audit.during(call.actor, entry, edit, (done) =>
        done ? { changes: done, subject } : NOTHING_DONE,
      );
      if (!changes) throw noSuchUser(call);
      return affected(true);
    },
  });

const deleteUser = ({ users, userEditor, audit }: UserEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/delete-user',
    rule: 'organization',
    summary: 'Deletes an account.',
    body: input({ owner: TEXT, name: TEXT }, ['owner', 'name']),
    answers: { data: AFFECTED },
    find: (call) => storedAccount(users, call, false),
    answer: async (call, { object: found }) => {
      if (!found) return affected(false);
      const { owner: organization, name } = found.row;
      const entry = { action: 'delete-user' as const, organization, target: `${organization}/${name}` };
      const deleted = await audit.during(
        call.actor,
        entry,
        () => userEditor.remove(organization, name, (row) => refuseSelfHarm(call.caller, row, { isDeleted: true })),
        (isDone) => (isDone ? { changes: DELETION } : NOTHING_DONE),
      );
      return affected(deleted);
    },
  });

/** Somebody else was quicker: no part of the account's history. */
const NOTHING_DONE = { subject: '' };

const IMMUTABLE = new Refusal(text('The ID is immutable.', 'ID 不可更改。'));

/**
 * An `id` in the body that is not the stored one is another person's object; one that is empty, or null as Java's SDK
 * sends it, is an object that was never read, whose other keys would empty what is stored and let in who is locked out.
 *
 * @throws Refusal in Casdoor's words
 */
function refuseOtherId(call: Call, { row }: FoundUser): void {
  const { id } = call.body;
  if (id === undefined || id === row.id) return;
  if ((id === '' || id === null) && columnsIn(call.text('columns')).size > 0) return;
  throw IMMUTABLE;
}

const NOT_ONESELF = text(
  'You cannot delete your own account, forbid it, or give up being an administrator.',
  '不能删除、禁用自己的账号，也不能取消自己的管理员身份。',
);

/** Nobody locks himself out. Judged by the row: some databases find it by other spellings of the name too. */
function refuseSelfHarm(caller: Caller, row: UserRow, { isAdmin, isDeleted, isForbidden }: UserPatch['flags']): void {
  if (!isAccount(caller, row.owner, row.name)) return;
  const demotes = isAdmin === false && row.isAdmin;
  if (demotes || isDeleted || isForbidden) throw new Refusal(NOT_ONESELF);
}
