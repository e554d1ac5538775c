import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { OPTIONAL_COLUMN_KEYS } from '../../../src/service/syncers/field-readers.ts';
import type { Dialect } from '../../../src/storage/dialect.ts';
import { DATABASE_KINDS } from '../../support/databases.ts';
import { until } from '../../support/promises.ts';
import { TestHost, type Client } from '../test-host.ts';

type Values = Readonly<Record<string, unknown>>;

/** A value of each setting that is another one than a new syncer has. */
const given = (test: TestHost): Values => ({
  type: 'WeCom',
  isEnabled: true,
  syncInterval: 7200,
  user: test.sandbox.corpId,
  password: 'secret-of-password',
  contactsSecret: 'secret-of-contacts',
  callbackToken: 'tokenOfCallbacks',
  callbackAesKey: 'a'.repeat(43),
  host: test.sandbox.url,
  agentId: '1000002',
  notActivated: 'allow',
  leavers: 'softDelete',
  graceDays: 1,
  deleteDays: 2,
  removalLimit: { percent: 30, count: 7 },
  syncGroups: false,
  parentGroup: 'top',
  accountName: 'pinyin(member.name)',
  syncTags: [3, 5],
  linkBy: ['email'],
  rosterInterval: 600,
  timeZone: 'Europe/Berlin',
  schedule: '5 4 * * 1-5',
  quietWindows: [{ days: [1, 7], from: '22:00', to: '06:00' }],
  freezeWindows: [{ days: [6], from: '00:00', to: '12:00' }],
  freezeDisabled: true,
  selfService: { enabled: true, fields: ['phone'], nudge: true, nudgePerDay: 7 },
  condition: 'member.name != "no: {x}"\n&& true',
  scope: { departments: [3, 5], includeChildren: false, excludeUsers: ['00123', 'yes', '~'], excluded: 'leaver' },
  tableColumns: [
    { name: '', casdoorName: 'Title', expression: 'member.name\n+ "\\t # x"' },
    { name: 'alias', casdoorName: 'Properties.cost-centre', authority: 'whenEmpty' },
  ],
});

const SECRETS = ['password', 'contactsSecret', 'callbackToken', 'callbackAesKey'];

const roundTrip = (kind: Dialect): void => {
  describe(`settings from text to text, on ${kind}`, function () {
    this.timeout(120_000);
    let test: TestHost;
    let admin: Client;

    before(async function () {
      const started = await TestHost.on(kind, { members: 12, settings: { METRICS_TENANTS: 'true' } });
      if (!started) return this.skip();
      test = started;
      admin = await test.signedIn();
      for (const organization of ['acme', 'other']) {
        await test.addOrganization(organization);
        await admin.post('/api/add-syncer', test.syncer(organization));
      }
      await admin.post('/api/add-group', { owner: 'acme', name: 'top', displayName: 'Top' });
    });
    after(() => test?.close());
    afterEach(() => test?.sandbox.faults.clear());

    const apply = (yaml: string, query = '', client = admin) => client.post(`/api/apply-config${query}`, { yaml });
    const exported = async (client = admin, owner = 'acme'): Promise<string> =>
      (await client.get(`/api/export-config?owner=${owner}`)).data?.yaml as string;
    const syncer = async (id: string) => (await admin.get(`/api/get-syncer?id=${id}`)).data as Values | null;

    it('stay what they are, each one that there is, and no secret is told', async () => {
      const values = given(test);
      // A setting that is added and forgotten here, or by the text, is seen.
      for (const [key, { home, isCasdoors, empty }] of test.host.syncers.fields.of('WeCom')) {
        if (home === 'leftovers' || (isCasdoors && !(key in values))) continue;
        expect(values, `give ${key} a value above`).to.have.property(key);
        const parts = typeof empty === 'object' && empty !== null && !Array.isArray(empty) ? Object.entries(empty) : [];
        const pairs =
          parts.length > 0 ? parts.map(([part, was]) => [(values[key] as Values)[part], was]) : [[values[key], empty]];
        for (const [value, was] of pairs)
          expect(isDeepStrictEqual(value, was), `${key} is as a new one has it`).to.equal(false);
      }
      for (const key of OPTIONAL_COLUMN_KEYS) {
        expect(
          (values['tableColumns'] as Values[]).some((row) => row[key] !== undefined),
          key,
        ).to.equal(true);
      }
      const saved = await admin.post('/api/update-syncer?id=acme/wecom', values);
      expect(saved.status, saved.msg).to.equal('ok');
      const yaml = await exported();
      const before = await syncer('acme/wecom');
      expect(Object.keys(parse(yaml).syncers[0] as object)).to.include.members(Object.keys(values));
      for (const secret of SECRETS) expect(yaml).to.not.include(values[secret]);

      await admin.post('/api/delete-syncer', { owner: 'acme', name: 'wecom' });
      expect((await apply(yaml)).msg).to.match(/none is stored/);
      const plain = SECRETS.reduce(
        (text, secret) => text.replace(`    ${secret}: "***"`, `    ${secret}: "${String(values[secret])}"`),
        yaml,
      );
      const added = await apply(plain);
      expect(added.status, added.msg).to.equal('ok');
      expect(await exported()).to.equal(yaml);
      const { id: _, createdTime: _time, nextRunAt: _next, ...settings } = before!;
      expect(await syncer('acme/wecom')).to.deep.include(settings);
      const { config } = await test.host.syncers.opened((await test.host.syncers.byName('acme/wecom'))!.id);
      for (const secret of SECRETS) expect(config[secret]).to.equal(values[secret]);
      expect((await apply(plain)).data.changes).to.deep.equal([]);
      expect((await admin.get('/api/get-sync-drift?owner=acme')).data[0].changes).to.deep.equal([]);
      await apply('syncers: [{name: acme/wecom, isEnabled: false}]');
    });

    it('are all of one text or all of the other where two are applied at once', async () => {
      const text = (days: number) =>
        ['one', 'two'].map((name) => `  - {name: other/${name}, type: WeCom, graceDays: ${days}}\n`).join('');
      for (const round of ['add', 'update']) {
        const answers = await Promise.all([3, 5].map((days) => apply(`syncers:\n${text(days)}`)));
        expect(
          answers.some(({ status }) => status === 'ok'),
          round,
        ).to.equal(true);
        for (const { status, msg } of answers)
          if (status !== 'ok') expect(msg).to.match(/somebody|already|changed|cannot be stored/i);
        const [one, two] = [await syncer('other/one'), await syncer('other/two')];
        expect(one?.['graceDays']).to.equal(two?.['graceDays']);
        const { data } = await admin.get('/api/get-syncers?owner=admin&organization=other');
        expect((data as Values[]).map(({ name }) => name)).to.have.members(['one', 'two', 'wecom']);
      }
      expect((await apply('syncers: [{name: other/wecom}]', '?prune=true')).status).to.equal('ok');
    });

    it('are stored while a run goes on undisturbed; a syncer that goes ends its run first', async () => {
      const text = (name: string, days: number) =>
        `syncers: [{name: other/${name}, type: WeCom, user: ${test.sandbox.corpId}, password: ${test.sandbox.appSecret}, graceDays: ${days}}]`;
      await apply(text('busy', 0));
      expect((await admin.post('/api/run-syncer?id=other/busy&wait=true')).data.state).to.equal('succeeded');
      test.sandbox.faults.set({ latencyMs: 60_000 });
      const { data: run } = await admin.post('/api/run-syncer?id=other/busy');
      const found = async () => (await admin.get(`/api/get-sync-run?id=${run.id}`)).data as Values | null;
      await until(async () => (await found())?.['state'] === 'running');
      const changed = await apply(text('busy', 4));
      expect(changed.status, changed.msg).to.equal('ok');
      expect((await syncer('other/busy'))?.['graceDays']).to.equal(4);
      expect((await found())?.['state']).to.equal('running');
      await admin.post(`/api/cancel-sync-run?id=${run.id}`);

      expect((await admin.get('/metrics')).text).to.include('other/busy');
      await admin.post('/api/run-syncer?id=other/busy');
      const users = async () => (await admin.get('/api/get-user-count?owner=other')).data as number;
      const count = await users();
      const pruned = await apply('syncers: [{name: other/wecom}]', '?prune=true');
      expect(pruned.status, pruned.msg).to.equal('ok');
      expect(await syncer('other/busy')).to.equal(null);
      expect(await users()).to.equal(count);
      expect((await admin.get('/metrics')).text).to.not.include('other/busy');
    });

    it('are his own organization’s alone for whoever administers one', async () => {
      const chief = await test.signedIn('acme', 'chief');
      const before = [await exported(), await exported(admin, 'other')];
      for (const yaml of [
        'syncers: [{name: other/wecom, graceDays: 8}]',
        'syncers: [{name: acme/wecom, graceDays: 8}, {name: other/wecom, graceDays: 8}]',
        'syncers: [{name: acme/wecom, graceDays: 8}]\nprotections: [{owner: other, kind: userid, value: x, reason: y}]',
        'syncers: [{name: acme/wecom, graceDays: 8}]\nprotections: [{owner: acme, kind: user, value: other/plain, reason: y}]',
        'protections: [{owner: acme, kind: userid, value: x, syncer: other/wecom, reason: y}]',
      ]) {
        for (const query of ['', '?dryRun=true', '?prune=true']) {
          const answer = await apply(yaml, query, chief);
          expect(answer.status, yaml).to.equal('error');
          expect(answer.text).to.not.include(test.sandbox.corpId);
        }
      }
      expect(await exported(chief, 'other')).to.equal(undefined);
      expect((await chief.get('/api/get-sync-drift?owner=other')).status).to.equal('error');
      expect([await exported(), await exported(admin, 'other')]).to.deep.equal(before);
      expect((await apply('syncers: [{name: acme/wecom}]', '?prune=true', chief)).data.changes).to.deep.equal([]);
      expect(await exported(admin, 'other')).to.equal(before[1]);
    });

    it('are refused at the place of a row, a condition or a name that cannot be', async () => {
      for (const [line, place] of [
        ['condition: member.nmae == "x"', /^Line 4, column 16: .*nmae/],
        ['accountName: "1 +"', /^Line 4, column 18: /],
        [
          'tableColumns: [{name: email, casdoorName: Email}, {casdoorName: Title, expression: member.nmae}]',
          /^Line 4, column \d+: .*row 2 .*nmae/,
        ],
        ['parentGroup: nowhere', /^Line 4, column 18: .*nowhere/],
        ['schedule: every day', /^Line 4, column 15: /],
        ['host: https://elsewhere.example', /^Line 4, column 11: /],
      ] as const) {
        const answer = await apply(`syncers:\n  - name: acme/wecom\n    graceDays: 6\n    ${line}\n`);
        expect(answer.msg).to.match(place);
      }
      expect((await syncer('acme/wecom'))?.['graceDays']).to.equal(1);
    });
  });
};

for (const kind of DATABASE_KINDS) roundTrip(kind);
