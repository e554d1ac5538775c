import type { IdentityStore, LeaseGrant, SyncerScope } from '../identity/identity-store.ts';
import { endAbandoned, evictDead } from './lifecycle/abandoned.ts';
import { Approval, reject, supersedeHeld } from './lifecycle/approval.ts';
import { ongoingRuns, type OngoingRun } from './lifecycle/ongoing-runs.ts';
import {
  RunLifecycle,
  type BegunRun,
  type LifecycleDeps,
  type RunRequest,
  type RunSession,
} from './lifecycle/run-lifecycle.ts';
import { unlink } from './steps/users/decide-link.ts';
import { BUILT_IN, competingWarning, noOrganization } from './reasons.ts';
import { lazyCandidates, type RunContext } from './steps/run-context.ts';
import type { ProtectionStore } from './ports/protection-store.ts';
import type { Run, RunState } from './run.ts';
import { present } from '../syncer/present.ts';
import type { SyncerSettings } from './syncer-settings.ts';
import { sweep, type SweepDecisions } from './steps/lock-outs/sweep.ts';
import { RunProtections } from './steps/run-protections.ts';
import { syncGroups } from './steps/groups/sync-groups.ts';
import { syncMember, type MemberReport, type MemberRequest, type MemberStep } from './steps/sync-member.ts';
import { syncUsers } from './steps/users/sync-users.ts';
import type { UsersRead } from './steps/users/users-read.ts';
import { NOBODY_SEEN, ONLY_IDS } from './warnings.ts';

export interface EngineDeps extends LifecycleDeps {
  readonly identity: IdentityStore;
  /**
   * Absent: nobody is left alone by a person's word.
   *
   * @internal
   */
  readonly protections?: ProtectionStore;
}

const CHANGE_PAGE = 500;

/** Keeps accounts in step with a directory: read, plan, apply, and only then lock out whoever is gone. */
export class SyncEngine {
  readonly #deps: EngineDeps;
  readonly #lifecycle: RunLifecycle;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#lifecycle = new RunLifecycle(deps);
  }

  /**
   * The runs that go on in this process.
   *
   * @internal
   */
  get ongoing(): readonly OngoingRun[] {
    return ongoingRuns(this.#deps.leases);
  }

  /**
   * Takes the lease, stores the run and answers at once; `ended` resolves with the run in its last state and never rejects.
   *
   * @throws LeaseError when another run of this syncer goes on; it says where and since when
   */
  async begin(request: RunRequest): Promise<OngoingRun> {
    const begun = await this.#lifecycle.begin(request);
    void this.#lifecycle.finish(begun, async (session) => {
      const rejectedDigest = await this.#deps.runs.rejectedDigest(request.syncer.id);
      const context = await this.#openContext(begun, session);
      const { state } = await this.#fullRun(context, { approved: NONE, rejectedDigest });
      return state;
    });
    return begun.ongoing;
  }

  /** As `begin`, and waits for the end. */
  async run(request: RunRequest): Promise<Run> {
    return (await this.begin(request)).ended;
  }

  /**
   * One member, now: each step with its outcome, or why not.
   *
   * @internal
   */
  async syncMember(request: RunRequest & MemberRequest): Promise<MemberReport> {
    const begun = await this.#lifecycle.begin(request);
    let steps: readonly MemberStep[] = [];
    const run = await this.#lifecycle.finish(begun, async (session) => {
      const context = await this.#openContext(begun, session);
      const rejectedDigest = await this.#deps.runs.rejectedDigest(request.syncer.id);
      const outcome = await syncMember({ ...request, rejectedDigest }, context, (done) => (steps = done));
      context.recorder.noteLockOuts(outcome.digest);
      if (outcome.held) {
        context.recorder.warn('held', outcome.held);
        return 'held';
      }
      const last = steps.at(-1);
      // Nobody of that userid, or nothing that could be done for him: whoever asked for it must not read of success.
      if (last?.ok === false) context.recorder.warn('member-not-synced', last.detail, request.userid);
      return last?.ok !== false && begun.run.counts.conflicts + outcome.failedWrites === 0 ? 'succeeded' : 'partial';
    });
    const { rows } = await this.#deps.runs.changes(run.id, {}, 1, CHANGE_PAGE);
    const change = rows.at(-1);
    return { run, steps, ...present({ change }) };
  }

  /**
   * Takes an account from its member, for good: no run links the two again.
   *
   * @throws LeaseError when a run of this syncer goes on
   * @throws ConfigError when no member of this syncer has the account
   *
   * @internal
   */
  async unlinkAccount(syncer: SyncerSettings, accountName: string): Promise<void> {
    await this.exclusively(syncer.id, (lease) => unlink(this.#deps.identity, lease, scopeOf(syncer), accountName));
  }

  /**
   * Applies the lock-outs that a person looked at. The directory is read again first, so that who came back meanwhile
   * is not locked out; what no longer stands is dropped, and what is new passes the guard as always.
   *
   * Answers the held run as it ended, or as it still waits when the directory could not be read.
   *
   * @throws ConfigError when the run waits for nobody
   *
   * @internal
   */
  async approve(
    held: Run,
    request: Omit<RunRequest, 'trigger'>,
  ): Promise<{ readonly held: Run; readonly approval: Run }> {
    const decision = await Approval.open(this.#deps.runs, held);
    const begun = await this.#lifecycle.begin({ ...request, trigger: 'approval' });
    let complete = false;
    const approval = await this.#lifecycle.finish(
      begun,
      async (session) => {
        const context = await this.#openContext(begun, session);
        const ended = await this.#fullRun(context, { approved: decision.approved, rejectedDigest: '' });
        complete = ended.complete;
        return ended.state;
      },
      (ending) => decision.settle(ending, complete),
    );
    return { held, approval };
  }

  /**
   * Leaves everything as it is, and remembers this very set until it changes.
   *
   * @param onEnding as that of a run
   * @throws ConfigError when the run waits for nobody
   *
   * @internal
   */
  reject(held: Run, onEnding: (run: Run) => Promise<void> = async () => undefined): Promise<Run> {
    return reject(this.#deps.runs, held, onEnding);
  }

  /**
   * Cancels a run in whichever process it goes on: it writes nothing more, and ends when it comes to its next page or
   * renews its lease. False: it goes on nowhere.
   *
   * @internal
   */
  cancel(runId: string): Promise<boolean> {
    return this.#deps.leases.revoke(runId);
  }

  /**
   * Does something while no run of this syncer goes on, and none begins.
   *
   * @throws LeaseError when one goes on; it says where and since when
   *
   * @internal
   */
  exclusively<T>(syncerId: string, work: (lease: LeaseGrant) => Promise<T>): Promise<T> {
    return this.#lifecycle.exclusively(syncerId, work);
  }

  /**
   * The id of the run that holds the lease of this syncer, in whichever process.
   *
   * @internal
   */
  async runningNow(syncerId: string): Promise<string | undefined> {
    return (await this.#deps.leases.holder(syncerId))?.runId;
  }

  /**
   * Runs whose process died are ended as failed; answers those that this call ended.
   *
   * @internal
   */
  async closeAbandoned(): Promise<readonly Run[]> {
    await evictDead(this.#deps);
    return endAbandoned(this.#deps, (await this.#deps.runs.now()).toISOString());
  }

  async #openContext({ request }: BegunRun, { lease, recorder, signal }: RunSession): Promise<RunContext> {
    const { identity, runs, protections } = this.#deps;
    const { syncer: settings } = request;
    if (settings.organization === 'built-in') throw BUILT_IN;
    if (!(await identity.organizationExists(settings.organization))) throw noOrganization(settings.organization);
    const scope = scopeOf(settings);
    const limits = identity.columnLimits(scope);
    const dryRun = request.dryRun ?? false;
    const context: RunContext = {
      settings,
      scope,
      syncer: await request.open(),
      store: identity,
      limits,
      lease,
      recorder,
      dryRun,
      recentLockOuts: () => runs.recentLockOuts(recorder.run),
      signal,
      protections: await RunProtections.open({ protections, identity, scope, lease, dryRun }),
      candidates: lazyCandidates(identity, scope, settings.linkBy),
    };
    const competing = await identity.competingSyncers(settings.organization);
    if (competing.length > 0) recorder.warn('casdoor-syncer-enabled', competingWarning(competing));
    await recorder.begin();
    return context;
  }

  /** @returns how it ends, and whether it saw the whole directory */
  async #fullRun(
    context: RunContext,
    decisions: SweepDecisions,
  ): Promise<{ readonly state: RunState; readonly complete: boolean }> {
    const { recorder } = context;
    const groups = await syncGroups(context);
    await recorder.enter('applying');
    const users = await syncUsers(context, groups);
    await recorder.enter('sweeping');
    const outcome = await sweep(context, groups, users, decisions);
    // Who was approved and turned out to be there looks like a leaver to each later run: nobody decides twice about them.
    const isApproval = recorder.run.trigger === 'approval';
    recorder.noteLockOuts(isApproval ? outcome.digest || outcome.sparedDigest : outcome.digest);
    const { complete } = outcome;
    const failedWrites = groups.failedWrites + users.failedWrites + outcome.failedWrites;
    const isHeld = outcome.held !== undefined;
    // One run at most waits for a person. An incomplete one knows less than the run that waits, so that keeps waiting;
    // and the changes of a run that a person approves tell themselves what became of them.
    const supersedes = !context.dryRun && !isApproval && (complete || isHeld);
    if (supersedes) await supersedeHeld(this.#deps.runs, recorder.run);
    if (outcome.held) {
      recorder.warn('held', outcome.held);
      return { state: 'held', complete };
    }
    const { conflicts } = recorder.run.counts;
    const sawPeople = reportUnseen(context, users);
    const isWhole = sawPeople && complete && conflicts === 0 && failedWrites === 0;
    return { state: isWhole ? 'succeeded' : 'partial', complete };
  }
}

const NONE: ReadonlySet<string> = new Set();

/**
 * A run that was shown nobody, or ids without names, did nothing that its operator hoped for: it says so.
 *
 * @returns whether anybody was shown whole
 */
function reportUnseen({ recorder }: RunContext, { seen, wholeSeen }: UsersRead): boolean {
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
  bindingColumn: settings.bindingColumn ?? '',
});
