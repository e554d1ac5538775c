import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import { openDatabase } from '../../src/storage/open-database.ts';
import type { Database } from '../../src/storage/database.ts';
import type { Dialect } from '../../src/storage/dialect.ts';
import type { Account } from '../../src/identity/account.ts';
import type { Group } from '../../src/identity/group.ts';
import type { SyncerScope } from '../../src/identity/identity-store.ts';
import { GroupRow, OrganizationRow, SyncerRow, UserRow } from '../../src/storage/entities/index.ts';
import { TypeormIdentityStore } from '../../src/storage/identity/typeorm-identity-store.ts';
import { TypeormLeaseStore } from '../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../src/storage/runs/typeorm-run-store.ts';
import type { IdentityStoreSubject } from '../../src/testing/index.ts';

export const DATABASE_KINDS: readonly Dialect[] = ['sqlite', 'postgres', 'mysql'];

const SERVERS = {
  postgres: {
    title: 'PostgreSQL',
    variable: 'TEST_POSTGRES_URL',
    url: process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  },
  mysql: {
    title: 'MySQL/MariaDB',
    variable: 'TEST_MYSQL_URL',
    url: process.env['TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/mysql',
  },
} as const;

/** An empty database of its own. */
export interface TestDatabase {
  readonly kind: Dialect;
  /** For `openDatabase` and DATABASE_URL. */
  readonly url: string;
  /** Runs a script of several statements, before any migration if need be. */
  run(script: string): Promise<void>;
  drop(): Promise<void>;
}

/** Asked once per server and process. */
const reachable = new Map<string, Promise<boolean>>();

async function answers(kind: 'postgres' | 'mysql'): Promise<boolean> {
  const server = SERVERS[kind];
  try {
    await administer(kind, 'SELECT 1');
    return true;
  } catch (error) {
    const hint = `${server.title} does not answer: its suites are skipped. Start one, or name it in ${server.variable}.`;
    if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(hint, { cause: error });
    console.log(hint);
    return false;
  }
}

async function administer(kind: 'postgres' | 'mysql', statement: string): Promise<void> {
  await runScript(kind, SERVERS[kind].url, statement);
}

async function runScript(kind: Dialect, url: string, script: string): Promise<void> {
  if (kind === 'postgres') {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 });
    await client.connect();
    try {
      await client.query(script);
    } finally {
      await client.end();
    }
  } else if (kind === 'mysql') {
    const connection = await mysql.createConnection({ uri: url, multipleStatements: true, connectTimeout: 3000 });
    try {
      await connection.query(script);
    } finally {
      await connection.end();
    }
  } else {
    const { default: Sqlite } = await import('better-sqlite3');
    const connection = new Sqlite(url.slice('sqlite:'.length));
    try {
      connection.exec(script);
    } finally {
      connection.close();
    }
  }
}

/**
 * Undefined when there is no such server here; with REQUIRE_SERVICES=1 that is an error.
 *
 * @param encoding of a PostgreSQL database that is not UTF8
 */
export async function createTestDatabase(kind: Dialect, encoding?: string): Promise<TestDatabase | undefined> {
  if (kind === 'sqlite') {
    const folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-'));
    const url = `sqlite:${join(folder, 'iam.db')}`;
    return {
      kind,
      url,
      run: (script) => runScript(kind, url, script),
      drop: () => rm(folder, { recursive: true, force: true }),
    };
  }
  const isHere = reachable.get(kind) ?? answers(kind);
  reachable.set(kind, isHere);
  if (!(await isHere)) return undefined;
  const name = `wecom_syncer_test_${randomBytes(6).toString('hex')}`;
  // As Casdoor makes its own database.
  const own = encoding === undefined ? '' : ` TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`;
  const charset = kind === 'mysql' ? ' CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci' : own;
  await administer(kind, `CREATE DATABASE ${name}${charset}`);
  const url = new URL(SERVERS[kind].url);
  url.pathname = `/${name}`;
  return {
    kind,
    url: url.href,
    run: (script) => runScript(kind, url.href, script),
    drop: () => administer(kind, `DROP DATABASE ${name}${kind === 'postgres' ? ' WITH (FORCE)' : ''}`),
  };
}

/** Filled before the first test of its suite. */
export interface DatabaseSuite {
  readonly kind: Dialect;
  readonly url: string;
  readonly database: Database;
}

interface OpenTestDatabase {
  readonly fresh: TestDatabase;
  readonly database: Database;
}

async function openFresh(
  kind: Dialect,
  prepare?: (fresh: TestDatabase) => Promise<void>,
): Promise<OpenTestDatabase | undefined> {
  const fresh = await createTestDatabase(kind);
  if (!fresh) return undefined;
  await prepare?.(fresh);
  return { fresh, database: await openDatabase(fresh.url) };
}

async function closeAndDrop({ fresh, database }: OpenTestDatabase): Promise<void> {
  await database.close();
  await fresh.drop();
}

function defineFor(
  kind: Dialect,
  define: (suite: DatabaseSuite) => void,
  obtain: () => Promise<OpenTestDatabase | undefined>,
  finish: (open: OpenTestDatabase) => Promise<void>,
): void {
  describe(`on ${kind}`, () => {
    let open: OpenTestDatabase | undefined;
    before(async function () {
      open = await obtain();
      if (!open) this.skip();
    });
    after(async () => {
      if (open) await finish(open);
    });
    define({
      kind,
      get url() {
        return open!.fresh.url;
      },
      get database() {
        return open!.database;
      },
    });
  });
}

/** Defines the same suite for each kind of database, each on a fresh database that is dropped afterwards. */
export function eachDatabase(
  define: (suite: DatabaseSuite) => void,
  prepare?: (fresh: TestDatabase) => Promise<void>,
): void {
  for (const kind of DATABASE_KINDS) defineFor(kind, define, () => openFresh(kind, prepare), closeAndDrop);
}

const shared = new Map<Dialect, Promise<OpenTestDatabase | undefined>>();

after(async () => {
  for (const open of await Promise.all(shared.values())) if (open) await closeAndDrop(open);
});

/**
 * The same on one database per kind for all such suites, since making one takes a server a second: for suites that
 * look only at rows under names of their own.
 */
export function eachSharedDatabase(define: (suite: DatabaseSuite) => void): void {
  for (const kind of DATABASE_KINDS) {
    const obtain = (): Promise<OpenTestDatabase | undefined> => {
      const open = shared.get(kind) ?? openFresh(kind);
      shared.set(kind, open);
      return open;
    };
    defineFor(kind, define, obtain, () => Promise.resolve());
  }
}

/** Whether somebody waits in this database for a row that somebody else keeps. */
export async function isWaiting({ kind, database }: DatabaseSuite): Promise<boolean> {
  // InnoDB looks anew only where nobody asked for 100 ms.
  if (kind === 'mysql') await sleep(120);
  const waiting =
    kind === 'postgres'
      ? `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
      : `SELECT 1 FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
         WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()`;
  return (await database.read((session) => session.select(waiting))).length > 0;
}

/** What a person's screens write: the row of Casdoor's table, with the values that a test cares about. */
const userRow = (account: Account): Partial<UserRow> => ({
  ...account.values,
  owner: account.owner,
  name: account.name,
  id: account.id,
  wecom: account.binding,
  isAdmin: account.isAdmin,
  isForbidden: account.isForbidden,
  isDeleted: account.isDeleted,
  groups: JSON.stringify(account.groups),
});

export function harnessOn(database: Database): IdentityStoreSubject {
  const addSyncer = ({ syncerId, organization, source }: SyncerScope): Promise<unknown> =>
    database.transaction(({ manager }) =>
      manager.insert(SyncerRow, {
        id: syncerId,
        organization,
        name: source.slice(organization.length + 1),
        type: 'WeCom',
        createdTime: '2026-01-01T00:00:00Z',
        isEnabled: true,
        syncInterval: 3600,
        settings: '{}',
        secrets: '{}',
        leftovers: '{}',
        errorText: '',
        health: 'ok',
        failures: 0,
        version: 1,
      }),
    );
  return {
    store: new TypeormIdentityStore(database),
    leases: new TypeormLeaseStore(database),
    runs: new TypeormRunStore(database),
    foldsCase: database.dialect === 'mysql',
    addOrganization: async (name) => {
      await database.transaction(({ manager }) => manager.insert(OrganizationRow, { owner: 'admin', name }));
    },
    addSyncer: async (scope) => {
      await addSyncer(scope);
    },
    putAccount: async (account) => {
      await database.transaction(({ manager }) => manager.save(UserRow, userRow(account)));
    },
    removeAccount: async (owner, name) => {
      await database.transaction(({ manager }) => manager.delete(UserRow, { owner, name }));
    },
    putGroup: async (group: Group) => {
      await database.transaction(({ manager }) => manager.save(GroupRow, { ...group }));
    },
  };
}
