import { required } from '../request/query-parameter.ts';
import { BUILT_IN } from '../../identity/account.ts';
import { Refusal } from '../../service/refusal.ts';
import type { OrganizationRow } from '../../storage/entities/index.ts';
import { text } from '../../syncer/text.ts';
import { ok, okList } from '../http/envelope.ts';
import { pageIn } from '../http/paging.ts';
import { requiredIn, shown, splitId } from '../http/query.ts';
import { FLAG, list, NOTHING, orNull } from '../http/schema.ts';
import type { OrganizationDirectory } from '../organizations/organization-directory.ts';
import type { Route } from '../request/route.ts';
import { APPLICATION, APPLICATION_NAME, applicationJson } from './application-json.ts';

export interface ApplicationRoutesNeeds {
  readonly organizations: OrganizationDirectory;
}

/** @throws Refusal in Casdoor's words */
async function existing(
  organizations: ApplicationRoutesNeeds['organizations'],
  name: string,
): Promise<OrganizationRow> {
  const row = await organizations.find(name);
  if (row) return row;
  const id = `admin/${shown(name)}`;
  throw new Refusal(text(`The organization: ${id} does not exist`, `组织 ${id} 不存在`));
}

/** What Casdoor's page asks for before and around its sign-in: this host is its one application. */
export const applicationRoutes = ({ organizations }: ApplicationRoutesNeeds): Route[] => {
  const open = (path: string, summary: string, id: string, organizationIn: (id: string) => string): Route => ({
    method: 'GET',
    path,
    rule: 'public',
    summary,
    query: { id: required(id) },
    answers: { data: APPLICATION.ref },
    answer: async (call) =>
      ok(applicationJson(await existing(organizations, organizationIn(requiredIn(call.query, 'id'))))),
  });
  const applicationList = (path: string, rule: 'signedIn' | 'global'): Route => ({
    method: 'GET',
    path,
    rule,
    summary: 'The applications of an organization: this host.',
    query: { owner: 'admin', organization: 'the organization' },
    listed: [],
    answers: { data: list(APPLICATION.ref) },
    answer: async (call) => {
      const own = call.caller.kind === 'user' ? call.caller.organization : BUILT_IN;
      const found = await organizations.find(own);
      const applications = found ? [applicationJson(found)] : [];
      return okList(applications, pageIn(call.query));
    },
  });
  return [
    {
      method: 'GET',
      path: '/api/get-application',
      rule: 'public',
      summary: 'The application of Casdoor’s page, which is this host; null for every other.',
      query: { id: required('admin/app-built-in') },
      answers: { data: orNull(APPLICATION.ref) },
      answer: async (call) => {
        const { name } = splitId(requiredIn(call.query, 'id'));
        return ok(name === APPLICATION_NAME ? applicationJson(await existing(organizations, BUILT_IN)) : null);
      },
    },
    open(
      '/api/get-default-application',
      'The application by which people of an organization sign in: this host.',
      'admin/ORG',
      (id) => splitId(id).name,
    ),
    open(
      '/api/get-user-application',
      'The application of an account: this host, whoever it is.',
      'ORG/NAME',
      (id) => splitId(id).owner,
    ),
    applicationList('/api/get-organization-applications', 'signedIn'),
    applicationList('/api/get-applications', 'global'),
    ...FIXED_ANSWERS,
  ];
};

/** What is the same for everybody: this host signs in to itself alone, and asks for no captcha. */
const FIXED_ANSWERS: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/get-app-login',
    rule: 'public',
    summary: 'Sign-in for another application: always null, this host signs in to itself alone.',
    query: { clientId: 'whatever it is' },
    answers: { data: NOTHING },
    answer: async () => ok(null),
  },
  {
    method: 'GET',
    path: '/api/get-captcha-status',
    rule: 'public',
    summary: 'Whether signing in asks for a captcha: it never does.',
    query: { organization: 'whatever it is', userId: 'whoever it is', application: 'whatever it is' },
    answers: { data: FLAG },
    answer: async () => ok(false),
  },
];
