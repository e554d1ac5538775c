import type { UserRow } from '../../storage/entities/index.ts';
import { text } from '../../syncer/text.ts';
import { isAccount } from '../auth/authorize.ts';
import { verifyPassword } from '../auth/password.ts';
import type { Call } from '../request/call.ts';
import { ok } from '../http/envelope.ts';
import { unambiguous, namesInId, namedIn } from '../request/named-object.ts';
import { Refusal } from '../../service/refusal.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { noUserOf } from './named-account.ts';
import { input, NOTHING, TEXT } from '../http/schema.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
import type { PasswordChecks } from '../auth/password-checks.ts';
import type { FoundUser, UserDirectory } from '../../storage/accounts/user-directory.ts';
import type { UserEditor } from './user-editor.ts';
import { readPassword } from './password-rules.ts';
import type { OrganizationDirectory } from '../organizations/organization-directory.ts';

export interface SetPasswordRouteNeeds {
  readonly users: UserDirectory;
  readonly userEditor: UserEditor;
  readonly organizations: OrganizationDirectory;
  readonly passwords: PasswordChecks;
  readonly audit: AuditLog;
}

const WRONG_OLD = text('The old password is wrong.', '旧密码不正确。');

const WITH_BLANK = text('New password cannot contain blank space.', '新密码不能包含空格。');
const SAME = text('The new password must be different from your current password', '新密码不能与当前密码相同');

/**
 * What is typed in as the old password is right, whoever asks: attempts are counted.
 *
 * @returns to be asked about the row that is written to: whoever is given another password meanwhile keeps that one
 */
async function proveOldPassword(
  passwords: PasswordChecks,
  call: Call,
  { owner, name }: UserRow,
): Promise<(row: UserRow) => void> {
  const given = call.body['oldPassword'];
  const account = await passwords.find(owner, name);
  const isRight = await passwords.isRight(call.address, account, typeof given === 'string' ? given : '');
  if (!isRight) throw new Refusal(WRONG_OLD);
  return ({ password }) => {
    if (password !== account.user?.password) throw new Refusal(WRONG_OLD);
  };
}

/**
 * Whoever changes his own password proves that it is he who sits there, by whatever call.
 *
 * @returns to be asked about the row that is written to
 * @throws Refusal unless he does
 */
export async function proveIfOneself(
  passwords: PasswordChecks,
  call: Call,
  row: UserRow,
): Promise<(row: UserRow) => void> {
  return isAccount(call.caller, row.owner, row.name) ? proveOldPassword(passwords, call, row) : () => undefined;
}

/** Whatever came along is to be right; pages and SDKs that have none send "". */
const isGiven = (oldPassword: unknown): boolean =>
  oldPassword !== undefined && oldPassword !== null && oldPassword !== '';

const storedOf = ({ password, passwordType }: UserRow) => ({
  password: password ?? '',
  passwordType: passwordType ?? '',
});

/** The account that a form names; there or not. */
async function namedAccount(users: UserDirectory, call: Call): Promise<Subject<FoundUser>> {
  const inId = namesInId(call);
  const owner = unambiguous([...namedIn(call, 'userOwner', 'owner', 'organization'), ...inId.organizations]);
  const user = unambiguous([...namedIn(call, 'userName', 'name'), ...inId.names]);
  const [organization, name] = [owner.word, user.word];
  const found = name === '' ? undefined : await users.find(organization, name);
  const target = `${organization}/${name}`;
  const touched = {
    organizations: [organization],
    target,
    account: found && { organization: found.row.owner, name: found.row.name },
  };
  const refusal = owner.refusal ?? user.refusal;
  if (refusal) return { ...touched, account: undefined, refusal };
  if (!found) return { ...touched, refusal: noUserOf(target) };
  return { ...touched, object: found };
}

/** A new password, as Casdoor's page and SDKs send it: a form. */
export const setPasswordRoute = ({
  users,
  userEditor,
  organizations,
  passwords,
  audit,
}: SetPasswordRouteNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/set-password',
    rule: 'account',
    summary:
      'Gives an account a new password and ends its sign-ins. One’s own needs the old one; an old one that is sent must be right.',
    form: true,
    body: input({ userOwner: TEXT, userName: TEXT, oldPassword: TEXT, newPassword: TEXT }, [
      'userOwner',
      'userName',
      'newPassword',
    ]),
    answers: { data: NOTHING },
    find: (call) => namedAccount(users, call),
    answer: async (call, { object: found }) => {
      const { owner, name } = found.row;
      const wanted = call.body['newPassword'];
      if (typeof wanted === 'string' && /\s/.test(wanted)) throw new Refusal(WITH_BLANK);
      const password = readPassword(wanted, await organizations.find(owner));
      const entry = { action: 'set-password' as const, organization: owner, target: `${owner}/${name}` };
      const set = async () => {
        const prove = isGiven(call.body['oldPassword']) ? proveOldPassword : proveIfOneself;
        const isProven = await prove(passwords, call, found.row);
        if (await verifyPassword(password, storedOf(found.row))) throw new Refusal(SAME);
        return userEditor.update(owner, name, { texts: {}, flags: {}, password }, isProven);
      };
      await audit.during(call.actor, entry, set, (changes) => (changes ? { changes } : { subject: '' }));
      return ok();
    },
  });
