import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import type { DatabaseKind } from '../arguments.ts';

const POSTGRES = process.env['TEST_POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const MYSQL = process.env['TEST_MYSQL_URL'] ?? 'mysql://root@127.0.0.1:3306/mysql';

/** For readers of the table. */
export const NAMES: Readonly<Record<DatabaseKind, string>> = {
  sqlite: 'SQLite',
  postgres: 'PostgreSQL',
  mysql: 'MariaDB',
};

/** An empty database of its own for one measurement. */
export interface DatabaseTarget {
  readonly url: string;
  /** What the server does for itself within a minute: PostgreSQL's autovacuum, which test machines switch off. */
  settle(): Promise<void>;
  drop(): Promise<void>;
}

const nothing = async (): Promise<void> => undefined;

const onServer = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
};

/** @throws Error when the server does not answer */
export async function createTarget(kind: DatabaseKind): Promise<DatabaseTarget> {
  const name = `wecom_syncer_bench_${randomBytes(4).toString('hex')}`;
  switch (kind) {
    case 'sqlite': {
      const folder = await mkdtemp(join(tmpdir(), `${name}-`));
      return {
        url: `sqlite:${join(folder, 'iam.db')}`,
        settle: nothing,
        drop: () => rm(folder, { recursive: true }),
      };
    }
    case 'postgres': {
      await postgres(`CREATE DATABASE ${name}`);
      const url = onServer(POSTGRES, name);
      return {
        url,
        settle: () => postgres('VACUUM ANALYZE', url),
        drop: () => postgres(`DROP DATABASE ${name} WITH (FORCE)`),
      };
    }
    case 'mysql': {
      await mariadb(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      return { url: onServer(MYSQL, name), settle: nothing, drop: () => mariadb(`DROP DATABASE ${name}`) };
    }
  }
}

async function postgres(sql: string, url: string = POSTGRES): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function mariadb(sql: string): Promise<void> {
  const connection = await mysql.createConnection(MYSQL);
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}
