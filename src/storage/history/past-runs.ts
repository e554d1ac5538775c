import { chunks } from '../../syncer/chunks.ts';
import type { Database } from '../database.ts';
import { ChangeRow, RunOriginRow, RunRow } from '../entities/index.ts';
import type { Session } from '../session.ts';

/** Keys per statement. */
const SET = 500;
const PRUNED_AT_ONCE = 100;

/**
 * Deletes runs and what they only planned or reported. What they did to accounts stays, for the history of those, until
 * `prunePast`; so do lock-outs that a person decided about.
 */
export async function deleteRuns(session: Session, ids: readonly string[]): Promise<void> {
  const audit = session.table('audit_log');
  const change = session.table('sync_change');
  for (const set of chunks(ids, SET)) {
    await session.manager
      .createQueryBuilder()
      .delete()
      .from(ChangeRow)
      .where('run_id IN (:...set)', { set })
      .andWhere('at_ms IS NULL')
      .andWhere(
        `NOT (kind IN ('forbid', 'remove') AND state IN ('applied', 'rejected')
          AND EXISTS (SELECT 1 FROM ${audit} a WHERE a.subject = ${change}.run_id))`,
      )
      .execute();
    await session.manager
      .createQueryBuilder()
      .delete()
      .from(RunRow)
      .where(`id IN (:...set) AND state <> 'held'`, { set })
      .execute();
  }
}

/** Deletes what is left of runs that are gone and began before the date; answers how many those were. */
export async function prunePast(database: Database, before: Date): Promise<number> {
  let count = 0;
  // In sets, each a transaction of its own: nobody waits for a year of changes.
  for (;;) {
    const deleted = await database.transaction(async (session) => {
      const { manager } = session;
      const gone = await manager
        .createQueryBuilder(RunOriginRow, 'o')
        .where('o.started_ms < :before', { before: before.getTime() })
        .andWhere(`NOT EXISTS (SELECT 1 FROM ${session.table('sync_run')} r WHERE r.id = o.run_id)`)
        .limit(PRUNED_AT_ONCE)
        .getMany();
      const set = gone.map(({ runId }) => runId);
      if (set.length === 0) return 0;
      await manager.createQueryBuilder().delete().from(ChangeRow).where('run_id IN (:...set)', { set }).execute();
      await manager.createQueryBuilder().delete().from(RunOriginRow).where('run_id IN (:...set)', { set }).execute();
      return set.length;
    });
    count += deleted;
    if (deleted < PRUNED_AT_ONCE) return count;
  }
}
