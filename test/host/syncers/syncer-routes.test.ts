import { join } from 'node:path';
import { expect } from 'chai';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { AuditRow, SyncerRow } from '../../../src/storage/entities/index.ts';
import { CLIENT_ID, CLIENT_SECRET, TestHost, type Answer, type Client } from '../test-host.ts';

/** The object that Casdoor's page makes for a new syncer, before a type is chosen. */
const aFreshDraft = (organization: string, name: string): Record<string, unknown> => ({
  owner: 'admin',
  name,
  createdTime: '2026-08-01T10:00:00+08:00',
  organization,
  type: 'Database',
  host: 'localhost',
  port: 3306,
  user: 'root',
  password: '123456',
  databaseType: 'mysql',
  database: 'dbName',
  table: 'table_name',
  tableColumns: [],
  affiliationTable: '',
  avatarBaseUrl: '',
  syncInterval: 10,
  isReadOnly: false,
  isEnabled: false,
});

const CASDOOR_COLUMNS = ['Id', 'DisplayName', 'Email', 'Phone', 'Avatar', 'Title', 'Gender'].map(
  (casdoorName, index) => ({
    name: ['userid', 'name', 'email', 'mobile', 'avatar', 'position', 'gender'][index],
    casdoorName,
    type: 'string',
    isHashed: true,
    values: [],
  }),
);

const TEXT_KEYS = [
  'owner',
  'name',
  'createdTime',
  'organization',
  'type',
  'databaseType',
  'sslMode',
  'sshType',
  'host',
  'user',
  'password',
  'sshHost',
  'sshUser',
  'sshPassword',
  'cert',
  'database',
  'table',
  'affiliationTable',
  'avatarBaseUrl',
  'errorText',
  'agentId',
  'contactsSecret',
  'notActivated',
  'leavers',
  'health',
];

describe('syncer calls', () => {
  let test: TestHost;
  let admin: Client;
  let serial = 0;

  before(async () => {
    test = await TestHost.start({
      members: 20,
      departments: 4,
      settings: { WECOM_ALLOWED_HOSTS: 'allowed.example,127.0.0.1:1' },
    });
    await test.addOrganization('acme');
    await test.addOrganization('beta');
    admin = await test.signedIn();
  });
  after(() => test.close());

  const freshName = (): string => `syncer_${(serial += 1)}`;
  const added = async (values: Record<string, unknown> = {}): Promise<string> => {
    const name = typeof values['name'] === 'string' ? values['name'] : freshName();
    const answer = await admin.post('/api/add-syncer', { ...test.syncer('acme', name), ...values });
    expect(answer.json, answer.text).to.include({ status: 'ok', data: 'Affected' });
    return name;
  };
  const read = async (name: string): Promise<Record<string, unknown>> =>
    (await admin.get(`/api/get-syncer?id=admin/${name}&organization=acme`)).data as Record<string, unknown>;

  it('answers every key with its type, secrets as three stars', async () => {
    const syncer = await read(
      await added({ contactsSecret: 'contacts-secret-value', sshPassword: 'ssh-secret-value' }),
    );
    for (const key of TEXT_KEYS) expect(syncer[key], key).to.be.a('string');
    for (const key of ['port', 'sshPort', 'syncInterval']) expect(syncer[key], key).to.be.a('number');
    expect(syncer).to.deep.include({
      owner: 'admin',
      password: '***',
      contactsSecret: '***',
      sshPassword: '***',
      isReadOnly: true,
      isEnabled: false,
      tableColumns: [],
      linkBy: [],
      timeZone: 'Asia/Shanghai',
      schedule: '',
      quietWindows: [],
      freezeWindows: [],
      freezeDisabled: false,
      selfService: { enabled: false, fields: ['email', 'phone', 'avatar', 'gender'], nudge: false, nudgePerDay: 100 },
      leavers: 'forbid',
      notActivated: 'forbid',
      syncGroups: true,
      parentGroup: '',
      removalLimit: { percent: 20, count: 5 },
      scope: { departments: [], includeChildren: true, excludeUsers: [], excluded: 'leave' },
      lastRun: null,
      nextRunAt: null,
      health: 'ok',
    });
  });

  it('keeps line, zone and windows that nobody speaks of', async () => {
    const night = [{ days: [1, 7], from: '22:00', to: '06:00' }];
    const times = {
      timeZone: 'Europe/Berlin',
      schedule: '30 2 * * 1-5',
      quietWindows: night,
      freezeWindows: night,
      freezeDisabled: true,
    };
    const name = await added(times);
    const answer = await admin.post(`/api/update-syncer?id=acme/${name}`, { syncInterval: 7200 });
    expect(answer.status, answer.msg).to.equal('ok');
    expect(await read(name)).to.deep.include({ ...times, syncInterval: 7200 });
  });

  it('stores secrets sealed', async () => {
    const name = await added({ contactsSecret: 'contacts-secret-value' });
    const row = await test.host.database.read(({ manager }) => manager.findOneBy(SyncerRow, { name }));
    expect(JSON.stringify(row)).to.not.include(test.sandbox.appSecret).and.not.include('contacts-secret-value');
  });

  describe('as Casdoor’s page sends them', () => {
    it('save a draft with leftovers, become WeCom, test, run, and are deleted', async () => {
      const name = freshName();
      expect(
        (await admin.post('/api/add-syncer', aFreshDraft('acme', name), { 'content-type': 'text/plain' })).status,
      ).to.equal('ok');
      const draft = await read(name);
      expect(draft).to.include({
        port: 3306,
        databaseType: 'mysql',
        database: 'dbName',
        table: 'table_name',
        syncInterval: 60,
      });

      const wecom = { ...draft, type: 'WeCom', host: '', tableColumns: CASDOOR_COLUMNS };
      const untried = await admin.post('/api/test-syncer-db', wecom);
      expect(untried.status).to.equal('error');
      expect(untried.msg).to.match(/Corp ID/);
      expect(untried.data.ok).to.equal(false);

      const filled = { ...wecom, user: test.sandbox.corpId, password: test.sandbox.appSecret };
      const saved = await admin.post(`/api/update-syncer?id=admin/${name}`, filled);
      expect(saved.json, saved.text).to.include({ status: 'ok', data: 'Affected' });
      const tested = await admin.post('/api/test-syncer-db', { ...filled, password: '***' });
      expect(tested.status, tested.text).to.equal('ok');
      expect(tested.data.checks.map((check: { name: string }) => check.name)).to.include.members([
        'token',
        'departments',
        'members',
        'fields',
      ]);

      const run = await admin.get(`/api/run-syncer?id=admin/${name}&organization=acme`);
      expect(run.status, run.text).to.equal('ok');
      const [row] = (
        await admin.get(
          `/api/get-syncers?owner=admin&organization=acme&p=1&pageSize=10&field=name&value=${name}&sortField=&sortOrder=`,
        )
      ).data;
      expect(row.tableColumns[0]).to.deep.equal({ ...CASDOOR_COLUMNS[0], isKey: false });
      expect(row.lastRun).to.include({ state: 'succeeded', syncer: `acme/${name}` });
      expect((await admin.post('/api/delete-syncer', row)).data).to.equal('Affected');
      expect((await admin.get(`/api/get-syncer?id=admin/${name}&organization=acme`)).data).to.equal(null);
      expect((await admin.post('/api/delete-syncer', row)).data).to.equal('Unaffected');
    });

    it('keep an expression as it was typed, beside its rows', async () => {
      const row = { expression: '  member.name +\n" (" + member.userid + ")" ', casdoorName: 'DisplayName' };
      const name = await added({ tableColumns: [row, { name: 'position', casdoorName: 'Title', expression: '' }] });
      const tableColumns = (await read(name))['tableColumns'] as readonly object[];
      expect(tableColumns[0]).to.deep.include({ ...row, name: '' });
      expect(tableColumns[1]).not.to.have.property('expression');
      await admin.get(`/api/run-syncer?id=acme/${name}`);
      const [user] = (await admin.get('/api/get-users?owner=acme&p=1&pageSize=1')).data;
      expect(user.displayName).to.match(/ \(.+\)$/);
    });

    it('find what its frame asks for', async () => {
      expect((await admin.get('/api/get-form?id=built-in/syncers')).json).to.include({ status: 'ok', data: null });
      expect((await admin.get('/api/get-certs?owner=acme')).data).to.deep.equal([]);
      const names = (await admin.get('/api/get-organization-names?owner=admin')).data as { name: string }[];
      expect(names.find(({ name }) => name === 'acme')).to.include({ owner: 'admin', displayName: 'acme' });
      expect(
        (await admin.get('/api/get-organizations?owner=admin')).data.map(({ name }: { name: string }) => name),
      ).to.include.members(['acme', 'beta', 'built-in']);
    });
  });

  describe('as the SDKs send them', () => {
    it('are addressed as the organization’s, and answered so', async () => {
      const sdk = test.credential();
      const name = freshName();
      const body = { ...test.syncer('acme', name), owner: 'acme' };
      expect((await sdk.post(`/api/add-syncer?id=acme/${name}`, body)).data).to.equal('Affected');
      const found = (await sdk.get(`/api/get-syncer?id=acme/${name}`)).data;
      expect(found).to.include({ owner: 'acme', organization: 'acme', name });
      expect((await sdk.get('/api/get-syncers?owner=acme')).data.map((one: { owner: string }) => one.owner)).to.include(
        'acme',
      );
      expect((await read(name))['owner']).to.equal('admin');
      expect((await sdk.post('/api/delete-syncer', { owner: 'acme', name })).data).to.equal('Affected');
    });

    it('are added, changed and deleted as the Python SDK does: credential in the query, JSON of no declared type', async () => {
      const name = freshName();
      const query = `id=acme/${name}&clientId=${CLIENT_ID}&clientSecret=${CLIENT_SECRET}`;
      const send = (action: string, body: object) =>
        test.anonymous().post(`/api/${action}?${query}`, JSON.stringify(body), { 'content-type': '' });
      const body = { ...test.syncer('acme', name), owner: 'acme', tableColumns: [null], tablePrimaryKey: '' };
      expect((await send('add-syncer', body)).data).to.equal('Affected');
      expect((await send('update-syncer', { ...body, syncInterval: 600 })).data).to.equal('Affected');
      const { data } = await test.anonymous().get(`/api/get-syncer?${query}`);
      expect(data).to.deep.include({ owner: 'acme', syncInterval: 600, tableColumns: [], password: '***' });
      expect((await send('delete-syncer', { owner: 'acme', name, organization: '' })).data).to.equal('Unaffected');
      expect((await send('delete-syncer', { owner: 'acme', name })).data).to.equal('Affected');
      expect((await test.anonymous().get(`/api/get-syncer?${query}`)).data).to.equal(null);
    });

    it('keep what their older models do not know, and what they leave out', async () => {
      const name = await added({
        contactsSecret: 'contacts-secret-value',
        scope: { departments: [2] },
        cert: 'cert-x',
        agentId: '1000002',
      });
      const java = {
        owner: 'acme',
        name,
        organization: 'acme',
        type: 'WeCom',
        tablePrimaryKey: 'x',
        tableColumns: [null],
        isReadOnly: false,
      };
      expect(
        (
          await admin.post(`/api/update-syncer?id=admin/${name}`, JSON.stringify(java), {
            'content-type': 'text/plain',
          })
        ).data,
      ).to.equal('Affected');
      expect(await read(name)).to.deep.include({
        contactsSecret: '***',
        password: '***',
        cert: 'cert-x',
        agentId: '1000002',
        syncInterval: 3600,
        isReadOnly: true,
        tableColumns: [],
        scope: { departments: [2], includeChildren: true, excludeUsers: [], excluded: 'leave' },
        user: test.sandbox.corpId,
      });
    });

    it('keep the parts of an object that they leave out, and empty it by an empty one', async () => {
      const scope = { departments: [2], includeChildren: false, excludeUsers: ['ann'], excluded: 'leaver' };
      const selfService = { enabled: true, fields: ['phone'], nudge: true, nudgePerDay: 7 };
      const name = await added({ agentId: '1000002', scope, selfService, removalLimit: { percent: 3, count: 2 } });
      const id = `/api/update-syncer?id=admin/${name}`;
      const parts = { scope: { departments: [3] }, selfService: { nudge: false }, removalLimit: { percent: 7 } };
      expect((await admin.post(id, { name, ...parts })).data).to.equal('Affected');
      expect(await read(name)).to.deep.include({
        scope: { ...scope, departments: [3] },
        selfService: { ...selfService, nudge: false },
        removalLimit: { percent: 7, count: 2 },
      });
      await admin.post(id, { name, scope: { departments: null, excludeUsers: null } });
      expect((await read(name)).scope).to.deep.equal({ ...scope, departments: [3] });
      await admin.post(id, { name, scope: {}, selfService: {}, removalLimit: {} });
      expect(await read(name)).to.deep.include({
        scope: { departments: [], includeChildren: true, excludeUsers: [], excluded: 'leaver' },
        selfService: { enabled: false, fields: ['email', 'phone', 'avatar', 'gender'], nudge: false, nudgePerDay: 100 },
        removalLimit: { percent: 20, count: 5 },
      });
    });

    it('get a number in data2 whenever they page', async () => {
      const page = await admin.get('/api/get-syncers?owner=admin&organization=beta&p=7&pageSize=10');
      expect(page.json).to.deep.include({ data: [], data2: 0 });
      expect((await admin.get('/api/get-syncers?owner=admin&organization=beta')).data2).to.equal(null);
    });
  });

  describe('keep secrets', () => {
    it('under three stars, and forget one that is emptied', async () => {
      const name = await added({ contactsSecret: 'contacts-secret-value' });
      await admin.post(`/api/update-syncer?id=admin/${name}`, { ...(await read(name)), contactsSecret: '' });
      expect(await read(name)).to.include({ password: '***', contactsSecret: '' });
    });

    it('to the address they were stored with: saving and testing with another one is refused', async () => {
      const name = await added();
      for (const path of [`/api/update-syncer?id=admin/${name}`, '/api/test-syncer-db']) {
        for (const password of ['***', undefined]) {
          const body = { ...test.syncer('acme', name), host: 'https://allowed.example', password };
          const answer = await admin.post(path, body);
          expect(answer.status, path).to.equal('error');
          expect(answer.msg).to.match(/base URL \(host\) changed/);
        }
      }
      expect((await read(name))['host']).to.equal('');
      const own = await admin.post(`/api/update-syncer?id=admin/${name}`, {
        host: 'https://allowed.example',
        password: 'entered-again',
      });
      expect(own.status, own.msg).to.equal('ok');
    });

    const OPTIONAL = ['contactsSecret', 'callbackToken', 'callbackAesKey'];

    it('and where none is stored, three stars are refused by name: by a test, and by one that is enabled', async () => {
      const draft = await added();
      await admin.post(`/api/update-syncer?id=admin/${draft}`, { type: 'Database' });
      for (const secret of ['password', ...OPTIONAL]) {
        const masked = { ...test.syncer('acme', freshName()), [secret]: '***' };
        for (const answer of [
          await admin.post('/api/test-syncer-db', masked),
          await admin.post('/api/test-syncer-db', { ...masked, name: draft }),
          await admin.post('/api/add-syncer', { ...masked, isEnabled: true }),
          await admin.post(`/api/update-syncer?id=admin/${draft}`, { ...masked, name: draft, isEnabled: true }),
        ]) {
          expect(answer.status, secret).to.equal('error');
          expect(answer.msg).to.match(new RegExp(`\\(${secret}\\): .*(?:fill in|Enter it, or leave it empty)`));
        }
      }
    });

    it('and three stars for one that a stored syncer never had say that it stays without', async () => {
      const name = await added();
      const masked = Object.fromEntries(['password', ...OPTIONAL].map((secret) => [secret, '***']));
      const body = { ...test.syncer('acme', name), ...masked };
      const tested = await admin.post('/api/test-syncer-db', body);
      expect(tested.status, tested.msg).to.equal('ok');
      const saved = await admin.post(`/api/update-syncer?id=admin/${name}`, { ...body, isEnabled: true });
      expect(saved.status, saved.msg).to.equal('ok');
      expect(await read(name)).to.include({ password: '***', contactsSecret: '', callbackToken: '' });
    });

    it('for one type: another type starts without them', async () => {
      const name = await added();
      await admin.post(`/api/update-syncer?id=admin/${name}`, { type: 'Database', password: '***' });
      expect(await read(name)).to.include({ type: 'Database', password: '' });
    });

    it('out of filters and orders', async () => {
      const list = (query: string): Promise<Answer> =>
        admin.get(`/api/get-syncers?owner=admin&organization=acme&${query}`);
      for (const query of ['field=password&value=a', 'field=contactsSecret&value=x'])
        expect((await list(query)).status).to.equal('error');
      const usual = (await list('')).data;
      for (const query of ['sortField=password', 'sortField=secrets&sortOrder=ascend'])
        expect((await list(query)).data).to.deep.equal(usual);
    });
  });

  describe('refuse', () => {
    type Refused = readonly [string, Record<string, unknown>, RegExp];
    const refusals: readonly Refused[] = [
      ['the organization built-in', { organization: 'built-in' }, /built-in/],
      ['another spelling of it', { organization: 'Built-In' }, /built-in/],
      ['an organization that does not exist', { organization: 'nowhere' }, /does not exist/],
      ['no organization', { organization: '' }, /organization/],
      ['no name', { name: '' }, /name/],
      ['a name with a slash', { name: 'a/b' }, /^Field 'name' contains forbidden characters: "\/\?:#&%=\+;"$/],
      ['a name with a percent sign', { name: 'a%b' }, /forbidden characters/],
      ['a name of 101 characters', { name: 'x'.repeat(101) }, /longer/],
      ['a negative interval', { syncInterval: -1 }, /syncInterval/],
      ['a broken interval', { syncInterval: 1.5 }, /syncInterval/],
      ['a base URL that is not allowed', { host: 'https://evil.example' }, /not allowed|WECOM_ALLOWED_HOSTS/],
      ['a base URL with a password', { host: 'https://a:b@allowed.example' }, /credentials/],
      ['a mapping onto IsAdmin', { tableColumns: [{ name: 'position', casdoorName: 'IsAdmin' }] }, /IsAdmin/],
      [
        'an expression that cannot be right, with its place',
        {
          tableColumns: [
            { name: 'name', casdoorName: 'DisplayName' },
            { expression: ' member.nix', casdoorName: 'Title' },
          ],
        },
        /row 2 \(expression → Title\): line 1, column 9: there is no field nix/,
      ],
      [
        'a condition that is none, with its place',
        { condition: 'member.name' },
        /\(condition\): line 1, column 1: it gives string, and true or false is needed/,
      ],
      [
        'a name for accounts that is none, with its place',
        { accountName: '\n member.nix' },
        /\(accountName\): line 2, column 9: there is no field nix/,
      ],
      ['a mapping onto Password', { tableColumns: [{ name: 'position', casdoorName: 'Password' }] }, /Password/],
      ['an unknown rule for leavers', { leavers: 'delete' }, /leavers/],
      ['a limit above 100 %', { removalLimit: { percent: 101, count: 5 } }, /percent/],
      ['a scope that is no object', { scope: 'all' }, /scope/],
      ['linking by something else', { linkBy: ['mobile'] }, /linkBy/],
      ['a line of six fields', { schedule: '0 30 2 * * *' }, /schedule.*five fields/],
      ['a line that never comes', { schedule: '0 0 30 2 *' }, /schedule.*never comes/],
      ['an unknown zone', { timeZone: 'Asia/Nowhere' }, /timeZone/],
      ['an empty window', { quietWindows: [{ days: [1], from: '06:00', to: '06:00' }] }, /quietWindows/],
      ['a window on no day', { freezeWindows: [{ days: [], from: '22:00', to: '06:00' }] }, /freezeWindows\.days/],
      ['self-service that is no object', { selfService: true }, /"selfService" must be an object/],
      [
        'a field that members cannot give',
        { agentId: '1000002', selfService: { fields: ['password'] } },
        /selfService\.fields.*one of email, phone, avatar, gender/,
      ],
      ['self-service that is perhaps on', { selfService: { enabled: 'perhaps' } }, /selfService\.enabled/],
      ['a nudge that is perhaps on', { selfService: { nudge: 2 } }, /selfService\.nudge"/],
      ...[0, -1, 1.5, 10_001, 'many'].map((nudgePerDay): Refused => [
        `${nudgePerDay} messages a day`,
        { selfService: { nudgePerDay } },
        /selfService\.nudgePerDay/,
      ]),
      ['self-service without an app', { selfService: { enabled: true } }, /the Agent ID \(agentId\)/],
      ['self-service of nothing', { agentId: '1000002', selfService: { enabled: true, fields: [] } }, /at least one/],
      ['self-service of another type', { type: 'CSV', selfService: { enabled: true } }, /this type of syncer/],
      ['a flag that is none', { isEnabled: 'perhaps' }, /isEnabled/],
      ['an object for a text', { user: {} }, /user/],
      ['switching on without a Corp ID', { isEnabled: true, user: '' }, /Corp ID/],
      [
        'switching on with the leftovers of another type',
        { isEnabled: true, user: 'root', password: '123456' },
        /Corp ID/,
      ],
      ['switching on an unknown type', { isEnabled: true, type: 'Database' }, /Unknown syncer type/],
    ];
    for (const [what, values, reason] of refusals) {
      it(`${what}, and store nothing`, async () => {
        const name = freshName();
        const answer = await admin.post('/api/add-syncer', { ...test.syncer('acme', name), ...values });
        expect(answer.status, answer.text).to.equal('error');
        expect(answer.msg).to.match(reason).and.not.include(test.sandbox.appSecret);
        expect(
          (await admin.get(`/api/get-syncers?owner=admin&organization=&field=name&value=${name}`)).data,
        ).to.deep.equal([]);
      });
    }

    it('a name that the organization has already, not one that another has', async () => {
      const name = await added();
      expect((await admin.post('/api/add-syncer', test.syncer('acme', name))).msg).to.match(/already/);
      expect((await admin.post('/api/add-syncer', test.syncer('beta', name))).status).to.equal('ok');
      expect((await admin.get(`/api/get-syncer?id=admin/${name}`)).msg).to.match(/Several organizations/);
      expect((await admin.get(`/api/get-syncer?id=beta/${name}`)).data.organization).to.equal('beta');
    });

    it('to move accounts to another organization', async () => {
      const name = await added({ name: 'holder' });
      await admin.get(`/api/run-syncer?id=acme/${name}`);
      const answer = await admin.post(`/api/update-syncer?id=admin/${name}`, {
        ...(await read(name)),
        organization: 'beta',
      });
      expect(answer.msg).to.match(/holds accounts/);
    });
  });

  it('let members give what is chosen, once there is an app to ask them with', async () => {
    const name = await added({
      agentId: ' 1000002 ',
      selfService: { enabled: 'true', fields: ['phone', null, 'email'] },
    });
    const id = `/api/update-syncer?id=acme/${name}`;
    const chosen = { enabled: true, fields: ['email', 'phone'], nudge: false, nudgePerDay: 100 };
    expect((await read(name))['selfService']).to.deep.equal(chosen);
    expect((await admin.post(id, { syncInterval: 7200 })).status, 'of nothing else').to.equal('ok');
    expect((await read(name))['selfService'], 'absent keeps').to.deep.equal(chosen);
    const refused = await admin.post(id, { agentId: '' }, { 'accept-language': 'zh' });
    expect(refused.msg).to.match(/AgentId\(agentId\).*关闭/);
    expect((await read(name))['agentId']).to.equal('1000002');
    expect((await admin.post(id, { agentId: '', selfService: { enabled: false, fields: [] } })).status).to.equal('ok');
    expect((await read(name))['selfService']).to.deep.equal({ ...chosen, enabled: false, fields: [] });
    const [type] = (await admin.get('/api/get-syncer-types')).data;
    expect(type.defaults.selfService.enabled).to.equal(false);
    const asking = type.fields.filter((field: { readonly asksMembers?: object }) => field.asksMembers);
    expect(asking.map((field: { readonly name: string }) => field.name)).to.deep.equal(['agentId']);
  });

  it('refuse ids of departments and tags that are none', async () => {
    const name = await added({});
    for (const wrong of [{ scope: { departments: [0] } }, { scope: { departments: [-3] } }, { syncTags: [0] }]) {
      const refused = await admin.post(`/api/update-syncer?id=acme/${name}`, wrong);
      expect(refused.status, JSON.stringify(wrong)).to.equal('error');
      expect(refused.msg).to.match(/scope\.departments|syncTags/);
    }
  });

  it('leave alone whom a new scope leaves out, and go on as they did where nobody chose', async () => {
    const name = await added({ scope: { excludeUsers: ['someone'] } });
    const id = `/api/update-syncer?id=acme/${name}`;
    const excluded = async (): Promise<unknown> => ((await read(name))['scope'] as Record<string, unknown>)['excluded'];
    expect(await excluded()).to.equal('leave');
    expect((await admin.post(id, { name, scope: { excludeUsers: [], excluded: 'leaver' } })).msg).to.equal('');
    expect((await admin.post(id, { name, scope: { departments: [1] } })).msg).to.equal('');
    expect(await excluded(), 'a key that is absent keeps').to.equal('leaver');
    expect((await admin.post(id, { name, scope: { excluded: 'forbid' } })).msg).to.include('scope.excluded');
    const before = { departments: [], includeChildren: true, excludeUsers: ['someone'] };
    const database = await openDatabase(`sqlite:${join(test.folder, 'iam.db')}`);
    await database.transaction(({ manager }) =>
      manager.update(SyncerRow, { name }, { settings: JSON.stringify({ scope: before }) }),
    );
    await database.close();
    expect(await excluded(), 'stored before the choice').to.equal('leaver');
    expect((await admin.post(id, { name, scope: before })).msg).to.equal('');
    expect(await excluded()).to.equal('leaver');
  });

  it('do with whom the scope leaves out what they are set to', async () => {
    await test.addOrganization('scoped');
    await admin.post('/api/add-syncer', test.syncer('scoped'));
    expect((await admin.get('/api/run-syncer?id=scoped/wecom')).data.counts.created).to.be.greaterThan(3);
    const [member] = [...test.sandbox.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);
    const changed = async (scope: object): Promise<unknown> => {
      await admin.post('/api/update-syncer?id=scoped/wecom', { name: 'wecom', organization: 'scoped', scope });
      const { data } = await admin.get('/api/run-syncer?id=scoped/wecom');
      const changes = (await admin.get(`/api/get-sync-changes?id=${data.id}`)).data as {
        kind: string;
        reason: string;
      }[];
      return changes.map(({ kind, reason }) => `${kind}: ${reason}`);
    };
    const excludeUsers = [member!.userid];
    expect(await changed({ excludeUsers })).to.deep.equal(['skip: left alone by scope.excluded of scoped/wecom']);
    expect(await changed({ excludeUsers, excluded: 'leaver' })).to.deep.equal([
      'forbid: Excluded by the scope of this syncer. The scope leaves this member out by name (excludeUsers).',
    ]);
  });

  it('say what became of an interval that is too short', async () => {
    const name = freshName();
    const answer = await admin.post('/api/add-syncer', { ...test.syncer('acme', name), syncInterval: 10 });
    expect(answer.msg).to.match(/10 to 60 .*Enter 60 or more/);
    const zh = await admin.post(
      `/api/update-syncer?id=acme/${name}`,
      { syncInterval: 0 },
      { 'accept-language': 'zh-CN' },
    );
    expect(zh.msg).to.match(/3600 秒/);
    expect((await read(name))['syncInterval']).to.equal(3600);
  });

  it('rename, keeping everything that hangs on the syncer', async () => {
    const name = await added({ syncGroups: false });
    const renamed = freshName();
    expect(
      (await admin.post(`/api/update-syncer?id=admin/${name}`, { ...(await read(name)), name: renamed, owner: 'acme' }))
        .data,
    ).to.equal('Affected');
    expect(await read(renamed)).to.include({ password: '***', syncGroups: false });
    expect((await admin.post(`/api/update-syncer?id=admin/${name}`, { name })).data).to.equal('Unaffected');
  });

  it('show a test that fails with its remedy, and the report all the same', async () => {
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    try {
      const answer = await admin.post('/api/test-syncer-db', test.syncer('acme', freshName()), {
        'accept-language': 'zh',
      });
      expect(answer.status).to.equal('error');
      expect(answer.msg)
        .to.include('203.0.113.7')
        .and.match(/[可信]/);
      expect(answer.data).to.include({ ok: false, egressIp: '203.0.113.7' });
      expect(answer.text).to.not.include(test.sandbox.appSecret);
    } finally {
      test.sandbox.faults.clear();
    }
  });

  it('draw the form from the registry', async () => {
    const [type] = (await admin.get('/api/get-syncer-types')).data;
    expect(type).to.include({ type: 'WeCom', title: 'WeCom' });
    const field = type.fields.find(({ name }: { name: string }) => name === 'password');
    expect(field)
      .to.include({ secret: true, required: true, kind: 'password' })
      .and.include.keys('label', 'labelZh', 'help', 'helpZh');
  });

  it('write down who added, saved, tested and deleted what, without a secret', async () => {
    const name = await added();
    await admin.post(`/api/update-syncer?id=admin/${name}`, { isEnabled: false });
    await admin.post('/api/test-syncer-db', { ...test.syncer('acme', name), password: 'wrong-secret-value' });
    await admin.post('/api/delete-syncer', { owner: 'admin', name, organization: 'acme' });
    const rows = await test.host.database.read(({ manager }) =>
      manager.find(AuditRow, { where: { target: `acme/${name}` }, order: { createdMs: 'ASC' } }),
    );
    const outcomeOf = (detail: string): unknown => (JSON.parse(detail) as { readonly outcome: unknown }).outcome;
    expect(rows.map(({ actor, action, detail }) => [actor, action, outcomeOf(detail)])).to.deep.equal([
      ['built-in/admin', 'add-syncer', 'ok'],
      ['built-in/admin', 'update-syncer', 'ok'],
      ['built-in/admin', 'test-syncer', 'failed'],
      ['built-in/admin', 'delete-syncer', 'ok'],
    ]);
    expect(JSON.stringify(rows)).to.not.include('wrong-secret-value').and.not.include(test.sandbox.appSecret);
  });

  it('leave no secret in anything that was logged', () => {
    const log = test.log.join('\n');
    for (const secret of [
      test.sandbox.appSecret,
      'contacts-secret-value',
      'ssh-secret-value',
      'wrong-secret-value',
      'entered-again',
      'access_token=',
    ]) {
      expect(log).to.not.include(secret);
    }
  });
});
