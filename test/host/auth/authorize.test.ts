import { expect } from 'chai';
import { UNAUTHORIZED } from '../../../src/host/http/error-reply.ts';
import { ok } from '../../../src/host/http/envelope.ts';
import { organizationRoute, type Route } from '../../../src/host/request/route.ts';
import { AuditRow } from '../../../src/storage/entities/index.ts';
import { ADMIN_PASSWORD, TestHost, type Client } from '../test-host.ts';

/** Who may: everybody signed in of the rows below in this order. */
type Role = 'nobody' | 'plain' | 'chief of beta' | 'chief of acme' | 'global';

interface Row {
  readonly call: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly allowed: readonly Role[];
}

const EVERYBODY: readonly Role[] = ['nobody', 'plain', 'chief of beta', 'chief of acme', 'global'];
const SIGNED_IN: readonly Role[] = ['plain', 'chief of beta', 'chief of acme', 'global'];
const CHIEFS: readonly Role[] = ['chief of beta', 'chief of acme', 'global'];
const ACME: readonly Role[] = ['chief of acme', 'global'];
const GLOBAL: readonly Role[] = ['global'];

/** Each call on things of the organization acme. `RUN` becomes the id of a run of acme's syncer, `QUESTION` that of a question. */
const rows: readonly Row[] = [
  { call: 'GET /api/get-account', allowed: EVERYBODY },
  { call: 'GET /api/get-organizations', allowed: SIGNED_IN },
  { call: 'GET /api/get-organization-names', allowed: SIGNED_IN },
  { call: 'GET /api/get-organization?id=admin/acme', allowed: ['plain', ...ACME] },
  { call: 'POST /api/add-organization', body: { name: '' }, allowed: GLOBAL },
  { call: 'POST /api/update-organization?id=admin/acme', body: {}, allowed: GLOBAL },
  { call: 'POST /api/delete-organization', body: { owner: 'admin', name: 'acme' }, allowed: GLOBAL },
  { call: 'GET /api/get-syncer-types', allowed: SIGNED_IN },
  { call: 'GET /api/get-syncers?owner=admin&organization=acme', allowed: ACME },
  { call: 'GET /api/get-syncers?owner=acme', allowed: ACME },
  { call: 'GET /api/get-syncers?owner=admin', allowed: CHIEFS },
  { call: 'GET /api/get-syncer?id=acme/wecom', allowed: ACME },
  { call: 'GET /api/get-syncer?id=admin/wecom&organization=acme', allowed: ACME },
  { call: 'POST /api/add-syncer', body: { owner: 'admin', organization: 'acme', name: '' }, allowed: ACME },
  { call: 'POST /api/add-syncer', body: { owner: 'acme', name: '' }, allowed: ACME },
  { call: 'POST /api/update-syncer?id=acme/wecom', body: { isEnabled: false }, allowed: ACME },
  { call: 'POST /api/update-syncer?id=admin/wecom', body: { organization: 'acme' }, allowed: ACME },
  { call: 'POST /api/delete-syncer', body: { owner: 'acme', name: 'no-such' }, allowed: ACME },
  { call: 'POST /api/delete-syncer', body: { owner: 'admin', organization: 'acme', name: 'no-such' }, allowed: ACME },
  {
    call: 'POST /api/test-syncer-db',
    body: { owner: 'admin', organization: 'acme', name: 'wecom', type: 'x' },
    allowed: ACME,
  },
  { call: 'POST /api/test-syncer-db', body: { owner: 'acme', name: 'wecom', type: 'x' }, allowed: ACME },
  {
    call: 'POST /api/try-mapping',
    body: { syncer: { owner: 'acme', name: 'wecom', type: 'WeCom' }, userid: '' },
    allowed: ACME,
  },
  { call: 'GET /api/run-syncer?id=acme/wecom&dryRun=true', allowed: ACME },
  { call: 'POST /api/run-syncer?id=admin/wecom&organization=acme&dryRun=true&wait=true', allowed: ACME },
  { call: 'POST /api/sync-member?id=acme/wecom&userid=x&dryRun=true', allowed: ACME },
  { call: 'POST /api/link-account?id=acme/wecom', body: { userid: '', user: 'acme/plain' }, allowed: ACME },
  { call: 'POST /api/unlink-account?id=acme/plain', allowed: ACME },
  { call: 'GET /api/get-sync-questions?id=acme/wecom', allowed: ACME },
  { call: 'POST /api/decide-sync-question?id=QUESTION', body: { decision: 'none' }, allowed: ACME },
  { call: 'POST /api/reopen-sync-question?id=QUESTION', allowed: ACME },
  { call: 'GET /api/get-sync-runs?id=acme/wecom', allowed: ACME },
  { call: 'GET /api/get-next-runs?id=acme/wecom', allowed: ACME },
  { call: 'GET /api/get-directory-departments?id=acme/wecom', allowed: ACME },
  { call: 'GET /api/get-directory-tags?id=acme/wecom', allowed: ACME },
  { call: 'POST /api/get-directory-departments', body: { owner: 'acme', name: 'wecom', type: 'x' }, allowed: ACME },
  { call: 'POST /api/get-directory-departments', body: { organization: 'acme', type: 'x' }, allowed: ACME },
  { call: 'POST /api/get-directory-tags', body: { owner: 'acme', name: 'wecom', type: 'x' }, allowed: ACME },
  { call: 'GET /api/get-sync-run?id=RUN', allowed: ACME },
  { call: 'GET /api/get-sync-changes?id=RUN', allowed: ACME },
  { call: 'GET /api/sync-run-events?id=RUN', allowed: ACME },
  { call: 'POST /api/cancel-sync-run?id=RUN', allowed: ACME },
  { call: 'POST /api/approve-sync-run?id=RUN', allowed: ACME },
  { call: 'POST /api/reject-sync-run?id=RUN', allowed: ACME },
  { call: 'GET /api/get-sync-leavers?id=acme/wecom', allowed: ACME },
  { call: 'GET /api/get-self-service?id=acme/wecom', allowed: ACME },
  { call: 'GET /api/get-sync-protections?owner=acme', allowed: ACME },
  { call: 'GET /api/get-sync-protections', allowed: CHIEFS },
  { call: 'GET /api/export-config?owner=acme', allowed: ACME },
  { call: 'GET /api/export-config', allowed: CHIEFS },
  { call: 'GET /api/get-sync-drift?owner=acme', allowed: ACME },
  { call: 'GET /api/get-sync-drift', allowed: CHIEFS },
  { call: 'POST /api/apply-config?dryRun=true', body: { yaml: 'syncers: [{name: acme/wecom}]' }, allowed: ACME },
  { call: 'POST /api/apply-config', body: { yaml: 'syncers: []' }, allowed: CHIEFS },
  { call: 'POST /api/protect-user', body: { owner: 'acme', kind: 'userid', value: 'x', reason: '' }, allowed: ACME },
  { call: 'POST /api/protect-user', body: { kind: 'user', value: 'acme/plain', reason: '' }, allowed: ACME },
  { call: 'POST /api/unprotect-user?id=acme/plain', allowed: ACME },
  { call: 'POST /api/apply-sync-run?id=RUN', allowed: ACME },
  { call: 'POST /api/undo-sync-run?id=RUN&dryRun=true', allowed: ACME },
  { call: 'GET /api/get-user-history?id=acme/plain', allowed: ACME },
  { call: 'GET /api/get-user-history?id=acme/none', allowed: ACME },
  { call: 'GET /api/get-audit-log?owner=acme', allowed: ACME },
  { call: 'GET /api/get-audit-log', allowed: CHIEFS },
  { call: 'GET /api/get-sync-report?owner=acme', allowed: ACME },
  { call: 'GET /api/get-sync-report', allowed: CHIEFS },
  { call: 'GET /api/get-users?owner=acme', allowed: ACME },
  { call: 'GET /api/get-users?owner=acme&p=1&pageSize=5', allowed: ACME },
  { call: 'GET /api/get-users?owner=built-in', allowed: GLOBAL },
  { call: 'GET /api/get-global-users', allowed: GLOBAL },
  { call: 'GET /api/get-user?id=acme/chief', allowed: ACME },
  { call: 'GET /api/get-user?id=acme/plain', allowed: ['plain', ...ACME] },
  { call: 'GET /api/get-user?id=built-in/admin', allowed: GLOBAL },
  { call: 'GET /api/get-user?id=acme/none', allowed: ACME },
  { call: 'GET /api/get-user?owner=acme&email=none@example.com', allowed: ACME },
  { call: 'GET /api/get-user-count?owner=acme', allowed: ACME },
  { call: 'POST /api/add-user', body: { owner: 'acme', name: '' }, allowed: ACME },
  { call: 'POST /api/add-user', body: { owner: 'built-in', name: '' }, allowed: GLOBAL },
  { call: 'POST /api/update-user?id=acme/plain&columns=title', body: { title: 'x' }, allowed: ACME },
  {
    call: 'POST /api/update-user?id=built-in/admin&columns=title',
    body: { owner: 'acme', title: 'x' },
    allowed: GLOBAL,
  },
  { call: 'POST /api/delete-user', body: { owner: 'acme', name: 'no-such' }, allowed: ACME },
  { call: 'GET /api/get-groups?owner=acme', allowed: ACME },
  { call: 'GET /api/get-groups?owner=acme&withTree=true', allowed: ACME },
  { call: 'GET /api/get-group?id=acme/none', allowed: ACME },
  { call: 'GET /api/get-groups', allowed: CHIEFS },
  { call: 'POST /api/add-group', body: { owner: 'acme', name: '' }, allowed: ACME },
  { call: 'POST /api/update-group?id=acme/none', body: {}, allowed: ACME },
  { call: 'POST /api/delete-group', body: { owner: 'acme', name: 'none' }, allowed: ACME },
  {
    call: 'POST /api/remove-user-from-group',
    body: { owner: 'acme', name: 'plain', groupName: 'none' },
    allowed: ACME,
  },
  { call: 'GET /api/get-sorted-users?owner=acme&sorter=name&limit=3', allowed: ACME },
  {
    call: 'POST /api/check-user-password',
    body: { owner: 'acme', name: 'plain', password: ADMIN_PASSWORD },
    allowed: ['plain', ...ACME],
  },
  { call: 'POST /api/check-user-password', body: { owner: 'acme', name: 'none', password: 'x' }, allowed: ACME },
  { call: 'GET /api/get-user', allowed: SIGNED_IN },
  { call: 'GET /api/userinfo', allowed: EVERYBODY },
  { call: 'GET /api/get-sessions?owner=acme', allowed: ACME },
  { call: 'GET /api/get-sessions', allowed: CHIEFS },
  { call: 'GET /api/get-session?sessionPkId=acme/plain/app-built-in', allowed: ACME },
  { call: 'POST /api/delete-session', body: { owner: 'acme', name: 'none' }, allowed: ACME },
  { call: 'GET /api/get-application?id=admin/app-built-in', allowed: EVERYBODY },
  { call: 'GET /api/get-default-application?id=admin/acme', allowed: EVERYBODY },
  { call: 'GET /api/get-user-application?id=acme/plain', allowed: EVERYBODY },
  { call: 'GET /api/get-organization-applications?owner=admin&organization=acme', allowed: SIGNED_IN },
  { call: 'GET /api/get-applications?owner=admin', allowed: GLOBAL },
  { call: 'GET /api/get-app-login?clientId=x', allowed: EVERYBODY },
  { call: 'GET /api/get-captcha-status', allowed: EVERYBODY },
  ...['providers', 'roles', 'permissions', 'tokens', 'webhooks', 'invitations', 'models', 'ldaps'].map((kind) => ({
    call: `GET /api/get-${kind}?owner=acme`,
    allowed: ACME,
  })),
  ...['', '-providers', '-mfa', '-heatmap'].map((part) => ({
    call: `GET /api/get-dashboard${part}?owner=acme`,
    allowed: ACME,
  })),
  { call: 'GET /api/get-resources?owner=acme', allowed: SIGNED_IN },
  { call: 'GET /api/get-transactions?owner=acme', allowed: SIGNED_IN },
  { call: 'GET /api/get-global-providers', allowed: GLOBAL },
  ...['access_token', 'refresh_token', 'introspect'].flatMap((call) => [
    { call: `GET /api/login/oauth/${call}`, allowed: EVERYBODY },
    { call: `POST /api/login/oauth/${call}`, allowed: EVERYBODY },
  ]),
  { call: 'GET /api/get-certs?owner=acme', allowed: ACME },
  { call: 'GET /api/get-global-certs', allowed: GLOBAL },
  { call: 'GET /api/get-form?id=acme/syncers', allowed: SIGNED_IN },
  { call: 'POST /api/set-password', body: { userOwner: 'acme', userName: 'plain' }, allowed: ['plain', ...ACME] },
  { call: 'POST /api/set-password', body: { userOwner: 'built-in', userName: 'admin' }, allowed: GLOBAL },
  { call: 'GET /api/openapi.json', allowed: EVERYBODY },
  { call: 'GET /api/docs', allowed: EVERYBODY },
  { call: 'GET /api/docs.css', allowed: EVERYBODY },
  { call: 'GET /healthz', allowed: EVERYBODY },
  { call: 'GET /readyz', allowed: EVERYBODY },
  { call: 'GET /metrics', allowed: EVERYBODY },
];

const NOTHING_FOUND = { organizations: [], target: '', object: undefined };

describe('who may call what', () => {
  let test: TestHost;
  let runId: string;
  let questionId: string;
  const clients = new Map<Role, Client>();

  before(async () => {
    test = await TestHost.start({ members: 5, departments: 2 });
    await test.addOrganization('acme');
    await test.addOrganization('beta');
    clients.set('nobody', test.anonymous());
    clients.set('plain', await test.signedIn('acme', 'plain', ADMIN_PASSWORD));
    clients.set('chief of acme', await test.signedIn('acme', 'chief', ADMIN_PASSWORD));
    clients.set('chief of beta', await test.signedIn('beta', 'chief', ADMIN_PASSWORD));
    clients.set('global', await test.signedIn());
    const global = test.credential();
    await global.post('/api/add-syncer', test.syncer('acme'));
    runId = (await global.post('/api/run-syncer?id=acme/wecom&wait=true')).data.id;
    const [member] = [...test.sandbox.company.members];
    await global.post(`/api/unlink-account?id=acme/${member!.userid}`);
    questionId = (await global.get('/api/get-sync-questions?id=acme/wecom')).data[0].id;
  });
  after(() => test.close());

  it('is said for every call that is served', () => {
    const tested = new Set(rows.map(({ call }) => call.split('?', 1)[0]));
    const served = test.host.routes.map(({ method, path }) => `${method} ${path}`);
    const withoutRows = [
      'POST /api/login',
      'GET /api/get-sign-in',
      'GET /api/logout',
      'POST /api/logout',
      'GET /api/wecom-callback/:organization/:name',
      'POST /api/wecom-callback/:organization/:name',
      // Nobody is asked who he is: the directory says so.
      'GET /me/:organization/:name',
      'GET /me/:organization/:name/start',
      'GET /me/:organization/:name/callback',
      'GET /me/:organization/:name/confirm',
      'POST /me/:organization/:name/confirm',
    ];
    expect(served.filter((call) => !tested.has(call))).to.have.members(withoutRows);
  });

  for (const row of rows) {
    for (const role of EVERYBODY) {
      const allowed = row.allowed.includes(role);
      it(`${allowed ? 'lets' : 'refuses'} ${role}: ${row.call} ${row.body ? JSON.stringify(row.body) : ''}`, async () => {
        const [method, path = ''] = row.call.split(' ');
        const url = path.replace('RUN', runId).replace('QUESTION', questionId);
        const client = clients.get(role)!;
        const answer = method === 'GET' ? await client.get(url) : await client.post(url, row.body);
        // Whoever may not see a run, or a question, learns only that there is none.
        const denied = [UNAUTHORIZED, 'There is no such run.', 'There is no such question.'].includes(answer.msg);
        expect(denied, answer.text).to.equal(!allowed);
        if (denied) expect(answer.json).to.include({ status: 'error', data: null });
      });
    }
  }

  it('is known before anything is done: a call that does not say which organization it touches does not compile', () => {
    const shape = { method: 'POST', path: '/api/x', summary: 'x', answers: { data: {} } } as const;
    const answer = async () => ok();
    // @ts-expect-error -- it acts without having said what it touches
    const silent: Route = { ...shape, rule: 'organization', answer };
    // @ts-expect-error -- what it touches has to be found
    const lost = organizationRoute({ ...shape, rule: 'organization', answer });
    // @ts-expect-error -- nobody said who may
    const ruleless: Route = { ...shape, answer };
    // @ts-expect-error -- a call that is open to everybody has no business with somebody's organization
    const open = organizationRoute({ ...shape, rule: 'public', find: () => NOTHING_FOUND, answer });
    expect([silent, lost, ruleless, open]).to.have.length(4);
  });

  const newcomer = async (owner: string, name: string, isAdmin: boolean): Promise<Client> => {
    await test.credential().post('/api/add-user', { owner, name, isAdmin, password: ADMIN_PASSWORD });
    return test.signedIn(owner, name, ADMIN_PASSWORD);
  };

  it('writes down whoever tries what belongs to another organization', async () => {
    const tries: readonly (readonly ['boss of beta' | 'plain', string, unknown, Record<string, string>])[] = [
      [
        'boss of beta',
        'POST /api/update-user?id=acme/chief',
        { title: 'x' },
        { action: 'update-user', target: 'acme/chief' },
      ],
      [
        'boss of beta',
        'POST /api/delete-syncer',
        { owner: 'acme', name: 'wecom' },
        { action: 'delete-syncer', target: 'acme/wecom' },
      ],
      ['boss of beta', 'POST /api/approve-sync-run?id=RUN', undefined, { action: 'approve-run', target: runId }],
      [
        'boss of beta',
        'POST /api/test-syncer-db',
        test.syncer('acme'),
        { action: 'test-syncer', target: 'acme/wecom' },
      ],
      ['boss of beta', 'GET /api/get-user?id=acme/chief', undefined, { action: 'get-user', target: 'acme/chief' }],
      ['plain', 'GET /api/get-syncer?id=acme/wecom', undefined, { action: 'get-syncer', target: 'acme/wecom' }],
    ];
    const entries = (): Promise<AuditRow[]> =>
      test.host.database.read(({ manager }) =>
        manager.findBy(AuditRow, { organization: 'acme', detail: '{"outcome":"refused"}' }),
      );
    // Nobody who tried the same above: that is written down once.
    const boss = await newcomer('beta', 'boss', true);
    const simple = await newcomer('acme', 'simple', false);
    for (const [role, call, body, expected] of tries) {
      const before = new Set((await entries()).map(({ id }) => id));
      const [method, path = ''] = call.split(' ');
      const url = path.replace('RUN', runId);
      const client = role === 'plain' ? simple : boss;
      await (method === 'GET' ? client.get(url) : client.post(url, body));
      const added = (await entries()).filter(({ id }) => !before.has(id));
      expect(added, call).to.have.length(1);
      expect(added[0], call).to.include({ ...expected, actor: role === 'plain' ? 'acme/simple' : 'beta/boss' });
    }
  });

  it('writes down the same once, and so many different ones of one caller', async () => {
    const client = await newcomer('acme', 'noisy', false);
    const written = async (action: string): Promise<readonly string[]> => {
      const rows = await test.host.database.read(({ manager }) =>
        manager.findBy(AuditRow, { action, actor: 'acme/noisy' }),
      );
      return rows.map(({ detail }) => JSON.parse(detail).outcome as string);
    };
    const guess = { userOwner: 'acme', userName: 'noisy', newPassword: 'staple-battery-horse', oldPassword: 'guess' };
    for (let n = 0; n < 12; n += 1) await client.post('/api/set-password', guess);
    expect(await written('set-password')).to.deep.equal(['Refusal']);
    for (let n = 0; n < 12; n += 1) await client.get('/api/get-groups?owner=beta');
    expect(await written('get-groups')).to.deep.equal(['refused']);
    for (let n = 0; n < 150; n += 1) {
      await client.get(`/api/get-user?id=beta/nobody${n}`);
      await client.post(`/api/delete-user?id=nowhere${n}/x`, {});
    }
    const [read, deleted] = [await written('get-user'), await written('delete-user')];
    expect(read.length + deleted.length).to.be.within(80, 101);
    expect([...read, ...deleted].filter((outcome) => outcome === 'limited')).to.have.length(1);
  });

  it('shows administrators of one organization only theirs', async () => {
    const beta = clients.get('chief of beta')!;
    expect((await beta.get('/api/get-syncers?owner=admin')).data).to.deep.equal([]);
    expect(
      (await beta.get('/api/get-organizations?owner=admin')).data.map(({ name }: { name: string }) => name),
    ).to.deep.equal(['beta']);
    expect((await beta.get('/api/get-syncer?id=admin/wecom')).data).to.equal(null);
    const users = await beta.get('/api/get-users?owner=&p=1&pageSize=100');
    expect(users.data.every(({ owner }: { owner: string }) => owner === 'beta')).to.equal(true);
  });

  it('lets nobody move a syncer into an organization that is not theirs', async () => {
    const chief = clients.get('chief of acme')!;
    const answer = await chief.post('/api/update-syncer?id=acme/wecom', { organization: 'beta' });
    expect(answer.msg).to.equal(UNAUTHORIZED);
  });

  it('never lends a stored secret to an administrator of another organization', async () => {
    const beta = clients.get('chief of beta')!;
    const answer = await beta.post('/api/test-syncer-db', { ...test.syncer('beta'), password: '***' });
    expect(answer.status).to.equal('error');
    expect(answer.data.ok).to.equal(false);
    for (const what of ['departments', 'tags']) {
      const draft = { ...test.syncer('beta'), password: '***' };
      expect((await beta.post(`/api/get-directory-${what}`, draft)).msg).to.match(/Corp Secret/);
    }
  });

  it('takes the API credential by Basic and by query, and says when the query is wrong', async () => {
    expect((await test.credential().get('/api/get-global-users')).status).to.equal('ok');
    const byQuery = await test
      .anonymous()
      .get('/api/get-global-users?clientId=test-client&clientSecret=test-client-secret-0123456789');
    expect(byQuery.status).to.equal('ok');
    const wrong = await test.anonymous().get('/api/get-global-users?clientId=test-client&clientSecret=sEcReT');
    expect(wrong.msg)
      .to.match(/client secret/i)
      .and.not.include('sEcReT');
    const wrongBasic = test.anonymous({ authorization: `Basic ${Buffer.from('test-client:no').toString('base64')}` });
    expect((await wrongBasic.get('/api/get-global-users')).msg).to.equal(UNAUTHORIZED);
  });
});
