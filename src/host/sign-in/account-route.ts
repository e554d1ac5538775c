import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import { UserRow } from '../../storage/entities/index.ts';
import { wholeUserJson } from '../accounts/user-json.ts';
import { ACCOUNT } from '../accounts/user-schema.ts';
import { failed, ok } from '../http/envelope.ts';
import { JSON_TYPE, PlainReply } from '../http/reply.ts';
import { FLAG, list, oneOf, orNull, record, TEXT, type Shape } from '../http/schema.ts';
import { asList } from '../../storage/text-value.ts';
import { APPLICATION_NAME } from './application-json.ts';
import type { OrganizationDirectory } from '../organizations/organization-directory.ts';
import { ORGANIZATION, organizationJson } from '../organizations/organization-json.ts';
import { BUILT_IN } from '../../identity/account.ts';
import { isGlobal } from '../auth/caller.ts';
import type { Route } from '../request/route.ts';

export interface AccountRouteNeeds {
  /** Whose callers have no accounts finds nobody. */
  readonly users: Pick<UserDirectory, 'find' | 'others'>;
  readonly organizations: Pick<OrganizationDirectory, 'find'>;
}

export interface UserinfoRouteNeeds {
  readonly users: Pick<UserDirectory, 'find'>;
  /** Where people reach the page; undefined = nobody named it. */
  readonly publicUrl: string | undefined;
}

/** Casdoor's words: its page shows the sign-in when it sees them. */
const SIGN_IN_FIRST = 'Please login first';

/** An application is nobody: said as Casdoor says it. */
const noAccount = (clientId: string): string => `The user: app/${clientId.replaceAll('%', '')} doesn't exist`;

/** Who am I. */
export const accountRoute = ({ users, organizations }: AccountRouteNeeds): Route => ({
  method: 'GET',
  path: '/api/get-account',
  rule: 'public',
  summary: 'The account that is signed in; data2 is its organization.',
  answers: { data: ACCOUNT.ref, data2: orNull(ORGANIZATION.ref), failed: oneOf([SIGN_IN_FIRST]) },
  answer: async ({ caller }) => {
    if (caller.kind === 'credential') return failed(noAccount(caller.clientId));
    if (caller.kind !== 'user') return failed(SIGN_IN_FIRST, SIGN_IN_FIRST);
    const { organization: owner, name, isAdmin } = caller;
    const found = await users.find(owner, name);
    // Whom an IAM with another database signed in has no row here, and his rights are those that it says.
    const row = { ...(found?.row ?? { ...new UserRow(), owner, name }), isAdmin };
    const organization = await organizations.find(owner);
    const account = wholeUserJson({ row, holding: found?.holding }, await users.others(row));
    return ok(
      // Casdoor tells it by the organization alone, and so does this host, but for whom an IAM says it of.
      { ...account, accessToken: '', ...(owner !== BUILT_IN && isGlobal(caller) && { isGlobalAdmin: true }) },
      {
        sub: row.id ?? '',
        name: row.name,
        data2: organization ? organizationJson(organization, isGlobal(caller)) : null,
      },
    );
  },
});

const USERINFO = record({
  sub: TEXT,
  iss: TEXT,
  aud: TEXT,
  preferred_username: TEXT,
  name: TEXT,
  email: TEXT,
  email_verified: FLAG,
  picture: TEXT,
  phone: TEXT,
  groups: list(TEXT),
});

/** The same in OpenID Connect's words. */
export const userinfoRoute = ({ users, publicUrl }: UserinfoRouteNeeds): Route => ({
  method: 'GET',
  path: '/api/userinfo',
  rule: 'public',
  summary: 'The account that is signed in, as OpenID Connect describes it.',
  answers: {
    contentType: 'application/json',
    says: 'The claims',
    schema: USERINFO,
    failed: oneOf([SIGN_IN_FIRST]),
  },
  answer: async ({ caller, request }) => {
    if (caller.kind === 'credential') return failed(noAccount(caller.clientId));
    if (caller.kind !== 'user') return failed(SIGN_IN_FIRST, SIGN_IN_FIRST);
    const { organization: owner, name } = caller;
    const row = (await users.find(owner, name))?.row;
    const claims: Shape<typeof USERINFO> = {
      sub: row?.id ?? `${owner}/${name}`,
      iss: publicUrl ?? `${request.isSecure ? 'https' : 'http'}://${request.headers.host ?? ''}`,
      aud: APPLICATION_NAME,
      preferred_username: name,
      name: row?.displayName ?? '',
      email: row?.email ?? '',
      email_verified: row?.emailVerified === true,
      picture: row?.avatar ?? '',
      phone: row?.phone ?? '',
      groups: asList(row?.groups),
    };
    return new PlainReply(JSON_TYPE, JSON.stringify(claims));
  },
});
