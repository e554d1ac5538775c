import { randomUUID } from 'node:crypto';
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
import { quote, type Dialect } from '../dialect.ts';
import { LeaseRow } from '../entities/index.ts';
import type { Row } from '../session.ts';
import { parameter, type Statement } from '../statement.ts';
import { asText } from '../text-value.ts';

/** One row per syncer, taken by a conditional UPDATE: the last word on who runs, whatever a queue or a clock believes. */
export class TypeormLeaseStore implements LeaseStore {
  readonly #database: Database;
  readonly #clockMs: string;

  constructor(database: Database) {
    this.#database = database;
    this.#clockMs = CLOCK_MS[database.dialect];
  }

  async acquire(request: LeaseRequest): Promise<LeaseAnswer> {
    for (;;) {
      const answer = await this.#take(request);
      if (answer) return answer;
    }
  }

  /** Undefined: whoever had it gave it back at this very moment. */
  async #take({ syncerId, runId, owner, ttlMs }: LeaseRequest): Promise<LeaseAnswer | undefined> {
    const token = randomUUID();
    const since = (await this.#database.read(readClock)).toISOString();
    const { take, add, read } = this.#statements();
    const parameters = [runId, owner, since, token, ttlMs, syncerId];
    await this.#database.writeBriefly({ sql: take, parameters }, { sql: add, parameters, unlessMatched: true });
    const [row] = await this.#database.read((session) => session.select(read, [syncerId]));
    if (row?.['token'] === token) return { grant: { syncerId, token }, since };
    return row && { holder: holderIn(row) };
  }

  #statements(): Readonly<Record<'take' | 'add' | 'read', string>> {
    const { dialect } = this.#database;
    const lease = this.#database.table('sync_lease');
    const at = (place: number): string => parameter(dialect, place);
    const names = ['run_id', 'owner', 'since', 'token'].map((name) => quote(dialect, name));
    const expires = `${this.#clockMs} + ${at(5)}`;
    const set = [...names.map((name, index) => `${name} = ${at(index + 1)}`), `expires_ms = ${expires}`];
    const values = [...names.map((_, index) => at(index + 1)), expires, at(6)].join(', ');
    // Inserts nothing where there is a row, also one that another process inserts at this moment.
    const [into, unless] = UNLESS_THERE[dialect];
    return {
      take: `UPDATE ${lease} SET ${set.join(', ')} WHERE syncer_id = ${at(6)} AND expires_ms <= ${this.#clockMs}`,
      add: `${into} INTO ${lease} (${names.join(', ')}, expires_ms, syncer_id) VALUES (${values}) ${unless}`,
      read: `SELECT ${names.join(', ')} FROM ${lease} WHERE syncer_id = ${at(1)}`,
    };
  }

  async renew({ syncerId, token }: LeaseGrant, ttlMs: number): Promise<boolean> {
    const { dialect } = this.#database;
    const at = (place: number): string => parameter(dialect, place);
    const [renewed] = await this.#database.writeBriefly({
      sql: `UPDATE ${this.#database.table('sync_lease')} SET expires_ms = ${this.#clockMs} + ${at(1)}
        WHERE syncer_id = ${at(2)} AND token = ${at(3)}`,
      parameters: [ttlMs, syncerId, token],
    });
    return renewed === 1;
  }

  async release(lease: LeaseGrant): Promise<void> {
    await this.#database.writeBriefly(givingBack(this.#database, lease));
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

const UNLESS_THERE: Readonly<Record<Dialect, readonly [string, string]>> = {
  sqlite: ['INSERT OR IGNORE', ''],
  postgres: ['INSERT', 'ON CONFLICT DO NOTHING'],
  mysql: ['INSERT IGNORE', ''],
};

/** Of a run that is over, also where it was told to end. */
export const givingBack = (database: Database, { syncerId, token }: LeaseGrant): Statement => {
  const at = (place: number): string => parameter(database.dialect, place);
  return {
    sql: `DELETE FROM ${database.table('sync_lease')} WHERE syncer_id = ${at(1)} AND token IN (${at(2)}, ${at(3)})`,
    parameters: [syncerId, token, revoked(token)],
  };
};

const holderIn = (row: Row): LeaseHolder => ({
  owner: asText(row['owner']),
  since: asText(row['since']),
  runId: asText(row['run_id']),
});

const toHolder = (row: LeaseRow): LeaseHolder => ({ owner: row.owner, since: row.since, runId: row.runId });
