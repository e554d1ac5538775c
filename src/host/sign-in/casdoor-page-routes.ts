import type { GroupRecords } from '../../storage/accounts/group-records.ts';
import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import { present } from '../../syncer/present.ts';
import { ok, okList } from '../http/envelope.ts';
import { pageIn } from '../http/paging.ts';
import { list, NOTHING, record, TEXT, WHOLE, type Schema } from '../http/schema.ts';
import type { OrganizationDirectory } from '../organizations/organization-directory.ts';
import type { Call } from '../request/call.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';

export interface CasdoorPageRoutesNeeds {
  readonly organizations: OrganizationDirectory;
  readonly users: UserDirectory;
  readonly groups: GroupRecords;
}

/** Kinds of things that this host has none of, with the word for them. */
const OF_ORGANIZATIONS = {
  certs: 'Certificates',
  providers: 'Providers',
  roles: 'Roles',
  permissions: 'Permissions',
  tokens: 'Tokens',
  webhooks: 'Webhooks',
  invitations: 'Invitations',
  models: 'Models',
  ldaps: 'LDAP servers',
} as const;
/** Those that everybody may have of his own. */
const OF_PEOPLE = { resources: 'Resources', transactions: 'Transactions' } as const;

/** What a dashboard of Casdoor's counts, beside what there is here. */
const COUNTED =
  'provider application token subscription role resource cert permission transaction model adapter enforcer';
/** Today and the thirty days before it. */
const DAYS = 31;

/** What Casdoor’s page asks for and this host has none of: empty answers and zeros keep the page quiet. */
export const casdoorPageRoutes = (needs: CasdoorPageRoutesNeeds): Route[] => [
  ...Object.entries(OF_ORGANIZATIONS).map(([kind, word]) => emptyOfOrganization(kind, word)),
  ...Object.entries(OF_PEOPLE).map(([kind, word]) => emptyList(`/api/get-${kind}`, word, 'signedIn')),
  emptyList('/api/get-global-certs', OF_ORGANIZATIONS.certs, 'global'),
  emptyList('/api/get-global-providers', OF_ORGANIZATIONS.providers, 'global'),
  {
    method: 'GET',
    path: '/api/get-form',
    rule: 'signedIn',
    summary: 'A customized form of Casdoor’s page: always null, the page then draws its own.',
    query: { id: 'OWNER/NAME' },
    answers: { data: NOTHING },
    answer: async () => ok(null),
  },
  ...dashboard(needs),
];

/** Whatever is searched for: there is none of it. */
const emptyPage = (call: Call) => okList([], pageIn(call.query));

const emptyList = (path: string, word: string, rule: 'signedIn' | 'global'): Route => ({
  method: 'GET',
  path,
  rule,
  summary: `${word}: always none.`,
  query: { owner: 'the organization' },
  listed: [],
  answers: { data: list({}) },
  answer: async (call) => emptyPage(call),
});

const emptyOfOrganization = (kind: string, word: string): Route =>
  organizationRoute({
    method: 'GET',
    path: `/api/get-${kind}`,
    rule: 'organization',
    summary: `${word} of an organization: always none.`,
    query: { owner: 'the organization' },
    listed: [],
    answers: { data: list({}) },
    find: ownerIn,
    answer: async (call) => emptyPage(call),
  });

/** `admin` owns what belongs to all organizations; `All` is how the page calls them. */
function ownerIn(call: Call): Subject<undefined> {
  const owner = call.text('owner');
  const isAll = ['', 'admin', 'All'].includes(owner);
  return { organizations: isAll ? [] : [owner], target: owner, object: undefined };
}

/** The page's start: how much there is, as a line of days that has always been so. */
function dashboard({ organizations, users, groups }: CasdoorPageRoutesNeeds): Route[] {
  const about = (
    path: string,
    summary: string,
    data: Schema,
    answer: (organization?: string) => Promise<unknown>,
  ): Route =>
    organizationRoute({
      method: 'GET',
      path,
      rule: 'organization',
      summary,
      query: { owner: 'the organization; absent: all that the caller administers' },
      answers: { data },
      find: ownerIn,
      answer: async (_, { organization }) => ok(await answer(organization)),
    });
  const line = (count: number): number[] => Array.from({ length: DAYS }, () => count);
  const zeros = COUNTED.split(' ').map((kind) => [`${kind}Counts`, line(0)] as const);
  const lines = [...zeros.map(([key]) => key), 'organizationCounts', 'userCounts', 'groupCounts'];
  return [
    about(
      '/api/get-dashboard',
      'How many accounts, groups and organizations there are; zeros for what this host has none of.',
      record(Object.fromEntries(lines.map((key) => [key, list(WHOLE)]))),
      async (organization) => ({
        ...Object.fromEntries(zeros),
        organizationCounts: line(organization === undefined ? (await organizations.list()).length : 1),
        userCounts: line(await users.count({ listing: {}, ...present({ organization }) })),
        groupCounts: line((await groups.list(organization, { page: { number: 1, size: 1 } })).total),
      }),
    ),
    about('/api/get-dashboard-providers', 'Providers by type: always none.', list({}), async () => []),
    about(
      '/api/get-dashboard-mfa',
      'How many accounts have a second factor: none at this host.',
      record({ enabled: WHOLE, disabled: WHOLE, total: WHOLE }),
      async (organization) => {
        const total = await users.count({ listing: {}, ...present({ organization }) });
        return { enabled: 0, disabled: total, total };
      },
    ),
    about(
      '/api/get-dashboard-heatmap',
      'Sign-ins by day: not counted.',
      record({ data: list({}), maxCount: WHOLE, dateRange: list(TEXT) }),
      async () => {
        const end = new Date();
        const start = new Date(end.getTime() - 365 * 86_400_000);
        return { data: [], maxCount: 0, dateRange: [start, end].map((day) => day.toISOString().slice(0, 10)) };
      },
    ),
  ];
}
