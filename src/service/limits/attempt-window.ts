/** How long tries are counted together. */
export const WINDOW_MS = 15 * 60_000;

/** A flood from everywhere at once forgets the oldest, so that it takes no more memory than this. */
const MOST_KEYS = 100_000;

interface Count {
  times: number;
  readonly endsAt: number;
}

/** Counts things per key within a time that begins with the first of them. Nothing in it waits, so nothing slips between. */
export class AttemptWindow {
  readonly most: number;
  readonly #lengthMs: number;
  /** In the order in which they began, which is the order in which they end. */
  readonly #counts = new Map<string, Count>();

  constructor(most: number, lengthMs: number) {
    this.most = most;
    this.#lengthMs = lengthMs;
  }

  /** Milliseconds until there is room again; 0 = there is. */
  waitMs(key: string): number {
    const count = this.#current(key);
    return count && count.times >= this.most ? count.endsAt - Date.now() : 0;
  }

  /** @returns how many there are now */
  add(key: string): number {
    this.#forgetOld();
    const count = this.#current(key) ?? { times: 0, endsAt: Date.now() + this.#lengthMs };
    count.times += 1;
    this.#counts.set(key, count);
    return count.times;
  }

  takeBack(key: string): void {
    const count = this.#current(key);
    if (count && count.times > 0) count.times -= 1;
  }

  forget(key: string): void {
    this.#counts.delete(key);
  }

  #current(key: string): Count | undefined {
    const count = this.#counts.get(key);
    if (!count || count.endsAt > Date.now()) return count;
    this.#counts.delete(key);
    return undefined;
  }

  #forgetOld(): void {
    for (const [key, { endsAt }] of this.#counts) {
      if (endsAt > Date.now() && this.#counts.size < MOST_KEYS) return;
      this.#counts.delete(key);
    }
  }
}
