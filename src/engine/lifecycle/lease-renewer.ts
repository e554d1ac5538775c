import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { LeaseStore } from '../ports/lease-store.ts';
import { LEASE_LOST } from '../reasons.ts';

/** Renews a lease while a run goes on, and ends the run when the lease is lost. */
export class LeaseRenewer {
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
