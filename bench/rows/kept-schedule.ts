import { median } from '../figures.ts';
import type { TenantRun } from './tenants.ts';

/** What must have happened, in the time that was watched. */
export interface WatchedSchedule {
  readonly syncers: number;
  readonly intervalSeconds: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Runs that a killed process may have left behind. */
  readonly mayHaveFailed: number;
}

export interface KeptSchedule {
  readonly runs: number;
  readonly failed: number;
  /** How much later than its interval a run began, in seconds. */
  readonly lateMedian: number;
  readonly lateMost: number;
  readonly runMedian: number;
  readonly runMost: number;
}

/** Timers may fire a little early. */
const EARLY_MS = 50;

/**
 * Every schedule was kept within its interval: between two starts of one syncer lies one interval at least and two at
 * most; no run of it overlapped another, none failed but of a process that was killed, and none was left out.
 *
 * @param runs oldest first; those of before are left out
 * @throws Error that names the first thing that is not so
 */
export function checkKept(runs: readonly TenantRun[], watched: WatchedSchedule): KeptSchedule {
  const intervalMs = watched.intervalSeconds * 1000;
  const bySyncer = new Map<string, TenantRun[]>();
  for (const run of runs) {
    if (run.startedMs < watched.fromMs) continue;
    const known = bySyncer.get(run.syncerId);
    if (known) known.push(run);
    else bySyncer.set(run.syncerId, [run]);
  }
  if (bySyncer.size !== watched.syncers) throw new Error(`${bySyncer.size} of ${watched.syncers} syncers ran.`);
  const late: number[] = [];
  const took: number[] = [];
  let failed = 0;
  const problems = new Set<string>();
  for (const [syncerId, ofSyncer] of bySyncer) {
    const refuse = (what: string): Error => new Error(`Syncer ${syncerId} ${what}`);
    // A first start that was due at once stands for the end of the interval before it.
    let previous = { startedMs: watched.fromMs, endedMs: watched.fromMs, isFirst: true, failed: false };
    for (const run of ofSyncer) {
      const gap = run.startedMs - previous.startedMs;
      if (run.startedMs < previous.endedMs) throw refuse('ran twice at a time.');
      if (!previous.isFirst && !previous.failed && gap < intervalMs - EARLY_MS) {
        throw refuse(`ran again after ${gap} ms.`);
      }
      if (gap > 2 * intervalMs) throw refuse(`had to wait for ${gap} ms.`);
      if (!previous.isFirst && !previous.failed) late.push((gap - intervalMs) / 1000);
      const hasFailed = run.finishedMs !== null && run.state !== 'succeeded';
      if (hasFailed) {
        failed += 1;
        problems.add(`${run.state}: ${run.problem}`);
      }
      if (run.finishedMs !== null && !hasFailed) took.push((run.finishedMs - run.startedMs) / 1000);
      previous = {
        startedMs: run.startedMs,
        endedMs: run.finishedMs ?? run.startedMs,
        isFirst: false,
        failed: hasFailed,
      };
    }
    const rest = watched.toMs - previous.startedMs;
    if (rest > 2 * intervalMs) throw refuse(`did not run any more for ${rest} ms.`);
  }
  if (failed > watched.mayHaveFailed) throw new Error(`${failed} runs failed. ${[...problems].slice(0, 5).join(' ')}`);
  return {
    runs: [...bySyncer.values()].reduce((sum, ofSyncer) => sum + ofSyncer.length, 0),
    failed,
    lateMedian: median(late),
    lateMost: Math.max(...late),
    runMedian: median(took),
    runMost: Math.max(...took),
  };
}
