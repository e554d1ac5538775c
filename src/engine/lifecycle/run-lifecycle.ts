import type { LeaseGrant } from '../../identity/identity-store.ts';
import { CancelledError, errorFields, LeaseError, SyncError, throwIfAborted } from '../../syncer/errors.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Syncer } from '../../syncer/syncer.ts';
import type { LeaseAnswer, LeaseStore } from '../ports/lease-store.ts';
import type { RunStore } from '../ports/run-store.ts';
import type { SignOuts } from '../ports/sign-outs.ts';
import { cancelled, leaseTaken, unforeseen } from '../reasons.ts';
import { asEnded, noCounts, type Run, type RunError, type RunState, type RunTrigger } from '../run.ts';
import type { SyncerSettings } from '../syncer-settings.ts';
import { SESSIONS_LEFT, SIGN_OUT_FAILED } from '../warnings.ts';
import { endAbandoned, isDead } from './abandoned.ts';
import { Deadline } from './deadline.ts';
import { LeaseRenewer } from './lease-renewer.ts';
import { holderHere, LeaseHolding, type OngoingRun } from './ongoing-runs.ts';
import { Recorder } from './recorder.ts';

/** Where the engine says what only an operator of the host needs to know; never personal data. */
export interface EngineLogger {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface LifecycleDeps {
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  /**
   * Absent: there is no IAM beside us.
   *
   * @internal
   */
  readonly signOuts?: SignOuts;
  /** Names this process to others: `HOST:PID`. */
  readonly owner: string;
  /**
   * How long a lease outlives its last renewal, in milliseconds.
   *
   * @internal
   */
  readonly leaseTtlMs?: number;
  readonly logger?: EngineLogger;
  /**
   * Lets only so many runs work at once; the others stay `queued`, and keep their lease.
   *
   * @internal
   */
  readonly gate?: <T>(organization: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;
  /**
   * A run that works longer, in milliseconds, ends as failed.
   *
   * @internal
   */
  readonly deadlineMs?: number;
}

/** One run of one syncer. */
export interface RunRequest {
  readonly syncer: SyncerSettings;
  /** Opens the connector; called once, after the lease is taken: what it finds stored then stays so for the run. */
  readonly open: () => Syncer | Promise<Syncer>;
  readonly trigger: RunTrigger;
  /** Plans everything and applies nothing. */
  readonly dryRun?: boolean;
  /**
   * Who begins it, `ORG/NAME` of a person; absent: the syncer does, by its schedule or an event.
   *
   * @internal
   */
  readonly by?: string;
  /**
   * Version of the stored syncer that it runs with: whoever asks for the same can join it.
   *
   * @internal
   */
  readonly version?: number;
  readonly signal?: AbortSignal;
  /**
   * Told when the run is stored, and before it does anything. It must not throw.
   *
   * @internal
   */
  readonly onBegun?: (run: Run) => Promise<void>;
  readonly onProgress?: (run: Run) => void;
  /**
   * Told whom a run of everybody was shown, once it is sure that it ends well and was no preview. It must not throw.
   *
   * @internal
   */
  readonly onWhole?: (seen: ReadonlySet<ExternalKey>) => void;
  /**
   * Told how the run ends before anybody can see that it has, and before its lease is given back: what it stores here is
   * there for whoever sees the end. It must not throw.
   *
   * @internal
   */
  readonly onEnding?: (run: Run) => Promise<void>;
  /**
   * Told when the run has ended; until then it counts as one that goes on here. It must not throw.
   *
   * @internal
   */
  readonly onEnded?: (run: Run) => Promise<void>;
}

/** A run that is stored and has its lease. */
export interface BegunRun {
  readonly request: RunRequest;
  readonly run: Run;
  readonly ongoing: OngoingRun;
  readonly lease: HeldLease;
}

/** What a run works with. */
export interface RunSession {
  readonly lease: LeaseGrant;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

interface HeldLease {
  readonly holding: LeaseHolding;
  readonly renewer: LeaseRenewer;
  /** RFC 3339. */
  readonly since: string;
}

const LEASE_TTL_MS = 60_000;

/** How a run begins and ends, whatever it does in between: its lease, its record, its place among those that go on. */
export class RunLifecycle {
  readonly #deps: LifecycleDeps;
  readonly #leaseTtlMs: number;

  constructor(deps: LifecycleDeps) {
    this.#deps = deps;
    this.#leaseTtlMs = deps.leaseTtlMs ?? LEASE_TTL_MS;
  }

  /**
   * @param ready looks with the lease in hand whether there is still something to do; what it throws is thrown, and there
   *   was no run
   * @throws LeaseError when another run of this syncer goes on
   */
  async begin(request: RunRequest, ready: () => Promise<unknown> = async () => undefined): Promise<BegunRun> {
    const lease = await this.#takeLease(request.syncer.id);
    try {
      const { holding, since } = lease;
      const run = newRun(holding.runId, request, since);
      // The lease is ours now, so a run of this syncer that still counts as going on has lost its process.
      await endAbandoned(this.#deps, since, (abandoned) => abandoned.syncerId === run.syncerId);
      await ready();
      await this.#deps.runs.create(run, request.by);
      const ongoing = holding.runs(run, request.version);
      await request.onBegun?.(run);
      return { request, run, ongoing, lease };
    } catch (error) {
      await this.#giveBack(lease);
      throw error;
    }
  }

  /**
   * Works, once there is room for it, and ends the run whatever comes of that.
   *
   * @param settle told how the run ends; answers other runs that end with this one
   */
  async finish(
    begun: BegunRun,
    work: (session: RunSession) => Promise<RunState>,
    settle: (ending: Run) => Promise<readonly Run[]> = async () => [],
  ): Promise<Run> {
    const { request, run, lease } = begun;
    const { holding, renewer } = lease;
    const deadline = new Deadline(this.#deps.deadlineMs);
    const asked = request.signal ? [request.signal] : [];
    const signal = AbortSignal.any([renewer.signal, deadline.signal, holding.signal, ...asked]);
    const recorder = new Recorder(run, this.#deps.runs, request.onProgress ?? (() => undefined));
    const gate = this.#deps.gate ?? ((_organization, _signal, task) => task());
    let state: RunState;
    let failure: RunError | null = null;
    try {
      state = await gate(run.organization, signal, async () => {
        throwIfAborted(signal);
        // Waiting for its turn is no fault of the run.
        deadline.start();
        try {
          return await work({ lease: renewer.grant, recorder, signal });
        } finally {
          // Also when it failed on its way: whom it locked out until then is out.
          await this.#signOut(recorder, signal);
        }
      });
    } catch (error) {
      const met = signal.aborted && signal.reason instanceof SyncError ? signal.reason : error;
      const reason = met instanceof LeaseError && (await this.#isRevoked(renewer.grant)) ? new CancelledError() : met;
      state = reason instanceof CancelledError ? 'cancelled' : 'failed';
      failure = this.#runError(reason, run);
    } finally {
      deadline.stop();
    }
    return this.#close(begun, asEnded(run, state, renewer.now(), failure), recorder, settle);
  }

  /** Whom this run locked out is still signed in where only the IAM can end it. */
  async #signOut(recorder: Recorder, signal: AbortSignal): Promise<void> {
    const { run } = recorder;
    if (run.dryRun || signal.aborted || !this.#deps.signOuts) return;
    try {
      const { signedOut, failed, left } = await this.#deps.signOuts.settle(run, signal);
      recorder.count('signedOut', signedOut);
      for (const name of failed) recorder.warn('sign-out-failed', SIGN_OUT_FAILED, name);
      for (const name of left) recorder.warn('sessions-left', SESSIONS_LEFT, name);
    } catch (error) {
      // What is to be done stays noted for the next run.
      this.#log(error, run);
    }
  }

  /**
   * Does something while no run of this syncer goes on, and none begins.
   *
   * @throws LeaseError when one goes on; it says where and since when
   */
  async exclusively<T>(syncerId: string, work: (lease: LeaseGrant) => Promise<T>): Promise<T> {
    const lease = await this.#takeLease(syncerId);
    try {
      return await work(lease.renewer.grant);
    } finally {
      await this.#giveBack(lease);
    }
  }

  /** @throws LeaseError when another run of this syncer goes on */
  async #takeLease(syncerId: string): Promise<HeldLease> {
    const { leases, owner } = this.#deps;
    const holding = new LeaseHolding(leases, syncerId);
    try {
      const taken = await this.#acquire(holding);
      holding.tookLease(owner, taken.since);
      return { holding, renewer: new LeaseRenewer(taken, leases, this.#leaseTtlMs), since: taken.since };
    } catch (error) {
      holding.end();
      throw error;
    }
  }

  async #acquire({ runId, syncerId }: LeaseHolding): Promise<Extract<LeaseAnswer, { grant: LeaseGrant }>> {
    const { leases, owner } = this.#deps;
    const here = holderHere(leases, syncerId);
    if (here) throw leaseTaken(here);
    const request = { syncerId, runId, owner, ttlMs: this.#leaseTtlMs };
    let taken = await leases.acquire(request);
    if ('holder' in taken && isDead(taken.holder, owner)) {
      await leases.evict(taken.holder.runId);
      taken = await leases.acquire(request);
    }
    if ('holder' in taken) throw leaseTaken(taken.holder);
    return taken;
  }

  async #giveBack({ holding, renewer }: HeldLease): Promise<void> {
    try {
      await renewer.release();
    } finally {
      holding.end();
    }
  }

  /**
   * Whoever sees that a run is over begins the next one and reads what this one left: so its consequences are stored
   * first, then its end together with the return of the lease, and only then the run itself says so.
   *
   * @param ending the run as it ends
   */
  async #close(
    { request, run, lease: { holding, renewer } }: BegunRun,
    ending: Run,
    recorder: Recorder,
    settle: (ending: Run) => Promise<readonly Run[]>,
  ): Promise<Run> {
    try {
      const others = await settle(ending);
      await request.onEnding?.(ending);
      renewer.stop();
      // It writes nothing more, and whoever hears of its end from the database may be quicker than the answer to this.
      holding.givesLeaseBack();
      await this.#deps.runs.finish(renewer.grant, ending, ...others);
    } catch (error) {
      // The database is away: the run is closed as abandoned once it is back and the lease has expired.
      this.#log(error, run);
    } finally {
      renewer.stop();
      holding.givesLeaseBack();
    }
    recorder.end(ending);
    try {
      await request.onEnded?.(run);
    } catch (error) {
      this.#log(error, run);
    } finally {
      holding.end(run);
      // Whoever listens hears of the end when it goes on here no more.
      recorder.announce();
    }
    return run;
  }

  async #isRevoked(grant: LeaseGrant): Promise<boolean> {
    try {
      return await this.#deps.leases.isRevoked(grant);
    } catch {
      // The database is away: the run failed all the same.
      return false;
    }
  }

  #runError(error: unknown, run: Run): RunError {
    if (error instanceof CancelledError) return cancelled(error, run);
    if (error instanceof SyncError) {
      return { code: error.code, message: error.text, remedy: error.remedy ?? null, recovery: error.recovery };
    }
    this.#log(error, run);
    return unforeseen(error);
  }

  #log(error: unknown, run: Run): void {
    this.#deps.logger?.error({ runId: run.id, ...errorFields(error) }, 'a run met an unexpected error');
  }
}

function newRun(id: string, request: RunRequest, startedAt: string): Run {
  const { syncer, trigger, dryRun = false } = request;
  return {
    id,
    syncerId: syncer.id,
    organization: syncer.organization,
    syncerName: syncer.name,
    trigger,
    dryRun,
    state: 'queued',
    phase: 'queued',
    startedAt,
    finishedAt: null,
    progress: { departmentsDone: 0, departmentsTotal: 0, membersSeen: 0 },
    counts: noCounts(),
    warnings: [],
    error: null,
    lockOutDigest: '',
    supersededBy: null,
  };
}
