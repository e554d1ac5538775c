import type { DataSource, EntitySubscriberInterface } from 'typeorm';

/** Longer than a page takes; a host never waits longer for one of ours. */
const LONGEST_TURN_MS = 5_000;

interface Nap {
  readonly wake: () => void;
  readonly tried: Promise<void>;
}

/** What turns need to know of whoever writes. */
export interface Writer {
  /** Ends with the transaction that is open now; undefined: none is. */
  readonly writing: Promise<unknown> | undefined;
  /** Whether the code that asks runs inside that transaction. */
  readonly isInside: boolean;
}

/**
 * SQLite has one writer, and a host that begins the next transaction in the moment in which the last one ends leaves no
 * gap that a try now and then could find. So we hear of the end of his transactions, and have our turn before he goes on;
 * and he waits for ours without standing still, which his driver would do with the whole process.
 */
export class HostTurns implements EntitySubscriberInterface {
  readonly #host: DataSource;
  readonly #writer: Writer;
  readonly #naps = new Set<Nap>();

  private constructor(host: DataSource, writer: Writer) {
    this.#host = host;
    this.#writer = writer;
  }

  static between(host: DataSource, writer: Writer): HostTurns {
    const turns = new HostTurns(host, writer);
    host.subscribers.push(turns);
    return turns;
  }

  /** Whether the host has a transaction open on his connection. */
  get isHostBusy(): boolean {
    return this.#host.isInitialized && this.#host.createQueryRunner().isTransactionActive;
  }

  /**
   * Waits until the host's transaction has ended, at most so many milliseconds, and then does something.
   */
  async after<T>(ms: number, work: () => Promise<T>): Promise<T> {
    let tried = (): void => undefined;
    const ended = new Promise<void>((resolve) => (tried = resolve));
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const nap: Nap = { wake, tried: ended };
    const timer = setTimeout(wake, ms);
    this.#naps.add(nap);
    await woken;
    clearTimeout(timer);
    this.#naps.delete(nap);
    try {
      return await work();
    } finally {
      tried();
    }
  }

  async beforeQuery(): Promise<void> {
    const { writing, isInside } = this.#writer;
    if (writing && !isInside) await within(LONGEST_TURN_MS, writing);
  }

  afterTransactionCommit(): Promise<void> {
    return this.#giveTurn();
  }

  afterTransactionRollback(): Promise<void> {
    return this.#giveTurn();
  }

  end(): void {
    const place = this.#host.subscribers.indexOf(this);
    if (place >= 0) this.#host.subscribers.splice(place, 1);
    for (const nap of this.#naps) nap.wake();
  }

  async #giveTurn(): Promise<void> {
    const naps = [...this.#naps];
    if (naps.length === 0) return;
    for (const nap of naps) nap.wake();
    await within(LONGEST_TURN_MS, Promise.all(naps.map(({ tried }) => tried)));
  }
}

async function within(ms: number, ending: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([ending, late]);
  } catch {
    // Whoever wrote is told himself.
  } finally {
    clearTimeout(timer);
  }
}
