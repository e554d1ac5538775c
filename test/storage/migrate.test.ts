import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { migrations } from '../../migrations/index.ts';
import { openDatabase } from '../../src/storage/open-database.ts';
import type { Database } from '../../src/storage/database.ts';
import { ChangeRow, UserRow } from '../../src/storage/entities/index.ts';
import type { Row } from '../../src/storage/session.ts';
import type { AccountUpdate, NewAccount } from '../../src/identity/account.ts';
import type { SyncerScope } from '../../src/identity/identity-store.ts';
import { createTestDatabase, eachDatabase, type TestDatabase, harnessOn } from '../support/databases.ts';
import { aLink, anAccount } from '../support/builders.ts';

const OWN_TABLES = [
  'account_rename',
  'applied_configuration',
  'audit_log',
  'heard_callback',
  'iam_sign_out',
  'directory_absence',
  'directory_decision',
  'directory_leaving',
  'directory_link',
  'directory_protection',
  'directory_syncer',
  'host_session',
  'lock_out_decision',
  'member_visit',
  'member_completion',
  'member_nudge',
  'run_origin',
  'sync_change',
  'sync_lease',
  'sync_question',
  'sync_rejection',
  'sync_run',
  'wecom_syncer_migration',
];
const CASDOOR_TABLES = ['casbin_user_rule', 'group', 'organization', 'session', 'syncer', 'third_party_link', 'user'];

const casdoorDdl = (kind: string): Promise<string> =>
  readFile(new URL(`../fixtures/casdoor-ddl/${kind}.sql`, import.meta.url), 'utf8');

/** What an installation of 2021 that was upgraded ever since looks like: short columns, and some that never came. */
const drift = (kind: string): string => {
  const q = (name: string): string => (kind === 'mysql' ? `\`${name}\`` : `"${name}"`);
  const missing = ['gender', 'birthday', 'education', 'real_name', 'uid_number', 'need_update_password', 'lark'];
  const drops = missing.map((column) => `ALTER TABLE ${q('user')} DROP COLUMN ${q(column)};`);
  const retyped = {
    postgres: `ALTER TABLE "user" ALTER COLUMN avatar TYPE VARCHAR(500), ALTER COLUMN "groups" TYPE VARCHAR(1000);`,
    mysql: 'ALTER TABLE `user` MODIFY avatar VARCHAR(500) NULL, MODIFY `groups` VARCHAR(1000) NULL;',
    sqlite: '',
  }[kind];
  return [
    kind === 'mysql' ? 'DROP INDEX `IDX_user_uid_number` ON `user`;' : 'DROP INDEX "IDX_user_uid_number";',
    ...drops,
    `DROP TABLE ${q('casbin_user_rule')};`,
    retyped,
  ].join('\n');
};

async function tables(database: Database): Promise<string[]> {
  const sql = {
    sqlite: `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
    postgres: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()',
    mysql: 'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  }[database.dialect];
  const rows = await database.read((session) => session.select(sql));
  return rows.map((row) => String(row['name'])).sort();
}

/** Columns with types and lengths, and indexes, of one table as the database itself describes them. */
async function shape(database: Database, table: string): Promise<readonly Row[]> {
  const statements = {
    sqlite: [
      `SELECT name, type, "notnull", pk FROM pragma_table_info('${table}')`,
      `SELECT i.name, i."unique", c.name AS col FROM pragma_index_list('${table}') i, pragma_index_info(i.name) c ORDER BY 1, 3`,
    ],
    postgres: [
      `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default FROM information_schema.columns
        WHERE table_name = '${table}' ORDER BY ordinal_position`,
      `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '${table}' ORDER BY 1`,
    ],
    mysql: [
      `SELECT column_name AS c, column_type AS t, is_nullable AS n, collation_name AS l FROM information_schema.columns
        WHERE table_schema = DATABASE() AND table_name = '${table}' ORDER BY ordinal_position`,
      `SELECT index_name AS i, column_name AS c, non_unique AS u FROM information_schema.statistics
        WHERE table_schema = DATABASE() AND table_name = '${table}' ORDER BY 1, seq_in_index`,
    ],
  }[database.dialect];
  return (await Promise.all(statements.map((sql) => database.read((session) => session.select(sql))))).flat();
}

const scopeOf = (name: string, bindingColumn = 'wecom'): SyncerScope => ({
  syncerId: `syncer-${name}`,
  organization: name,
  source: `${name}/wecom`,
  bindingColumn,
});

/** A page of 500 newcomers with everything set, then a page that changes all of them. */
async function syncSized(database: Database, organization: string, bindingColumn?: string): Promise<void> {
  const { store, leases } = harnessOn(database);
  const scope = scopeOf(organization, bindingColumn);
  const { syncerId } = scope;
  const taken = await leases.acquire({ syncerId, runId: 'run', owner: 'test', ttlMs: 60_000 });
  if (!('grant' in taken)) throw new Error('the lease is taken');
  const limits = store.columnLimits(scope);
  const accounts = Array.from({ length: 500 }, (_, index): NewAccount => {
    const name = `Member-${index}`;
    const values = Object.fromEntries(
      Object.entries(limits.values).map(([field, limit]) => [field, '值'.repeat(Math.min(limit, 30))]),
    );
    return { name, id: name, binding: name, values, isForbidden: index % 2 === 0, groups: [`${organization}/g1`] };
  });
  const links = accounts.map(({ name, groups }) => aLink({ userid: name, groups }));
  await store.page(taken.grant, (page) => page.write(scope, { runId: 'run', createAccounts: accounts, links }));
  await store.page(taken.grant, async (page) => {
    const held = await page.heldAccounts(
      scope,
      links.map((link) => link.key),
    );
    const updateAccounts = [...held.values()].map(({ account }): AccountUpdate => ({
      name: account!.name,
      values: { displayName: '新名字' },
      isForbidden: !account!.isForbidden,
      groups: [`${organization}/g2`, 'elsewhere/x'],
      seen: account!,
    }));
    await page.write(scope, { runId: 'run', updateAccounts });
  });
  await leases.release(taken.grant);
}

describe('migrate', () => {
  describe('on an empty database', () => {
    eachDatabase((suite) => {
      it('makes the shared tables and ours', async () => {
        expect(await tables(suite.database)).to.deep.equal(['group', 'organization', 'user', ...OWN_TABLES].sort());
      });

      it('has a column for sign-in through every provider that Casdoor knows', async () => {
        const ddl = /CREATE TABLE[^(]*[`"]user[`"] \(([^]*?)\n\);/.exec(await casdoorDdl(suite.kind))?.[1] ?? '';
        const names = [...ddl.matchAll(/^ +[`"](\w+)[`"]/gm)].map(([, name]) => name!);
        const providers = names.slice(names.indexOf('github'), names.indexOf('custom10') + 1);
        expect(providers).to.have.length(88);
        expect(suite.database.columns.missing('user', providers)).to.deep.equal([]);
        await syncSized(suite.database, 'acme', 'lark');
        const [row] = await suite.database.read((session) =>
          session.select(`SELECT lark AS bound FROM ${session.table('user')} WHERE name = 'Member-7'`),
        );
        expect(row).to.deep.equal({ bound: 'Member-7' });
      });

      it('may be started by several replicas at once, and again', async () => {
        const replicas = await Promise.all([1, 2, 3].map(() => openDatabase(suite.url)));
        const [first] = await Promise.all(replicas.map((replica) => tables(replica)));
        expect(first).to.deep.equal(await tables(suite.database));
        await Promise.all(replicas.map((replica) => replica.close()));
      });
    });
  });

  describe('by several replicas that all start on an empty database', () => {
    eachDatabase(
      (suite) => {
        it('runs each step once', async () => {
          const sql = 'SELECT COUNT(*) AS n FROM wecom_syncer_migration';
          const [row] = await suite.database.read((session) => session.select(sql));
          expect(Number(row?.['n'])).to.equal(migrations.length);
        });
      },
      async (fresh) => {
        const replicas = await Promise.all([1, 2, 3].map(() => openDatabase(fresh.url)));
        await Promise.all(replicas.map((replica) => replica.close()));
      },
    );
  });

  describe('on a database of Casdoor', () => {
    const before = new Map<string, readonly Row[]>();

    eachDatabase(
      (suite) => {
        it('adds only our own tables and leaves Casdoor’s as they were', async () => {
          expect(await tables(suite.database)).to.deep.equal([...CASDOOR_TABLES, ...OWN_TABLES].sort());
          for (const table of CASDOOR_TABLES) {
            const columns = await shape(suite.database, table);
            expect(columns.length, table).to.be.at.least(5);
            expect(columns, table).to.deep.equal(before.get(`${suite.kind}.${table}`));
          }
        });

        it('makes the same shared tables as Casdoor does, as far as it makes them', async () => {
          const casdoor = new Map<string, string>();
          for (const table of ['user', 'group', 'organization']) {
            for (const row of await shape(suite.database, table)) casdoor.set(`${table} ${JSON.stringify(row)}`, '');
          }
          await onFresh(suite.kind, async (database) => {
            for (const table of ['user', 'group', 'organization']) {
              for (const row of await shape(database, table)) {
                expect(casdoor.has(`${table} ${JSON.stringify(row)}`), `${table} ${JSON.stringify(row)}`).to.equal(
                  true,
                );
              }
            }
          });
        });

        it('serves a page of a sync', async () => {
          await syncSized(suite.database, 'acme');
          const sql = `SELECT COUNT(*) AS n FROM casbin_user_rule WHERE ptype = 'g' AND v1 IN ('group:acme/g1', 'group:acme/g2', 'group:elsewhere/x')`;
          const [row] = await suite.database.read((session) => session.select(sql));
          expect(Number(row?.['n'])).to.equal(1000);
          expect(suite.database.columns.has('user', 'managedAccounts')).to.equal(true);
        });
      },
      async (fresh) => {
        await fresh.run(await casdoorDdl(fresh.kind));
        await remember(fresh, before);
      },
    );
  });

  describe('on a database of an old Casdoor', () => {
    eachDatabase(
      (suite) => {
        it('lives with the columns and lengths that are there', async () => {
          await syncSized(suite.database, 'acme');
          const limits = harnessOn(suite.database).store.columnLimits(scopeOf('acme'));
          expect(limits.values.gender).to.equal(undefined);
          if (suite.kind !== 'sqlite') {
            expect(limits.values.avatar).to.equal(500);
            expect(limits.groups).to.equal(1000);
          }
        });

        it('binds nobody where the vendor’s column never came', async () => {
          await syncSized(suite.database, 'unbound', 'lark');
          const { store } = harnessOn(suite.database);
          expect(store.columnLimits(scopeOf('unbound', 'lark')).binding).to.equal(undefined);
          expect(store.columnLimits(scopeOf('unbound')).binding).to.equal(100);
        });

        it('reads and writes its accounts as entities', async () => {
          const row = { ...anAccount({ owner: 'other', name: 'local' }), groups: '[]', properties: '{}' };
          await suite.database.transaction(({ manager }) => manager.save(UserRow, { ...row, gender: 'Male' }));
          const found = await suite.database.read(({ manager }) => manager.findOneBy(UserRow, { name: 'local' }));
          expect(found?.name).to.equal('local');
          expect(found?.gender).to.equal(undefined);
        });
      },
      async (fresh) => {
        await fresh.run(await casdoorDdl(fresh.kind));
        await fresh.run(drift(fresh.kind));
      },
    );
  });

  describe('where only some of Casdoor’s tables exist', () => {
    eachDatabase(
      (suite) => {
        it('makes the others', async () => {
          expect(await tables(suite.database)).to.deep.equal(['group', 'organization', 'user', ...OWN_TABLES].sort());
          const columns = await shape(suite.database, 'organization');
          expect(JSON.stringify(columns)).to.include('kept');
          await suite.database.read(({ manager }) => manager.findOneBy(ChangeRow, { runId: 'none' }));
        });
      },
      async (fresh) => {
        const q = fresh.kind === 'mysql' ? '`' : '"';
        await fresh.run(
          `CREATE TABLE ${q}organization${q} (owner VARCHAR(100) NOT NULL, name VARCHAR(100) NOT NULL, kept INTEGER NULL, PRIMARY KEY (owner, name));`,
        );
      },
    );
  });
});

async function onFresh(kind: Database['dialect'], use: (database: Database) => Promise<void>): Promise<void> {
  const fresh = await createTestDatabase(kind);
  if (!fresh) throw new Error(`${kind} went away`);
  const database = await openDatabase(fresh.url);
  try {
    await use(database);
  } finally {
    await database.close();
    await fresh.drop();
  }
}

/** The shape of Casdoor's tables before any of our code has seen the database. */
async function remember(fresh: TestDatabase, before: Map<string, readonly Row[]>): Promise<void> {
  const { DataSource } = await import('typeorm');
  const plain = new DataSource(
    fresh.kind === 'sqlite'
      ? { type: 'better-sqlite3', database: fresh.url.slice('sqlite:'.length) }
      : { type: fresh.kind, url: fresh.url },
  );
  await plain.initialize();
  const read = {
    dialect: fresh.kind,
    read: (work: (session: unknown) => unknown) => work({ select: (sql: string) => plain.query(sql) }),
  };
  for (const table of CASDOOR_TABLES) {
    before.set(`${fresh.kind}.${table}`, await shape(read as unknown as Database, table));
  }
  await plain.destroy();
}
