import { choice } from '../request/query-parameter.ts';
import { Readable } from 'node:stream';
import { ok } from '../http/envelope.ts';
import { listingIn } from '../http/paging.ts';
import { JSON_TYPE, PlainReply } from '../http/reply.ts';
import { textsIn } from '../http/query.ts';
import { list, orNull, WHOLE } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { listOwner } from '../request/named-object.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { present } from '../../syncer/present.ts';
import { askedAccount } from './named-account.ts';
import { SORTED_FIELDS, USER_FIELDS } from '../../storage/entities/casdoor/user-columns.ts';
import type { FoundUser, UserDirectory, UserQuery } from '../../storage/accounts/user-directory.ts';
import { userJson, wholeUserJson } from './user-json.ts';
import { USER, WHOLE_USER } from './user-schema.ts';

export interface UserRoutesNeeds {
  readonly users: UserDirectory;
}

/** Accounts: found, listed, counted, ranked. */
export const userRoutes = (needs: UserRoutesNeeds): Route[] => [
  getUsers(needs),
  getGlobalUsers(needs),
  getUser(needs),
  getUserCount(needs),
  getSortedUsers(needs),
];

const getUsers = (needs: UserRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-users',
    rule: 'organization',
    summary: 'Accounts of an organization, by name.',
    query: { owner: 'the organization', groupName: 'only members of this group' },
    listed: USER_FIELDS,
    answers: { data: list(USER.ref) },
    find: ownerIn,
    answer: (call, { organization }) => listUsers(needs, call, organization),
  });

const getGlobalUsers = (needs: UserRoutesNeeds): Route => ({
  method: 'GET',
  path: '/api/get-global-users',
  rule: 'global',
  summary: 'Accounts of all organizations.',
  listed: USER_FIELDS,
  answers: { data: list(USER.ref) },
  answer: (call) => listUsers(needs, call, undefined),
});

const getUser = ({ users }: UserRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-user',
    rule: 'account',
    summary: 'One account, or null; everybody may see their own.',
    query: { id: 'ORG/NAME', owner: 'with userId', userId: 'value of "id"', email: 'of whom', phone: 'of whom' },
    answers: { data: orNull(WHOLE_USER.ref) },
    find: (call) => askedAccount(users, call),
    answer: async (_, { object: found }) => ok(found ? wholeUserJson(found, await users.others(found.row)) : null),
  });

const getUserCount = ({ users }: UserRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-user-count',
    rule: 'organization',
    summary: 'How many accounts an organization has.',
    query: { owner: 'the organization', isOnline: choice('only those', ['1', '0']) },
    answers: { data: WHOLE },
    find: ownerIn,
    answer: async (call, { organization }) => {
      const online = call.text('isOnline');
      const wanted = wantedIn(call, organization);
      return ok(await users.count(online === '' ? wanted : { ...wanted, isOnline: ['1', 'true'].includes(online) }));
    },
  });

/** Nobody needs the ten thousand first. */
const MOST_SORTED = 1000;

const getSortedUsers = ({ users }: UserRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sorted-users',
    rule: 'organization',
    summary: 'The first accounts of an organization by some column, the highest first.',
    query: {
      owner: 'the organization',
      sorter: 'created_time, name, score, …; what means nothing here sorts by name',
      limit: `how many; absent or 0: ${MOST_SORTED}`,
    },
    answers: { data: list(USER.ref) },
    find: ownerIn,
    answer: async (call, { organization }) => {
      const sorter = call.text('sorter').replaceAll('_', '').toLowerCase();
      const field = SORTED_FIELDS.find((name) => name.toLowerCase() === sorter) ?? 'name';
      const wanted = /^\d{1,6}$/.test(call.text('limit')) ? Number(call.text('limit')) : 0;
      const limit = wanted === 0 ? MOST_SORTED : Math.min(wanted, MOST_SORTED);
      const found = await users.highest(organization, field, limit);
      return ok(found.map(({ row, holding }) => userJson(row, holding)));
    },
  });

/** The list of accounts that the query means. */
function wantedIn(call: Call, organization: string | undefined): UserQuery {
  const named = call.text('groupName');
  const group = named.includes('/') ? named : `${organization ?? ''}/${named}`;
  return {
    listing: listingIn(call.query, USER_FIELDS),
    ...present({ organization, group: named === '' ? undefined : group }),
  };
}

/** An envelope whose `data` is written while it is read: all accounts of a large organization fit in no memory. */
async function* envelopeOf(stretches: AsyncIterable<readonly FoundUser[]>): AsyncGenerator<string> {
  yield '{"status":"ok","msg":"","sub":"","name":"","data":[';
  let separator = '';
  for await (const stretch of stretches) {
    const rows = stretch.map(({ row, holding }) => JSON.stringify(userJson(row, holding)));
    yield separator + rows.join(',');
    separator = ',';
  }
  yield '],"data2":null,"data3":null}';
}

async function listUsers({ users }: UserRoutesNeeds, call: Call, organization: string | undefined): Promise<unknown> {
  const wanted = wantedIn(call, organization);
  const { page } = wanted.listing;
  if (!page) {
    return new PlainReply(JSON_TYPE, Readable.from(envelopeOf(users.all(wanted))));
  }
  const { rows, total } = await users.page(wanted, page);
  return ok(
    rows.map(({ row, holding }) => userJson(row, holding)),
    { data2: total },
  );
}

/** A list of one organization, or of all that the caller administers. */
function ownerIn(call: Call): Subject<undefined> {
  const [group, ...rest] = call.text('groupName').split('/');
  const ofGroup = rest.length > 0 && group !== undefined ? [group] : [];
  return listOwner([...textsIn(call.query, 'owner'), ...ofGroup]);
}
