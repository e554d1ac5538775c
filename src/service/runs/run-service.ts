import type { FieldChange } from '../../identity/change.ts';
import { EventEmitter, setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncEngine } from '../../engine/engine.ts';
import { heldBySight } from '../../engine/lifecycle/approval.ts';
import type { OngoingRun } from '../../engine/lifecycle/ongoing-runs.ts';
import type { RunRequest } from '../../engine/lifecycle/run-lifecycle.ts';
import type { Selection } from '../../engine/lifecycle/selection.ts';
import type { RosterCheck, RosterMemory } from '../../engine/roster-check.ts';
import type { MemberReport, MemberRequest } from '../../engine/steps/sync-member.ts';
import type { OneMemberTrigger, Run, RunTrigger, RunWarning } from '../../engine/run.ts';
import { StaleRecordError, type SyncerRecord } from '../syncers/syncer-record.ts';
import { CancelledError, ConfigError, LeaseError } from '../../syncer/errors.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Syncer } from '../../syncer/syncer.ts';
import { present } from '../../syncer/present.ts';
import { requireBudget } from '../limits/credential-budget.ts';
import { DELETED, MOVED, Refusal, SHUTTING_DOWN } from '../refusal.ts';
import { isOver } from '../../engine/run.ts';
import { selfServiceOf } from '../syncers/self-service.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';
import { RunOutcomes, type ConclusionListener, type RunOutcomesDeps } from './run-outcomes.ts';

/** Told of every step of a run, and once more when it has ended. */
export type RunListener = (run: Run) => void;

export interface RunServiceDeps extends RunOutcomesDeps {
  readonly engine: SyncEngine;
  readonly syncers: SyncerService;
  /** Absent: nobody is asked to complete his data. */
  readonly nudges?: {
    /** Answers why nobody more was asked, if so; never throws. */
    send(syncerId: string, seen: ReadonlySet<ExternalKey>): Promise<RunWarning | undefined>;
  };
}

/** No run has this id. */
const ENDED = Symbol('ended');
const LOOK_EVERY_MS = 200;
/** A run hears of it at its next page, or when it renews its lease; longer than that nobody waits before a button. */
const LONGEST_WAIT_MS = 25_000;

/** Runs of this process: begun, watched, cancelled, decided; and what they say about their syncers. */
export class RunService {
  readonly #deps: RunServiceDeps;
  readonly #events = new EventEmitter({ captureRejections: false }).setMaxListeners(0);
  readonly #closing = new AbortController();
  /** What was asked for and did not answer yet: a run may be about to begin in it. */
  readonly #calls = new Set<Promise<unknown>>();
  /** Runs that are about to begin: they may have their lease, and are not listed among those that go on. */
  readonly #beginnings = new Map<Promise<OngoingRun>, string>();
  readonly #outcomes: RunOutcomes;

  constructor(deps: RunServiceDeps) {
    this.#deps = deps;
    this.#outcomes = new RunOutcomes(deps);
    // Each run, and each decision that waits for one, listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Aborted when the host closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Called after each run that says something about its syncer: the schedule wants to know. */
  onConcluded(listener: ConclusionListener): void {
    this.#outcomes.onConcluded(listener);
  }

  /** Called after each run, when the next one may begin; it must not throw. */
  onEnded(listener: RunListener): void {
    this.#events.on(ENDED, listener);
  }

  counts(): { readonly queued: number; readonly running: number } {
    const states = this.#deps.engine.ongoing.map(({ run }) => run.state);
    return {
      queued: states.filter((state) => state === 'queued').length,
      running: states.filter((state) => state === 'running').length,
    };
  }

  /**
   * Begins a run and answers while it goes on.
   *
   * @param by the person who does, `ORG/NAME`; absent: the syncer
   * @throws LeaseError when another run of this syncer goes on
   */
  async begin(record: SyncerRecord, trigger: RunTrigger, dryRun = false, by?: string): Promise<OngoingRun> {
    const beginning = this.#unlessClosing(async () => {
      const request = await this.#request(record, trigger);
      let seen: ReadonlySet<ExternalKey> | undefined;
      const { enabled, nudge } = selfServiceOf(record.settings);
      const onWhole = enabled && nudge ? (shown: ReadonlySet<ExternalKey>): void => void (seen = shown) : undefined;
      const onEnding = async (run: Run): Promise<void> => {
        await request.onEnding?.(run);
        const warning = run.state === 'succeeded' && seen && (await this.#deps.nudges?.send(run.syncerId, seen));
        if (warning) run.warnings.push(warning);
      };
      const onBegun = async (run: Run): Promise<void> => {
        if (!dryRun) await this.#outcomes.noteBegun(record.id, run);
        this.#deps.events.started(run);
      };
      return this.#deps.engine.begin({ ...request, onBegun, onEnding, trigger, dryRun, ...present({ by, onWhole }) });
    });
    this.#beginnings.set(beginning, record.id);
    try {
      return await beginning;
    } finally {
      this.#beginnings.delete(beginning);
    }
  }

  /**
   * A run for somebody who pressed Sync. When the schedule began one with the very same settings a moment ago, that
   * one is what was asked for.
   */
  async beginByHand(record: SyncerRecord, dryRun: boolean, by?: string): Promise<OngoingRun> {
    const going = dryRun ? undefined : this.#scheduledNow(record);
    if (going) return going;
    try {
      return await this.beginAnew(record, dryRun, by);
    } catch (error) {
      if (dryRun || !(error instanceof LeaseError)) throw error;
      // The schedule was quicker by a moment.
      const beginnings = [...this.#beginnings].filter(([, syncerId]) => syncerId === record.id);
      await Promise.allSettled(beginnings.map(([beginning]) => beginning));
      const quicker = this.#scheduledNow(record);
      if (!quicker) throw error;
      return quicker;
    }
  }

  /**
   * As `beginByHand`, and never one that goes on already.
   *
   * @throws LeaseError when another run of this syncer goes on
   */
  async beginAnew(record: SyncerRecord, dryRun: boolean, by?: string): Promise<OngoingRun> {
    if (!dryRun) await this.liftQuarantine(record);
    return this.begin(record, dryRun ? 'preview' : 'manual', dryRun, by);
  }

  /** A person did something about the syncer: what slowed it down is forgotten. */
  async liftQuarantine(record: SyncerRecord): Promise<void> {
    if (record.health !== 'quarantined') return;
    await this.#deps.records.note(record.id, { health: 'failing', failures: 0 });
    this.#deps.events.healthChanged(record);
  }

  #scheduledNow(record: SyncerRecord): OngoingRun | undefined {
    return this.#deps.engine.ongoing.find(
      ({ run, version }) =>
        run.syncerId === record.id && run.trigger === 'schedule' && version === record.version && !isOver(run),
    );
  }

  /**
   * One member, now.
   *
   * @param asked told by `onTurn` once it waits for no other run any more
   */
  member(
    record: SyncerRecord,
    {
      onTurn,
      ...asked
    }: MemberRequest & { readonly by?: string; readonly signal?: AbortSignal; readonly onTurn?: () => void },
    dryRun = false,
    trigger: OneMemberTrigger = 'member',
  ): Promise<MemberReport> {
    return this.#unlessClosing(async () => {
      const request = await this.#request(record);
      const open = (): ReturnType<RunRequest['open']> => {
        onTurn?.();
        return request.open();
      };
      return this.#deps.engine.syncMember({ ...request, open, trigger, dryRun, ...asked });
    });
  }

  /** Looks by a list of ids who came, moved or left since the last run; see the engine's. */
  checkRoster(record: SyncerRecord, memory: RosterMemory, tells: boolean): Promise<RosterCheck> {
    return this.#unlessClosing(async () => {
      const request = await this.#request(record, 'roster');
      return this.#deps.engine.checkRoster(request, memory, tells);
    });
  }

  /**
   * Takes an account from its member, for good.
   *
   * @throws LeaseError while a run of this syncer goes on
   */
  unlink(record: SyncerRecord, accountName: string): Promise<readonly FieldChange[]> {
    return this.#unlessClosing(() =>
      this.#deps.engine.unlinkAccount(this.#deps.syncers.settingsOf(record), accountName),
    );
  }

  /**
   * Ends a run, in whichever process it goes on, and waits for its end; when that takes too long it answers how the run
   * stands.
   *
   * @throws Refusal when its syncer is of another organization by now
   */
  async cancel(run: Run): Promise<Run> {
    const record = await this.#deps.records.findById(run.syncerId);
    if (record && record.organization !== run.organization) throw new Refusal(MOVED);
    const ongoing = this.#ongoing(run.id);
    if (ongoing) {
      ongoing.cancel();
      return ongoing.ended;
    }
    if (isOver(run)) return run;
    // It may have lost its process; then it is closed here and now.
    await this.closeAbandoned();
    await this.#deps.engine.cancel(run.id);
    return this.#whenOver(run);
  }

  /** Ends whatever goes on for a syncer, in whichever process, and waits for it. */
  async cancelAll(syncerId: string): Promise<void> {
    const going = this.#deps.engine.ongoing.filter(({ run }) => run.syncerId === syncerId);
    for (const ongoing of going) ongoing.cancel();
    await Promise.all(going.map(({ ended }) => ended));
    const elsewhere = await this.#deps.engine.runningNow(syncerId);
    const run = elsewhere === undefined ? undefined : await this.#deps.runs.find(elsewhere);
    if (run) await this.cancel(run);
  }

  /** The run as it ended in another process, or as it stands when nobody wants to wait any longer. */
  async #whenOver(run: Run): Promise<Run> {
    for (let waited = 0; ; waited += LOOK_EVERY_MS) {
      const now = (await this.#deps.runs.find(run.id)) ?? run;
      if (isOver(now) || waited >= LONGEST_WAIT_MS || this.#closing.signal.aborted) return now;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /**
   * Applies what a held run would do, all of it or what is named, as far as it still stands today. Answers the held run.
   *
   * @throws Refusal when its syncer is no longer of the organization that the run is of
   */
  approve(held: Run, selection: Selection = {}, by?: string): Promise<Run> {
    return this.#unlessClosing(async () => {
      const record = await this.#syncerOf(held);
      const request = await this.#request(record);
      const onEnding = (run: Run): Promise<void> => this.#outcomes.noteEnd(run, held);
      const decided = await this.#deps.engine.approve(held, { ...request, onEnding, ...present({ by }) }, selection);
      this.#events.emit(held.id, held);
      return decided.held;
    });
  }

  /**
   * Applies a preview as it was seen: what is no longer the same is listed, and not done.
   *
   * @throws Refusal when its syncer is no longer of the organization that the run is of
   * @throws ConfigError for any other run, and for a preview that was applied before
   * @throws LeaseError while a run of this syncer goes on
   */
  apply(preview: Run, by?: string): Promise<OngoingRun> {
    return this.#unlessClosing(async () => {
      const record = await this.#syncerOf(preview);
      const request = await this.#request(record);
      const [waiting] = await heldBySight(this.#deps.runs, preview);
      const onEnding = (run: Run): Promise<void> => this.#outcomes.noteEnd(run, waiting);
      return this.#deps.engine.apply(preview, { ...request, onEnding, ...present({ by }) }, waiting);
    });
  }

  /**
   * Takes back what a run did, or what is named of it, where it still stands as that run left it.
   *
   * @throws Refusal when its syncer is no longer of the organization that the run is of
   * @throws ConfigError for a preview, for a run that goes on, and when something named was not applied by it
   * @throws LeaseError while a run of this syncer goes on
   */
  undo(run: Run, selection: Selection = {}, dryRun = false, by?: string): Promise<OngoingRun> {
    return this.#unlessClosing(async () => {
      const record = await this.#syncerOf(run);
      const request = { ...(await this.#request(record)), dryRun, ...present({ by }) };
      return this.#deps.engine.undo(run, request, selection);
    });
  }

  /**
   * Leaves everything as it is, or what is named. Answers the held run.
   *
   * @throws Refusal when its syncer is no longer of the organization that the run is of
   * @throws LeaseError while a run of this syncer goes on
   */
  reject(held: Run, selection: Selection = {}): Promise<Run> {
    return this.#unlessClosing(async () => {
      const record = await this.#syncerOf(held);
      let isNews = false;
      const onEnding = async (): Promise<void> => void (isNews = await this.#outcomes.noteRejected(held));
      const rejected = await this.#deps.engine.reject(held, selection, onEnding);
      this.#events.emit(held.id, rejected);
      if (isNews) this.#deps.events.healthChanged(record);
      return rejected;
    });
  }

  find(runId: string): Promise<Run | undefined> {
    const ongoing = this.#ongoing(runId);
    return ongoing ? Promise.resolve(ongoing.run) : this.#deps.runs.find(runId);
  }

  /** True: the run goes on here, and listeners hear of it. */
  isActive(runId: string): boolean {
    return this.#ongoing(runId) !== undefined;
  }

  #ongoing(runId: string): OngoingRun | undefined {
    return this.#deps.engine.ongoing.find(({ run }) => run.id === runId);
  }

  /** Answers how to stop listening. */
  listen(runId: string, listener: RunListener): () => void {
    this.#events.on(runId, listener);
    return () => this.#events.off(runId, listener);
  }

  /** Runs whose process died count as failed. */
  async closeAbandoned(): Promise<void> {
    for (const run of await this.#deps.engine.closeAbandoned()) {
      await this.#outcomes.noteEnd(run);
      await this.#outcomes.conclude(run);
    }
  }

  /** No new run; those that go on end after the page they are at. */
  async close(): Promise<void> {
    this.#closing.abort(new CancelledError(SHUTTING_DOWN));
    await Promise.allSettled(this.#calls);
    await Promise.all(this.#deps.engine.ongoing.map(({ ended }) => ended));
  }

  /** A run is decided for its own organization: not for the one that its syncer went to. */
  async #syncerOf(run: Run): Promise<SyncerRecord> {
    const record = await this.#deps.records.findById(run.syncerId);
    if (!record) throw new Refusal(DELETED);
    if (record.organization !== run.organization) throw new Refusal(MOVED);
    return record;
  }

  /** @throws Refusal when no run may begin any more */
  async #unlessClosing<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted) throw new Refusal(SHUTTING_DOWN);
    const call = work();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /**
   * The syncer is read anew, settings and secrets in one statement: what was saved since `record` was read is what runs,
   * whole, and a new secret never meets the address of before.
   *
   * @throws StaleRecordError when it went to another organization meanwhile, which nobody asked to run it for
   */
  async #request(record: SyncerRecord, trigger: RunTrigger = 'manual'): Promise<Omit<RunRequest, 'trigger'>> {
    const { syncers } = this.#deps;
    const opened = await syncers.openedForRun(record);
    if (opened.record.organization !== record.organization) throw new StaleRecordError();
    return {
      syncer: syncers.settingsOf(opened.record),
      // With the lease in hand nobody moves the syncer any more; it may have been moved a moment before.
      open: async (): Promise<Syncer> => {
        const now = await this.#deps.records.findById(record.id);
        if (now && now.organization !== record.organization) throw new ConfigError(MOVED);
        const syncer = opened.open();
        requireBudget(this.#deps.credentials, opened.record, trigger);
        return syncer;
      },
      version: opened.record.version,
      signal: this.#closing.signal,
      onBegun: async (run: Run) => this.#deps.events.started(run),
      onProgress: (run: Run) => {
        this.#events.emit(run.id, run);
        if (!isOver(run)) this.#deps.events.progressed(run);
      },
      onEnding: (run: Run) => this.#outcomes.noteEnd(run),
      onEnded: async (run: Run) => {
        await this.#outcomes.conclude(run);
        // Until this has answered it counts as one that goes on.
        setImmediate(() => this.#events.emit(ENDED, run));
      },
    };
  }
}
