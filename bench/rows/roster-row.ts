import type { DatabaseKind } from '../arguments.ts';
import type { Goal } from '../goals.ts';
import { measure } from '../processes/child.ts';
import { createTarget, NAMES } from '../processes/database-target.ts';
import { Directory } from '../processes/directory.ts';
import { ROSTER_SECONDS } from '../../src/service/syncers/intervals.ts';

const DAY_S = 86_400;
/** What WeCom allows for one call of one company in an hour (doc 90312). */
const CALLS_AN_HOUR = 150_000;
/** Far below it: a whole day takes less than a tenth of what an hour may. */
const CALLS_A_DAY = CALLS_AN_HOUR / 10;
/** A host with a thousand such companies is to do something else as well. */
const MOST_SECONDS = ROSTER_SECONDS / 100;

/** A check of everybody that finds nothing, as most do: its seconds on each database, and the calls of a day of them. */
export async function rosterGoals(
  members: number,
  databases: readonly DatabaseKind[],
  concurrency: number,
): Promise<readonly Goal[]> {
  const directory = await Directory.start({ members, departments: Math.ceil(members / 50) });
  const goals: Goal[] = [];
  const size = members.toLocaleString('en');
  try {
    let calls = 0;
    for (const database of databases) {
      const target = await createTarget(database);
      try {
        await measure({ kind: 'migrate', databaseUrl: target.url });
        const task = { directory: directory.credentials, concurrency, databaseUrl: target.url };
        await measure({ kind: 'sync', ...task, dryRun: false });
        const { seconds, cpuSeconds, state, counts } = await measure({ kind: 'roster', ...task });
        if (state !== 'nothing') throw new Error(`The roster check of ${size} found ${state ?? ''}.`);
        calls = counts?.['calls'] ?? 0;
        const row = `roster check of ${size} on ${NAMES[database]}, nothing changed`;
        goals.push({ row: `${row}: CPU`, measured: cpuSeconds, unit: 's', must: MOST_SECONDS, aim: MOST_SECONDS / 2 });
        goals.push({ row, measured: seconds, unit: 's', must: MOST_SECONDS });
      } finally {
        await target.drop();
      }
    }
    const row = `calls of roster checks of ${size} in a day, ${calls} each, one every ${ROSTER_SECONDS} s`;
    goals.push({ row, measured: (calls * DAY_S) / ROSTER_SECONDS, unit: 'calls', must: CALLS_A_DAY });
  } finally {
    await directory.close();
  }
  return goals;
}
