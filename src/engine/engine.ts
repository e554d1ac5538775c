import { randomUUID } from 'node:crypto';
import type { IdentityStore, LeaseGrant, SyncerScope } from '../identity/identity-store.ts';
import { CancelledError, LeaseError, ConfigError, SyncError, throwIfAborted } from '../syncer/errors.ts';
import type { Syncer } from '../syncer/syncer.ts';
import { text, type Text } from '../syncer/text.ts';
import { lazyCandidates } from './steps/candidate-index.ts';
import { Deadline } from './lifecycle/deadline.ts';
import { isDead, liveRuns } from './lifecycle/abandoned.ts';
import { unlink } from './steps/decide-link.ts';
import { LinkClaims } from './plan/link-claims.ts';
import { LeaseKeeper, leaseTaken } from './lifecycle/lease-keeper.ts';
import { Recorder } from './lifecycle/recorder.ts';
import { rivalWarning } from './competing-syncers.ts';
import { RenameWatch } from './steps/rename-watch.ts';
import type { RunContext } from './steps/run-context.ts';
import type { LeaseAnswer, LeaseHolder, LeaseRequest, LeaseStore, RunStore, StoredChange } from './ports/run-store.ts';
import { noCounts, type Run, type RunError, type RunState, type RunTrigger } from './run.ts';
import type { SyncerSettings } from './syncer-settings.ts';
import { lockOutId, sweep, type SweepDecisions } from './steps/sweep.ts';
import { syncGroups } from './steps/sync-groups.ts';
import { syncMember, type MemberReport, type MemberRequest, type MemberStep } from './steps/sync-member.ts';
import { syncUsers } from './steps/sync-users.ts';
import { NOBODY_SEEN, ONLY_IDS } from './warnings.ts';

/** Where the engine says what only an operator of the host needs to know; never personal data. */
export interface EngineLogger {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface EngineDeps {
  readonly identity: IdentityStore;
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  /** Names this process to others: `HOST:PID`. */
  readonly owner: string;
  /** How long a lease outlives its last renewal, in milliseconds. */
  readonly leaseTtlMs?: number;
  readonly logger?: EngineLogger;
  /** Lets only so many runs work at once; the others stay `queued`, and keep their lease. */
  readonly gate?: <T>(organization: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;
  /** A run that works longer, in milliseconds, ends as failed. */
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
  readonly signal?: AbortSignal;
  readonly onProgress?: (run: Run) => void;
  /**
   * Told how the run ends before anybody can see that it has, and before its lease is given back: what it stores here is
   * there for whoever sees the end. It must not throw.
   */
  readonly onEnding?: (run: Run) => Promise<void>;
}

const LEASE_TTL_MS = 60_000;
const CHANGE_PAGE = 500;

/** Keeps accounts in step with a directory: read, plan, apply, and only then lock out whoever is gone. */
export class SyncEngine {
  readonly #deps: EngineDeps;
  readonly #leaseTtlMs: number;
  /** What goes on here, by syncer: no clock of any database may say that it has ended. */
  readonly #running = new Map<string, LeaseHolder>();

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#leaseTtlMs = deps.leaseTtlMs ?? LEASE_TTL_MS;
  }

  /**
   * Takes the lease, stores the run and answers at once; `ended` resolves with the run in its last state and never rejects.
   *
   * @throws LeaseError when another run of this syncer goes on; it says where and since when
   */
  async begin(request: RunRequest): Promise<{ readonly run: Run; readonly ended: Promise<Run> }> {
    const { run, keeper } = await this.#start(request);
    const decisions = { approved: NONE, rejectedDigest: await this.#deps.runs.rejectedDigest(request.syncer.id) };
    return { run, ended: this.#finish(run, keeper, request, (context) => this.#fullRun(context, decisions)) };
  }

  /** As `begin`, and waits for the end. */
  async run(request: RunRequest): Promise<Run> {
    return (await this.begin(request)).ended;
  }

  /** One member, now: each step with its outcome, or why not. */
  async syncMember(request: RunRequest & MemberRequest): Promise<MemberReport> {
    const { run, keeper } = await this.#start(request);
    let steps: readonly MemberStep[] = [];
    await this.#finish(run, keeper, request, async (context) => {
      const rejectedDigest = await this.#deps.runs.rejectedDigest(request.syncer.id);
      const outcome = await syncMember({ ...request, rejectedDigest }, context, (done) => (steps = done));
      run.lockOutDigest = outcome?.digest ?? '';
      if (outcome?.held) {
        context.recorder.warn('held', outcome.held);
        return 'held';
      }
      const last = steps.at(-1);
      // Nobody of that userid, or nothing that could be done for him: whoever asked for it must not read of success.
      if (last?.ok === false) context.recorder.warn('member-not-synced', last.detail, request.userid);
      return last?.ok !== false && run.counts.conflicts + context.failedWrites === 0 ? 'succeeded' : 'partial';
    });
    const { rows } = await this.#deps.runs.changes(run.id, {}, 1, CHANGE_PAGE);
    const change = rows.at(-1);
    return { run, steps, ...(change && { change }) };
  }

  /**
   * Takes an account from its member, for good: no run links the two again.
   *
   * @throws LeaseError when a run of this syncer goes on
   * @throws ConfigError when no member of this syncer has the account
   */
  async unlinkAccount(syncer: SyncerSettings, accountName: string): Promise<void> {
    const { identity, leases, owner } = this.#deps;
    const runId = randomUUID();
    liveRuns.add(runId);
    try {
      const { grant } = await this.#acquire({ syncerId: syncer.id, runId, owner, ttlMs: this.#leaseTtlMs });
      try {
        await unlink(identity, grant, scopeOf(syncer), accountName);
      } finally {
        await leases.release(grant);
      }
    } finally {
      liveRuns.delete(runId);
    }
  }

  /**
   * Applies the lock-outs that a person looked at. The directory is read again first, so that who came back meanwhile
   * is not locked out; what no longer stands is dropped, and what is new passes the guard as always.
   *
   * Answers the held run as it ended, or as it still waits when the directory could not be read.
   */
  async approve(
    heldRun: Run,
    request: Omit<RunRequest, 'trigger'>,
  ): Promise<{ readonly held: Run; readonly approval: Run }> {
    requireHeld(heldRun);
    const changes = await this.#heldChanges(heldRun.id);
    const approved = new Set(changes.map((change) => lockOutId(change.kind, change.userid.toLowerCase())));
    const { run, keeper } = await this.#start({ ...request, trigger: 'approval' });
    let complete = false;
    const approval = await this.#finish(
      run,
      keeper,
      { ...request, trigger: 'approval' },
      async (context) => {
        const state = await this.#fullRun(context, { approved, rejectedDigest: '' }, heldRun.id);
        complete = context.complete;
        return state;
      },
      (ending) => this.#settleApproval(heldRun, ending, changes, complete),
    );
    return { held: heldRun, approval };
  }

  /**
   * Leaves everything as it is, and remembers this very set until it changes.
   *
   * @param onEnding as that of a run
   */
  async reject(heldRun: Run, onEnding: (run: Run) => Promise<void> = async () => undefined): Promise<Run> {
    requireHeld(heldRun);
    const { runs } = this.#deps;
    await runs.moveChanges(heldRun.id, 'held', 'rejected');
    await runs.rememberRejection(heldRun.syncerId, heldRun.lockOutDigest);
    heldRun.error = { ...REJECTED };
    heldRun.state = 'cancelled';
    heldRun.finishedAt = await this.#now();
    await onEnding(heldRun);
    await runs.save(heldRun);
    return heldRun;
  }

  /**
   * Cancels a run in whichever process it goes on: it writes nothing more, and ends when it comes to its next page or
   * renews its lease. False: it goes on nowhere.
   */
  cancel(runId: string): Promise<boolean> {
    return this.#deps.leases.revoke(runId);
  }

  /**
   * Does something while no run of these syncers goes on, and none begins.
   *
   * @throws LeaseError when one goes on; it says where and since when
   */
  async exclusively<T>(
    syncerIds: readonly string[],
    work: (leases: ReadonlyMap<string, LeaseGrant>) => Promise<T>,
  ): Promise<T> {
    const { leases, owner } = this.#deps;
    const taken = new Map<string, { readonly keeper: LeaseKeeper; readonly runId: string }>();
    try {
      for (const syncerId of new Set(syncerIds)) {
        const runId = randomUUID();
        liveRuns.add(runId);
        try {
          const answer = await this.#acquire({ syncerId, runId, owner, ttlMs: this.#leaseTtlMs });
          taken.set(syncerId, { keeper: new LeaseKeeper(answer, leases, this.#leaseTtlMs), runId });
          this.#running.set(syncerId, { owner, since: answer.since, runId });
        } catch (error) {
          liveRuns.delete(runId);
          throw error;
        }
      }
      return await work(new Map([...taken].map(([syncerId, { keeper }]) => [syncerId, keeper.grant])));
    } finally {
      for (const [syncerId, { keeper, runId }] of taken) {
        await keeper.release();
        this.#running.delete(syncerId);
        liveRuns.delete(runId);
      }
    }
  }

  /** The id of the run that holds the lease of this syncer, in whichever process. */
  async runningNow(syncerId: string): Promise<string | undefined> {
    return (await this.#deps.leases.holder(syncerId))?.runId;
  }

  /** Runs whose process died are ended as failed; answers those that this call ended. */
  async closeAbandoned(): Promise<readonly Run[]> {
    await this.#evictDead();
    return this.#endAbandoned(await this.#now());
  }

  async #start(request: RunRequest): Promise<{ run: Run; keeper: LeaseKeeper }> {
    const { leases, owner, runs } = this.#deps;
    const runId = randomUUID();
    const ttlMs = this.#leaseTtlMs;
    // Before anybody can see its lease, or another flow of this process would take it for one of an earlier life.
    liveRuns.add(runId);
    try {
      const taken = await this.#acquire({ syncerId: request.syncer.id, runId, owner, ttlMs });
      const run = newRun(runId, request, taken.since);
      const keeper = new LeaseKeeper(taken, leases, ttlMs);
      this.#running.set(run.syncerId, { owner, since: taken.since, runId });
      try {
        // The lease is ours now, so a run of this syncer that still counts as going on has lost its process.
        await this.#endAbandoned(taken.since, (abandoned) => abandoned.syncerId === run.syncerId);
        await runs.create(run);
      } catch (error) {
        this.#running.delete(run.syncerId);
        await keeper.release();
        throw error;
      }
      return { run, keeper };
    } catch (error) {
      liveRuns.delete(runId);
      throw error;
    }
  }

  /** @throws LeaseError when another run of this syncer goes on */
  async #acquire(request: LeaseRequest): Promise<Extract<LeaseAnswer, { grant: LeaseGrant }>> {
    const { leases } = this.#deps;
    const running = this.#running.get(request.syncerId);
    if (running) throw leaseTaken(running);
    let taken = await leases.acquire(request);
    if ('holder' in taken && isDead(taken.holder, request.owner)) {
      await leases.evict(taken.holder.runId);
      taken = await leases.acquire(request);
    }
    if ('holder' in taken) throw leaseTaken(taken.holder);
    return taken;
  }

  /** Leases of processes of this machine that are no more: nobody has to wait for them to run out. */
  async #evictDead(): Promise<void> {
    const { leases, owner } = this.#deps;
    for (const holder of await leases.holders()) {
      if (isDead(holder, owner)) await leases.evict(holder.runId);
    }
  }

  async #endAbandoned(at: string, concerns: (run: Run) => boolean = () => true): Promise<readonly Run[]> {
    const { leases, runs } = this.#deps;
    const ended: Run[] = [];
    for (const run of (await runs.abandoned()).filter(concerns)) {
      // It goes on in this very process, which the database was away from for longer than a lease lasts.
      if (liveRuns.has(run.id)) continue;
      // Should it live all the same, somewhere else: what counts as failed writes nothing more.
      await leases.evict(run.id);
      end(run, 'failed', at, ABANDONED);
      if (await runs.end(run)) ended.push(run);
    }
    return ended;
  }

  async #finish(
    run: Run,
    keeper: LeaseKeeper,
    request: RunRequest,
    work: (context: RunContext) => Promise<RunState>,
    settle: (ending: Run) => Promise<readonly Run[]> = async () => [],
  ): Promise<Run> {
    const deadline = new Deadline(this.#deps.deadlineMs);
    const signal = AbortSignal.any([keeper.signal, deadline.signal, ...(request.signal ? [request.signal] : [])]);
    const recorder = new Recorder(run, this.#deps.runs, request.onProgress ?? (() => undefined));
    const gate = this.#deps.gate ?? ((_organization, _signal, task) => task());
    let state: RunState;
    let failure: RunError | null = null;
    try {
      state = await gate(run.organization, signal, async () => {
        throwIfAborted(signal);
        // Waiting for its turn is no fault of the run.
        deadline.start();
        const context = await this.#openContext(request, keeper.grant, recorder, signal);
        const rivals = await this.#deps.identity.rivals(run.organization);
        if (rivals.length > 0) recorder.warn('casdoor-syncer-enabled', rivalWarning(rivals));
        run.state = 'running';
        await recorder.enter('fetching');
        return work(context);
      });
    } catch (error) {
      const met = signal.aborted && signal.reason instanceof SyncError ? signal.reason : error;
      const reason = met instanceof LeaseError && (await this.#isRevoked(keeper)) ? new CancelledError() : met;
      state = reason instanceof CancelledError ? 'cancelled' : 'failed';
      failure = this.#runError(reason, run);
    } finally {
      deadline.stop();
    }
    return this.#close(asEnded(run, state, keeper.now(), failure), recorder, keeper, request, settle);
  }

  async #isRevoked(keeper: LeaseKeeper): Promise<boolean> {
    try {
      return await this.#deps.leases.isRevoked(keeper.grant);
    } catch {
      // The database is away: the run failed all the same.
      return false;
    }
  }

  /**
   * Whoever sees that a run is over begins the next one and reads what this one left: so its consequences are stored
   * first, then its end together with the return of the lease, and only then the run itself says so.
   *
   * @param ending the run as it ends
   * @param settle answers other runs that end with this one
   */
  async #close(
    ending: Run,
    recorder: Recorder,
    keeper: LeaseKeeper,
    request: RunRequest,
    settle: (ending: Run) => Promise<readonly Run[]>,
  ): Promise<Run> {
    const { run } = recorder;
    try {
      const others = await settle(ending);
      await request.onEnding?.(ending);
      keeper.stop();
      // It writes nothing more, and whoever hears of its end from the database may be quicker than the answer to this.
      this.#running.delete(run.syncerId);
      await this.#deps.runs.finish(keeper.grant, ending, ...others);
    } catch (error) {
      // The database is away: the run is closed as abandoned once it is back and the lease has expired.
      this.#log(error, run);
    } finally {
      keeper.stop();
      // Not the one that began meanwhile.
      if (this.#running.get(run.syncerId)?.runId === run.id) this.#running.delete(run.syncerId);
      liveRuns.delete(run.id);
    }
    Object.assign(run, ending);
    recorder.announce();
    return run;
  }

  async #openContext(
    request: RunRequest,
    lease: LeaseGrant,
    recorder: Recorder,
    signal: AbortSignal,
  ): Promise<RunContext> {
    const { identity } = this.#deps;
    const { syncer: settings } = request;
    if (settings.organization === 'built-in') throw BUILT_IN;
    if (!(await identity.organizationExists(settings.organization))) {
      throw new ConfigError(
        text(`Organization "${settings.organization}" does not exist.`, `组织“${settings.organization}”不存在。`),
        { remedy: text('Create it, or choose another one.', '请创建该组织，或选择其他组织。') },
      );
    }
    const scope = scopeOf(settings);
    const limits = identity.columnLimits(scope);
    return {
      settings,
      scope,
      syncer: await request.open(),
      store: identity,
      limits,
      lease,
      recorder,
      dryRun: request.dryRun ?? false,
      recentLockOuts: () => this.#deps.runs.recentLockOuts(recorder.run),
      signal,
      candidates: lazyCandidates(identity, scope, settings.linkBy),
      groupNames: undefined,
      ledBy: new Map(),
      seen: new Set(),
      granted: 0,
      linkedSeen: 0,
      wholeSeen: 0,
      lockOuts: new Map(),
      relinked: new Map(),
      renames: new RenameWatch(await identity.countLinks(scope), limits),
      claims: new LinkClaims(settings.linkBy),
      moved: new Set(),
      keptGroups: new Set(),
      parentOf: new Map(),
      seenGroups: new Set(),
      complete: true,
      failedWrites: 0,
    };
  }

  /** @param approvedRunId the held run whose lock-outs a person approved: its own changes tell what became of them */
  async #fullRun(context: RunContext, decisions: SweepDecisions, approvedRunId?: string): Promise<RunState> {
    const { recorder } = context;
    await syncGroups(context);
    await recorder.enter('applying');
    await syncUsers(context);
    await recorder.enter('sweeping');
    const outcome = await sweep(context, decisions);
    recorder.run.lockOutDigest = outcome.digest;
    if (!context.dryRun && approvedRunId === undefined) await this.#supersede(context, outcome.held !== undefined);
    if (outcome.held) {
      recorder.warn('held', outcome.held);
      return 'held';
    }
    const { conflicts } = recorder.run.counts;
    const sawPeople = reportUnseen(context);
    return sawPeople && context.complete && conflicts === 0 && context.failedWrites === 0 ? 'succeeded' : 'partial';
  }

  /**
   * One run at most waits for a person: a newer one that weighed the whole directory takes its place, with today's set.
   * An incomplete one knows less than the run that waits, so that keeps waiting.
   */
  async #supersede(context: RunContext, holds: boolean): Promise<void> {
    const { runs } = this.#deps;
    const { run } = context.recorder;
    if (!context.complete && !holds) return;
    // Runs of single members wait beside each other until a full one comes.
    for (let earlier = await runs.held(run); earlier; earlier = await runs.held(run)) {
      await runs.moveChanges(earlier.id, 'held', 'planned');
      earlier.supersededBy = run.id;
      end(earlier, 'cancelled', await this.#now(), superseded(run.id));
      await runs.save(earlier);
    }
  }

  async #heldChanges(runId: string): Promise<StoredChange[]> {
    const changes: StoredChange[] = [];
    for (let page = 1; ; page += 1) {
      const { rows } = await this.#deps.runs.changes(runId, { state: 'held' }, page, CHANGE_PAGE);
      changes.push(...rows);
      if (rows.length < CHANGE_PAGE) return changes;
    }
  }

  /** Writes on the held run what became of each of its changes. Answers that run, which is still to be stored. */
  async #settleApproval(
    heldRun: Run,
    approval: Run,
    held: readonly StoredChange[],
    complete: boolean,
  ): Promise<readonly Run[]> {
    const { runs } = this.#deps;
    if (approval.state !== 'succeeded' && approval.state !== 'partial' && approval.state !== 'held') return [];
    const applied = new Set(await this.#appliedLockOuts(approval.id));
    const done = held.filter((change) => applied.has(lockOutId(change.kind, change.userid.toLowerCase())));
    await runs.moveChanges(
      heldRun.id,
      'held',
      'applied',
      done.map(({ seq }) => seq),
    );
    for (const { kind } of done) {
      if (kind === 'forbid') heldRun.counts.forbidden += 1;
      if (kind === 'remove') heldRun.counts.removed += 1;
      if (kind === 'removeGroup') heldRun.counts.groupsRemoved += 1;
    }
    if (complete || done.length === held.length) {
      // What the directory no longer asks for is dropped: who came back is not locked out.
      await runs.moveChanges(heldRun.id, 'held', 'rejected');
      heldRun.lockOutDigest = '';
      end(heldRun, approval.state === 'held' ? 'succeeded' : approval.state, await this.#now(), null);
    }
    await runs.rememberRejection(heldRun.syncerId, '');
    return [heldRun];
  }

  async #appliedLockOuts(runId: string): Promise<string[]> {
    const ids: string[] = [];
    for (let page = 1; ; page += 1) {
      const { rows } = await this.#deps.runs.changes(runId, { state: 'applied' }, page, CHANGE_PAGE);
      for (const change of rows) ids.push(lockOutId(change.kind, change.userid.toLowerCase()));
      if (rows.length < CHANGE_PAGE) return ids;
    }
  }

  #runError(error: unknown, run: Run): RunError {
    if (error instanceof CancelledError) return cancelled(error, run);
    if (error instanceof SyncError) {
      return { code: error.code, message: error.text, remedy: error.remedy ?? null, recovery: error.recovery };
    }
    this.#log(error, run);
    return INTERNAL;
  }

  /** Driver messages may carry rows: only the kind of error is logged. */
  #log(error: unknown, run: Run): void {
    const fields = error instanceof Error ? { error: error.name, code: (error as { code?: unknown }).code } : {};
    this.#deps.logger?.error({ runId: run.id, ...fields }, 'a run met an unexpected error');
  }

  async #now(): Promise<string> {
    return (await this.#deps.runs.now()).toISOString();
  }
}

const NONE: ReadonlySet<string> = new Set();

/**
 * A run that was shown nobody, or ids without names, did nothing that its operator hoped for: it says so.
 *
 * @returns whether anybody was shown whole
 */
function reportUnseen({ recorder, seen, wholeSeen }: RunContext): boolean {
  if (wholeSeen > 0) return true;
  const { warnings } = recorder.run;
  const failedToRead = warnings.some(({ code }) => code === 'unread' || code === 'member-unmappable');
  if (seen.size === 0 && !failedToRead) recorder.warn('nobody-seen', NOBODY_SEEN);
  else if (seen.size > 0 && !failedToRead && !warnings.some(({ code }) => code === 'ids-only')) {
    recorder.warn('ids-only', ONLY_IDS);
  }
  return false;
}

const scopeOf = (settings: SyncerSettings): SyncerScope => ({
  syncerId: settings.id,
  organization: settings.organization,
  source: `${settings.organization}/${settings.name}`,
  bindingColumn: settings.bindingColumn,
});

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

function end(run: Run, state: RunState, at: string, error: RunError | null): void {
  run.state = state;
  run.phase = 'done';
  run.finishedAt = at;
  run.error = error;
}

/** The run as it ends, while the run itself still goes on for whoever looks at it. */
function asEnded(run: Run, state: RunState, at: string, error: RunError | null): Run {
  const ending = { ...run };
  end(ending, state, at, error);
  return ending;
}

function requireHeld(run: Run): void {
  if (run.state === 'held') return;
  throw new ConfigError(
    text(
      `Run ${run.id} does not wait for a decision; it is ${run.state}.`,
      `同步 ${run.id} 并未等待审批；当前状态为 ${run.state}。`,
    ),
  );
}

const runError = (code: string, recovery: string, message: Text, remedy: Text | null = null): RunError => ({
  code,
  message,
  remedy,
  recovery,
});

/** Says what was done: somebody who cancels wants to know what stays. */
function cancelled(error: CancelledError, run: Run): RunError {
  const { created, updated, forbidden, restored, linked, removed } = run.counts;
  const applied = created + updated + restored + linked + removed + forbidden;
  const message = text(
    `${error.text.en} ${run.progress.membersSeen} members were read and ${applied} changes applied; they stay.`,
    `${error.text.zh}已读取 ${run.progress.membersSeen} 名成员，已应用 ${applied} 项变更并保留。`,
  );
  return runError(error.code, error.recovery, message);
}

const INTERNAL = runError(
  'internal',
  'retry',
  text('The run met an unexpected error; the host’s log names it.', '同步遇到意外错误；详见服务日志。'),
  text(
    'Run it again; what was applied stays and the next run converges.',
    '请重新同步；已应用的内容保留，下次同步会补齐。',
  ),
);

const ABANDONED = runError(
  'abandoned',
  'retry',
  text(
    'The process that ran it ended, or lost the database, before the run did.',
    '执行同步的进程在同步完成前已终止，或与数据库失去了连接。',
  ),
  text(
    'Run it again; what was applied stays and the next run converges.',
    '请重新同步；已应用的内容保留，下次同步会补齐。',
  ),
);

/** Whether nobody heard how this run ended. */
export const wasAbandoned = (run: Run): boolean => run.error?.code === ABANDONED.code;

const REJECTED = runError(
  'rejected',
  'confirm',
  text('A person rejected these lock-outs; nothing was changed.', '已人工拒绝这些锁定操作；未作任何更改。'),
);

const superseded = (runId: string): RunError =>
  runError(
    'superseded',
    'confirm',
    text(`Run ${runId} weighed the directory again and took its place.`, `同步 ${runId} 已重新评估并取代此次同步。`),
  );

const BUILT_IN = new ConfigError(
  text('Syncing into the organization "built-in" is refused.', '不允许同步到“built-in”组织。'),
  {
    remedy: text(
      'Choose another organization: every user of built-in is a global administrator.',
      '请选择其他组织：built-in 中的每个用户都是全局管理员。',
    ),
  },
);
