import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { isRetryable, translated } from './database-error.ts';
import { dialectOf, type Dialect } from './dialect.ts';
import { Session } from './session.ts';

const ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 500;

/** One at a time, in order of arrival. */
class Mutex {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work);
    // The next one waits for the end of this one, however it ends.
    this.#tail = turn.catch(() => undefined);
    return turn;
  }
}

/**
 * The single way to the database.
 *
 * SQLite has one connection, on which a statement of one flow would fall into the open transaction of another and be
 * rolled back with it; so there everything, reads too, takes its turn. The servers give each transaction a
 * connection of its own from the pool.
 *
 * Inside `transaction` and `read`, further calls join the session that is open: a store that is used within a
 * transaction takes part in it, and nobody waits for himself.
 */
export class Transactor {
  readonly dialect: Dialect;
  readonly #dataSource: DataSource;
  readonly #turns = new Mutex();
  readonly #current = new AsyncLocalStorage<{ readonly session: Session; readonly writes: boolean }>();
  /** Every transaction has to say that it wants READ COMMITTED: a statement more for each of them. */
  #namesIsolation = true;

  private constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
    this.dialect = dialectOf(dataSource);
  }

  /** Over a connected data source; asks PostgreSQL whether its transactions are what we want by themselves. */
  static async over(dataSource: DataSource): Promise<Transactor> {
    const transactor = new Transactor(dataSource);
    if (transactor.dialect === 'postgres') {
      const [row] = await transactor.read((session) => session.select('SHOW default_transaction_isolation'));
      transactor.#namesIsolation = row?.['default_transaction_isolation'] !== 'read committed';
    }
    return transactor;
  }

  /**
   * Stores all that `work` wrote, or nothing when it throws. Deadlocks and a busy database are tried again, so `work`
   * must be repeatable: it keeps nothing outside the database from one try to the next, and it waits for nothing
   * but the database, since on SQLite everybody else waits for it.
   *
   * @throws WriteConflictError when a key exists or a value does not fit
   * @throws UnavailableError when the database does not answer or stays busy
   */
  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const outer = this.#current.getStore();
    if (outer?.session.isOpen) {
      if (!outer.writes) throw new Error('A transaction cannot begin inside a read.');
      return work(outer.session);
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#withTurn(() => this.#once(work));
      } catch (error) {
        if (attempt >= ATTEMPTS || !isRetryable(error)) throw translated(error);
        // Full jitter: two transactions that blocked each other do not meet again.
        await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 20 * 2 ** attempt));
      }
    }
  }

  /** Reads outside of any transaction (or inside the one that is open), each statement seeing what is stored by then. */
  async read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const outer = this.#current.getStore();
    if (outer?.session.isOpen) return work(outer.session);
    try {
      return await this.#withTurn(() => this.#withRunner((runner) => this.#within(runner, false, work)));
    } catch (error) {
      throw translated(error);
    }
  }

  #withTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.dialect === 'sqlite' ? this.#turns.run(work) : work();
  }

  async #withRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.#dataSource.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }

  async #within<T>(runner: QueryRunner, writes: boolean, work: (session: Session) => Promise<T>): Promise<T> {
    const session = new Session(runner.manager, this.dialect);
    try {
      return await this.#current.run({ session, writes }, () => work(session));
    } finally {
      session.close();
    }
  }

  #once<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#withRunner(async (runner) => {
      await this.#begin(runner);
      try {
        const result = await this.#within(runner, true, work);
        await runner.commitTransaction();
        return result;
      } catch (error) {
        // A broken connection cannot roll back; the server does it. What failed first is what matters.
        if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
    });
  }

  async #begin(runner: QueryRunner): Promise<void> {
    if (this.dialect !== 'sqlite') {
      // MySQL's default would show the past to whoever waited for a lock; READ COMMITTED also takes no gap locks.
      await runner.startTransaction(this.#namesIsolation ? 'READ COMMITTED' : undefined);
      return;
    }
    await runner.startTransaction();
    try {
      // A write that touches nothing takes the write lock now, as BEGIN IMMEDIATE would: a transaction that has read
      // before it writes would otherwise fail for good when another process wrote in between.
      await runner.query('DELETE FROM "sync_lease" WHERE 0');
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  }
}
