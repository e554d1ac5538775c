import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import { UserRow } from '../../storage/entities/index.ts';
import { userJson } from '../accounts/user-json.ts';
import { ACCOUNT } from '../accounts/user-schema.ts';
import { failed, ok } from '../http/envelope.ts';
import { oneOf, orNull } from '../http/schema.ts';
import type { OrganizationDirectory } from '../organizations/organization-directory.ts';
import { ORGANIZATION, organizationJson } from '../organizations/organization-json.ts';
import { isGlobal } from '../auth/caller.ts';
import type { Route } from '../request/route.ts';

export interface AccountRouteNeeds {
  /** Whose callers have no accounts finds nobody. */
  readonly users: Pick<UserDirectory, 'find'>;
  readonly organizations: Pick<OrganizationDirectory, 'find'>;
}

/** Casdoor's words: its page shows the sign-in when it sees them. */
const SIGN_IN_FIRST = 'Please login first';

/** Who am I. */
export const accountRoute = ({ users, organizations }: AccountRouteNeeds): Route => ({
  method: 'GET',
  path: '/api/get-account',
  rule: 'public',
  summary: 'The account that is signed in; data2 is its organization.',
  answers: { data: ACCOUNT.ref, data2: orNull(ORGANIZATION.ref), failed: oneOf([SIGN_IN_FIRST]) },
  answer: async ({ caller }) => {
    if (caller.kind !== 'user') return failed(SIGN_IN_FIRST, SIGN_IN_FIRST);
    const { organization: owner, name, isAdmin } = caller;
    const found = await users.find(owner, name);
    // Whom an IAM with another database signed in has no row here, and his rights are those that it says.
    const row = { ...(found?.row ?? { ...new UserRow(), owner, name }), isAdmin };
    const organization = await organizations.find(owner);
    return ok(
      { ...userJson(row, found?.holding), accessToken: '', multiFactorAuths: [] },
      {
        sub: row.id ?? '',
        name: row.name,
        data2: organization ? organizationJson(organization, isGlobal(caller)) : null,
      },
    );
  },
});
