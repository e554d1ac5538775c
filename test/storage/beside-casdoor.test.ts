import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import Sqlite from 'better-sqlite3';
import type { SyncerScope } from '../../src/identity/identity-store.ts';
import { UserDirectory } from '../../src/storage/accounts/user-directory.ts';
import type { Database } from '../../src/storage/database.ts';
import { quote } from '../../src/storage/dialect.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import { anAccount } from '../support/builders.ts';
import { makeCasdoors } from '../support/iam/casdoor-sessions.ts';
import { createTestDatabase, eachDatabase, harnessOn, type TestDatabase } from '../support/databases.ts';

const SEEN = { isAdmin: false, isForbidden: false, isDeleted: false, groups: [] };

/** A page of a run, which does this. */
async function page<T>(
  database: Database,
  work: (
    tables: Parameters<Parameters<ReturnType<typeof harnessOn>['store']['page']>[1]>[0],
    scope: SyncerScope,
  ) => Promise<T>,
): Promise<T> {
  const { store, leases } = harnessOn(database);
  const scope: SyncerScope = {
    syncerId: randomUUID(),
    organization: 'acme',
    source: 'acme/wecom',
    bindingColumn: 'wecom',
  };
  const taken = await leases.acquire({ syncerId: scope.syncerId, runId: 'run', owner: 'test', ttlMs: 60_000 });
  if (!('grant' in taken)) throw new Error('the lease is taken');
  return store.page(taken.grant, (tables) => work(tables, scope));
}

describe('a Casdoor that is upgraded while we run', () => {
  eachDatabase((suite) => {
    const alter = (what: string): Promise<unknown> =>
      suite.database.transaction((session) => session.execute(`ALTER TABLE ${quote(suite.kind, 'user')} ${what}`));
    const write = (values: Readonly<Record<string, string>>): Promise<void> =>
      page(suite.database, (tables, scope) =>
        tables.write(scope, { runId: 'run', updateAccounts: [{ name: 'li', values, seen: SEEN }] }),
      );

    it('adds a column, which the next run writes', async () => {
      const harness = harnessOn(suite.database);
      const { store } = harness;
      await harness.putAccount(anAccount({ owner: 'acme', name: 'li' }));
      await alter('DROP COLUMN education');
      await store.organizationExists('acme');
      expect(suite.database.columns.has('user', 'education')).to.equal(false);
      await write({ education: 'unheard' });
      await alter('ADD COLUMN education VARCHAR(100) NULL');
      await store.organizationExists('acme');
      await write({ education: 'Master' });
      const found = await new UserDirectory(suite.database).find('acme', 'li');
      expect(found?.row.education).to.equal('Master');
    });

    it('takes a column away, without an error for whoever reads or writes just then', async () => {
      await alter('DROP COLUMN birthday');
      const found = await new UserDirectory(suite.database).find('acme', 'li');
      expect(found?.row.name).to.equal('li');
      await alter('DROP COLUMN homepage');
      await write({ homepage: 'https://li.example', title: 'Lead' });
      expect((await new UserDirectory(suite.database).find('acme', 'li'))?.row.title).to.equal('Lead');
    });
  }, makeCasdoors);
});

describe('whoever signs in at a Casdoor on the same SQLite file', () => {
  let fresh: TestDatabase;
  let database: Database;
  let other: Sqlite.Database;
  before(async () => {
    const created = await createTestDatabase('sqlite');
    if (!created) throw new Error('SQLite is always there');
    fresh = created;
    await makeCasdoors(fresh);
    database = await openDatabase(fresh.url);
    await harnessOn(database).putAccount(anAccount({ owner: 'acme', name: 'li' }));
    // As Casdoor's driver by default: it waits for no lock.
    other = new Sqlite(fresh.url.slice('sqlite:'.length), { timeout: 0 });
  });
  after(async () => {
    other?.close();
    await database?.close();
    await fresh?.drop();
  });
  const signIn = (time: string): unknown =>
    other.exec(`UPDATE user SET last_signin_time = '${time}' WHERE name = 'li'`);

  it('writes while a page looks at accounts and has nothing to write', async () => {
    await page(database, async (tables, scope) => {
      await tables.accountsByName(scope, ['li']);
      await tables.write(scope, { runId: 'run' });
      signIn('first');
    });
  });

  it('writes between the reading and the writing of a page, which is then planned anew and stored', async () => {
    let tries = 0;
    await page(database, async (tables, scope) => {
      tries += 1;
      await tables.accountsByName(scope, ['li']);
      if (tries === 1) signIn('second');
      await tables.write(scope, {
        runId: 'run',
        updateAccounts: [{ name: 'li', values: { title: 'Lead' }, seen: SEEN }],
      });
    });
    expect(tries).to.equal(2);
    const found = await new UserDirectory(database).find('acme', 'li');
    expect(found?.row).to.include({ title: 'Lead', lastSigninTime: 'second' });
  });
});
