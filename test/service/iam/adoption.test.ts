import { expect } from 'chai';
import { stub } from 'sinon';
import type { AuditEntry } from '../../../src/service/audit/audit-log.ts';
import { quote } from '../../../src/storage/dialect.ts';
import { AuditRow } from '../../../src/storage/entities/index.ts';
import { SyncerRecords } from '../../../src/storage/syncers/syncer-records.ts';
import { makeCasdoors } from '../../support/iam/casdoor-sessions.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { ManualScheduler } from '../../support/manual-scheduler.ts';
import { rejection } from '../../support/promises.ts';
import { SECRET_KEY, TestHost, type Answer } from '../../host/test-host.ts';

/** As Casdoor's page makes them for type WeCom. */
const COLUMNS = [
  ['userid', 'Id'],
  ['name', 'DisplayName'],
  ['email', 'Email'],
  ['mobile', 'Phone'],
  ['avatar', 'Avatar'],
  ['position', 'Title'],
  ['gender', 'Gender'],
].map(([name, casdoorName]) => ({ name, type: 'string', casdoorName, isKey: false, isHashed: true, values: [] }));

const EVE = { by: 'app/eve', address: '' };

const isActive = ({ status, enable }: { readonly status: number; readonly enable?: number | undefined }): boolean =>
  status === 1 && enable !== 0;

for (const kind of DATABASE_KINDS) {
  describe(`adopting what Casdoor's own syncer made, on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let test: TestHost;
    let scheduler: ManualScheduler;

    /** Those who may sign in first. */
    const people = () =>
      [...test.sandbox.company.members].toSorted(
        (one, other) => Number(isActive(other)) - Number(isActive(one)) || one.userid.localeCompare(other.userid),
      );
    const insert = (table: string, rows: readonly Readonly<Record<string, string | number | boolean>>[]) =>
      test.host.database.transaction(async (session) => {
        for (const row of rows) {
          const names = Object.keys(row).map((name) => quote(kind, name));
          const marks = names.map((_, index) => (kind === 'postgres' ? `$${index + 1}` : '?'));
          const values = Object.values(row).map((value) =>
            typeof value === 'boolean' && kind !== 'postgres' ? Number(value) : value,
          );
          await session.execute(`INSERT INTO ${quote(kind, table)} (${names.join()}) VALUES (${marks.join()})`, values);
        }
      });
    const casdoorSyncer = (name: string, more: Readonly<Record<string, string | number | boolean>> = {}) => ({
      owner: 'admin',
      name,
      created_time: '2026-07-14T05:13:41+08:00',
      organization: 'acme',
      type: 'WeCom',
      database_type: 'mysql',
      ssl_mode: '',
      host: '',
      port: 3306,
      user: test.sandbox.corpId,
      password: test.sandbox.appSecret,
      database: 'dbName',
      table: 'table_name',
      table_columns: JSON.stringify(COLUMNS),
      affiliation_table: '',
      avatar_base_url: '',
      error_text: '',
      sync_interval: 10,
      is_read_only: false,
      is_enabled: true,
      ...more,
    });
    const account = (name: string, more: Readonly<Record<string, string | number | boolean>> = {}) => ({
      owner: 'acme',
      name,
      id: name,
      wecom: name,
      created_time: '2026-07-14T05:13:41+08:00',
      updated_time: '2026-07-14T05:13:41+08:00',
      deleted_time: '',
      type: 'normal-user',
      password: '',
      display_name: test.sandbox.company.member(name)?.name ?? name,
      email: test.sandbox.company.member(name)?.email ?? '',
      phone: test.sandbox.company.member(name)?.mobile ?? '',
      address: '[]',
      properties: '{}',
      groups: '[]',
      roles: 'null',
      is_admin: false,
      is_forbidden: false,
      is_deleted: false,
      register_type: 'Add Users',
      register_source: 'acme/wecom',
      hash: '',
      pre_hash: '',
      ...more,
    });

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      await makeCasdoors(database);
      scheduler = new ManualScheduler();
      test = await TestHost.start({
        members: 30,
        departments: 4,
        scheduler,
        settings: { DATABASE_URL: database.url, SECRET_KEY },
      });
      await test.addOrganization('acme');
      await insert('syncer', [
        casdoorSyncer('wecom'),
        casdoorSyncer('people', { type: 'Database', user: 'root', password: '123456' }),
      ]);
      const [first, second, third, ...others] = people();
      await insert('user', [
        // Its syncer forbids whoever comes without "enable".
        account(first!.userid, { is_forbidden: true }),
        // Somebody who was there before, and whom a sign-in through WeCom bound.
        account('local.name', {
          id: 'a-uuid',
          wecom: second!.userid,
          register_type: 'Add User',
          register_source: 'x/y',
        }),
        // A version of before wrote no binding.
        account(third!.userid, { wecom: '' }),
        ...others.map(({ userid }) => account(userid)),
        account('left-long-ago'),
        account('boss', { wecom: 'boss-there', is_admin: true }),
        account('local.only', { id: 'b-uuid', wecom: '', register_type: 'Add User', register_source: 'x/y' }),
      ]);
    });
    after(async () => {
      await test?.close();
      await database?.drop();
    });

    const adopt = async (more: { readonly id?: string; readonly dryRun?: boolean; readonly syncer?: boolean } = {}) => {
      const { adoption } = test.host;
      const { syncer = false, dryRun = false, ...named } = more;
      return (await adoption?.adopt({ ...named, dryRun, forbiddenBy: syncer ? 'syncer' : 'person' }, EVE)) ?? [];
    };
    const sync = async (): Promise<Answer['data']> => {
      const { data } = await test.credential().post('/api/run-syncer?id=acme/wecom&wait=true');
      expect(data.error).to.equal(null);
      return data;
    };
    /** Every row of `user`, but for when it was written. */
    const accounts = async (): Promise<readonly object[]> => {
      const rows = await test.host.database.read((session) =>
        session.select(`SELECT * FROM ${quote(kind, 'user')} WHERE owner = 'acme' ORDER BY name`),
      );
      return rows.map((row) => ({ ...row, updated_time: '' }));
    };
    const held = async (): Promise<string[]> =>
      (await test.credential().get('/api/get-users?owner=acme')).data
        .filter((user: { heldBy: string }) => user.heldBy === 'acme/wecom')
        .map((user: { name: string }) => user.name);

    /** What is written down of adopting, oldest first. */
    const written = async () => {
      const rows = await test.host.database.read(({ manager }) =>
        manager.find(AuditRow, { where: { actor: EVE.by }, order: { createdMs: 'ASC' } }),
      );
      return rows.map(({ action, target, detail }) => {
        const told = JSON.parse(detail) as Pick<AuditEntry, 'outcome' | 'changes'>;
        const changes = new Map(told.changes?.map(({ field, before, after }) => [field, [before, after]]));
        return { action, target, outcome: told.outcome, changes };
      });
    };

    it('says what it would do, and does nothing', async () => {
      const [would, ...others] = await adopt({ dryRun: true });
      expect(others).to.deep.equal([]);
      expect(would).to.deep.include({
        syncer: 'acme/wecom',
        from: 'admin/wecom',
        state: 'adopted',
        isEnabledThere: true,
      });
      expect(would).to.include({ linked: 31, forbidden: 1 });
      expect((await test.credential().get('/api/get-syncer?id=acme/wecom')).data).to.equal(null);
      expect(await written()).to.deep.equal([]);
    });

    it('finds nothing where there is nothing of that name', async () => {
      expect(await adopt({ id: 'acme/none' })).to.deep.equal([]);
      expect(await adopt({ id: 'acme/people' })).to.deep.equal([]);
    });

    it('makes ours of it, not enabled, and keeps every account by id and login binding', async () => {
      const before = await accounts();
      const [done] = await adopt({ id: 'acme/wecom' });
      expect(done).to.include({ state: 'adopted', linked: 31, forbidden: 1, problem: null });
      expect(done?.leftAlone.map(({ user }) => user)).to.deep.equal(['acme/boss']);
      expect(done?.notes[0]?.en).to.include('60');
      const { data } = await test.credential().get('/api/get-syncer?id=acme/wecom');
      expect(data).to.include({ isEnabled: false, user: test.sandbox.corpId, password: '***', syncInterval: 60 });
      expect(data.tableColumns).to.have.length(7);
      expect(await held())
        .to.have.length(31)
        .and.to.include('local.name')
        .and.not.include('local.only');
      expect(await accounts()).to.deep.equal(before);
      const [entry, ...others] = await written();
      expect(others).to.deep.equal([]);
      expect(entry).to.include({ action: 'adopt-syncer', target: 'acme/wecom', outcome: 'ok' });
      expect(entry?.changes.get('accounts')).to.deep.equal(['0', '31']);
      expect(entry?.changes.get('user')).to.deep.equal([null, test.sandbox.corpId]);
      expect(entry?.changes.get('password')).to.deep.equal([null, '***']);
    });

    it('changes nothing when it is done again', async () => {
      const before = await accounts();
      const [again] = await adopt();
      expect(again).to.include({ state: 'present', linked: 0, problem: null });
      expect([(await held()).length, await accounts()]).to.deep.equal([31, before]);
      expect((await written()).at(-1)?.changes).to.deep.equal(new Map());
    });

    it('lets the first run create nobody, lock out who left, and leave to people whom they forbade', async () => {
      const run = await sync();
      expect(run.counts).to.include({ members: 30, created: 0, linked: 0, restored: 0 });
      const users = (await test.credential().get('/api/get-users?owner=acme')).data;
      const of = (name: string) => users.find((user: { name: string }) => user.name === name);
      const [first] = people();
      expect(of('left-long-ago')).to.include({ isForbidden: true, forbiddenBy: 'syncer' });
      expect(of(first!.userid)).to.include({ isForbidden: true, forbiddenBy: 'person' });
      expect(of('local.only')).to.include({ isForbidden: false, heldBy: '' });
      expect(of('boss')).to.include({ isForbidden: false, heldBy: '' });
      expect(run.warnings.map(({ code }: { code: string }) => code)).to.include('casdoor-syncer-enabled');
      const before = await accounts();
      const second = await sync();
      expect(second.counts).to.include({ created: 0, updated: 0, forbidden: 0, restored: 0, removed: 0, linked: 0 });
      expect(await accounts()).to.deep.equal(before);
    });

    it('leaves on its schedule what cannot be taken back', async () => {
      const enable = async (isEnabled: boolean): Promise<void> => {
        const body = { owner: 'admin', name: 'wecom', isEnabled };
        await test.credential().post('/api/update-syncer?id=acme/wecom&columns=isEnabled', body);
      };
      await enable(true);
      expect(scheduler.syncerTasks).to.have.length(1);
      const refused = new Error('the database is away');
      const away = stub(SyncerRecords.prototype, 'delete').rejects(refused);
      try {
        expect(await rejection(test.host.adoption!.undo('acme/wecom', false, EVE))).to.equal(refused);
      } finally {
        away.restore();
      }
      expect(scheduler.syncerTasks).to.have.length(1);
      await enable(false);
    });

    it('takes it back, and touches no account', async () => {
      const before = await accounts();
      const { adoption } = test.host;
      expect(await adoption?.undo('acme/wecom', true, EVE)).to.equal(31);
      expect(await held()).to.have.length(31);
      expect(await adoption?.undo('acme/wecom', false, EVE)).to.equal(31);
      expect(await adoption?.undo('acme/wecom', false, EVE)).to.equal(undefined);
      expect([(await held()).length, await accounts()]).to.deep.equal([0, before]);
      expect((await test.credential().get('/api/get-syncers?owner=admin')).data).to.deep.equal([]);
      const entries = await written();
      expect(entries.at(-1)).to.include({ action: 'delete-syncer', target: 'acme/wecom', outcome: 'ok' });
      expect(entries.at(-1)?.changes.get('user')).to.deep.equal([test.sandbox.corpId, null]);
    });

    it('lets a run allow again whom the other syncer forbade for no reason of anybody’s', async () => {
      const [done] = await adopt({ syncer: true });
      expect(done).to.include({ state: 'adopted', linked: 31 });
      const [first] = people();
      expect((await sync()).counts).to.include({ created: 0, restored: 1 });
      const { data } = await test.credential().get(`/api/get-user?id=acme/${first!.userid}`);
      expect(data.isForbidden).to.equal(false);
      await test.host.adoption?.undo('acme/wecom', false, EVE);
    });

    it('takes two companies in one organization apart, and refuses what cannot be ours', async () => {
      await insert('syncer', [
        casdoorSyncer('other', { user: 'ww0000000000000000', owner: 'acme', is_enabled: false }),
        casdoorSyncer('global', { organization: 'built-in' }),
        casdoorSyncer('nowhere', { organization: 'nobody' }),
        casdoorSyncer('dangerous', {
          table_columns: JSON.stringify([{ name: 'name', casdoorName: 'IsAdmin', type: 'string' }]),
        }),
      ]);
      await insert('user', [account('of-the-other', { register_source: 'acme/other' })]);
      expect((await adopt({ id: 'acme/wecom', dryRun: true }))[0]?.linked).to.equal(30);
      const all = new Map((await adopt()).map((one) => [one.syncer, one]));
      expect(all.get('acme/other')).to.include({
        state: 'adopted',
        from: 'acme/other',
        linked: 1,
        isEnabledThere: false,
      });
      for (const id of ['built-in/global', 'nobody/nowhere', 'acme/dangerous']) {
        expect(all.get(id)?.state, id).to.equal('refused');
        expect(all.get(id)?.problem?.zh, id).to.be.a('string');
      }
      const client = test.credential();
      await client.post('/api/add-syncer', { ...test.syncer('acme', 'by-hand'), organization: 'acme' });
      await insert('syncer', [casdoorSyncer('by-hand', { user: 'ww1111111111111111' })]);
      expect((await adopt({ id: 'acme/by-hand' }))[0]?.problem?.en).to.include('another company');
      const refused = await test.host.adoption?.undo('acme/by-hand', false, EVE).catch((error: Error) => error.message);
      expect(refused).to.include('was not adopted');
      expect(
        (await written()).filter(({ outcome }) => outcome !== 'ok').map(({ target }) => target),
      ).to.include.members(['built-in/global', 'nobody/nowhere', 'acme/dangerous']);
    });

    it('never shows the secret that lay there in clear', async () => {
      const shown =
        JSON.stringify([await adopt(), await test.credential().get('/api/get-audit-log')]) + test.log.join('\n');
      expect(shown).to.not.include(test.sandbox.appSecret);
    });
  });
}
