import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { UnavailableError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import { isRetryable, translated } from './database-error.ts';
import { dialectOf, quote, schemaOf } from './dialect.ts';
import { checkDataSource, checkForeignTables, checkMigrations, hasUsers } from './embedded/check-data-source.ts';
import { LiveColumns } from './live-columns.ts';
import { Session } from './session.ts';

/** Any number that no other program on the same database uses for its own locks. */
const POSTGRES_LOCK = 7_320_119_026;
const MYSQL_LOCK = `CONCAT('wecom-syncer:', LEFT(SHA1(DATABASE()), 16))`;
/** Seconds that a replica waits on MySQL for another one that is migrating. */
const MYSQL_LOCK_SECONDS = 120;
const SQLITE_WAIT_MS = 30_000;
const SQLITE_PAUSE_MS = 25;

/**
 * Runs what a host's DataSource lists under `migrations` and has not run yet, his own steps too, under a lock: one process at
 * a time does it; the others wait and then find nothing to do.
 *
 * @throws ConfigError that says in one sentence what is missing, or what is not supported
 */
export async function migrate(dataSource: DataSource): Promise<void> {
  await checkDataSource(dataSource);
  checkMigrations(dataSource);
  try {
    await runPending(dataSource);
  } catch (error) {
    throw translated(error);
  }
}

/** Before anything is made beside them. */
async function assertNobodyElsesTables(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    const session = new Session(runner.manager, dialectOf(dataSource), schemaOf(dataSource));
    checkForeignTables(await LiveColumns.readNames(session, dataSource));
  } finally {
    await runner.release();
  }
}

/** The same for a DataSource that was made here. */
export async function runPending(dataSource: DataSource): Promise<void> {
  if (hasUsers(dataSource)) await assertNobodyElsesTables(dataSource);
  if (dialectOf(dataSource) === 'sqlite') {
    await migrateSqlite(dataSource);
    return;
  }
  const runner = dataSource.createQueryRunner();
  try {
    await lock(runner);
    try {
      await makeSchema(runner);
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await unlock(runner);
    }
  } finally {
    await runner.release();
  }
}

async function lock(runner: QueryRunner): Promise<void> {
  if (dialectOf(runner.dataSource) === 'postgres') {
    await runner.query(`SELECT pg_advisory_lock(${POSTGRES_LOCK})`);
    return;
  }
  const [row] = (await runner.query(`SELECT GET_LOCK(${MYSQL_LOCK}, ${MYSQL_LOCK_SECONDS}) AS got`)) as {
    got: unknown;
  }[];
  if (Number(row?.got) !== 1) throw TOO_LONG;
}

async function unlock(runner: QueryRunner): Promise<void> {
  await runner.query(
    dialectOf(runner.dataSource) === 'postgres'
      ? `SELECT pg_advisory_unlock(${POSTGRES_LOCK})`
      : `SELECT RELEASE_LOCK(${MYSQL_LOCK})`,
  );
}

/** The one that a DataSource names may be a new one; who may not make schemas finds it made already. */
async function makeSchema(runner: QueryRunner): Promise<void> {
  const schema = schemaOf(runner.dataSource);
  if (schema === undefined || (await runner.hasSchema(schema))) return;
  await runner.query(`CREATE SCHEMA IF NOT EXISTS ${quote('postgres', schema)}`);
}

/** SQLite's write lock is the lock: taken before TypeORM looks at what is pending, which it does outside its own transactions. */
async function migrateSqlite(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  // Whoever writes at this moment and waits for no lock would be refused, at every start.
  if (await ranAll(runner)) return;
  await beginImmediate(runner);
  try {
    await dataSource.runMigrations({ transaction: 'none' });
    await runner.query('COMMIT');
  } catch (error) {
    await runner.query('ROLLBACK');
    throw error;
  }
}

/** Whether nothing is pending; only looks, where TypeORM would make the table that it keeps them in. */
async function ranAll({ dataSource, manager }: QueryRunner): Promise<boolean> {
  const { migrations, options } = dataSource;
  const { migrationsTableName: table = 'migrations' } = options;
  try {
    const rows: readonly { readonly name: string }[] = await manager.query(
      `SELECT name FROM ${quote('sqlite', table)}`,
    );
    const ran = new Set(rows.map(({ name }) => name));
    return migrations.every((migration) => ran.has(migration.name ?? migration.constructor.name));
  } catch {
    return false;
  }
}

/** Waits by short tries: better-sqlite3 would stand still with the whole process. */
async function beginImmediate(runner: QueryRunner): Promise<void> {
  const [waits] = (await runner.query('PRAGMA busy_timeout')) as { readonly timeout: number }[];
  await runner.query('PRAGMA busy_timeout = 0');
  const givesUpAt = performance.now() + SQLITE_WAIT_MS;
  try {
    for (;;) {
      try {
        // Of the host: his connection has one transaction at a time.
        if (!runner.isTransactionActive) {
          await runner.query('BEGIN IMMEDIATE');
          return;
        }
      } catch (error) {
        if (!isRetryable(error)) throw error;
      }
      if (performance.now() >= givesUpAt) throw TOO_LONG;
      await sleep(SQLITE_PAUSE_MS);
    }
  } finally {
    await runner.query(`PRAGMA busy_timeout = ${waits?.timeout ?? 0}`);
  }
}

const TOO_LONG = new UnavailableError(
  text(
    'Somebody else has been writing or migrating this database for too long.',
    '其他进程写入或迁移此数据库的时间过长。',
  ),
);
