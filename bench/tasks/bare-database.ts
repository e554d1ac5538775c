import Sqlite from 'better-sqlite3';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import type { DatabaseKind } from '../arguments.ts';

type Cell = string | number | null;

/** Rows of one table as a driver takes them. */
export interface TableRows {
  readonly table: string;
  /** Columns whose value differs from row to row. */
  readonly columns: readonly string[];
  /** SQL literals of the columns that hold the same value in every row: the quickest program would not bind them. */
  readonly literals: Readonly<Record<string, string>>;
  readonly rows: readonly (readonly Cell[])[];
}

/** A driver and nothing around it. */
export interface BareDatabase {
  selectAll(table: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Rows whose key column is one of `keys`, as the product looks up what it holds; without names, the driver's quickest way. */
  lookUp(table: string, key: string, keys: readonly string[], columns: readonly string[]): Promise<readonly unknown[]>;
  /** All of it in one transaction, each table in statements of 500 rows at most. */
  insert(batches: readonly TableRows[]): Promise<void>;
  close(): Promise<void>;
}

const BATCH = 500;

/** The rest of each table's primary key. */
const PREFIX: Readonly<Record<string, string>> = {
  user: `"owner" = 'acme' AND`,
  directory_link: `"syncer_id" = '00000000-0000-4000-8000-000000000001' AND "kind" = 'user' AND`,
};

export async function openBare(kind: DatabaseKind, url: string): Promise<BareDatabase> {
  switch (kind) {
    case 'sqlite':
      return openSqlite(url.slice('sqlite:'.length));
    case 'postgres':
      return openPostgres(url);
    case 'mysql':
      return openMysql(url);
  }
}

function* statements(
  quote: string,
  batches: readonly TableRows[],
  /** The placeholders of all rows. */
  values: (rows: number, columns: number, literals: readonly string[]) => string,
): Generator<{ readonly sql: string; readonly parameters: readonly Cell[] }> {
  for (const { table, columns, literals, rows } of batches) {
    const names = [...columns, ...Object.keys(literals)].map((name) => `${quote}${name}${quote}`).join(',');
    const into = `INSERT INTO ${quote}${table}${quote} (${names}) VALUES `;
    for (let start = 0; start < rows.length; start += BATCH) {
      const batch = rows.slice(start, start + BATCH);
      const sql = into + values(batch.length, columns.length, Object.values(literals));
      yield { sql, parameters: batch.flat() };
    }
  }
}

const questionMarks = (rows: number, columns: number, literals: readonly string[]): string => {
  const row = `(${[...Array.from({ length: columns }, () => '?'), ...literals].join(',')})`;
  return row + `,${row}`.repeat(rows - 1);
};

const numbered = (rows: number, columns: number, literals: readonly string[]): string => {
  const tail = literals.length > 0 ? `,${literals.join(',')}` : '';
  let next = 1;
  return Array.from(
    { length: rows },
    () => `(${Array.from({ length: columns }, () => `$${next++}`).join(',')}${tail})`,
  ).join(',');
};

function openSqlite(path: string): BareDatabase {
  const database = new Sqlite(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('wal_autocheckpoint = 16384');
  const prepared = new Map<string, Sqlite.Statement>();
  const prepare = (sql: string): Sqlite.Statement => {
    let statement = prepared.get(sql);
    if (!statement) prepared.set(sql, (statement = database.prepare(sql)));
    return statement;
  };
  return {
    selectAll: async (table) => database.prepare(`SELECT * FROM "${table}"`).all() as Record<string, unknown>[],
    lookUp: async (table, key, keys, columns) =>
      prepare(
        `SELECT ${columns.map((name) => `"${name}"`).join(',')} FROM "${table}" WHERE ${PREFIX[table]} "${key}" IN (SELECT value FROM json_each(?))`,
      )
        .raw()
        .all(JSON.stringify(keys)),
    insert: async (batches) => {
      prepare('BEGIN').run();
      for (const { sql, parameters } of statements('"', batches, questionMarks)) prepare(sql).run(parameters);
      prepare('COMMIT').run();
    },
    close: async () => void database.close(),
  };
}

async function openPostgres(url: string): Promise<BareDatabase> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    selectAll: async (table) => (await client.query<Record<string, unknown>>(`SELECT * FROM "${table}"`)).rows,
    lookUp: async (table, key, keys, columns) => {
      const text = `SELECT ${columns.map((name) => `"${name}"`).join(',')} FROM "${table}" WHERE ${PREFIX[table]} "${key}" = ANY($1::text[])`;
      return (await client.query({ name: table, text, values: [keys], rowMode: 'array' })).rows;
    },
    insert: async (batches) => {
      await client.query('BEGIN');
      for (const { sql, parameters } of statements('"', batches, numbered)) await client.query(sql, [...parameters]);
      await client.query('COMMIT');
    },
    close: () => client.end(),
  };
}

async function openMysql(url: string): Promise<BareDatabase> {
  const connection = await mysql.createConnection(url);
  return {
    selectAll: async (table) => (await connection.query(`SELECT * FROM \`${table}\``))[0] as Record<string, unknown>[],
    lookUp: async (table, key, keys, columns) => {
      const prefix = PREFIX[table]?.replaceAll('"', '`');
      const sql = `SELECT ${columns.map((name) => `\`${name}\``).join(',')} FROM \`${table}\` WHERE ${prefix} \`${key}\` IN (?)`;
      return (await connection.query({ sql, values: [keys], rowsAsArray: true }))[0] as unknown[];
    },
    insert: async (batches) => {
      await connection.query('BEGIN');
      for (const { sql, parameters } of statements('`', batches, questionMarks)) {
        await connection.query(sql, [...parameters]);
      }
      await connection.query('COMMIT');
    },
    close: () => connection.end(),
  };
}
