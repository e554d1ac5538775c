import type { RunStore } from '../engine/run-store.ts';
import type { ScheduledTask, Scheduler } from '../scheduler/scheduler.ts';
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
/** Between the starts of two runs, however many changes the directory tells. */
const EARLY_GAP_MS = 5 * MINUTE_MS;
/** Overdue syncers are spread over a tenth of their interval after a start, and over five minutes at most. */
const JITTER_PART = 0.1;
const LONGEST_JITTER_MS = 5 * MINUTE_MS;

/** Which syncer runs when: what the scheduler knows as tasks are syncers here. */
export class ScheduleService {
  readonly #deps: ScheduleServiceDeps;
  readonly #clock: () => Date;
  /** When an early run was asked for, by syncer. */
  readonly #wishes = new Map<string, number>();

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
      // Another replica may have it on its schedule already, or be running it at this moment.
      const wanted = late ? new Date(this.#clock().getTime() + jitter) : dueAt;
      await this.#note(record, await scheduler.ensure(this.#taskOf(record, wanted)));
    }
    await scheduler.ensure({ id: ABANDONED_TASK, everyMs: MINUTE_MS, dueAt: this.#clock() });
    await scheduler.ensure({ id: PRUNE_TASK, everyMs: DAY_MS, dueAt: new Date(this.#clock().getTime() + MINUTE_MS) });
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

  /**
   * The directory changed in a way that only a full run shows, so the next one comes early; a run that goes on may have
   * read what changed before it did. Kept in this process: should it end, the regular run is late, not lost.
   */
  async hasten(syncerId: string): Promise<void> {
    this.#wishes.set(syncerId, this.#clock().getTime());
    await this.refresh(syncerId);
  }

  close(): Promise<void> {
    return this.#deps.scheduler.close();
  }

  /** Undefined: not at all. A syncer that never ran is due at once. */
  async #dueAt(record: SyncerRecord): Promise<Date | undefined> {
    if (!record.isEnabled) return undefined;
    const last = record.lastRunId === null ? undefined : await this.#deps.runs.find(record.lastRunId);
    if (!last) return this.#clock();
    // Cut short because this host ends: another one, if there is one, need not wait for a whole interval.
    if (last.state === 'cancelled' && this.#deps.runs.closing.aborted) return this.#clock();
    const startedAt = Date.parse(last.startedAt);
    const due = startedAt + delaySeconds(record) * 1000;
    const wishedAt = this.#wishes.get(record.id);
    if (wishedAt === undefined || startedAt > wishedAt || record.health === 'quarantined') {
      this.#wishes.delete(record.id);
      return new Date(due);
    }
    return new Date(Math.min(due, Math.max(wishedAt, startedAt + EARLY_GAP_MS)));
  }

  async #put(record: SyncerRecord, dueAt: Date): Promise<void> {
    await this.#note(record, dueAt);
    await this.#deps.scheduler.put(this.#taskOf(record, dueAt));
  }

  #taskOf(record: SyncerRecord, dueAt: Date): ScheduledTask {
    return { id: record.id, everyMs: delaySeconds(record) * 1000, dueAt };
  }

  async #note(record: SyncerRecord, dueAt: Date): Promise<void> {
    const nextRunAt = new Date(Math.max(dueAt.getTime(), this.#clock().getTime())).toISOString();
    await this.#deps.records.note(record.id, { nextRunAt });
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
      if (this.#deps.runs.closing.aborted) await this.#put(record, this.#clock());
      else if (error instanceof LeaseError) await this.#waitForLease(record);
      else throw error;
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
