import { isOfPart, type Run } from '../../engine/run.ts';
import { gravest, sawNobody } from '../../engine/warnings.ts';
import type { SyncerCondition, SyncerRecord } from './syncer-record.ts';
import { text, together, type Text } from '../../syncer/text.ts';

const DAY_SECONDS = 86_400;
/** Failures in a row that only a person can mend, before the schedule slows down. */
const FAILURES_BEFORE_SLOWING = 3;

function both(message: Text, remedy?: Text | null): string {
  const { en, zh } = remedy ? together(message, remedy) : message;
  return `${en}\n${zh}`;
}

/** Nothing is wrong, and nothing waits. */
const WELL = { errorText: '', health: 'ok', failures: 0 } as const satisfies SyncerCondition;

/** Said of a quarantine. */
export const SLOWED = text(
  'The schedule slows down, to once a day at most, until a run succeeds, somebody presses Sync, or the syncer is saved.',
  '计划任务将逐步放缓(最慢每天一次)，直到同步成功、手动同步或重新保存为止。',
);

/**
 * What an ended run says about its syncer: the last problem with its remedy, in both languages, and how it is.
 * Undefined: nothing (a dry run, a cancelled one, one member who does not wait for a person).
 */
export function conditionAfter(run: Run, failures: number): SyncerCondition | undefined {
  // One member, or a run that reads no directory, says nothing about the syncer, but for lock-outs that wait for a person.
  const isPartial = isOfPart(run) || run.trigger === 'undo';
  if (run.dryRun || (isPartial && run.state !== 'held')) return undefined;
  const warning = gravest(run.warnings);
  switch (run.state) {
    case 'succeeded':
      return WELL;
    case 'partial': {
      const isIdle = sawNobody(run.warnings);
      return {
        errorText: warning ? both(warning.message) : '',
        health: isIdle ? 'failing' : 'ok',
        failures: isIdle ? failures + 1 : 0,
      };
    }
    case 'held':
      return { errorText: warning ? both(warning.message) : '', health: 'held', failures: 0 };
    case 'failed': {
      const count = failures + 1;
      const slowed = run.error?.recovery === 'fix' && count >= FAILURES_BEFORE_SLOWING;
      const problem = run.error ? both(run.error.message, run.error.remedy) : '';
      return {
        errorText: slowed ? `${problem}\n${SLOWED.en}\n${SLOWED.zh}` : problem,
        health: slowed ? 'quarantined' : 'failing',
        failures: count,
      };
    }
    case 'cancelled':
    case 'queued':
    case 'running':
      return undefined;
  }
}

/**
 * The same of what reads no directory: a syncer that fails goes on failing, any other one waits for a person or waits no
 * more.
 *
 * @param waiting what waits for a person now, if anything does
 */
export function conditionBeside(
  { errorText, health, failures }: Pick<SyncerRecord, 'errorText' | 'health' | 'failures'>,
  waiting: Run | undefined,
): SyncerCondition | undefined {
  const fails = health === 'failing' || health === 'quarantined';
  if (waiting && !fails) return conditionAfter(waiting, failures);
  return health === 'held' ? WELL : { errorText, health, failures };
}

/** Seconds from one start to the next: the interval, or ever longer while a person has to mend something. */
export function delaySeconds(record: Pick<SyncerRecord, 'syncInterval' | 'health' | 'failures'>): number {
  const { syncInterval, health, failures } = record;
  if (health !== 'quarantined') return syncInterval;
  const slowed = syncInterval * 2 ** Math.min(failures - FAILURES_BEFORE_SLOWING + 1, 20);
  return Math.max(syncInterval, Math.min(slowed, DAY_SECONDS));
}
