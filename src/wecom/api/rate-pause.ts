import type { Clock } from '../../http-client/clock.ts';

/**
 * Stops every call of a run while WeCom blocks it (45009). A block counts per company and API, and calling on while it
 * lasts can prolong it, so one refusal stops all.
 */
export class RatePause {
  readonly #clock: Clock;
  readonly #maxPauses: number;
  #opensAt = 0;
  #pauses = 0;
  #fruitless = false;

  /** @param maxPauses how often a run may be stopped before it gives up; 0 = at the first refusal */
  constructor(clock: Clock, maxPauses: number) {
    this.#clock = clock;
    this.#maxPauses = maxPauses;
  }

  /** Taken before a call, given back with its outcome: refusals of calls that began before the pause are no news. */
  get pauses(): number {
    return this.#pauses;
  }

  /** @throws CancelledError when the signal aborts meanwhile */
  async pass(signal: AbortSignal): Promise<void> {
    for (let left = this.#left(); left > 0; left = this.#left()) await this.#clock.sleep(left, signal);
  }

  /** A call that began after the last pause got through: a later block is a new one. */
  succeeded(pauses: number): void {
    if (pauses === this.#pauses) this.#fruitless = false;
  }

  /** @returns false when waiting makes no more sense: the pause before this one did not help */
  close(pauses: number, pauseMs: number): boolean {
    if (pauses !== this.#pauses) return true;
    if (this.#fruitless || this.#pauses >= this.#maxPauses) return false;
    this.#pauses += 1;
    this.#fruitless = true;
    this.#opensAt = this.#clock.now() + pauseMs;
    return true;
  }

  #left(): number {
    return this.#opensAt - this.#clock.now();
  }
}
