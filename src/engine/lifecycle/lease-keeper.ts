import type { LeaseGrant } from '../../identity/identity-store.ts';
import { LeaseError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import type { LeaseHolder, LeaseStore } from '../ports/run-store.ts';

/** Renews a lease while a run goes on, and ends the run when the lease is lost. */
export class LeaseKeeper {
  readonly grant: LeaseGrant;
  readonly #leases: LeaseStore;
  readonly #ttlMs: number;
  readonly #sinceMs: number;
  readonly #takenAt = performance.now();
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param taken what the store granted a moment ago */
  constructor(taken: { readonly grant: LeaseGrant; readonly since: string }, leases: LeaseStore, ttlMs: number) {
    this.grant = taken.grant;
    this.#leases = leases;
    this.#ttlMs = ttlMs;
    this.#sinceMs = Date.parse(taken.since);
    this.#timer = setInterval(() => void this.#renew(), ttlMs / 3);
    this.#timer.unref();
  }

  /** Aborts with a LeaseError once somebody else may run. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * The time on the store's clock, RFC 3339, as far as can be told without asking: also when the store is away, and
   * however often this process's own clock was set meanwhile.
   */
  now(): string {
    return new Date(this.#sinceMs + performance.now() - this.#takenAt).toISOString();
  }

  /** Renews no more: a lease that cannot be given back runs out. */
  stop(): void {
    clearInterval(this.#timer);
  }

  async release(): Promise<void> {
    this.stop();
    await this.#leases.release(this.grant);
  }

  async #renew(): Promise<void> {
    try {
      if (await this.#leases.renew(this.grant, this.#ttlMs)) return;
      this.stop();
      this.#lost.abort(LEASE_LOST);
    } catch {
      // The database is away: the next renewal may succeed, and until then each page checks the lease by itself.
    }
  }
}

const LEASE_LOST = new LeaseError(
  text(
    'Another process took over this syncer; this run wrote nothing more.',
    '其他进程已接管此同步器；本次同步不再写入。',
  ),
);

/** The refusal that a second run gets. */
export const leaseTaken = (holder: LeaseHolder): LeaseError =>
  new LeaseError(
    text(
      `A run of this syncer goes on in ${holder.owner} since ${holder.since}.`,
      `此同步器正在 ${holder.owner} 中运行，开始于 ${holder.since}。`,
    ),
    { remedy: text('Wait for it to end, or cancel it.', '请等待其结束，或先取消。') },
  );
