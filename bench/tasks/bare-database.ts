import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
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
  /** One reading of all links with their accounts, a digest of each: by the server, on SQLite by this process. Answers how many. */
  digests(): Promise<number>;
  /** All of it in one transaction, each table in statements of 500 rows at most. */
  insert(batches: readonly TableRows[]): Promise<void>;
  close(): Promise<void>;
}

const BATCH = 500;

/** What the comparison of an account with its member is about. */
const LINK_COLUMNS = ['external_key', 'external_id', 'forbidden_by', 'deleted_by', 'groups'];
const ACCOUNT_COLUMNS = [
  'wecom',
  'is_forbidden',
  'is_deleted',
  'groups',
  'display_name',
  'avatar',
  'email',
  'phone',
  'country_code',
  'title',
  'gender',
];
/** Rows per statement on SQLite, as the product takes them. */
const STEP = 1000;

const digested = (quote: string, text: (column: string) => string): readonly string[] =>
  [
    ...LINK_COLUMNS.map((name) => `l.${quote}${name}${quote}`),
    ...ACCOUNT_COLUMNS.map((name) => `u.${quote}${name}${quote}`),
  ].map(text);

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
    digests: async () => {
      const text = digested('"', (column) => `COALESCE(${column}, '')`).join(` || char(31) || `);
      const step = prepare(
        `SELECT ${text}, l.rowid FROM directory_link l NOT INDEXED CROSS JOIN "user" u ON u.owner = l.organization
           AND u.name = l.name WHERE l.kind = 'user' AND l.rowid > ? ORDER BY l.rowid LIMIT ${STEP}`,
      ).raw();
      const found = new Set<string>();
      for (let after = -1; ;) {
        const rows = step.all(after) as [string, number][];
        for (const [row] of rows) found.add(hash('sha256', row, 'binary'));
        if (rows.length < STEP) return found.size;
        after = rows.at(-1)?.[1] ?? 0;
        await setImmediate();
      }
    },
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
    digests: async () => {
      const text = digested('"', (column) => `COALESCE(${column}::text, '')`).join(', ');
      const found = await client.query({
        text: `SELECT substring(sha256(convert_to(concat_ws(chr(31), ${text}), 'UTF8')) FOR 16)
                 FROM directory_link l JOIN "user" u ON u.owner = l.organization AND u.name = l.name WHERE l.kind = 'user'`,
        rowMode: 'array',
      });
      return found.rows.length;
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
    digests: async () => {
      const text = digested('`', (column) => `COALESCE(CONVERT(${column} USING utf8mb4), '')`).join(', ');
      const sql = `SELECT UNHEX(LEFT(SHA2(CONCAT_WS(CHAR(31 USING utf8mb4), ${text}), 256), 32)) FROM \`user\` u
        STRAIGHT_JOIN directory_link l ON l.name = u.name AND l.organization = u.owner AND l.kind = 'user'`;
      return ((await connection.query({ sql, rowsAsArray: true }))[0] as unknown[]).length;
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
