import { RosterMemory, type RosterCheck } from '../../engine/roster-check.ts';
import type { ScheduledTask, Scheduler } from '../../scheduler/scheduler.ts';
import type { ServiceLog } from '../log.ts';
import type { RunService } from './run-service.ts';
import type { ServiceMetrics } from '../service-metrics.ts';
import { SyncerCalendar } from '../syncers/syncer-calendar.ts';
import type { SyncerRecord, SyncerStore } from '../syncers/syncer-record.ts';

export interface RosterChecksDeps {
  readonly scheduler: Scheduler;
  readonly records: SyncerStore;
  readonly runs: Pick<RunService, 'checkRoster' | 'closing'>;
  readonly log: ServiceLog;
  /** Seconds between two checks of a syncer; 0 = none. */
  readonly intervalOf: (record: SyncerRecord) => number;
  /** A full run is to begin. */
  readonly hasten: (syncerId: string) => Promise<void>;
  readonly now: () => Promise<Date>;
  /** Absent: nobody counts. */
  readonly metrics?: Pick<ServiceMetrics, 'rosterChecked'>;
}

/** What this process knows of the checks of one syncer. */
interface Known {
  /** Of the record: what was looked at under other settings says nothing. */
  readonly version: number;
  readonly memory: RosterMemory;
  /** Incomplete ones in a row. */
  failures: number;
  /** In milliseconds since 1970: nothing is asked before. */
  notBefore: number;
  hastenedAt: number;
}

const TASK = 'roster:';
const HOUR_MS = 3_600_000;
const LONGEST_PAUSE_MS = 24 * HOUR_MS;
/** In a row, before it is told and asked more rarely: a network that fails for a moment is nobody's concern. */
const FAILURES_BEFORE_TELLING = 3;

/** Roster checks between full runs, each a task of the schedule beside the one of its syncer. */
export class RosterChecks {
  readonly #deps: RosterChecksDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: RosterChecksDeps) {
    this.#deps = deps;
  }

  /** Undefined: a task of somebody else. */
  syncerOf(taskId: string): string | undefined {
    return taskId.startsWith(TASK) ? taskId.slice(TASK.length) : undefined;
  }

  /** Brings the schedule in line with what is stored; a check that is due already stays so. */
  async ensure(record: SyncerRecord): Promise<void> {
    const seconds = record.isEnabled ? this.#deps.intervalOf(record) : 0;
    if (seconds === 0) return this.remove(record.id);
    await this.#deps.scheduler.ensure(taskOf(record.id, seconds));
  }

  async remove(syncerId: string): Promise<void> {
    this.#known.delete(syncerId);
    await this.#deps.scheduler.remove(TASK + syncerId);
  }

  async perform(syncerId: string): Promise<void> {
    const { hasten, log, metrics, now, records, runs } = this.#deps;
    const record = await records.findById(syncerId);
    if (!record?.isEnabled || this.#deps.intervalOf(record) === 0) return this.remove(syncerId);
    const at = (await now()).getTime();
    const known = this.#knownOf(record);
    if (!isReady(record, at) || at < known.notBefore) return;
    const found = await runs.checkRoster(record, known.memory, known.failures + 1 === FAILURES_BEFORE_TELLING);
    metrics?.rosterChecked(found.found);
    this.#noteOutcome(found, record, known, at);
    if (found.found === 'incomplete') {
      const syncer = `${record.organization}/${record.name}`;
      log.warn({ syncer, error: found.error?.code ?? found.run?.error?.code }, 'a roster was not complete');
    }
    if (found.tooMany === undefined) return;
    if (found.tooMany === 'missing') {
      // A list that is whole at one time and half at another must not bring about a full run each time.
      if (at < known.hastenedAt + HOUR_MS) return;
      known.hastenedAt = at;
    }
    await hasten(syncerId);
  }

  #noteOutcome({ found }: RosterCheck, record: SyncerRecord, known: Known, at: number): void {
    if (found === 'busy') return;
    known.failures = found === 'incomplete' ? known.failures + 1 : 0;
    const over = known.failures - FAILURES_BEFORE_TELLING + 1;
    const pause = over < 1 ? 0 : this.#deps.intervalOf(record) * 1000 * 2 ** Math.min(over, 20);
    known.notBefore = at + Math.min(pause, LONGEST_PAUSE_MS);
  }

  #knownOf({ id, version }: SyncerRecord): Known {
    const known = this.#known.get(id);
    if (known?.version === version) return known;
    const fresh = {
      version,
      memory: new RosterMemory(),
      failures: 0,
      notBefore: 0,
      hastenedAt: known?.hastenedAt ?? 0,
    };
    this.#known.set(id, fresh);
    return fresh;
  }
}

/** Before the first full run everybody is new, and credentials that are refused are not tried every few minutes. */
const isReady = (record: SyncerRecord, at: number): boolean =>
  record.lastRunId !== null && record.health !== 'quarantined' && !new SyncerCalendar(record).isQuiet(at);

const taskOf = (syncerId: string, seconds: number): ScheduledTask => ({
  id: TASK + syncerId,
  everyMs: seconds * 1000,
  dueAt: new Date(Date.now() + seconds * 1000),
});
