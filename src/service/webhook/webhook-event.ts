import { isOfOneMember, type Run } from '../../engine/run.ts';
import { sawNobody } from '../../engine/warnings.ts';
import type { SyncerCondition, SyncerRecord } from '../syncers/syncer-record.ts';

export const WEBHOOK_EVENTS = ['held', 'quarantined', 'failing', 'recovered'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

export const DELIVERY_OUTCOMES = ['delivered', 'refused', 'lost'] as const;
/** How the delivery of an event ended: refused = answered so that trying again is no use; lost = given up. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

/** How a syncer was when a run ended. */
export type FormerCondition = Pick<SyncerRecord, 'health' | 'failures'>;

/**
 * What operators are to be told of a run that ended; undefined: nothing new. Nothing is remembered for it: the syncer's
 * record and its earlier runs are enough, so any replica and a host that was started again come to the same answer.
 *
 * @param before as the record stood until the run ended
 * @param after what the run says about the syncer
 * @param earlier runs of the syncer that were to change something, newest first
 */
export async function eventAfter(
  run: Run,
  before: FormerCondition,
  after: SyncerCondition,
  earlier: AsyncIterable<Run>,
): Promise<WebhookEvent | undefined> {
  const { health, failures = 0 } = after;
  // Whatever else is wrong with the syncer.
  if (run.state === 'held') {
    const isNews = before.health !== 'held' || (!isOfOneMember(run) && !(await waitedAlready(run, earlier)));
    return isNews ? 'held' : undefined;
  }
  // Another one waits beside this run, which is no news of it.
  if (health === 'held' && before.health === 'held') return undefined;
  if (health === 'ok' || health === 'held') {
    // Whoever approved knows; that all is well again is told by the next run that nobody had to decide.
    return run.trigger !== 'approval' && (await wasTold(before, earlier)) ? 'recovered' : undefined;
  }
  if (health === 'quarantined' && before.health !== 'quarantined') return 'quarantined';
  return failures > before.failures && isReminder(failures) ? 'failing' : undefined;
}

/** The second failure in a row, the fourth, the eighth: a short trouble is told soon, a long one not every hour. */
const isReminder = (failures: number): boolean => failures >= 2 && Number.isInteger(Math.log2(failures));

/** Each run reads the whole directory again and takes the place of the one that waited; the very same set is no news. */
async function waitedAlready(run: Run, earlier: AsyncIterable<Run>): Promise<boolean> {
  for await (const one of earlier) {
    if (one.supersededBy === run.id) return one.lockOutDigest === run.lockOutDigest;
  }
  return false;
}

/** Whether a trouble was told since the last good run. */
async function wasTold(before: FormerCondition, earlier: AsyncIterable<Run>): Promise<boolean> {
  // The record knows it also when the runs were deleted for their age.
  if (before.health === 'held' || before.health === 'quarantined' || before.failures >= 2) return true;
  // Saving and pressing Sync let the record forget a quarantine, a failure lets it forget that a run waited.
  let failures = 0;
  for await (const run of earlier) {
    const isTrouble = run.state === 'failed' || sawNobody(run.warnings);
    if (isTrouble) failures += 1;
    if (failures >= 2 || waited(run)) return true;
    if (!isTrouble && (run.state === 'succeeded' || run.state === 'partial')) return false;
  }
  return false;
}

/** It waits for a person, a newer one took its place, or a person decided. */
const waited = (run: Run): boolean =>
  run.state === 'held' || run.supersededBy !== null || run.trigger === 'approval' || run.error?.code === 'rejected';
