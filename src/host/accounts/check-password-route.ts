import { Refusal } from '../../service/refusal.ts';
import { text } from '../../syncer/text.ts';
import type { PasswordChecks } from '../auth/password-checks.ts';
import { ok } from '../http/envelope.ts';
import { textOf } from '../http/query.ts';
import { input, NOTHING, TEXT } from '../http/schema.ts';
import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { noSuchUser, storedAccount } from './named-account.ts';

export interface CheckPasswordRouteNeeds {
  readonly users: UserDirectory;
  readonly passwords: PasswordChecks;
}

const WRONG = text('password or code is incorrect', '密码或验证码不正确');
const FORBIDDEN = text(
  'The user is forbidden to sign in, please contact the administrator',
  '该用户被禁止登录，请联系管理员',
);

/** Whether somebody knows a password, without signing anybody in: attempts are counted as they are there. */
export const checkPasswordRoute = ({ users, passwords }: CheckPasswordRouteNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/check-user-password',
    rule: 'account',
    summary: 'Whether this is the password of an account; one’s own, or one that the caller administers.',
    body: input({ owner: TEXT, name: TEXT, password: TEXT }, ['owner', 'name', 'password']),
    answers: { data: NOTHING },
    find: async (call) => {
      const subject = await storedAccount(users, call, false);
      const row = subject.refusal ? undefined : subject.object?.row;
      return { ...subject, account: row && { organization: row.owner, name: row.name } };
    },
    answer: async (call, { object: found }) => {
      if (!found) throw noSuchUser(call);
      const { owner, name, isForbidden, isDeleted } = found.row;
      const { password } = call.body;
      const given = typeof password === 'string' ? password : textOf(call.body, 'password');
      if (!(await passwords.isRight(call.address, await passwords.find(owner, name), given))) throw new Refusal(WRONG);
      if (isForbidden || isDeleted) throw new Refusal(FORBIDDEN);
      return ok();
    },
  });
