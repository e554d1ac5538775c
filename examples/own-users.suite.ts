import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import type { Account } from 'wecom-syncer';
import { describeIdentityStore, type IdentityStoreSubject, type Runner } from 'wecom-syncer/testing';
import {
  Database,
  migrate,
  runEntities,
  runMigrations,
  TypeormLeaseStore,
  TypeormRunStore,
} from 'wecom-syncer/typeorm';
import { Company, PeopleStore, Person, Team, Tie } from './own-users.ts';

/** A host's database: his own tables, which TypeORM may synchronize, and ours, which come by migrations. */
async function openPeople(database: string): Promise<DataSource> {
  const entities = [Company, Person, Team, Tie, ...runEntities];
  const migrations = [...runMigrations];
  const options = { type: 'better-sqlite3', database, entities, migrations, synchronize: true } as const;
  const dataSource = await new DataSource(options).initialize();
  await migrate(dataSource);
  return dataSource;
}

/** As the host's own screens write it. */
const row = ({ owner: company, name: login, id, groups: teams, values, ...account }: Account) => {
  const flags = { admin: account.isAdmin, active: !account.isForbidden, archived: account.isDeleted };
  return { company, login, id, teams, ...values, ...flags, origin: 'person' as const };
};

async function open(): Promise<IdentityStoreSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'own-users-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const dataSource = await openPeople(join(folder, 'people.db'));
  const database = await Database.over(dataSource);
  const { manager } = dataSource;
  return {
    store: new PeopleStore(dataSource),
    runs: new TypeormRunStore(database),
    leases: new TypeormLeaseStore(database),
    foldsCase: false,
    addOrganization: async (name) => void (await manager.insert(Company, { name })),
    // A syncer is known by what its ties say.
    addSyncer: async () => undefined,
    putAccount: async (account) => void (await manager.save(Person, row(account))),
    removeAccount: async (company, login) => void (await manager.delete(Person, { company, login })),
    putGroup: async (group) => void (await manager.save(Team, { ...group })),
  };
}

/** What the engine relies on, tried on the store; with the `describe`, `it` … of whatever runs tests. */
export default (runner: Runner): void => {
  let opened: Promise<IdentityStoreSubject> | undefined;
  // Organizations of their own come with each test, so that all may share one database.
  describeIdentityStore(runner, () => (opened ??= open()));
};
