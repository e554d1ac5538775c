import type { UserRow } from '../../storage/entities/index.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { actorOf, type Caller } from '../auth/caller.ts';
import { BUILT_IN } from '../../identity/account.ts';
import { LONGEST_PASSWORD } from '../auth/password.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
import type { NamedAccount, PasswordChecks } from '../auth/password-checks.ts';
import type { RefusedSignIns } from '../auth/refused-sign-ins.ts';
import type { SignInRecords } from '../../storage/accounts/sign-in-records.ts';
import { SESSION_COOKIE, type Sessions } from '../auth/session.ts';
import type { Call } from '../request/call.ts';
import { ok, type Envelope } from '../http/envelope.ts';
import { textOf } from '../http/query.ts';
import { Refusal } from '../../service/refusal.ts';
import type { Route } from '../request/route.ts';
import { FLAG, input, NOTHING, TEXT } from '../http/schema.ts';
import { readFlag } from '../../service/syncers/field-readers.ts';

export interface SignInRoutesNeeds {
  readonly accounts: SignInRecords;
  readonly passwords: PasswordChecks;
  readonly sessions: Sessions;
  readonly refusedSignIns: RefusedSignIns;
  readonly audit: AuditLog;
  /** Where people reach the page; undefined = nobody named it. */
  readonly publicUrl: string | undefined;
  /** Below which the cookie is sent; "" = everywhere. */
  readonly prefix: string;
  /** Where an IAM beside us is, which says who is signed in; undefined = we do. */
  readonly iamUrl: string | undefined;
}

const WRONG = text('The user name or the password is wrong.', '用户名或密码错误。');
const FORBIDDEN = text('This account may not sign in.', '该账号被禁止登录。');
const ORGANIZATION_CLOSED = text('This organization does not allow signing in.', '该组织已停用登录。');
const MISSING = text('Fill in organization, user name and password.', '请填写组织、用户名和密码。');

const signInAt = (iamUrl: string): string => `${iamUrl}/login`;
const signInThere = (iamUrl: string): Refusal => {
  const page = signInAt(iamUrl);
  return new Refusal(text(`Sign in at the IAM: ${page}`, `请在 IAM 登录：${page}`));
};
const signOutThere = (iamUrl: string): Refusal =>
  new Refusal(
    text(`Whoever is signed in at the IAM signs out there: ${iamUrl}`, `您通过 IAM 登录，请在 IAM 退出登录：${iamUrl}`),
  );

const namesIn = (body: Readonly<Record<string, unknown>>) => ({
  // The page of Casdoor names its own application instead of the organization.
  organization: textOf(body, 'organization') || (textOf(body, 'application') === 'app-built-in' ? BUILT_IN : ''),
  username: textOf(body, 'username'),
  password: typeof body['password'] === 'string' ? body['password'] : '',
  stay:
    body['autoSignin'] === undefined || body['autoSignin'] === null
      ? false
      : readFlag('autoSignin', body['autoSignin']),
});

async function signIn(needs: SignInRoutesNeeds, call: Call): Promise<Envelope> {
  const { organization, username, password, stay } = namesIn(call.body);
  if (organization === '' || username === '' || password === '' || password.length > LONGEST_PASSWORD) {
    throw new Refusal(organization && username && password ? WRONG : MISSING);
  }
  const account = await needs.passwords.find(organization, username);
  try {
    const user = await admitted(needs.passwords, call, account, password);
    const cookie = await needs.sessions.begin(user, stay);
    if (!cookie) throw new Refusal(WRONG);
    await needs.accounts.noteSignIn(user, call.address);
    call.setCookie(SESSION_COOKIE, cookie.value, {
      ...cookieOptions(needs, call),
      ...present({ maxAge: cookie.maxAgeSeconds }),
    });
    const target = `${user.owner}/${user.name}`;
    const entry = { action: 'sign-in' as const, organization: user.owner, target, outcome: 'ok' };
    await needs.audit.record(actorOf(callerOf(user), call.address), entry);
    return ok(target);
  } catch (error) {
    if (error instanceof Refusal) await needs.refusedSignIns.note(call.address, account, error);
    throw error;
  }
}

/** Whoever knows the password of an account acts as it from here on; who tried in vain stays nobody. */
const callerOf = ({ owner, name, isAdmin }: UserRow): Caller => ({
  kind: 'user',
  organization: owner,
  name,
  isAdmin: isAdmin === true,
  byCookie: true,
});

/** @throws Refusal unless it is the account's password, and the account may sign in */
async function admitted(
  passwords: PasswordChecks,
  call: Call,
  account: NamedAccount,
  password: string,
): Promise<UserRow> {
  const { user, organization } = account;
  if (!(await passwords.isRight(call.address, account, password)) || !user) throw new Refusal(WRONG);
  if (user.isForbidden || user.isDeleted) throw new Refusal(FORBIDDEN);
  if (organization?.disableSignin) throw new Refusal(ORGANIZATION_CLOSED);
  return user;
}

const cookieOptions = ({ publicUrl, prefix }: SignInRoutesNeeds, call: Call) => ({
  path: prefix === '' ? '/' : prefix,
  secure: call.request.isSecure || (publicUrl?.startsWith('https:') ?? false),
});

/** Sign in, and sign out. */
export const signInRoutes = (needs: SignInRoutesNeeds): Route[] => [
  login(needs),
  signInPage(needs),
  logout(needs, 'GET'),
  logout(needs, 'POST'),
];

const login = (needs: SignInRoutesNeeds): Route => ({
  method: 'POST',
  path: '/api/login',
  rule: 'public',
  summary: 'Signs in and sets the session cookie; data is "organization/user".',
  body: input({ type: TEXT, organization: TEXT, username: TEXT, password: TEXT, autoSignin: FLAG }, [
    'organization',
    'username',
    'password',
  ]),
  answers: { data: { ...TEXT, description: 'organization/user' } },
  answer: async (call) => {
    if (needs.iamUrl !== undefined) throw signInThere(needs.iamUrl);
    return signIn(needs, call);
  },
});

const signInPage = ({ iamUrl }: SignInRoutesNeeds): Route => ({
  method: 'GET',
  path: '/api/get-sign-in',
  rule: 'public',
  summary: 'Where people sign in: the address of the IAM’s page, or "" for this host’s own.',
  answers: { data: { ...TEXT, description: 'the address' } },
  answer: async () => ok(iamUrl === undefined ? '' : signInAt(iamUrl)),
});

const logout = (needs: SignInRoutesNeeds, method: 'GET' | 'POST'): Route => ({
  method,
  path: '/api/logout',
  rule: 'public',
  summary: 'Ends the session.',
  operation: method === 'POST' ? 'logout' : 'logoutByLink',
  answers: { data: NOTHING },
  changes: true,
  answer: async (call) => {
    if (needs.iamUrl !== undefined) throw signOutThere(needs.iamUrl);
    await needs.sessions.end(call.cookie(SESSION_COOKIE));
    call.setCookie(SESSION_COOKIE, '', { ...cookieOptions(needs, call), maxAge: 0 });
    if (call.caller.kind === 'user') {
      const { organization, name } = call.caller;
      const entry = { action: 'sign-out' as const, organization, target: `${organization}/${name}`, outcome: 'ok' };
      await needs.audit.record(call.actor, entry);
    }
    return ok();
  },
});
