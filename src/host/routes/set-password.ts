import { UserRow } from '../../storage/entities/index.ts';
import { text } from '../../syncer/text.ts';
import { audited } from '../audited.ts';
import { isAccount } from '../auth/authorize.ts';
import { verifyPassword } from '../auth/password.ts';
import type { Call } from '../call.ts';
import { ok } from '../envelope.ts';
import type { HostParts } from '../host-parts.ts';
import { textOf } from '../query.ts';
import { Refusal } from '../refusal.ts';
import { organizationRoute, type Route } from '../route.ts';
import { input, NOTHING, TEXT } from '../schema.ts';
import { readPassword } from '../user-patch.ts';

const WRONG_OLD = text('The old password is wrong.', '旧密码不正确。');

/** Whoever changes his own password proves that it is he who sits there; every sign-in of the account ends. */
async function proveOneself(parts: HostParts, call: Call, owner: string, name: string): Promise<void> {
  const account = `${owner}/${name}`;
  await parts.signInLimits.begin(call.address, account);
  const row = await parts.database.read(({ manager }) => manager.findOneBy(UserRow, { owner, name }));
  const stored = row ? { password: row.password ?? '', passwordType: row.passwordType ?? '' } : undefined;
  const given = call.body['oldPassword'];
  if (!(await verifyPassword(typeof given === 'string' ? given : '', stored))) throw new Refusal(WRONG_OLD);
  await parts.signInLimits.succeed(call.address, account);
}

/** A new password, as Casdoor's page and SDKs send it: a form. */
export const passwordRoutes = (parts: HostParts): Route[] => [
  organizationRoute({
    method: 'POST',
    path: '/api/set-password',
    rule: 'account',
    summary: 'Gives an account a new password and ends its sign-ins. One’s own needs the old one.',
    form: true,
    body: input({ userOwner: TEXT, userName: TEXT, oldPassword: TEXT, newPassword: TEXT }, [
      'userOwner',
      'userName',
      'newPassword',
    ]),
    answers: { data: NOTHING },
    find: (call) => {
      const [organization, name] = [textOf(call.body, 'userOwner'), textOf(call.body, 'userName')];
      const account = { organization, name };
      return { organizations: [organization], target: `${organization}/${name}`, account, object: account };
    },
    answer: async (call, { object: { organization: owner, name } }) => {
      const isOneself = isAccount(call.caller, owner, name);
      const password = readPassword('newPassword', call.body['newPassword']);
      const entry = { action: 'set-password' as const, organization: owner, target: `${owner}/${name}` };
      await audited(parts, call, entry, async () => {
        if (isOneself) await proveOneself(parts, call, owner, name);
        const found = await parts.userEditor.update(owner, name, { texts: {}, flags: {}, password, isExplicit: true });
        if (!found) {
          throw new Refusal(text(`The user: ${owner}/${name} doesn't exist`, `用户 ${owner}/${name} 不存在`));
        }
      });
      return ok();
    },
  }),
];
