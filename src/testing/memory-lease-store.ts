import type { LeaseGrant } from '../identity/identity-store.ts';
import {
  revoked,
  type LeaseAnswer,
  type LeaseHolder,
  type LeaseRequest,
  type LeaseStore,
} from '../engine/ports/lease-store.ts';

interface Lease extends LeaseHolder {
  readonly token: string;
  readonly expiresMs: number;
}

/** Leases of one process, gone with it: for tests and for trying things out. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #leases = new Map<string, Lease>();
  readonly #clock: () => Date;
  #granted = 0;

  constructor(clock: () => Date = () => new Date()) {
    this.#clock = clock;
  }

  async acquire({ syncerId, runId, owner, ttlMs }: LeaseRequest): Promise<LeaseAnswer> {
    const now = this.#clock();
    const holder = this.#holder(syncerId);
    if (holder) return { holder };
    this.#granted += 1;
    const token = String(this.#granted);
    const since = now.toISOString();
    this.#leases.set(syncerId, { runId, owner, since, token, expiresMs: now.getTime() + ttlMs });
    return { grant: { syncerId, token }, since };
  }

  async renew(grant: LeaseGrant, ttlMs: number): Promise<boolean> {
    const lease = this.#leases.get(grant.syncerId);
    if (lease?.token !== grant.token) return false;
    this.#leases.set(grant.syncerId, { ...lease, expiresMs: this.#clock().getTime() + ttlMs });
    return true;
  }

  async release(grant: LeaseGrant): Promise<void> {
    if ((await this.holds(grant)) || (await this.isRevoked(grant))) this.#leases.delete(grant.syncerId);
  }

  async revoke(runId: string): Promise<boolean> {
    for (const [syncerId, lease] of this.#leases) {
      if (lease.runId !== runId || lease.expiresMs <= this.#clock().getTime()) continue;
      this.#leases.set(syncerId, { ...lease, token: revoked(lease.token) });
      return true;
    }
    return false;
  }

  async isRevoked(grant: LeaseGrant): Promise<boolean> {
    return this.#leases.get(grant.syncerId)?.token === revoked(grant.token);
  }

  async holder(syncerId: string): Promise<LeaseHolder | undefined> {
    return this.#holder(syncerId);
  }

  async holders(): Promise<readonly LeaseHolder[]> {
    return [...this.#leases.keys()].flatMap((syncerId) => this.#holder(syncerId) ?? []);
  }

  async evict(runId: string): Promise<void> {
    for (const [syncerId, lease] of this.#leases) if (lease.runId === runId) this.#leases.delete(syncerId);
  }

  /** Whether nobody took the lease over since it was granted: what a store asks before each page. */
  async holds(grant: LeaseGrant): Promise<boolean> {
    return this.#leases.get(grant.syncerId)?.token === grant.token;
  }

  /** Answers at once, so that nobody comes in between the question and the answer. */
  #holder(syncerId: string): LeaseHolder | undefined {
    const lease = this.#leases.get(syncerId);
    if (!lease || lease.expiresMs <= this.#clock().getTime()) return undefined;
    return { owner: lease.owner, since: lease.since, runId: lease.runId };
  }
}
