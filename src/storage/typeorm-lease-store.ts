import { randomUUID } from 'node:crypto';
import { LessThanOrEqual, MoreThan } from 'typeorm';
import type { LeaseHolder, LeaseStore } from '../engine/run-store.ts';
import type { LeaseGrant } from '../identity/identity-store.ts';
import type { Database } from './database.ts';
import { LeaseRow } from './entities/index.ts';

/** One row per syncer, taken by a conditional UPDATE: the last word on who runs, whatever a queue believes. */
export class TypeormLeaseStore implements LeaseStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async acquire(
    request: { readonly syncerId: string; readonly runId: string; readonly owner: string; readonly ttlMs: number },
    now: Date,
  ): Promise<{ readonly grant: LeaseGrant } | { readonly holder: LeaseHolder }> {
    const { syncerId, runId, owner, ttlMs } = request;
    const token = randomUUID();
    const lease = { runId, owner, since: now.toISOString(), token, expiresMs: now.getTime() + ttlMs };
    return this.#database.transaction(async ({ manager }) => {
      const { affected } = await manager.update(
        LeaseRow,
        { syncerId, expiresMs: LessThanOrEqual(now.getTime()) },
        lease,
      );
      if (!affected) {
        // Inserts nothing where there is a row, also one that another process inserts at this moment.
        await manager
          .createQueryBuilder()
          .insert()
          .into(LeaseRow)
          .values({ syncerId, ...lease })
          .orIgnore()
          .execute();
      }
      const row = await manager.findOneByOrFail(LeaseRow, { syncerId });
      return row.token === token ? { grant: { syncerId, token } } : { holder: toHolder(row) };
    });
  }

  async renew(grant: LeaseGrant, ttlMs: number, now: Date): Promise<boolean> {
    return this.#database.transaction(async ({ manager }) => {
      const { affected } = await manager.update(
        LeaseRow,
        { syncerId: grant.syncerId, token: grant.token },
        { expiresMs: now.getTime() + ttlMs },
      );
      return affected === 1;
    });
  }

  async release(grant: LeaseGrant): Promise<void> {
    await this.#database.transaction(({ manager }) =>
      manager.delete(LeaseRow, { syncerId: grant.syncerId, token: grant.token }),
    );
  }

  async holder(syncerId: string, now: Date): Promise<LeaseHolder | undefined> {
    const row = await this.#database.read(({ manager }) => manager.findOneBy(LeaseRow, { syncerId }));
    return row && row.expiresMs > now.getTime() ? toHolder(row) : undefined;
  }

  async holders(now: Date): Promise<readonly LeaseHolder[]> {
    const rows = await this.#database.read(({ manager }) =>
      manager.findBy(LeaseRow, { expiresMs: MoreThan(now.getTime()) }),
    );
    return rows.map(toHolder);
  }

  async evict(runId: string): Promise<void> {
    await this.#database.transaction(({ manager }) => manager.delete(LeaseRow, { runId }));
  }
}

const toHolder = (row: LeaseRow): LeaseHolder => ({ owner: row.owner, since: row.since, runId: row.runId });
