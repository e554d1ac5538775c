import type { TenantRun } from './tenants.ts';

/** What must have happened. */
export interface Promised {
  readonly syncers: number;
  readonly members: number;
  /** Runs of each syncer. */
  readonly intervals: number;
  readonly intervalSeconds: number;
}

/** Timers may fire a little early. */
const EARLY_MS = 50;

/**
 * Every syncer ran once in each interval, whole and successfully, and never twice at a time. Whoever lost a run, or ran
 * it twice, must not count as quick.
 *
 * @throws Error that names the first thing that is not so
 */
export function checkExactlyOnce(runs: readonly TenantRun[], promised: Promised): void {
  const bySyncer = new Map<string, TenantRun[]>();
  for (const run of runs) {
    const known = bySyncer.get(run.syncerId);
    if (known) known.push(run);
    else bySyncer.set(run.syncerId, [run]);
  }
  if (bySyncer.size !== promised.syncers) throw new Error(`${bySyncer.size} of ${promised.syncers} syncers ran.`);
  for (const [syncerId, ofSyncer] of bySyncer) {
    const fault = faultOf(ofSyncer, promised);
    if (fault !== undefined) throw new Error(`Syncer ${syncerId} ${fault}`);
  }
}

/** @param runs of one syncer, oldest first */
function faultOf(runs: readonly TenantRun[], promised: Promised): string | undefined {
  const { members, intervals, intervalSeconds } = promised;
  if (runs.length !== intervals) return `ran ${runs.length} times in ${intervals} intervals.`;
  const shortest = intervalSeconds * 1000 - EARLY_MS;
  let previous: TenantRun | undefined;
  for (const run of runs) {
    if (run.state !== 'succeeded' || run.finishedMs === null) return `has a run that is ${run.state}. ${run.problem}`;
    if (run.trigger !== 'schedule') return `was started by ${run.trigger}.`;
    if (run.members !== members) return `was shown ${run.members} members, not ${members}.`;
    const gap = run.startedMs - (previous?.startedMs ?? -Infinity);
    if (run.startedMs < (previous?.finishedMs ?? -Infinity)) return 'ran twice at a time.';
    if (gap < shortest) return `ran again after ${gap} ms.`;
    if (previous && gap >= 2 * shortest) return `missed an interval: ${gap} ms between two runs.`;
    previous = run;
  }
  return undefined;
}
