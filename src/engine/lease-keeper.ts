import type { LeaseGrant } from '../identity/identity-store.ts';
import { LeaseError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import type { LeaseHolder, LeaseStore } from './run-store.ts';

/** Renews a lease while a run goes on, and ends the run when the lease is lost. */
export class LeaseKeeper {
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly grant: LeaseGrant,
    private readonly leases: LeaseStore,
    private readonly ttlMs: number,
    private readonly clock: () => Date,
  ) {
    this.#timer = setInterval(() => void this.#renew(), ttlMs / 3);
    this.#timer.unref();
  }

  /** Aborts with a LeaseError once somebody else may run. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.leases.release(this.grant);
  }

  async #renew(): Promise<void> {
    try {
      if (await this.leases.renew(this.grant, this.ttlMs, this.clock())) return;
      clearInterval(this.#timer);
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
