import { expect } from 'chai';
import type { DataSource } from 'typeorm';
import { OrganizationInUseError } from '../../../src/storage/accounts/errors.ts';
import { OrganizationRecords } from '../../../src/storage/accounts/organization-records.ts';
import { Database } from '../../../src/storage/database.ts';
import { OrganizationRow, RejectionRow } from '../../../src/storage/entities/index.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { describeIdentityStore } from '../../../src/testing/suites/identity-store.ts';
import { describeLeaseStore } from '../../../src/testing/suites/lease-store.ts';
import { describeRunStore } from '../../../src/testing/suites/run-store.ts';
import { createTestDatabase, harnessOn, type TestDatabase } from '../../support/databases.ts';
import { hostSource } from '../../support/host-source.ts';
import { MOCHA } from '../../support/mocha-runner.ts';
import { rejection } from '../../support/promises.ts';

describe('a PostgreSQL schema that a host names', () => {
  let fresh: TestDatabase;
  let host: DataSource;
  let database: Database;
  before(async function () {
    const created = await createTestDatabase('postgres');
    if (!created) this.skip();
    fresh = created;
    // Somebody else's, where a statement without the schema would end.
    await fresh.run('CREATE TABLE "user" (id INTEGER PRIMARY KEY, email TEXT)');
    host = await hostSource(fresh, { schema: 'Directory of staff' }).initialize();
    await migrate(host);
    database = await Database.over(host);
  });
  after(async () => {
    await database?.close();
    await host?.destroy();
    await fresh?.drop();
  });

  const tablesIn = async (schema: string): Promise<string[]> => {
    const sql = 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = $1 ORDER BY 1';
    return (await host.query<{ name: string }[]>(sql, [schema])).map(({ name }) => name);
  };

  it('has all of our tables, and no other schema has any', async () => {
    expect(await tablesIn('public')).to.deep.equal(['user']);
    expect(await tablesIn('Directory of staff')).to.include.members(['group', 'organization', 'sync_run', 'user']);
  });

  it('is not touched by a second start', async () => {
    await migrate(host);
    await (await Database.over(host)).close();
  });

  describeIdentityStore(MOCHA, () => harnessOn(database));
  describeLeaseStore(MOCHA, () => harnessOn(database).leases);
  describeRunStore(MOCHA, () => {
    const { store, runs, leases } = harnessOn(database);
    return {
      runs,
      leases,
      record: async (run, changes) => {
        const { syncerId } = run;
        const taken = await leases.acquire({ syncerId, runId: run.id, owner: 'test', ttlMs: 60_000 });
        if (!('grant' in taken)) throw new Error('the lease is taken');
        const scope = { syncerId, organization: 'acme', source: 'acme/wecom', bindingColumn: '' };
        await store.page(taken.grant, (page) => page.write(scope, { runId: run.id, changes }));
        await leases.release(taken.grant);
      },
    };
  });

  it('gives up after thirty seconds where a transaction of the host keeps a row', async function () {
    this.timeout(5_000);
    const lock = await database.read((session) => session.select('SHOW lock_timeout'));
    expect(lock).to.deep.equal([{ lock_timeout: '0' }]);
    const ours = await database.transaction((session) => session.select('SHOW lock_timeout'));
    expect(ours).to.deep.equal([{ lock_timeout: '30s' }]);
  });

  it('keeps entities of the host’s DataSource useful', async () => {
    await host.getRepository(OrganizationRow).insert({ owner: 'admin', name: 'acme' });
    expect(await host.getRepository(RejectionRow).count()).to.equal(0);
  });

  it('has an organization that stays while a syncer of Casdoor’s is there for it', async () => {
    await host.getRepository(OrganizationRow).insert({ owner: 'admin', name: 'synced' });
    await fresh.run(`CREATE TABLE "Directory of staff".syncer (organization TEXT);
      INSERT INTO "Directory of staff".syncer VALUES ('synced'), ('other')`);
    await database.refreshColumns();
    const refused = await rejection(new OrganizationRecords(database).remove('synced'));
    expect(refused).to.be.instanceOf(OrganizationInUseError).and.to.include({ users: 0, syncers: 1 });
  });
});
