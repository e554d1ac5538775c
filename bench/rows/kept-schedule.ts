import { grouped, median } from '../figures.ts';
import type { TenantRun } from './tenants.ts';

/** What must have happened, in the time that was watched. */
export interface WatchedSchedule {
  readonly syncers: number;
  readonly intervalSeconds: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** When a process was killed. */
  readonly killedMs?: number;
}

/** Runs that ended alike. */
export interface Failure {
  readonly state: string;
  /** What the run said of it. */
  readonly problem: string;
  readonly runs: number;
  /** Of these, runs that went on when the process was killed: they may have been its own. */
  readonly aroundKill: number;
}

export interface KeptSchedule {
  readonly runs: number;
  /** Of these, whole ones that leave questions to a person. */
  readonly asked: number;
  /** Most frequent first. */
  readonly failures: readonly Failure[];
  /** Runs that failed with nobody killed meanwhile. */
  readonly failedAlone: number;
  /** How much later than its interval a run began, in seconds. */
  readonly lateMedian: number;
  readonly lateMost: number;
  readonly runMedian: number;
  readonly runMost: number;
  /** What was not kept, a sentence each. */
  readonly broken: readonly string[];
}

/** Timers may fire a little early. */
const EARLY_MS = 50;

/**
 * Looks whether every schedule was kept within its interval: between two starts of one syncer lies one interval at least
 * and two at most; no run of it overlapped another, and none was left out.
 *
 * @param runs oldest first; those of before are left out
 */
export function checkKept(runs: readonly TenantRun[], watched: WatchedSchedule): KeptSchedule {
  const intervalMs = watched.intervalSeconds * 1000;
  const watchedRuns = runs.filter(({ startedMs }) => startedMs >= watched.fromMs);
  const bySyncer = grouped(watchedRuns, ({ syncerId }) => syncerId);
  const broken: string[] = [];
  if (bySyncer.size !== watched.syncers) broken.push(`${bySyncer.size} of ${watched.syncers} syncers ran.`);
  const late: number[] = [];
  for (const [syncerId, ofSyncer] of bySyncer) {
    const note = (what: string): void => void broken.push(`Syncer ${syncerId} ${what}`);
    // A first start that was due at once stands for the end of the interval before it.
    let previous = { startedMs: watched.fromMs, endedMs: watched.fromMs, isRegular: false };
    for (const run of ofSyncer) {
      const gap = run.startedMs - previous.startedMs;
      if (run.startedMs < previous.endedMs) note('ran twice at a time.');
      if (previous.isRegular && gap < intervalMs - EARLY_MS) note(`ran again after ${gap} ms.`);
      if (gap > 2 * intervalMs) note(`had to wait for ${gap} ms.`);
      if (previous.isRegular) late.push((gap - intervalMs) / 1000);
      // What failed may be repeated sooner.
      previous = { startedMs: run.startedMs, endedMs: run.finishedMs ?? run.startedMs, isRegular: !hasFailed(run) };
    }
    const rest = watched.toMs - previous.startedMs;
    if (rest > 2 * intervalMs) note(`did not run any more for ${rest} ms.`);
  }
  const took = watchedRuns.flatMap((run) =>
    run.finishedMs === null || hasFailed(run) ? [] : [(run.finishedMs - run.startedMs) / 1000],
  );
  const failures = failuresAmong(watchedRuns, watched.killedMs);
  return {
    runs: watchedRuns.length,
    asked: watchedRuns.filter(({ asksOnly }) => asksOnly).length,
    failures,
    failedAlone: failures.reduce((sum, failure) => sum + failure.runs - failure.aroundKill, 0),
    lateMedian: median(late),
    lateMost: Math.max(...late),
    runMedian: median(took),
    runMost: Math.max(...took),
    broken,
  };
}

const hasFailed = ({ asksOnly, finishedMs, state }: TenantRun): boolean =>
  finishedMs !== null && state !== 'succeeded' && !asksOnly;

function failuresAmong(runs: readonly TenantRun[], killedMs = Infinity): Failure[] {
  const alike = grouped(runs.filter(hasFailed), ({ state, problem }) => `${state}: ${problem}`);
  return [...alike.values()]
    .flatMap((of): Failure[] => {
      const [first] = of;
      const aroundKill = of.filter(
        (run) => run.startedMs <= killedMs && run.finishedMs !== null && run.finishedMs >= killedMs,
      ).length;
      return first ? [{ state: first.state, problem: first.problem, runs: of.length, aroundKill }] : [];
    })
    .toSorted((a, b) => b.runs - a.runs);
}
