import { UserRow } from '../../storage/entities/index.ts';
import { rfc3339 } from '../../storage/text-value.ts';
import { text } from '../../syncer/text.ts';
import { ANONYMOUS } from '../auth/caller.ts';
import { BUILT_IN } from '../../identity/account.ts';
import { LONGEST_PASSWORD } from '../auth/password.ts';
import type { NamedAccount } from '../auth/password-checks.ts';
import { SESSION_COOKIE } from '../auth/session.ts';
import type { Call } from '../request/call.ts';
import { failed, ok, type Envelope } from '../http/envelope.ts';
import type { HostParts } from '../host-parts.ts';
import { textOf } from '../http/query.ts';
import { Refusal } from '../../service/refusal.ts';
import type { Route } from '../request/route.ts';
import { FLAG, input, NOTHING, oneOf, orNull, ref, TEXT } from '../http/schema.ts';
import { readFlag } from '../../service/syncer-shape.ts';

const WRONG = text('The user name or the password is wrong.', '用户名或密码错误。');
const FORBIDDEN = text('This account may not sign in.', '该账号被禁止登录。');
const ORGANIZATION_CLOSED = text('This organization does not allow signing in.', '该组织已停用登录。');
const MISSING = text('Fill in organization, user name and password.', '请填写组织、用户名和密码。');

/** Casdoor's words: its page shows the sign-in when it sees them. */
const SIGN_IN_FIRST = 'Please login first';

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

async function signIn(parts: HostParts, call: Call): Promise<Envelope> {
  const { organization, username, password, stay } = namesIn(call.body);
  if (organization === '' || username === '' || password === '' || password.length > LONGEST_PASSWORD) {
    throw new Refusal(organization && username && password ? WRONG : MISSING);
  }
  const account = await parts.passwords.find(organization, username);
  try {
    const user = await admitted(parts, call, account, password);
    const cookie = await parts.sessions.begin(user, stay);
    await parts.database.transaction(({ manager }) =>
      manager.update(
        UserRow,
        { owner: user.owner, name: user.name },
        { lastSigninTime: rfc3339(new Date()), lastSigninIp: call.address.slice(0, 100) },
      ),
    );
    void call.reply.setCookie(SESSION_COOKIE, cookie.value, {
      ...cookieOptions(parts, call),
      ...(cookie.maxAgeSeconds === undefined ? {} : { maxAge: cookie.maxAgeSeconds }),
    });
    const target = `${user.owner}/${user.name}`;
    const entry = { action: 'sign-in' as const, organization: user.owner, target, outcome: 'ok' };
    await parts.audit.record(ANONYMOUS, call.address, entry);
    return ok(target);
  } catch (error) {
    if (error instanceof Refusal) await parts.refusedSignIns.note(call.address, account, error);
    throw error;
  }
}

/** @throws Refusal unless it is the account's password, and the account may sign in */
async function admitted(parts: HostParts, call: Call, account: NamedAccount, password: string): Promise<UserRow> {
  const { user, organization } = account;
  if (!(await parts.passwords.isRight(call.address, account, password)) || !user) throw new Refusal(WRONG);
  if (user.isForbidden || user.isDeleted) throw new Refusal(FORBIDDEN);
  if (organization?.disableSignin) throw new Refusal(ORGANIZATION_CLOSED);
  return user;
}

const cookieOptions = (parts: HostParts, call: Call) => ({
  path: '/',
  httpOnly: true,
  sameSite: 'lax' as const,
  secure: call.request.protocol === 'https' || (parts.settings.publicUrl?.startsWith('https:') ?? false),
});

/** Sign in, sign out, and who am I. */
export const signInRoutes = (parts: HostParts): Route[] => [
  {
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
    answer: (call) => signIn(parts, call),
  },
  ...(['GET', 'POST'] as const).map((method): Route => ({
    method,
    path: '/api/logout',
    rule: 'public',
    summary: 'Ends the session.',
    answers: { data: NOTHING },
    changes: true,
    answer: async (call) => {
      await parts.sessions.end(call.request.cookies[SESSION_COOKIE]);
      void call.reply.clearCookie(SESSION_COOKIE, cookieOptions(parts, call));
      if (call.caller.kind === 'user') {
        const { organization, name } = call.caller;
        const entry = { action: 'sign-out' as const, organization, target: `${organization}/${name}`, outcome: 'ok' };
        await parts.audit.record(call.caller, call.address, entry);
      }
      return ok();
    },
  })),
  {
    method: 'GET',
    path: '/api/get-account',
    rule: 'public',
    summary: 'The account that is signed in; data2 is its organization.',
    answers: { data: ref('Account'), data2: orNull(ref('Organization')), failed: oneOf([SIGN_IN_FIRST]) },
    answer: async ({ caller }) => {
      const found = caller.kind === 'user' ? await parts.users.find(caller.organization, caller.name) : undefined;
      if (!found) return failed(SIGN_IN_FIRST, SIGN_IN_FIRST);
      const organization = await parts.organizations.find(found.row.owner);
      return ok(
        { ...parts.userJson.of(found.row, found.holding), accessToken: '', multiFactorAuths: [] },
        {
          sub: found.row.id ?? '',
          name: found.row.name,
          data2: organization ? parts.organizations.json(organization) : null,
        },
      );
    },
  },
];
