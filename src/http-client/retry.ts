/** Waiting times before a call is repeated. */
export interface Backoff {
  /** Upper bound of the first wait; each further one doubles. */
  readonly baseMs: number;
  readonly capMs: number;
  /** Never wait less than this. */
  readonly floorMs: number;
}

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
