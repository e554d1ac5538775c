import type { EntityManager, QueryResult, QueryRunner } from 'typeorm';
import type { Dialect } from './dialect.ts';

export type Row = Readonly<Record<string, unknown>>;

/** The part of better-sqlite3 that TypeORM has no word for. */
interface SqliteConnection {
  prepare(sql: string): { run(values: readonly unknown[]): { readonly changes: number } };
}

/** One connection for the length of one transaction or one read. */
export class Session {
  #open = true;

  constructor(
    /** TypeORM's view of the same connection, for everything that is not bulk work. */
    readonly manager: EntityManager,
    readonly dialect: Dialect,
  ) {}

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
    const statement = connection.prepare(sql);
    let affected = 0;
    // better-sqlite3 takes no booleans.
    for (const row of rows)
      affected += statement.run(row.map((value) => (typeof value === 'boolean' ? Number(value) : value))).changes;
    return affected;
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
