import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { Dialect } from '../../../src/storage/dialect.ts';
import { DATABASE_KINDS } from '../../support/databases.ts';
import { AppliedConfigurationRow, SyncerRow } from '../../../src/storage/entities/index.ts';
import { TestHost, type Client } from '../test-host.ts';

interface Change {
  readonly kind: string;
  readonly name: string;
  readonly action: string;
  readonly fields: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
}

interface Drift {
  readonly appliedAt: string;
  readonly changes: readonly Change[];
}

/** An entry of a history or of the audit log, as far as it is looked at. */
interface Told {
  readonly what: string;
  readonly at: string;
  readonly reason: string;
}

const settle = (kind: Dialect): void => {
  describe(`settings as a text, on ${kind}`, function () {
    this.timeout(120_000);
    let test: TestHost;
    let admin: Client;
    let count = 0;
    let org: string;

    before(async function () {
      const started = await TestHost.on(kind);
      if (!started) return this.skip();
      test = started;
      admin = await test.signedIn();
    });
    after(() => test?.close());
    beforeEach(async () => {
      org = `acme${(count += 1)}`;
      await test.addOrganization(org);
      const added = await admin.post('/api/add-syncer', test.syncer(org));
      expect(added.status, added.msg).to.equal('ok');
    });

    const exported = async (owner = org): Promise<string> =>
      (await admin.get(`/api/export-config?owner=${owner}`)).data.yaml as string;
    const apply = (yaml: string, query = '', client = admin, more: object = {}) =>
      client.post(`/api/apply-config${query}`, { yaml, ...more });
    const applied = async (yaml: string, query = ''): Promise<readonly Change[]> => {
      const answer = await apply(yaml, query);
      expect(answer.status, answer.msg).to.equal('ok');
      return answer.data.changes as readonly Change[];
    };
    const syncer = async (name = 'wecom') => (await admin.get(`/api/get-syncer?id=${org}/${name}`)).data;

    it('gives a text that changes nothing, with no secret and no state in it', async () => {
      await admin.post('/api/protect-user', { owner: org, kind: 'userid', value: '00123', reason: 'on leave: "x"' });
      const yaml = await exported();
      expect(yaml).to.not.include(test.sandbox.appSecret);
      expect(yaml).to.match(/^ {4}password: "\*\*\*"$/m);
      const { syncers, protections } = parse(yaml) as Record<string, Record<string, unknown>[]>;
      expect(syncers).to.have.length(1);
      expect(syncers![0]).to.include({ name: `${org}/wecom`, type: 'WeCom', isEnabled: false, syncInterval: 3600 });
      expect(syncers![0]).to.not.have.any.keys(
        'id',
        'owner',
        'lastRun',
        'nextRunAt',
        'health',
        'errorText',
        'createdTime',
      );
      expect(protections).to.deep.equal([
        { owner: org, kind: 'userid', value: '00123', syncer: '', reason: 'on leave: "x"', until: '' },
      ]);
      expect(await applied(yaml, '?dryRun=true&prune=true')).to.deep.equal([]);
      expect(await applied(yaml, '?prune=true')).to.deep.equal([]);
    });

    it('shows what was changed by hand, and heals it once', async () => {
      const yaml = await exported();
      const saved = await admin.post(`/api/update-syncer?id=${org}/wecom`, { graceDays: 5, leavers: 'keep' });
      expect(saved.status, saved.msg).to.equal('ok');
      const drift = await applied(yaml, '?dryRun=true');
      expect(drift).to.deep.equal([
        {
          kind: 'syncer',
          name: `${org}/wecom`,
          action: 'update',
          fields: [
            { field: 'leavers', before: 'keep', after: 'forbid' },
            { field: 'graceDays', before: 5, after: 0 },
          ],
        },
      ]);
      expect((await syncer()).graceDays).to.equal(5);
      expect(await applied(yaml)).to.deep.equal(drift);
      expect(await syncer()).to.include({ graceDays: 0, leavers: 'forbid', password: '***' });
      expect(await applied(yaml)).to.deep.equal([]);
      const { data } = await admin.get(`/api/get-audit-log?owner=${org}&action=apply-config`);
      const entry = (data as { object: string; changes: unknown[] }[]).find(({ object }) => object === `${org}/wecom`);
      expect(entry?.changes).to.deep.include({ field: 'leavers', before: 'keep', after: 'forbid' });
    });

    it('remembers what a text said, and tells what was changed by hand since, until it is applied again', async () => {
      const drift = async (client = admin, owner = org) =>
        (await client.get(`/api/get-sync-drift?owner=${owner}`)).data as Drift[];
      expect(await drift()).to.deep.equal([]);
      const yaml = [
        `syncers: [{name: ${org}/wecom, graceDays: 3, password: ${test.sandbox.appSecret}, scope: {departments: [3]}}]`,
        `protections: [{owner: ${org}, kind: user, value: ${org}/plain, reason: on leave}]`,
      ].join('\n');
      await applied(yaml, '?dryRun=true');
      expect(await drift()).to.deep.equal([]);
      await applied(yaml);
      const [still] = await drift();
      expect(still).to.deep.include({ organization: org, by: 'built-in/admin', changes: [] });
      expect(Date.parse(still!.appliedAt)).to.be.closeTo(Date.now(), 600_000);
      // Runs find things out, and what the text does not name is nobody's drift.
      await admin.post(`/api/update-syncer?id=${org}/wecom`, { leavers: 'keep', errorText: 'x' });
      await admin.post('/api/protect-user', { owner: org, kind: 'userid', value: 'other', reason: 'x' });
      expect((await drift())[0]!.changes).to.deep.equal([]);
      await admin.post(`/api/update-syncer?id=${org}/wecom`, { graceDays: 5, password: 'sesame-7777' });
      await admin.post('/api/protect-user', { owner: org, kind: 'user', value: `${org}/plain`, reason: 'ill' });
      expect((await drift())[0]!.changes).to.deep.equal([
        {
          kind: 'syncer',
          name: `${org}/wecom`,
          action: 'update',
          fields: [
            { field: 'password', before: '***', after: '***' },
            { field: 'graceDays', before: 3, after: 5 },
          ],
        },
        {
          kind: 'protection',
          name: `${org}/plain`,
          action: 'update',
          fields: [{ field: 'reason', before: 'on leave', after: 'ill' }],
        },
      ]);
      const chief = await test.signedIn(org, 'chief');
      expect((await drift(chief, ''))[0]!.changes).to.have.length(2);
      const [plain, stranger] = [await test.signedIn(org, 'plain'), test.anonymous()];
      for (const client of [plain, stranger]) expect(await drift(client)).to.equal(null);
      await applied(yaml);
      expect((await drift())[0]!.changes).to.deep.equal([]);
      expect(await applied(yaml)).to.deep.equal([]);
      await admin.post(`/api/unprotect-user?id=${org}/plain`);
      await admin.post('/api/delete-syncer', { owner: org, name: 'wecom' });
      expect((await drift())[0]!.changes.map(({ action, name }) => `${action} ${name}`)).to.deep.equal([
        `delete ${org}/wecom`,
        `delete ${org}/plain`,
      ]);
      expect(
        (await test.host.database.read(({ manager }) => manager.find(AppliedConfigurationRow)))
          .map(({ said }) => said)
          .join(''),
      ).to.not.include(test.sandbox.appSecret);
    });

    it('adds, changes and deletes all at once, and only where the text speaks of it', async () => {
      await admin.post('/api/add-syncer', test.syncer(org, 'old'));
      await admin.post('/api/protect-user', { owner: org, kind: 'userid', value: 'gone', reason: 'x' });
      const yaml = [
        'syncers:',
        `  - {name: ${org}/wecom, graceDays: 2}`,
        `  - {name: ${org}/fresh, type: WeCom, user: ww1, password: sesame-9876, schedule: "0 3 * * *"}`,
        'protections:',
        `  - {owner: ${org}, kind: user, value: ${org}/plain, reason: on leave}`,
        `  - {owner: ${org}, kind: userid, value: 00123, syncer: fresh, reason: x, until: 2099-01-01}`,
      ].join('\n');
      expect((await applied(yaml)).map(({ name, action }) => `${action} ${name}`)).to.deep.equal([
        `update ${org}/wecom`,
        `add ${org}/fresh`,
        `add ${org}/plain`,
        `add userid ${org}/00123 (${org}/fresh)`,
      ]);
      expect(await syncer('old')).to.not.equal(null);
      expect(await syncer('fresh')).to.include({ password: '***', schedule: '0 3 * * *', syncInterval: 3600 });
      const pruned = await applied(yaml, '?prune=true');
      expect(pruned.map(({ name, action }) => `${action} ${name}`)).to.deep.equal([
        `delete ${org}/old`,
        `delete userid ${org}/gone`,
      ]);
      expect(await syncer('old')).to.equal(null);
      expect(await applied(yaml, '?prune=true')).to.deep.equal([]);
    });

    it('tells of whom it protects as if that had been said by hand', async () => {
      const entry = (reason: string, until = '') =>
        `{owner: ${org}, kind: user, value: ${org}/plain, reason: ${reason}${until}}`;
      const history = async () => {
        const { data } = await admin.get(`/api/get-user-history?id=${org}/plain`);
        return (data as Told[]).filter(({ what }) => what === 'protection');
      };
      const audited = async (action: string) =>
        (await admin.get(`/api/get-audit-log?owner=${org}&action=${action}`)).data as Told[];
      await applied(`protections: [${entry('on leave', ', until: 2099-01-31')}]`);
      const [begun] = await history();
      expect(begun).to.deep.include({
        what: 'protection',
        by: 'built-in/admin',
        reason: 'on leave',
        changes: [{ field: 'protection', before: null, after: '2099-01-31' }],
      });
      expect(Date.parse(begun!.at)).to.be.closeTo(Date.now(), 600_000);
      expect(await audited('protect-user')).to.have.length(1);
      expect((await audited('protect-user'))[0]).to.deep.include({ object: `${org}/plain`, comment: 'on leave' });
      await applied(`protections: [${entry('on leave', ', until: 2099-01-31')}]`);
      expect(await history()).to.have.length(1);
      await applied(`protections: [${entry('ill')}]`);
      expect((await history()).map(({ reason }) => reason)).to.deep.equal(['ill', 'on leave']);
      await applied(`syncers: [{name: ${org}/wecom}]\nprotections: []`, '?prune=true');
      const [ended] = await history();
      expect(ended).to.deep.include({
        what: 'protection',
        changes: [{ field: 'protection', before: '2099-01-31', after: null }],
      });
      expect(await audited('unprotect-user')).to.have.length(1);
    });

    it('does nothing of a text that is wrong in its last line, and says where', async () => {
      const yaml = `syncers:\n  - {name: ${org}/wecom, graceDays: 9}\n  - name: ${org}/other\n    type: WeCom\n    leavers: away\n`;
      const answer = await apply(yaml);
      expect(answer.msg).to.match(/^Line 5, column 14: Field "leavers" must be one of/);
      expect((await syncer()).graceDays).to.equal(0);
    });

    it('does nothing where the last thing that is stored fails', async () => {
      const { configuration } = test.host;
      const wanted = await configuration.read(
        `syncers:\n  - {name: ${org}/wecom, graceDays: 9}\n  - {name: ${org}/twin, type: WeCom}\nprotections: []`,
      );
      const twin = { ...wanted, syncers: [...wanted.syncers!, wanted.syncers![1]!] };
      const failed = await configuration.apply(twin, { actor: { by: 'a/b', address: '' } }).then(
        () => 'stored',
        (error: Error) => error.name,
      );
      expect(failed).to.equal('WriteConflictError');
      expect((await syncer()).graceDays).to.equal(0);
      expect(await syncer('twin')).to.equal(null);
    });

    it('stores nothing over what somebody saved since it was compared', async () => {
      const yaml = `syncers: [{name: ${org}/wecom, graceDays: 4}]`;
      const reviewed = (await apply(yaml, '?dryRun=true')).data;
      await admin.post(`/api/update-syncer?id=${org}/wecom`, { graceDays: 7 });
      expect((await apply(yaml, '', admin, { reviewed })).msg).to.match(/look at the difference again/);
      expect((await syncer()).graceDays).to.equal(7);
      const again = (await apply(yaml, '?dryRun=true')).data;
      expect((await apply(yaml, '', admin, { reviewed: again })).status).to.equal('ok');
    });

    it('takes a roster check that is off with its secret as it is written', async () => {
      const yaml = (await exported()).replace(
        /^ {4}contactsSecret: ""$/m,
        `    contactsSecret: "${test.sandbox.contactsSecret}"`,
      );
      expect(yaml).to.match(/^ {4}rosterInterval: 0$/m);
      expect((await applied(yaml)).flatMap(({ fields }) => fields.map(({ field }) => field))).to.deep.equal([
        'contactsSecret',
      ]);
      expect((await syncer()).rosterInterval).to.equal(0);
      expect(await applied(yaml)).to.deep.equal([]);
    });

    it('switches self-service on, and refuses it without an app or with a key that is unknown', async () => {
      const text = (more: string) => `syncers: [{name: ${org}/wecom, ${more}}]`;
      const refused = await apply(text('agentId: "", selfService: {enabled: true}'));
      expect(refused.msg).to.match(/agentId/);
      expect((await apply(text('selfService: {nudgesPerDay: 7}'))).msg).to.match(/nudgesPerDay/);
      const before = (await syncer()).selfService as object;
      const yaml = text(
        'agentId: "1000002", selfService: {enabled: true, fields: [phone], nudge: true, nudgePerDay: 7}',
      );
      const changes = (await applied(yaml))[0]?.fields;
      const after = { enabled: true, fields: ['phone'], nudge: true, nudgePerDay: 7 };
      expect(changes?.find(({ field }) => field === 'selfService')).to.deep.equal({
        field: 'selfService',
        before,
        after,
      });
      expect((await syncer()).selfService).to.deep.equal(after);
      expect(await exported()).to.match(/selfService: *\{?\s*enabled: true/);
      expect(await applied(yaml)).to.deep.equal([]);
      expect(await applied(await exported())).to.deep.equal([]);
      await applied(text('selfService: {enabled: false}'));
    });

    it('knows a secret that is the same, and shows another one as ***', async () => {
      const text = (password: string) => `syncers: [{name: ${org}/wecom, password: ${password}}]`;
      expect(await applied(text(test.sandbox.appSecret))).to.deep.equal([]);
      const [change] = await applied(text('sesame-5555'));
      expect(change?.fields).to.deep.equal([{ field: 'password', before: '***', after: '***' }]);
      expect(await applied(text('sesame-5555'))).to.deep.equal([]);
      expect(await applied(text('"***"'))).to.deep.equal([]);
      expect((await apply(`syncers: [{name: ${org}/new, type: WeCom, password: "***"}]`)).msg).to.match(
        /none is stored/,
      );
    });

    it('never follows a reference for a caller, nor repeats what stands behind it', async () => {
      const planted = 'planted-variable-sesame';
      const inFile = 'planted-file-sesame';
      const path = join(test.folder, 'planted');
      await writeFile(path, inFile);
      process.env['PLANTED_VARIABLE'] = planted;
      try {
        for (const reference of ['${env:PLANTED_VARIABLE}', `\${file:${path}}`]) {
          for (const query of ['', '?dryRun=true']) {
            const answer = await apply(`syncers: [{name: ${org}/wecom, password: "${reference}"}]`, query);
            expect(answer.msg).to.match(/^Line 1, column \d+: References .* command/);
            expect(answer.text).to.not.match(/planted-(variable|file)/);
          }
          // Elsewhere, and within a longer text, it is a text.
          await applied(`syncers: [{name: ${org}/wecom, user: "${reference}", password: "x${reference}"}]`);
          expect((await syncer()).user).to.equal(reference);
        }
      } finally {
        delete process.env['PLANTED_VARIABLE'];
      }
      const rows = await test.host.database.read(({ manager }) => manager.find(SyncerRow));
      const audit = await admin.get('/api/get-audit-log');
      expect(JSON.stringify(rows) + test.log.join('') + audit.text + (await exported())).to.not.match(
        /planted-(variable|file)-/,
      );
      expect(await readFile(path, 'utf8')).to.equal(inFile);
    });

    it('leaves the host to others between its entries', async () => {
      const numbers = Array.from({ length: 15 }, (_, at) => at);
      const syncers = numbers.map((at) => ({ name: `${org}/s${at}`, type: 'WeCom', isEnabled: false }));
      const protections = numbers.map((at) => ({ owner: org, kind: 'userid', value: `u${at}`, reason: 'x' }));
      const { configuration } = test.host;
      const wanted = await configuration.read(JSON.stringify({ syncers, protections }));
      let turns = 0;
      let next: NodeJS.Immediate | undefined;
      const turn = (): void => {
        turns += 1;
        next = setImmediate(turn);
      };
      turn();
      await configuration.compare(wanted);
      expect(turns).to.be.at.least(30);
      turns = 0;
      await configuration.apply(wanted, { actor: { by: 'app/command', address: '' } });
      clearImmediate(next);
      expect(turns).to.be.at.least(90);
    });

    it('is refused where it names somebody twice, in whatever case', async () => {
      const entry = (value: string, reason: string): string =>
        `{owner: ${org}, kind: userid, value: ${value}, reason: ${reason}}`;
      const twice = await apply(`protections: [${entry('U7', 'x')}, ${entry('u7', 'y')}]`);
      expect(twice.msg).to.match(/^Line 1, column \d+: The same stands in this list already/);
      await applied(`protections: [${entry('U7', 'x')}]`);
      const [change] = await applied(`protections: [${entry('u7', 'x')}]`, '?prune=true');
      expect(change).to.include({ action: 'update' });
      expect(await applied(`protections: [${entry('u7', 'x')}]`, '?prune=true')).to.deep.equal([]);
    });

    it('is refused where it names an account twice that has one name here', async () => {
      const entry = (name: string): string => `{owner: ${org}, kind: user, value: ${org}/${name}, reason: ${name}}`;
      const answer = await apply(`protections: [${entry('plain')}, ${entry('PLAIN')}]`);
      expect(answer.msg).to.match(kind === 'mysql' ? /The same stands/ : /PLAIN/);
    });

    for (const [what, yaml, words] of [
      ['an unknown list', 'users: []', /^Line 1, column 1: The key "users"/],
      ['an unknown key', 'syncers: [{name: ORG/wecom, leaver: keep}]', /column \d+: The key "leaver"/],
      ['an unknown part', 'syncers: [{name: ORG/wecom, scope: {department: [1]}}]', /The key "department"/],
      ['an unknown key of a row', 'syncers: [{name: ORG/wecom, tableColumns: [{nme: x}]}]', /The key "nme"/],
      ['a prototype', 'syncers: [{name: ORG/wecom, __proto__: {isAdmin: true}}]', /The key "__proto__"/],
      ['state', 'syncers: [{name: ORG/wecom, health: ok}]', /The key "health"/],
      ['no value', 'syncers: [{name: ORG/wecom, host: }]', /There is no value here/],
      ['an unknown organization', 'syncers: [{name: nobody/wecom, type: WeCom}]', /"nobody" does not exist/],
      ['no type', 'syncers: [{name: ORG/other}]', /needs a "type"/],
      ['a syncer twice', 'syncers: [{name: ORG/wecom}, {name: ORG/wecom}]', /already/],
      ['an account that is not there', 'protections: [{owner: ORG, kind: user, value: ORG/x, reason: y}]', /ORG\/x/],
    ] as const) {
      it(`is refused for ${what}, in both languages`, async () => {
        const answer = await apply(yaml.replaceAll('ORG', org));
        expect(answer.msg).to.match(new RegExp(words.source.replaceAll('ORG', org)));
        const zh = await test.signedIn(org, 'chief');
        expect((await zh.post('/api/apply-config', { yaml: 'users: []' }, { 'accept-language': 'zh' })).msg).to.match(
          /^第 1 行第 1 列：/,
        );
      });
    }
  });
};

for (const kind of DATABASE_KINDS) settle(kind);
