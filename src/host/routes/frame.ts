import { ok } from '../envelope.ts';
import type { Route } from '../route.ts';
import { listingIn } from '../paging.ts';
import { list, NOTHING } from '../schema.ts';

/** What the frame of Casdoor's page asks for and this host has none of: empty answers keep the page quiet. */
export const frameRoutes = (): Route[] => [
  {
    method: 'GET',
    path: '/api/get-certs',
    summary: 'Certificates of an organization: always none.',
    query: { owner: 'the organization' },
    listed: [],
    answers: { data: list({}) },
    answer: async (call) => {
      const owner = call.text('owner');
      call.enterOptional(owner === 'admin' ? '' : owner);
      return ok([], listingIn(call.query, []).page ? { data2: 0 } : {});
    },
  },
  {
    method: 'GET',
    path: '/api/get-global-certs',
    summary: 'Certificates of all organizations: always none.',
    listed: [],
    answers: { data: list({}) },
    answer: async (call) => ok([], listingIn(call.query, []).page ? { data2: 0 } : {}),
  },
  {
    method: 'GET',
    path: '/api/get-form',
    summary: 'A customized form of Casdoor’s page: always null, the page then draws its own.',
    query: { id: 'OWNER/NAME' },
    answers: { data: NOTHING },
    answer: async () => ok(null),
  },
];
