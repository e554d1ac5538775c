import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { isRetryable } from './database-error.ts';
import { dialectOf } from './dialect.ts';

/** Any number that no other program on the same database uses for its own locks. */
const POSTGRES_LOCK = 7_320_119_026;
const MYSQL_LOCK = `CONCAT('wecom-syncer:', LEFT(SHA1(DATABASE()), 16))`;
/** Seconds, then attempts: how long a replica waits for another one that is migrating. */
const MYSQL_LOCK_SECONDS = 120;
const SQLITE_ATTEMPTS = 120;

/** Applies pending migrations, one process at a time; the others wait and then find nothing to do. */
export async function migrate(dataSource: DataSource): Promise<void> {
  if (dialectOf(dataSource) === 'sqlite') {
    await migrateSqlite(dataSource);
    return;
  }
  const runner = dataSource.createQueryRunner();
  try {
    await lock(runner);
    try {
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
  if (Number(row?.got) !== 1) throw new Error('Another process has been migrating this database for too long.');
}

async function unlock(runner: QueryRunner): Promise<void> {
  await runner.query(
    dialectOf(runner.dataSource) === 'postgres'
      ? `SELECT pg_advisory_unlock(${POSTGRES_LOCK})`
      : `SELECT RELEASE_LOCK(${MYSQL_LOCK})`,
  );
}

/** SQLite's write lock is the lock: taken before TypeORM looks at what is pending, which it does outside its own transactions. */
async function migrateSqlite(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  for (let attempt = 1; ; attempt++) {
    try {
      await runner.query('BEGIN IMMEDIATE');
      break;
    } catch (error) {
      if (attempt >= SQLITE_ATTEMPTS || !isRetryable(error)) throw error;
      await sleep(50);
    }
  }
  try {
    await dataSource.runMigrations({ transaction: 'none' });
    await runner.query('COMMIT');
  } catch (error) {
    await runner.query('ROLLBACK');
    throw error;
  }
}
