import { expect } from 'chai';
import { DefaultNamingStrategy, EntitySchema, type DataSource } from 'typeorm';
import { migrations, runMigrations } from '../../../migrations/index.ts';
import { createSyncService } from '../../../src/service/index.ts';
import { Database } from '../../../src/storage/database.ts';
import { runEntities, UserRow } from '../../../src/storage/entities/index.ts';
import { TypeormIdentityStore } from '../../../src/storage/identity/typeorm-identity-store.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';
import { SyncerRegistry } from '../../../src/syncer/registry.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { hostSource } from '../../support/host-source.ts';
import { rejection } from '../../support/promises.ts';

/** In which a host is met. */
const DOORS: Readonly<Record<string, (host: DataSource) => Promise<unknown>>> = {
  migrate,
  'Database.over': (host) => Database.over(host),
  createSyncService: (dataSource) =>
    createSyncService({ dataSource, registry: new SyncerRegistry(), secretKey: 'a key of the tests' }),
};

class Shouting extends DefaultNamingStrategy {
  override tableName(target: string, given: string): string {
    return super.tableName(target, given).toUpperCase();
  }
}

class Prefixing extends DefaultNamingStrategy {
  override columnName(property: string, given: string, prefixes: string[]): string {
    return `c_${super.columnName(property, given, prefixes)}`;
  }
}

/** Names what nobody named, as most strategies do. */
class Snake extends DefaultNamingStrategy {
  override columnName(property: string, given: string): string {
    return given || property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}

const Invoice = new EntitySchema<{ id: number }>({ name: 'invoice', columns: { id: { type: 'int', primary: true } } });

async function tablesOf(host: DataSource): Promise<readonly string[]> {
  const sql = {
    'better-sqlite3': `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1`,
    postgres:
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1',
    mariadb: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1',
  }[host.options.type as string];
  return (await host.query<{ name: string }[]>(sql!)).map(({ name }) => name);
}

describe('at the door', () => {
  for (const kind of DATABASE_KINDS) {
    describe(`of a host on ${kind}`, () => {
      let fresh: TestDatabase;
      let host: DataSource;
      beforeEach(async function () {
        const created = await createTestDatabase(kind);
        if (!created) this.skip();
        fresh = created;
      });
      afterEach(async () => {
        if (host?.isInitialized) await host.destroy();
        await fresh?.drop();
      });

      /** Each door refuses in one sentence, and leaves the host's DataSource as it was. */
      const refuses = async (
        options: object,
        sentence: RegExp,
        doors: readonly string[] = Object.keys(DOORS),
      ): Promise<void> => {
        host = await hostSource(fresh, options).initialize();
        const tables = await tablesOf(host);
        for (const door of doors) {
          const error = await rejection(DOORS[door]!(host));
          expect(error, door).to.be.instanceOf(ConfigError);
          expect((error as ConfigError).message, door).to.match(sentence);
          expect((error as ConfigError).text.zh, door).to.match(/。$/);
        }
        expect(await host.query('SELECT 1 AS one')).to.have.length(1);
        expect(await tablesOf(host)).to.deep.equal(tables);
      };

      // What is told without the database is the same on each.
      if (kind === 'sqlite') {
        it('refuses a DataSource that is not initialized', async () => {
          host = hostSource(fresh);
          for (const [door, enter] of Object.entries(DOORS)) {
            expect(String(await rejection(enter(host))), door).to.match(/not initialized/);
          }
        });

        it('refuses one without our entities, and names them', () =>
          refuses({ entities: [Invoice] }, /sync_run.*entities/));

        it('refuses one with some of them, and names the others', () =>
          refuses({ entities: [...runEntities, UserRow] }, /lacks entities.*\(group, organization\)/));

        it('refuses an entityPrefix', () => refuses({ entityPrefix: 'iam_' }, /entityPrefix.*iam_/));

        for (const [namingStrategy, name] of [
          [new Shouting(), /naming strategy.*"SYNC_CHANGE"|naming strategy.*"USER"/],
          [new Prefixing(), /naming strategy.*"user\.c_owner"/],
        ] as const) {
          it(`refuses a naming strategy that renames ${namingStrategy.constructor.name}`, () =>
            refuses({ namingStrategy }, name));
        }

        it('takes one that names only what has no name', async () => {
          host = await hostSource(fresh, { namingStrategy: new Snake() }).initialize();
          await migrate(host);
          const database = await Database.over(host);
          expect(await new TypeormIdentityStore(database).organizationExists('acme')).to.equal(false);
          await database.close();
        });
      }

      it('refuses one without our migrations', () => refuses({ migrations: [] }, /migrations.*"\.\.\.migrations"/));

      it('refuses one whose migrations did not run', () =>
        refuses({}, /have not run on this database.*migrate\(dataSource\)/, ['Database.over', 'createSyncService']));

      it('refuses one where one of our migrations did not run', async () => {
        const before = await hostSource(fresh, {
          migrations: migrations.filter(({ name }) => !name.startsWith('DecidedAccess')),
        }).initialize();
        await before.runMigrations();
        await before.destroy();
        await refuses({}, /directory_decision\.forbidden_by/, ['Database.over', 'createSyncService']);
        await migrate(host);
        await (await Database.over(host)).close();
      });

      it('refuses a table "user" that is somebody else’s, and makes nothing beside it', async () => {
        const user = kind === 'mysql' ? '`user`' : '"user"';
        await fresh.run(`CREATE TABLE ${user} (id INTEGER PRIMARY KEY, name VARCHAR(50), email VARCHAR(50))`);
        await refuses({}, /"user" of this database is somebody else's \(it has no owner/);
      });

      it('makes our own tables alone for a host with users of his own', async () => {
        const user = kind === 'mysql' ? '`user`' : '"user"';
        await fresh.run(`CREATE TABLE ${user} (id INTEGER PRIMARY KEY, name VARCHAR(50), email VARCHAR(50))`);
        host = await hostSource(fresh, { entities: [...runEntities], migrations: [...runMigrations] }).initialize();
        await migrate(host);
        const names = await tablesOf(host);
        expect(names).to.include('sync_run').and.not.include('group').and.not.include('organization');
        const database = await Database.over(host);
        expect(() => new TypeormIdentityStore(database)).to.throw(ConfigError, /IdentityStore of your own/);
        await database.close();
        expect(String(await rejection(DOORS['createSyncService']!(host)))).to.match(/IdentityStore of your own/);
      });

      it('lets such a host go over to Casdoor’s tables later', async () => {
        const before = await hostSource(fresh, {
          entities: [...runEntities],
          migrations: [...runMigrations],
        }).initialize();
        await migrate(before);
        await before.destroy();
        host = await hostSource(fresh).initialize();
        await migrate(host);
        await (await Database.over(host)).close();
      });
    });
  }

  it('refuses a database in memory, and one that has no file', async () => {
    for (const database of [':memory:', '']) {
      const host = await hostSource({ kind: 'sqlite', url: `sqlite:${database}` }).initialize();
      for (const [door, enter] of Object.entries(DOORS)) {
        expect(String(await rejection(enter(host))), door).to.match(/in memory/);
      }
      await host.destroy();
    }
  });

  it('refuses a file that cannot be opened again', async () => {
    const fresh = (await createTestDatabase('sqlite'))!;
    const host = await hostSource(fresh).initialize();
    await migrate(host);
    await fresh.drop();
    expect(String(await rejection(Database.over(host)))).to.match(/cannot be opened again/);
    await host.destroy();
  });

  it('refuses a file that is locked for one connection alone', async () => {
    const fresh = (await createTestDatabase('sqlite'))!;
    const host = await hostSource(fresh).initialize();
    await host.query('PRAGMA locking_mode = EXCLUSIVE');
    expect(String(await rejection(migrate(host)))).to.match(/EXCLUSIVE/);
    await host.destroy();
    await fresh.drop();
  });

  it('refuses what is no DataSource', async () => {
    for (const nothing of [undefined, null, {}, 'postgres://…']) {
      expect(String(await rejection(Database.over(nothing as DataSource)))).to.match(/no DataSource/);
    }
  });

  it('refuses the DataSource of another TypeORM by its version', async () => {
    const old = { options: { type: 'postgres' }, isInitialized: true, isConnected: true };
    for (const [door, enter] of Object.entries(DOORS)) {
      expect(String(await rejection(enter(old as unknown as DataSource))), door).to.match(/TypeORM 0\.3.*typeorm@\^1/);
    }
  });
});
