import { In, LessThan } from 'typeorm';
import type { Database } from '../database.ts';
import { AuditRow } from '../entities/index.ts';

const PRUNED_AT_ONCE = 500;

/** The rows of the audit log. */
export class AuditRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert(row: AuditRow): Promise<void> {
    await this.#database.transaction(({ manager }) => manager.insert(AuditRow, row));
  }

  /** Deletes what is older; answers how many entries that were. */
  async prune(before: Date): Promise<number> {
    let count = 0;
    // In sets, each a transaction of its own: nobody waits for a year of entries.
    for (;;) {
      const deleted = await this.#database.transaction(async ({ manager }) => {
        const old = await manager.find(AuditRow, {
          select: { id: true },
          where: { createdMs: LessThan(before.getTime()) },
          take: PRUNED_AT_ONCE,
        });
        if (old.length > 0) await manager.delete(AuditRow, { id: In(old.map(({ id }) => id)) });
        return old.length;
      });
      count += deleted;
      if (deleted < PRUNED_AT_ONCE) return count;
    }
  }
}
