import { setImmediate } from 'node:timers/promises';
import { QueryFailedError, type EntityManager, type QueryResult, type QueryRunner } from 'typeorm';
import { qualified, type Dialect } from './dialect.ts';
import type { Statement } from './statement.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The values of one row, in the order of the columns that were asked for. */
export type RowValues = readonly unknown[];

// The parts of the drivers that TypeORM has no word for.

interface SqliteStatement {
  run(values: readonly unknown[]): { readonly changes: number };
  raw(): { all(values: readonly unknown[]): RowValues[] };
}

/**
 * A page of hundreds of accounts takes SQLite 70 milliseconds and more, in which no call to the directory would begin and
 * nobody who asks the host something would be answered.
 */
const LONGEST_TURN_MS = 8;

const NOTHING: readonly unknown[] = [];

interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
}

interface PostgresConnection {
  query(query: {
    readonly text: string;
    readonly values: readonly unknown[];
    readonly rowMode: 'array';
  }): Promise<{ readonly rows: RowValues[] }>;
}

interface MysqlQuery {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly rowsAsArray: true;
}

interface MysqlConnection {
  query(query: MysqlQuery, done: (error: Error | null, rows: RowValues[]) => void): void;
  query(query: MysqlQuery): Rows<'result', 'error', 'end'>;
}

/** What tells of rows as they arrive, and keeps none of them. */
interface Rows<Row extends string, Failure extends string, End extends string> {
  on(event: Row, listener: (row: RowValues) => void): this;
  on(event: Failure, listener: (error: Error) => void): this;
  on(event: End, listener: () => void): this;
}

interface PostgresDriver {
  readonly postgres: {
    readonly Query: new (query: Parameters<PostgresConnection['query']>[0]) => Rows<'row', 'error', 'end'>;
  };
}

/** One connection for the length of one transaction or one read. */
export class Session {
  #open = true;

  constructor(
    /** TypeORM's view of the same connection, for everything that is not bulk work. */
    readonly manager: EntityManager,
    readonly dialect: Dialect,
    /** Of PostgreSQL; undefined: where the connection looks by itself. */
    readonly schema?: string,
    /** SQLite: nobody else in this process uses the file, so others may have their turn in the middle of a page. */
    private readonly yields: boolean = false,
  ) {}

  /** A table's name for a statement. */
  table(name: string): string {
    return qualified(this.dialect, this.schema, name);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  close(): void {
    this.#open = false;
  }

  async select(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const { records } = await this.#query(sql, parameters);
    return records as readonly Row[];
  }

  /** Rows without names: the quicker way for many rows, since no driver has to make an object of each. */
  async selectValues(sql: string, parameters: readonly unknown[]): Promise<readonly RowValues[]> {
    const connection: unknown = await this.#runner().connect();
    try {
      return await SELECT_VALUES[this.dialect](connection, sql, parameters);
    } catch (error) {
      // What TypeORM would make of it, so that whoever translates errors knows one kind.
      throw error instanceof Error ? new QueryFailedError(sql, [], error) : error;
    }
  }

  /**
   * The same on a server for more rows than should be kept: each is handed over as it arrives.
   *
   * @param take must not throw
   */
  async streamValues(sql: string, parameters: readonly unknown[], take: (row: RowValues) => void): Promise<void> {
    const connection: unknown = await this.#runner().connect();
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(new QueryFailedError(sql, [], error));
      if (this.dialect === 'postgres') {
        const { postgres } = this.manager.connection.driver as unknown as PostgresDriver;
        const query = new postgres.Query({ text: sql, values: parameters, rowMode: 'array' });
        query.on('row', take).on('error', fail).on('end', resolve);
        (connection as { query(query: unknown): void }).query(query);
      } else {
        const query = (connection as MysqlConnection).query({ sql, values: parameters, rowsAsArray: true });
        query.on('result', take).on('error', fail).on('end', resolve);
      }
    });
  }

  /** Answers how many rows matched. */
  async execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    const { affected } = await this.#query(sql, parameters);
    return affected ?? 0;
  }

  /**
   * SQLite only: one prepared statement for many rows. It runs inside this process, so a statement per row costs no
   * round trip, and unlike one for all rows it need not be compiled anew for every number of them.
   *
   * @returns how many rows matched
   */
  async executeEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<number> {
    const connection = (await this.#runner().connect()) as SqliteConnection;
    const statement = prepared(connection, sql);
    let affected = 0;
    let turnMs = performance.now();
    for (const row of rows) {
      affected += statement.run(bound(row)).changes;
      if (!this.yields || performance.now() - turnMs < LONGEST_TURN_MS) continue;
      await setImmediate();
      turnMs = performance.now();
    }
    return affected;
  }

  /** Some statements in turn; answers how many rows each matched. */
  async executeInTurn(statements: readonly Statement[]): Promise<readonly number[]> {
    const matched: number[] = [];
    for (const { sql, parameters, unlessMatched } of statements) {
      const isDone = unlessMatched === true && (matched.at(-1) ?? 0) > 0;
      matched.push(isDone ? 0 : await this.execute(sql, parameters));
    }
    return matched;
  }

  /**
   * SQLite only, outside of a transaction: the same as one transaction that holds the file as long as the statements
   * take, and no moment longer. Whoever writes beside us and waits for no lock is refused that long.
   *
   * @param seeksGap waits for the end of a stranger's write, if there was one lately: he will not write at once again
   */
  async executeTogether(statements: readonly Statement[], seeksGap: boolean): Promise<readonly number[]> {
    const connection = (await this.#runner().connect()) as SqliteConnection;
    let at = 'BEGIN IMMEDIATE';
    try {
      const [begin, commit] = [prepared(connection, at), prepared(connection, 'COMMIT')];
      const steps = statements.map(({ sql, parameters, unlessMatched }) => {
        at = sql;
        return { sql, statement: prepared(connection, sql), values: bound(parameters), unlessMatched };
      });
      if (seeksGap) awaitGap(connection);
      at = 'BEGIN IMMEDIATE';
      begin.run(NOTHING);
      const matched: number[] = [];
      try {
        for (const { sql, statement, values, unlessMatched } of steps) {
          at = sql;
          const isDone = unlessMatched === true && (matched.at(-1) ?? 0) > 0;
          matched.push(isDone ? 0 : statement.run(values).changes);
        }
        at = 'COMMIT';
        commit.run(NOTHING);
      } catch (error) {
        prepared(connection, 'ROLLBACK').run(NOTHING);
        throw error;
      }
      return matched;
    } catch (error) {
      throw error instanceof Error ? new QueryFailedError(at, [], error) : error;
    }
  }

  #runner(): QueryRunner {
    const runner = this.manager.queryRunner;
    if (!runner || !this.#open) throw new Error('This database session has ended.');
    return runner;
  }

  async #query(sql: string, parameters: readonly unknown[]): Promise<QueryResult> {
    return await this.#runner().query(sql, [...parameters], true);
  }
}

/** better-sqlite3 takes no booleans. */
const bound = (values: readonly unknown[]): readonly unknown[] =>
  values.map((value) => (typeof value === 'boolean' ? Number(value) : value));

/** What SQLite said of others' writes when we wrote last, by connection. */
const versions = new WeakMap<SqliteConnection, unknown>();
const LONGEST_GAP_MS = 3;

/**
 * Returns right behind a write of another connection, where there was one since our last; at once where nobody else
 * writes, and after a few milliseconds in any case. It asks without a break, since a timer is no shorter than the gap.
 */
function awaitGap(connection: SqliteConnection): void {
  const statement = prepared(connection, 'PRAGMA data_version').raw();
  const version = (): unknown => statement.all(NOTHING)[0]?.[0];
  const before = version();
  let now = before;
  if (before !== versions.get(connection)) {
    const until = performance.now() + LONGEST_GAP_MS;
    while (now === before && performance.now() < until) now = version();
  }
  versions.set(connection, now);
}

/** By connection and text; SQLite itself prepares them anew when a table changed. */
const statements = new WeakMap<SqliteConnection, Map<string, SqliteStatement>>();

/** Of one connection: more than a run has, and each keeps a few kilobytes. */
const MOST_STATEMENTS = 50;

/** Pages of a run ask for the same statements, and reading the text of a long one takes as long as twenty rows. */
function prepared(connection: SqliteConnection, sql: string): SqliteStatement {
  let known = statements.get(connection);
  if (!known) statements.set(connection, (known = new Map()));
  let statement = known.get(sql);
  if (statement) return statement;
  statement = connection.prepare(sql);
  const [oldest] = known.keys();
  if (oldest !== undefined && known.size >= MOST_STATEMENTS) known.delete(oldest);
  known.set(sql, statement);
  return statement;
}

const SELECT_VALUES: Readonly<
  Record<Dialect, (connection: unknown, sql: string, parameters: readonly unknown[]) => Promise<readonly RowValues[]>>
> = {
  sqlite: async (connection, sql, parameters) =>
    prepared(connection as SqliteConnection, sql)
      .raw()
      .all(parameters),
  postgres: async (connection, text, values) =>
    (await (connection as PostgresConnection).query({ text, values, rowMode: 'array' })).rows,
  mysql: (connection, sql, values) =>
    new Promise((resolve, reject) => {
      (connection as MysqlConnection).query({ sql, values, rowsAsArray: true }, (error, rows) => {
        if (error) reject(error);
        else resolve(rows);
      });
    }),
};
