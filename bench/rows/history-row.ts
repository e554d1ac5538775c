import type { DatabaseKind } from '../arguments.ts';
import type { Goal } from '../goals.ts';
import { measure } from '../processes/child.ts';
import { createTarget, NAMES } from '../processes/database-target.ts';

/** Enough that one in twenty is no accident. */
const PEOPLE = 400;

/** One person's story among a million changes. */
export async function historyGoals(databases: readonly DatabaseKind[]): Promise<readonly Goal[]> {
  const goals: Goal[] = [];
  for (const kind of databases) {
    const target = await createTarget(kind);
    try {
      await measure({ kind: 'migrate', databaseUrl: target.url });
      await measure({ kind: 'past', databaseUrl: target.url });
      await target.settle();
      const { p95Ms = Number.NaN } = await measure({ kind: 'history', databaseUrl: target.url, people: PEOPLE });
      goals.push({
        row: `get-user-history at 1,000,000 changes, p95, ${NAMES[kind]}`,
        measured: p95Ms,
        unit: 'ms',
        must: 50,
        aim: 20,
      });
    } finally {
      await target.drop();
    }
  }
  return goals;
}
