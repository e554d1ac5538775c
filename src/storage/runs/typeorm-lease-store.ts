import { randomUUID } from 'node:crypto';
import { In } from 'typeorm';
import {
  revoked,
  type LeaseAnswer,
  type LeaseHolder,
  type LeaseRequest,
  type LeaseStore,
} from '../../engine/ports/lease-store.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import { CLOCK_MS, readClock } from '../database-clock.ts';
import type { Database } from '../database.ts';
import { LeaseRow } from '../entities/index.ts';

/** One row per syncer, taken by a conditional UPDATE: the last word on who runs, whatever a queue or a clock believes. */
export class TypeormLeaseStore implements LeaseStore {
  readonly #database: Database;
  readonly #clockMs: string;
  /** For a column: that clock, and the parameter `ttlMs` more. */
  readonly #expiryMs: string;

  constructor(database: Database) {
    this.#database = database;
    this.#clockMs = CLOCK_MS[database.dialect];
    this.#expiryMs = `${this.#clockMs} + :ttlMs`;
  }

  async acquire(request: LeaseRequest): Promise<LeaseAnswer> {
    for (;;) {
      const answer = await this.#take(request);
      if (answer) return answer;
    }
  }

  /** Undefined: whoever had it gave it back at this very moment. */
  #take({ syncerId, runId, owner, ttlMs }: LeaseRequest): Promise<LeaseAnswer | undefined> {
    const token = randomUUID();
    return this.#database.transaction(async (session) => {
      const { manager } = session;
      const since = (await readClock(session)).toISOString();
      const lease = { runId, owner, since, token, expiresMs: () => this.#expiryMs };
      const { affected } = await manager
        .createQueryBuilder()
        .update(LeaseRow)
        .set(lease)
        .where(`syncer_id = :syncerId AND expires_ms <= ${this.#clockMs}`, { syncerId, ttlMs })
        .execute();
      if (!affected) {
        // Inserts nothing where there is a row, also one that another process inserts at this moment.
        await manager
          .createQueryBuilder()
          .insert()
          .into(LeaseRow)
          .values({ syncerId, ...lease })
          .setParameters({ ttlMs })
          .orIgnore()
          .execute();
      }
      const row = await manager.findOneBy(LeaseRow, { syncerId });
      if (row?.token === token) return { grant: { syncerId, token }, since };
      return row ? { holder: toHolder(row) } : undefined;
    });
  }

  async renew({ syncerId, token }: LeaseGrant, ttlMs: number): Promise<boolean> {
    return this.#database.transaction(async ({ manager }) => {
      const { affected } = await manager
        .createQueryBuilder()
        .update(LeaseRow)
        .set({ expiresMs: () => this.#expiryMs })
        .where('syncer_id = :syncerId AND token = :token', { syncerId, token, ttlMs })
        .execute();
      return affected === 1;
    });
  }

  async release({ syncerId, token }: LeaseGrant): Promise<void> {
    await this.#database.transaction(({ manager }) =>
      manager.delete(LeaseRow, { syncerId, token: In([token, revoked(token)]) }),
    );
  }

  async revoke(runId: string): Promise<boolean> {
    return this.#database.transaction(async ({ manager }) => {
      const row = await manager
        .createQueryBuilder(LeaseRow, 'l')
        .where({ runId })
        .andWhere(`l.expires_ms > ${this.#clockMs}`)
        .getOne();
      if (!row) return false;
      const { syncerId, token } = row;
      const { affected } = await manager.update(LeaseRow, { syncerId, token }, { token: revoked(token) });
      return affected === 1;
    });
  }

  async isRevoked({ syncerId, token }: LeaseGrant): Promise<boolean> {
    return this.#database.read(({ manager }) => manager.existsBy(LeaseRow, { syncerId, token: revoked(token) }));
  }

  async holder(syncerId: string): Promise<LeaseHolder | undefined> {
    const [row] = await this.#live({ syncerId });
    return row && toHolder(row);
  }

  async holders(): Promise<readonly LeaseHolder[]> {
    return (await this.#live({})).map(toHolder);
  }

  async evict(runId: string): Promise<void> {
    await this.#database.transaction(({ manager }) => manager.delete(LeaseRow, { runId }));
  }

  #live(where: { readonly syncerId?: string }): Promise<LeaseRow[]> {
    return this.#database.read(({ manager }) =>
      manager
        .createQueryBuilder(LeaseRow, 'l')
        .where(where)
        .andWhere(`l.expires_ms > ${this.#clockMs}`)
        .orderBy('l.syncer_id')
        .getMany(),
    );
  }
}

const toHolder = (row: LeaseRow): LeaseHolder => ({ owner: row.owner, since: row.since, runId: row.runId });
