import { woken } from './event-loop.ts';

/** Bytes of answers that may be in memory at one time, over all runs and tests of a process. */
const PROCESS_BYTES = 128 * 1_048_576;

/** The beginning of an answer waits for nobody: tokens and refusals come while large answers fill the budget. */
const FREE_BYTES = 64 * 1_024;

/** What one answer has of the budget. */
export class ByteShare {
  readonly #budget: ByteBudget;
  bytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /**
   * Resolves when there is room for so many more bytes, or when the signal aborts.
   *
   * @param signal asked for by whoever has to wait: nearly nobody does, and a signal for each call is dear
   */
  async grow(bytes: number, signal: () => AbortSignal): Promise<void> {
    await this.#budget.take(this, bytes, signal);
  }

  /** To be called when nothing of the answer is needed any more. */
  clear(): void {
    this.#budget.giveBack(this);
  }
}

/**
 * One answer may be large, and eight of that size at once would fill the memory: calls wait for each other here, with
 * their connections paused. The oldest never waits, or answers that are each half read would wait for ever.
 */
export class ByteBudget {
  readonly #most: number;
  #used = 0;
  /** In the order in which they began. */
  readonly #shares = new Set<ByteShare>();
  readonly #waiting = new Set<() => void>();

  constructor(most: number = PROCESS_BYTES) {
    this.#most = most;
  }

  get used(): number {
    return this.#used;
  }

  open(): ByteShare {
    return new ByteShare(this);
  }

  async take(share: ByteShare, bytes: number, signal: () => AbortSignal): Promise<void> {
    this.#shares.add(share);
    const waits = (): boolean =>
      share.bytes + bytes > FREE_BYTES && this.#used + bytes > this.#most && !this.#isOldest(share);
    if (waits()) {
      const given = signal();
      while (!given.aborted && waits()) await woken(this.#waiting, given);
    }
    // Counted also for one who gave up: what it holds so far is given back all the same.
    share.bytes += bytes;
    this.#used += bytes;
  }

  giveBack(share: ByteShare): void {
    this.#shares.delete(share);
    this.#used -= share.bytes;
    share.bytes = 0;
    for (const wake of this.#waiting) wake();
  }

  #isOldest(share: ByteShare): boolean {
    const [oldest] = this.#shares;
    return oldest === share;
  }
}

export const processBytes = new ByteBudget();
