import { woken } from '../../http-client/event-loop.ts';
import { throwIfAborted } from '../../syncer/errors.ts';

/** Calls in flight, at most; the number goes down when WeCom says that they are too many, and stays down for the run. */
export class AdaptiveLimiter {
  #limit: number;
  #active = 0;
  #lowerings = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = Math.max(1, Math.floor(limit));
  }

  get limit(): number {
    return this.#limit;
  }

  /** Taken before a call; given to `lower`, so that eight refusals of one moment count once. */
  get lowerings(): number {
    return this.#lowerings;
  }

  /** Halves the limit, unless that was done already since the refused call began. */
  lower(lowerings: number): void {
    if (lowerings !== this.#lowerings) return;
    this.#lowerings += 1;
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
  }

  /**
   * @returns the release, to be called once
   * @throws CancelledError when the signal aborts, also while waiting
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    throwIfAborted(signal);
    while (this.#active >= this.#limit) {
      await this.#turn(signal);
      throwIfAborted(signal);
    }
    this.#active += 1;
    return () => {
      this.#active -= 1;
      this.#wakeOne();
    };
  }

  async #turn(signal: AbortSignal): Promise<void> {
    await woken(this.#waiting, signal);
    // Whoever was woken and aborted at once must hand the turn on.
    if (signal.aborted) this.#wakeOne();
  }

  #wakeOne(): void {
    const [first] = this.#waiting;
    if (first && this.#active < this.#limit) first();
  }
}
