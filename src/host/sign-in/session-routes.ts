import { required } from '../request/query-parameter.ts';
import type { SessionRecords, SignIns } from '../../storage/accounts/session-records.ts';
import { rfc3339 } from '../../storage/text-value.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
import { affected, ok, okList } from '../http/envelope.ts';
import { listed, listingIn } from '../http/paging.ts';
import { requiredIn, splitId, textsIn } from '../http/query.ts';
import { AFFECTED, component, FLAG, input, list, orNull, record, TEXT } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { listOwner, namedIn, namesInId, oneNamed, type Named } from '../request/named-object.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { APPLICATION_NAME } from './application-json.ts';

export interface SessionRoutesNeeds {
  readonly sessions: SessionRecords;
  readonly audit: AuditLog;
}

const FIELDS = ['name', 'createdTime'] as const;

export const SESSION = component(
  'Session',
  record({
    owner: TEXT,
    name: TEXT,
    application: TEXT,
    createdTime: TEXT,
    sessionId: list(TEXT),
    ExclusiveSignin: FLAG,
  }),
);

/** Who is signed in to this host, as Casdoor shows it. What stands for a session signs nobody in. */
const sessionJson = ({ owner, name, since, marks }: SignIns) => ({
  owner,
  name,
  application: APPLICATION_NAME,
  createdTime: rfc3339(new Date(since)),
  sessionId: [...marks],
  ExclusiveSignin: false,
});

/** Sign-ins to this host: listed, shown, ended. */
export const sessionRoutes = (needs: SessionRoutesNeeds): Route[] => [
  getSessions(needs),
  getSession(needs),
  deleteSession(needs),
];

const getSessions = ({ sessions }: SessionRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sessions',
    rule: 'organization',
    summary: 'Who is signed in to this host.',
    query: { owner: 'the organization; absent: all that the caller administers' },
    listed: FIELDS,
    answers: { data: list(SESSION.ref) },
    find: (call) => listOwner(textsIn(call.query, 'owner')),
    answer: async (call, { organization }) => {
      const listing = listingIn(call.query, FIELDS);
      const all = (await sessions.list(organization)).map(sessionJson);
      const { rows, total } = listed(all, listing, (row, field) => row[field]);
      return okList(rows, listing.page, total);
    },
  });

const getSession = ({ sessions }: SessionRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-session',
    rule: 'organization',
    summary: 'The sign-ins of one account to this host, or null.',
    query: { sessionPkId: required('ORG/NAME/APPLICATION') },
    answers: { data: orNull(SESSION.ref) },
    find: (call) => {
      const target = requiredIn(call.query, 'sessionPkId');
      const object = splitId(target.split('/').slice(0, 2).join('/'));
      return { organizations: [object.owner], target, object };
    },
    answer: async (call, { object: { owner, name } }) => {
      const [, , application = APPLICATION_NAME] = call.text('sessionPkId').split('/');
      const [found] = application === APPLICATION_NAME ? await sessions.list(owner, name) : [];
      return ok(found ? sessionJson(found) : null);
    },
  });

function namedAccount(call: Call): Subject<Named> {
  const inId = namesInId(call);
  return oneNamed({
    organizations: [...inId.organizations, ...namedIn(call, 'owner')],
    names: [...inId.names, ...namedIn(call, 'name')],
  });
}

const deleteSession = ({ sessions, audit }: SessionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/delete-session',
    rule: 'organization',
    summary: 'Signs an account out of this host, everywhere or where one session stands.',
    query: { id: 'ORG/NAME', sessionId: 'only this one' },
    body: input({ owner: TEXT, name: TEXT, application: TEXT }, ['owner', 'name']),
    answers: { data: AFFECTED },
    find: namedAccount,
    answer: async (call, { object: { organization, name } }) => {
      const entry = { action: 'delete-session' as const, organization, target: `${organization}/${name}` };
      const ended = await audit.during(call.actor, entry, () =>
        sessions.end(organization, name, call.text('sessionId')),
      );
      return affected(ended > 0);
    },
  });
