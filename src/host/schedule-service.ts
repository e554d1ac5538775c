import type { RunStore } from '../engine/run-store.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { SyncerRecord, SyncerRecords } from '../storage/syncer-records.ts';
import { LeaseError } from '../syncer/errors.ts';
import type { Logger } from './log.ts';
import type { RunService } from './run-service.ts';
import { delaySeconds } from './syncer-condition.ts';

export interface ScheduleServiceDeps {
  readonly scheduler: Scheduler;
  readonly records: SyncerRecords;
  readonly runs: RunService;
  readonly runStore: RunStore;
  readonly log: Logger;
  readonly runRetentionDays: number;
  readonly clock?: () => Date;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

const ABANDONED_TASK = 'host:abandoned';
const PRUNE_TASK = 'host:prune';
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Overdue syncers are spread over a tenth of their interval after a start, and over five minutes at most. */
const JITTER_PART = 0.1;
const LONGEST_JITTER_MS = 5 * MINUTE_MS;

/** Which syncer runs when: what the scheduler knows as tasks are syncers here. */
export class ScheduleService {
  readonly #deps: ScheduleServiceDeps;
  readonly #clock: () => Date;

  constructor(deps: ScheduleServiceDeps) {
    this.#deps = deps;
    this.#clock = deps.clock ?? (() => new Date());
  }

  async start(): Promise<void> {
    const { records, runs, scheduler, random = Math.random } = this.#deps;
    runs.onConcluded((syncerId) => this.refresh(syncerId));
    for (const record of await records.list()) {
      const dueAt = await this.#dueAt(record);
      if (!dueAt) continue;
      const late = record.lastRunId !== null && dueAt <= this.#clock();
      // A thousand syncers that came due while the host was down must not all fire at once.
      const jitter = late ? random() * Math.min(record.syncInterval * 1000 * JITTER_PART, LONGEST_JITTER_MS) : 0;
      await this.#put(record, late ? new Date(this.#clock().getTime() + jitter) : dueAt);
    }
    await scheduler.put({ id: ABANDONED_TASK, everyMs: MINUTE_MS, dueAt: this.#clock() });
    await scheduler.put({ id: PRUNE_TASK, everyMs: DAY_MS, dueAt: new Date(this.#clock().getTime() + MINUTE_MS) });
    await scheduler.start((taskId) => this.#perform(taskId));
  }

  /** Brings the schedule in line with what is stored: after a save, a toggle, the end of a run. */
  async refresh(syncerId: string): Promise<void> {
    const record = await this.#deps.records.findById(syncerId);
    const dueAt = record && (await this.#dueAt(record));
    if (record && dueAt) {
      await this.#put(record, dueAt);
      return;
    }
    await this.#deps.scheduler.remove(syncerId);
    if (record && record.nextRunAt !== null) await this.#deps.records.note(syncerId, { nextRunAt: null });
  }

  /** A person saved the syncer, perhaps with the remedy: what slowed it down is forgotten. */
  async saved(record: SyncerRecord): Promise<void> {
    if (record.health === 'quarantined') {
      await this.#deps.records.note(record.id, { health: 'failing', failures: 0 });
    }
    await this.refresh(record.id);
  }

  async remove(syncerId: string): Promise<void> {
    await this.#deps.scheduler.remove(syncerId);
  }

  close(): Promise<void> {
    return this.#deps.scheduler.close();
  }

  /** Undefined: not at all. A syncer that never ran is due at once. */
  async #dueAt(record: SyncerRecord): Promise<Date | undefined> {
    if (!record.isEnabled) return undefined;
    const last = record.lastRunId === null ? undefined : await this.#deps.runs.find(record.lastRunId);
    if (!last) return this.#clock();
    return new Date(Date.parse(last.startedAt) + delaySeconds(record) * 1000);
  }

  async #put(record: SyncerRecord, dueAt: Date): Promise<void> {
    const nextRunAt = new Date(Math.max(dueAt.getTime(), this.#clock().getTime())).toISOString();
    await this.#deps.records.note(record.id, { nextRunAt });
    await this.#deps.scheduler.put({ id: record.id, everyMs: delaySeconds(record) * 1000, dueAt });
  }

  async #perform(taskId: string): Promise<void> {
    if (taskId === ABANDONED_TASK) return this.#deps.runs.closeAbandoned();
    if (taskId === PRUNE_TASK) return this.#prune();
    const record = await this.#deps.records.findById(taskId);
    if (!record?.isEnabled) return this.#deps.scheduler.remove(taskId);
    const nextRunAt = new Date(this.#clock().getTime() + delaySeconds(record) * 1000).toISOString();
    await this.#deps.records.note(record.id, { nextRunAt });
    try {
      const { ended } = await this.#deps.runs.begin(record, 'schedule');
      await ended;
    } catch (error) {
      if (!(error instanceof LeaseError)) throw error;
      await this.#waitForLease(record);
    }
  }

  /** Somebody else runs it, or did and died: soon the lease is free, and a whole interval would be too long to wait. */
  async #waitForLease(record: SyncerRecord): Promise<void> {
    this.#deps.log.info({ syncer: `${record.organization}/${record.name}` }, 'another run goes on; trying again later');
    const wait = Math.min(delaySeconds(record) * 1000, MINUTE_MS);
    const current = await this.#deps.records.findById(record.id);
    if (current?.isEnabled) await this.#put(current, new Date(this.#clock().getTime() + wait));
  }

  async #prune(): Promise<void> {
    const before = new Date(this.#clock().getTime() - this.#deps.runRetentionDays * DAY_MS);
    const count = await this.#deps.runStore.prune(before);
    if (count > 0) this.#deps.log.info({ count }, 'old runs were deleted');
  }
}
