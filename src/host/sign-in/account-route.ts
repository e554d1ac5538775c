import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import { userJson } from '../accounts/user-json.ts';
import { ACCOUNT } from '../accounts/user-schema.ts';
import { failed, ok } from '../http/envelope.ts';
import { oneOf, orNull } from '../http/schema.ts';
import type { OrganizationDirectory } from '../organizations/organization-directory.ts';
import { ORGANIZATION, organizationJson } from '../organizations/organization-json.ts';
import type { Route } from '../request/route.ts';

export interface AccountRouteNeeds {
  readonly users: UserDirectory;
  readonly organizations: OrganizationDirectory;
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
    const found = caller.kind === 'user' ? await users.find(caller.organization, caller.name) : undefined;
    if (!found) return failed(SIGN_IN_FIRST, SIGN_IN_FIRST);
    const organization = await organizations.find(found.row.owner);
    return ok(
      { ...userJson(found.row, found.holding), accessToken: '', multiFactorAuths: [] },
      {
        sub: found.row.id ?? '',
        name: found.row.name,
        data2: organization ? organizationJson(organization) : null,
      },
    );
  },
});
