/** Waiting times before a call is repeated. */
export interface Backoff {
  /** Upper bound of the first wait; each further one doubles. */
  readonly baseMs: number;
  readonly capMs: number;
  /** Never wait less than this. */
  readonly floorMs: number;
}

/** System busy, conflicts, and transport failures. */
export const BACKOFF: Backoff = { baseMs: 1_000, capMs: 15_000, floorMs: 0 };

/** WeCom's figure for "too many at once" (45033) is one to three seconds. */
export const CONGESTION: Backoff = { baseMs: 3_000, capMs: 15_000, floorMs: 1_000 };

/**
 * Exponential backoff with full jitter: many syncers that failed together must not come back together.
 *
 * @param attempt 1 after the first failure
 * @param random a number in [0, 1)
 * @returns milliseconds
 */
export const backoffDelay = (backoff: Backoff, attempt: number, random: number): number => {
  const ceiling = Math.min(backoff.capMs, backoff.baseMs * 2 ** (attempt - 1));
  return backoff.floorMs + Math.round(random * Math.max(0, ceiling - backoff.floorMs));
};
