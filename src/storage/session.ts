import type { EntityManager, QueryResult } from 'typeorm';
import type { Dialect } from './dialect.ts';

export type Row = Readonly<Record<string, unknown>>;

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

  async #query(sql: string, parameters: readonly unknown[]): Promise<QueryResult> {
    const runner = this.manager.queryRunner;
    if (!runner || !this.#open) throw new Error('This database session has ended.');
    return await runner.query(sql, [...parameters], true);
  }
}
