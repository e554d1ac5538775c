import { ok } from '../http/envelope.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { listingIn } from '../http/paging.ts';
import { list, NOTHING } from '../http/schema.ts';

/** What Casdoor’s page asks for and this host has none of: empty answers keep the page quiet. */
export const casdoorPageRoutes = (): Route[] => [
  organizationRoute({
    method: 'GET',
    path: '/api/get-certs',
    rule: 'organization',
    summary: 'Certificates of an organization: always none.',
    query: { owner: 'the organization' },
    listed: [],
    answers: { data: list({}) },
    find: (call) => {
      const owner = call.text('owner');
      return { organizations: owner === '' || owner === 'admin' ? [] : [owner], target: owner, object: undefined };
    },
    answer: async (call) => ok([], listingIn(call.query, []).page ? { data2: 0 } : {}),
  }),
  {
    method: 'GET',
    path: '/api/get-global-certs',
    rule: 'global',
    summary: 'Certificates of all organizations: always none.',
    listed: [],
    answers: { data: list({}) },
    answer: async (call) => ok([], listingIn(call.query, []).page ? { data2: 0 } : {}),
  },
  {
    method: 'GET',
    path: '/api/get-form',
    rule: 'signedIn',
    summary: 'A customized form of Casdoor’s page: always null, the page then draws its own.',
    query: { id: 'OWNER/NAME' },
    answers: { data: NOTHING },
    answer: async () => ok(null),
  },
];
