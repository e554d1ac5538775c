import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { UnavailableError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import { codeOf, isRetryable, translated } from './database-error.ts';
import { dialectOf, schemaOf, type Dialect } from './dialect.ts';
import { HostTurns } from './embedded/host-turns.ts';
import type { OwnConnection } from './embedded/own-connection.ts';
import { Session } from './session.ts';
import type { Statement } from './statement.ts';

/** In all, for whoever holds what we need: a transaction of somebody else, a row, the last free connection. */
const LONGEST_WAIT_MS = 30_000;
/** On SQLite a call that has waited that long for others of ours has tries of its own all the same. */
const FEWEST_TRIES = 3;
const LONGEST_PAUSE_MS = 500;
/** SQLite answers at once whether it is busy, and the file is free for moments only. */
const LONGEST_SQLITE_PAUSE_MS = 40;
/** A transaction of the host's that has not written may stay open beside ours; it gets so long to end before. */
const POLITE_MS = 5_000;

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

/** One try of a call. */
interface Try {
  /** It leaves a transaction of the host's alone. */
  readonly isPolite: boolean;
  /** SQLite: somebody else wrote between our reading and writing, which this one must not meet again. */
  readonly locksAtOnce: boolean;
}

/** Where the sessions of a transactor come from. */
interface Source {
  readonly host: DataSource;
  /** SQLite beside a host: a second connection to the same file. */
  readonly own?: OwnConnection;
}

/**
 * The single way to the database.
 *
 * SQLite has one connection, on which a statement of one flow would fall into the open transaction of another and be
 * rolled back with it; so there everything, reads too, takes its turn, and nothing of the host runs on it. The servers
 * give each transaction a connection of its own from the pool.
 *
 * Inside `transaction` and `read`, further calls join the session that is open: a store that is used within a
 * transaction takes part in it, and nobody waits for himself.
 */
export class Transactor {
  readonly dialect: Dialect;
  /** The PostgreSQL schema that the tables are in; undefined: where the connection looks by itself. */
  readonly schema: string | undefined;
  readonly #source: Source;
  readonly #turns = new Mutex();
  readonly #hostTurns: HostTurns | undefined;
  readonly #current = new AsyncLocalStorage<{ readonly session: Session; readonly writes: boolean }>();
  /** Every transaction has to say that it wants READ COMMITTED: a statement more for each of them. */
  #namesIsolation = true;
  /** PostgreSQL waits for a row without an end, unless each transaction says otherwise. */
  #limitsLocks = false;
  #writing: Promise<unknown> | undefined;

  private constructor(source: Source) {
    this.#source = source;
    this.dialect = dialectOf(source.host);
    this.schema = schemaOf(source.host);
    this.#hostTurns = source.own && HostTurns.between(source.host, this);
  }

  /** Over a connected data source; asks PostgreSQL whether its transactions are what we want by themselves. */
  static async over(host: DataSource, own?: OwnConnection): Promise<Transactor> {
    const transactor = new Transactor({ host, ...(own && { own }) });
    if (transactor.dialect === 'postgres') {
      await transactor.read(async (session) => {
        const [isolation] = await session.select('SHOW default_transaction_isolation');
        transactor.#namesIsolation = isolation?.['default_transaction_isolation'] !== 'read committed';
        const [locks] = await session.select('SHOW lock_timeout');
        transactor.#limitsLocks = locks?.['lock_timeout'] === '0';
      });
    }
    return transactor;
  }

  /** Closes what it opened itself; the host's DataSource stays as it is. */
  async close(): Promise<void> {
    this.#hostTurns?.end();
    if (this.#source.own) await this.#turns.run(() => this.#source.own?.close() ?? Promise.resolve());
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
    return this.#patiently((attempt) => this.#once(work, attempt));
  }

  /**
   * The same for writing that needs nothing but a few statements: on SQLite it holds the file only while they are
   * performed.
   *
   * @returns how many rows each matched
   */
  async writeBriefly(statements: readonly Statement[]): Promise<readonly number[]> {
    if (this.isInside || this.dialect !== 'sqlite') {
      return this.transaction((session) => session.executeInTurn(statements));
    }
    return this.#patiently(async ({ isPolite }) => {
      if (isPolite && this.#hostTurns?.isHostBusy) throw HOST_BUSY;
      // Beside a host, who shares this very thread, waiting would only keep him from going on.
      const seeksGap = !this.#hostTurns;
      return this.#withRunner((runner) =>
        this.#within(runner, true, (session) => session.executeTogether(statements, seeksGap)),
      );
    });
  }

  /**
   * Reads outside of any transaction (or inside the one that is open), each statement seeing what is stored by then.
   * A busy database is asked again, so `work` must be repeatable.
   *
   * @throws UnavailableError when the database does not answer or stays busy
   */
  async read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const outer = this.#current.getStore();
    if (outer?.session.isOpen) return work(outer.session);
    return this.#patiently(() => this.#withRunner((runner) => this.#within(runner, false, work)));
  }

  /** Tries again what met a deadlock or a busy database, for a bounded time; between two tries everybody else has a turn. */
  async #patiently<T>(work: (attempt: Try) => Promise<T>): Promise<T> {
    const began = performance.now();
    const waited = (): number => performance.now() - began;
    let locksAtOnce = false;
    const tryOnce = (): Promise<T> => this.#withTurn(() => work({ isPolite: waited() < POLITE_MS, locksAtOnce }));
    for (let tries = 1; ; tries++) {
      try {
        return await (tries === 1 ? tryOnce() : this.#afterPause(tries, tryOnce));
      } catch (error) {
        locksAtOnce ||= codeOf(error) === 'SQLITE_BUSY_SNAPSHOT';
        // On a server a single try may wait for a lock as long as all of them are meant to take.
        const isOver = waited() >= LONGEST_WAIT_MS && (this.dialect !== 'sqlite' || tries >= FEWEST_TRIES);
        if (isOver || !isRetryable(error)) throw translated(error);
      }
    }
  }

  /** Ends with the transaction that is open beside a host's; undefined: none is. */
  get writing(): Promise<unknown> | undefined {
    return this.#writing;
  }

  /** Whether whoever asks is within a transaction or a read. */
  get isInside(): boolean {
    return this.#current.getStore()?.session.isOpen ?? false;
  }

  async #afterPause<T>(tries: number, work: () => Promise<T>): Promise<T> {
    const longest = this.dialect === 'sqlite' ? LONGEST_SQLITE_PAUSE_MS : LONGEST_PAUSE_MS;
    // Full jitter: two transactions that blocked each other do not meet again.
    const ms = Math.random() * Math.min(longest, 10 * 2 ** tries);
    if (this.#hostTurns) return this.#hostTurns.after(ms, work);
    await sleep(ms);
    return work();
  }

  #withTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.dialect === 'sqlite' ? this.#turns.run(work) : work();
  }

  async #withRunner<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const { own, host } = this.#source;
    const runner = (own ? await own.dataSource() : host).createQueryRunner();
    await connected(runner);
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }

  async #within<T>(runner: QueryRunner, writes: boolean, work: (session: Session) => Promise<T>): Promise<T> {
    // A host who writes in between, without waiting for us, would stand still with the whole process.
    const session = new Session(runner.manager, this.dialect, this.schema, !this.#hostTurns);
    try {
      return await this.#current.run({ session, writes }, () => work(session));
    } finally {
      session.close();
    }
  }

  #once<T>(work: (session: Session) => Promise<T>, { isPolite, locksAtOnce }: Try): Promise<T> {
    if (isPolite && this.#hostTurns?.isHostBusy) return Promise.reject(HOST_BUSY);
    const once = this.#withRunner(async (runner) => {
      await this.#begin(runner, locksAtOnce);
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
    if (!this.#hostTurns) return once;
    const writing = once.finally(() => {
      if (this.#writing === writing) this.#writing = undefined;
    });
    this.#writing = writing;
    return writing;
  }

  /**
   * On SQLite the write lock is taken by the first write: whoever shares the file, such as an IAM, is not held up by a
   * page of a run that has nothing to write.
   */
  async #begin(runner: QueryRunner, locksAtOnce: boolean): Promise<void> {
    if (this.dialect !== 'sqlite') {
      // MySQL's default would show the past to whoever waited for a lock; READ COMMITTED also takes no gap locks.
      await runner.startTransaction(this.#namesIsolation ? 'READ COMMITTED' : undefined);
      if (this.#limitsLocks) await runner.query(`SET LOCAL lock_timeout = ${LONGEST_WAIT_MS}`);
      return;
    }
    await runner.startTransaction();
    // Beside a host's own transactions, which would only notice ours when they write.
    if (!locksAtOnce && !this.#source.own) return;
    try {
      // A write that touches nothing takes the lock now, as BEGIN IMMEDIATE would.
      await runner.query('DELETE FROM "sync_lease" WHERE 0');
    } catch (error) {
      await runner.rollbackTransaction();
      throw error;
    }
  }
}

/** As SQLite itself says it, where the host's transaction would only notice ours when it writes. */
const HOST_BUSY = Object.assign(new Error('The host has a transaction open.'), { code: 'SQLITE_BUSY' });

/**
 * A pool that is in use up to its last connection would let us wait without an end.
 *
 * @throws UnavailableError when no connection becomes free
 */
async function connected(runner: QueryRunner): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const connecting: Promise<unknown> = runner.connect();
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      connecting.then(() => runner.release()).catch(() => undefined);
      reject(NO_CONNECTION);
    }, LONGEST_WAIT_MS);
  });
  try {
    await Promise.race([connecting, late]);
  } finally {
    clearTimeout(timer);
  }
}

const NO_CONNECTION = new UnavailableError(
  text('No connection to the database became free within 30 seconds.', '30 秒内没有可用的数据库连接。'),
  {
    remedy: text(
      'Give the pool more connections, and do not wait for a sync inside a transaction of your own.',
      '请增大连接池，并且不要在自己的事务中等待同步。',
    ),
  },
);
