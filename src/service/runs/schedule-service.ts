import pLimit from 'p-limit';
import { wasAbandoned } from '../../engine/reasons.ts';
import type { RunStore } from '../../engine/ports/run-store.ts';
import type { Run } from '../../engine/run.ts';
import type { ScheduledTask, Scheduler } from '../../scheduler/scheduler.ts';
import type { SyncerRecord, SyncerStore } from '../syncers/syncer-record.ts';
import { LeaseError } from '../../syncer/errors.ts';
import type { ServiceLog } from '../log.ts';
import { isOver } from '../../engine/run.ts';
import type { RunService } from './run-service.ts';
import { RosterChecks } from './roster-checks.ts';
import { StoredChanges } from './stored-changes.ts';
import type { ServiceMetrics } from '../service-metrics.ts';
import { delaySeconds } from '../syncers/syncer-condition.ts';
import { SyncerCalendar } from '../syncers/syncer-calendar.ts';

interface ScheduleServiceDeps {
  readonly scheduler: Scheduler;
  readonly records: SyncerStore;
  readonly runs: RunService;
  readonly runStore: RunStore;
  readonly log: ServiceLog;
  readonly runRetentionDays: number;
  /** Where what people do is written down, if anywhere; `prune` answers how many entries it deleted. */
  readonly audit?: { readonly retentionDays: number; prune(before: Date): Promise<number> };
  /** Seconds between two roster checks of a syncer, 0 = none; absent: there are none. */
  readonly rosterInterval?: (record: SyncerRecord) => number;
  readonly metrics?: Pick<ServiceMetrics, 'rosterChecked'>;
  /** The time by which runs are stamped; of the run store when it is not given. */
  readonly now?: () => Promise<Date>;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** An early run that somebody asked for. */
interface Wish {
  /** When it was asked for, in milliseconds since 1970. */
  readonly at: number;
  /** Between the start of the run before and its own. */
  readonly gapMs: number;
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
/** Below the connections of a pool. */
const ENSURED_AT_ONCE = 8;
const NOTED_WITHIN_MS = 1_000;
/** How often somebody looks at the clock for a line of cron: the wait is counted on one that nobody sets, which that is not. */
const LOOK_MS = 5 * MINUTE_MS;
/** What is overdue by less is in the hands of another host; what is by more came while there was none. */
const HANDED_OVER_WITHIN_MS = 10_000;

/**
 * Which syncer runs when: what the scheduler knows as tasks are syncers here. Waits are counted on the clock by which runs
 * are stamped, so replicas whose own clocks differ, or are set meanwhile, agree on them.
 */
export class ScheduleService {
  readonly #deps: ScheduleServiceDeps;
  readonly #now: () => Promise<Date>;
  readonly #rosters: RosterChecks;
  readonly #stored = new StoredChanges();
  /** Early runs that were asked for, by syncer. */
  readonly #wishes = new Map<string, Wish>();
  /** Times of a line that come after it have this host to run them. */
  #startedMs = Infinity;

  constructor(deps: ScheduleServiceDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? (() => deps.runStore.now());
    this.#rosters = new RosterChecks({
      ...deps,
      intervalOf: deps.rosterInterval ?? (() => 0),
      hasten: (syncerId) => this.hasten(syncerId, { isAtOnce: true }),
      now: this.#now,
    });
  }

  /** Runs that lost their process have ended when it answers. */
  async start(): Promise<void> {
    const { runs, scheduler } = this.#deps;
    runs.onConcluded((syncerId, run) => this.#refresh(syncerId, run));
    await runs.closeAbandoned();
    const startedMs = (await this.#now()).getTime();
    await this.#ensureAll();
    this.#startedMs = startedMs;
    // Soon after each start: where processes live for less than a day, old runs would never be deleted.
    await scheduler.put({ id: PRUNE_TASK, everyMs: DAY_MS, dueAt: new Date(Date.now() + MINUTE_MS / 2) });
    await scheduler.start(
      (taskId) => this.#perform(taskId),
      () => this.#ensureAll(),
    );
  }

  /** What is on the schedule stays; everything else comes when it should by what is stored. */
  async #ensureAll(): Promise<void> {
    const { records, scheduler } = this.#deps;
    const now = await this.#now();
    // Nothing is performed before all of them are on the schedule: a thousand must not wait for one another's answers.
    const limit = pLimit(ENSURED_AT_ONCE);
    await Promise.all((await records.list()).map((record) => limit(() => this.#ensure(record, now))));
    await scheduler.ensure({ id: ABANDONED_TASK, everyMs: MINUTE_MS, dueAt: new Date() });
    await scheduler.ensure({ id: PRUNE_TASK, everyMs: DAY_MS, dueAt: new Date(Date.now() + MINUTE_MS) });
  }

  async #ensure(record: SyncerRecord, now: Date): Promise<void> {
    const { scheduler, random = Math.random } = this.#deps;
    this.#stored.note(record.id, record);
    await this.#rosters.ensure(record);
    const wait = await this.#wait(record, now);
    if (wait === undefined) return;
    if (isByLine(record)) {
      await this.#ensureLine(record, now, wait);
      return;
    }
    const late = record.lastRunId !== null && wait === 0;
    // A thousand syncers that came due while the host was down must not all fire at once.
    const jitter = late ? random() * Math.min(record.syncInterval * 1000 * JITTER_PART, LONGEST_JITTER_MS) : 0;
    // Another replica may have it on its schedule already, or be running it at this moment.
    const dueAt = await scheduler.ensure(taskOf(record, wait + jitter));
    const again = dueAt.getTime() - Date.now();
    // What is due now is noted when it begins, and what stands in the record already needs no second word.
    if (again > 0 && !isNoted(record, now, again)) await this.#note(record, now, again);
  }

  /**
   * What passed while no host ran is not made up for. What passed a moment ago may be in the hands of a host that runs, or
   * have been lost by a Redis while this one did.
   */
  async #ensureLine(record: SyncerRecord, now: Date, wait: number): Promise<void> {
    const { scheduler } = this.#deps;
    const storedMs = Date.parse(record.nextRunAt ?? '');
    const known = await scheduler.dueAt(record.id);
    const again = known === undefined ? NaN : known.getTime() - Date.now();
    // A task that comes later than the time is one of other settings.
    const isInHand = again > -HANDED_OVER_WITHIN_MS && again < Math.max(storedMs - now.getTime(), 0) + NOTED_WITHIN_MS;
    if (storedMs <= now.getTime()) {
      if (isInHand) return;
      await this.#put(record, now, storedMs >= this.#startedMs ? 0 : wait);
      return;
    }
    const left = Math.min(wait, storedMs > now.getTime() ? storedMs - now.getTime() : wait);
    if (!isInHand) await this.#put(record, now, left);
    else if (now.getTime() + left !== storedMs) await this.#note(record, now, left);
  }

  /** A command, or a host with a schedule of its own, saves to the same database and tells nobody. */
  async #followStored(): Promise<void> {
    const records = await this.#deps.records.list();
    const now = await this.#now();
    for (const id of this.#stored.deleted(records)) await this.#refresh(id);
    const limit = pLimit(ENSURED_AT_ONCE);
    await Promise.all(this.#stored.changed(records).map((record) => limit(() => this.#follow(record, now))));
  }

  async #follow(record: SyncerRecord, now: Date): Promise<void> {
    const wait = await this.#wait(record, now);
    const due = await this.#deps.scheduler.dueAt(record.id);
    const isLine = wait !== undefined && isByLine(record);
    const isDueAsNoted = due !== undefined && isNoted(record, now, due.getTime() - Date.now());
    // What stands as noted stays: a run that another host was asked for comes earlier than one can tell here.
    if (wait === undefined || !(isLine || isDueAsNoted)) return this.#refresh(record.id);
    await this.#rosters.ensure(record);
    if (isLine) await this.#ensureLine(record, now, wait);
    this.#stored.note(record.id, record);
  }

  /** Brings the schedule in line with what is stored: after a save, a toggle, the end of a run. */
  refresh(syncerId: string): Promise<void> {
    return this.#refresh(syncerId);
  }

  /** A person saved the syncer, perhaps with the remedy: what slowed it down is forgotten. */
  async saved(record: SyncerRecord): Promise<void> {
    await this.#deps.runs.liftQuarantine(record);
    await this.refresh(record.id);
  }

  async remove(syncerId: string): Promise<void> {
    this.#stored.note(syncerId, undefined);
    await this.#deps.scheduler.remove(syncerId);
    await this.#rosters.remove(syncerId);
  }

  /**
   * The directory changed in a way that only a full run shows, so the next one comes early; a run that goes on may have
   * read what changed before it did. Kept in this process: should it end, the regular run is late, not lost.
   */
  async hasten(syncerId: string, { isAtOnce = false } = {}): Promise<void> {
    const wished = this.#wishes.get(syncerId);
    const gapMs = isAtOnce ? 0 : Math.min(EARLY_GAP_MS, wished?.gapMs ?? EARLY_GAP_MS);
    this.#wishes.set(syncerId, { at: (await this.#now()).getTime(), gapMs });
    await this.refresh(syncerId);
  }

  close(): Promise<void> {
    return this.#deps.scheduler.close();
  }

  /** @param ended a run of this syncer that ended a moment ago */
  async #refresh(syncerId: string, ended?: Run): Promise<void> {
    const record = await this.#deps.records.findById(syncerId);
    const now = await this.#now();
    await (record ? this.#rosters.ensure(record) : this.#rosters.remove(syncerId));
    const wait = record && (await this.#wait(record, now, ended));
    if (record && wait !== undefined) await this.#put(record, now, wait);
    else {
      await this.#deps.scheduler.remove(syncerId);
      if (record && record.nextRunAt !== null) await this.#deps.records.note(syncerId, { nextRunAt: null });
    }
    this.#stored.note(syncerId, record);
  }

  /** Milliseconds until the next run; undefined: not at all. */
  async #wait(record: SyncerRecord, now: Date, ended?: Run): Promise<number | undefined> {
    if (!record.isEnabled) return undefined;
    const last = await this.#lastRun(record);
    const calendar = new SyncerCalendar(record);
    const at = isByLine(record)
      ? this.#lineDue(record, now.getTime(), last)
      : calendar.whenFree(now.getTime() + this.#intervalWait(record, now, last, ended));
    return at === undefined ? undefined : at - now.getTime();
  }

  /** The next time of the line, whatever became of the last run, or before it the run that the directory's changes ask for. */
  #lineDue(record: SyncerRecord, now: number, last: Run | undefined): number | undefined {
    const calendar = new SyncerCalendar(record);
    const began = beganBy(last, now);
    // A clock that was set back comes to the time of the last run again, which had its run.
    const after = Math.max(now, began ?? now);
    const slowed = record.health === 'quarantined' && began !== undefined ? calendar.following(began) : undefined;
    const next = slowed !== undefined && slowed > after ? slowed : calendar.lineTime(after);
    const wish = began === undefined ? undefined : this.#wish(record, began);
    const early = wish === undefined ? undefined : calendar.whenFree(Math.max(wish, now));
    return early === undefined || next === undefined ? (early ?? next) : Math.min(early, next);
  }

  /** Never more than from one run to the next, whatever a clock says. A syncer that never ran is due at once. */
  #intervalWait(record: SyncerRecord, now: Date, last: Run | undefined, ended?: Run): number {
    if (!last) return 0;
    // Cut short because this host ends: another one, if there is one, need not wait for a whole interval.
    if (last.state === 'cancelled' && this.#deps.runs.closing.aborted) return 0;
    // It lost its process or the database, and is made good for at once; should each run take its process down, not again.
    if (wasAbandoned(last) && record.failures <= 1) return 0;
    const delay = delaySeconds(record) * 1000;
    const startedAt = Date.parse(last.startedAt);
    // A run knows its own length, also when the clock was set while it went on.
    const end = ended?.id === last.id ? ended.finishedAt : null;
    const at = end === null ? now.getTime() : Date.parse(end);
    return Math.min(Math.max(this.#due(record, startedAt, delay) - at, 0), delay);
  }

  #due(record: SyncerRecord, startedAt: number, delay: number): number {
    return Math.min(startedAt + delay, this.#wish(record, startedAt) ?? Infinity);
  }

  /** When the early run that somebody asked for may begin; undefined: nobody asked since the last run. */
  #wish(record: SyncerRecord, startedAt: number): number | undefined {
    const wish = this.#wishes.get(record.id);
    if (wish === undefined || startedAt > wish.at || record.health === 'quarantined') {
      this.#wishes.delete(record.id);
      return undefined;
    }
    return Math.max(wish.at, startedAt + wish.gapMs);
  }

  /** The times at which it will run by itself as far as one can tell now, as RFC 3339; the first is its `nextRunAt`. */
  async nextRuns(record: SyncerRecord, count: number): Promise<readonly string[]> {
    if (!record.isEnabled) return [];
    const now = await this.#now();
    const storedMs = Date.parse(record.nextRunAt ?? '');
    const wait = await this.#wait(record, now);
    if (wait === undefined) return [];
    const calendar = new SyncerCalendar(record);
    // What is due at this moment is about to be noted.
    const isStored = storedMs > now.getTime() - MINUTE_MS;
    const times: string[] = [];
    let next: number | undefined = isStored ? storedMs : now.getTime() + wait;
    while (next !== undefined && times.length < count) {
      times.push(new Date(next).toISOString());
      next = calendar.following(next);
    }
    return times;
  }

  async #put(record: SyncerRecord, now: Date, wait: number): Promise<void> {
    await this.#note(record, now, wait);
    await this.#deps.scheduler.put(taskOf(record, wait));
  }

  async #note(record: SyncerRecord, now: Date, wait: number): Promise<void> {
    const nextRunAt = new Date(now.getTime() + Math.max(wait, 0)).toISOString();
    await this.#deps.records.note(record.id, { nextRunAt });
  }

  async #perform(taskId: string): Promise<void> {
    if (taskId === ABANDONED_TASK) return this.#deps.runs.closeAbandoned().then(() => this.#followStored());
    if (taskId === PRUNE_TASK) return this.#prune();
    const checked = this.#rosters.syncerOf(taskId);
    if (checked !== undefined) return this.#rosters.perform(checked);
    const record = await this.#deps.records.findById(taskId);
    if (!record?.isEnabled) return this.#deps.scheduler.remove(taskId);
    const now = await this.#now();
    if (!(await this.#isTime(record, now))) return this.#putOff(record, now);
    const following = new SyncerCalendar(record).following(now.getTime());
    await this.#deps.records.note(record.id, { nextRunAt: isoTime(following) });
    try {
      const { ended } = await this.#deps.runs.begin(record, 'schedule');
      await ended;
    } catch (error) {
      if (this.#deps.runs.closing.aborted) await this.#put(record, await this.#now(), 0);
      else if (error instanceof LeaseError) await this.#waitForLease(record);
      else throw error;
    }
  }

  /** The clock of the schedule is not the one that windows and lines are meant by, and another host may have been quicker. */
  async #isTime(record: SyncerRecord, now: Date): Promise<boolean> {
    const calendar = new SyncerCalendar(record);
    if (calendar.isQuiet(now.getTime())) return false;
    if (!isByLine(record)) return true;
    if (!(Date.parse(record.nextRunAt ?? '') <= now.getTime())) return false;
    const began = beganBy(await this.#lastRun(record), now.getTime());
    return began === undefined || this.#wish(record, began) !== undefined || hasComeSince(calendar, began, now);
  }

  async #putOff(record: SyncerRecord, now: Date): Promise<void> {
    const wait = await this.#wait(record, now);
    if (wait === undefined) return this.#refresh(record.id);
    const stored = Date.parse(record.nextRunAt ?? '') - now.getTime();
    await this.#put(record, now, isByLine(record) && stored > 0 ? Math.min(wait, stored) : wait);
  }

  /** Somebody else runs it, or did and died: soon the lease is free, and a whole interval would be too long to wait. */
  async #waitForLease(record: SyncerRecord): Promise<void> {
    this.#deps.log.info({ syncer: `${record.organization}/${record.name}` }, 'another run goes on; trying again later');
    const soon = Math.min(delaySeconds(record) * 1000, MINUTE_MS);
    const current = await this.#deps.records.findById(record.id);
    if (!current?.isEnabled) return;
    const now = await this.#now();
    const last = await this.#lastRun(current);
    // It may have ended meanwhile, and then it is the run that was due here.
    const isDone = last && isOver(last) && !(isByLine(current) && isStillToCome(current, last, now));
    const regular = isDone ? await this.#wait(current, now) : undefined;
    await this.#put(current, now, Math.max(regular ?? 0, soon));
  }

  async #lastRun({ lastRunId }: SyncerRecord): Promise<Run | undefined> {
    return lastRunId === null ? undefined : this.#deps.runs.find(lastRunId);
  }

  async #prune(): Promise<void> {
    const { runStore, runRetentionDays, audit, log } = this.#deps;
    const now = (await this.#now()).getTime();
    const runs = await runStore.prune(new Date(now - runRetentionDays * DAY_MS));
    if (runs > 0) log.info({ count: runs }, 'old runs were deleted');
    if (!audit) return;
    const entries = await audit.prune(new Date(now - audit.retentionDays * DAY_MS));
    if (entries > 0) log.info({ count: entries }, 'old audit entries were deleted');
  }
}

/** The scheduler counts the wait from this very moment, so it may be told by the clock of this process. */
const taskOf = (record: SyncerRecord, wait: number): ScheduledTask =>
  isByLine(record)
    ? { id: record.id, everyMs: LOOK_MS, dueAt: new Date(Date.now() + Math.min(wait, LOOK_MS)) }
    : { id: record.id, everyMs: delaySeconds(record) * 1000, dueAt: new Date(Date.now() + wait) };

/** @param again milliseconds until it is due */
const isNoted = ({ nextRunAt }: SyncerRecord, now: Date, again: number): boolean =>
  Math.abs(Date.parse(nextRunAt ?? '') - now.getTime() - again) < NOTED_WITHIN_MS;

const isByLine = (record: SyncerRecord): boolean => new SyncerCalendar(record).line !== '';

/** When the last run began; undefined: there is none, or the clock by which it was stamped was days ahead. */
function beganBy(last: Run | undefined, now: number): number | undefined {
  const began = last && Date.parse(last.startedAt);
  return began === undefined || began > now + DAY_MS ? undefined : began;
}

/** Whether a time of the line has come since then. */
const hasComeSince = (calendar: SyncerCalendar, began: number, now: Date): boolean =>
  (calendar.lineTime(began) ?? Infinity) <= now.getTime();

/** Whether what held the lease was no run of the time that has come. */
function isStillToCome(record: SyncerRecord, last: Run, now: Date): boolean {
  const began = beganBy(last, now.getTime());
  return began === undefined || hasComeSince(new SyncerCalendar(record), began, now);
}

const isoTime = (moment: number | undefined): string | null =>
  moment === undefined ? null : new Date(moment).toISOString();
