import type { FieldChange } from '../identity/change.ts';
import type { LeaseGrant } from '../identity/identity-store.ts';
import { endAbandoned, evictDead } from './lifecycle/abandoned.ts';
import { Approval, supersedeHeld, supersedeRosters } from './lifecycle/approval.ts';
import { allChanges } from './lifecycle/all-changes.ts';
import { waitingUndo } from './lifecycle/decided-since.ts';
import { NOTHING_SAID, SaidBefore } from './lifecycle/said-before.ts';
import { PreviewApplication } from './lifecycle/preview-application.ts';
import { selected, type Selection } from './lifecycle/selection.ts';
import { ongoingRuns, type OngoingRun } from './lifecycle/ongoing-runs.ts';
import { RunLifecycle, type RunRequest } from './lifecycle/run-lifecycle.ts';
import { closeQuestions } from './steps/questions.ts';
import { takeBackAnswers } from './steps/users/answer-question.ts';
import { unlink } from './steps/users/decide-link.ts';
import { openContext, type EngineDeps } from './open-context.ts';
import { notUndoable, undoneAlready } from './reasons.ts';
import { lockOutNamed, lockOutsIn, NO_DIRECTORY, stateAfter, undoing, undoRun } from './steps/undo-run.ts';
import { listMissing } from './steps/list-missing.ts';
import { lazyCandidates, scopeOf, takenNamesIn, type RunContext } from './steps/run-context.ts';
import { isOver, type Run, type RunState } from './run.ts';
import { SyncError } from '../syncer/errors.ts';
import type { ExternalKey } from '../syncer/external-id.ts';
import { present } from '../syncer/present.ts';
import type { SyncerSettings } from './syncer-settings.ts';
import { sweep, type SweepDecisions } from './steps/lock-outs/sweep.ts';
import { settleLeaders } from './steps/groups/leader-accounts.ts';
import { syncGroups } from './steps/groups/sync-groups.ts';
import { RosterChecker, type FoundMembers, type RosterCheck, type RosterMemory } from './roster-check.ts';
import { syncRoster } from './steps/sync-roster.ts';
import { syncMember, type MemberReport, type MemberRequest, type MemberStep } from './steps/sync-member.ts';
import { syncUsers } from './steps/users/sync-users.ts';
import { reportUnseen } from './steps/users/report-unseen.ts';

const CHANGE_PAGE = 500;

/** Keeps accounts in step with a directory: read, plan, apply, and only then lock out whoever is gone. */
export class SyncEngine {
  readonly #deps: EngineDeps;
  readonly #lifecycle: RunLifecycle;
  readonly #saidBefore: SaidBefore;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.#lifecycle = new RunLifecycle(deps);
    this.#saidBefore = new SaidBefore(deps.runs);
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
      const said = await this.#saidBefore.of(request.syncer.id);
      const context = await openContext(this.#deps, begun, session, said.standing);
      const decisions = { ...said, approved: NONE, onlyApproved: false };
      const { state, shown } = await this.#fullRun(context, decisions, request.onWhole !== undefined);
      if (state === 'succeeded' && !context.dryRun && shown) request.onWhole?.(shown);
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
      const said = await this.#saidBefore.of(request.syncer.id);
      const context = await openContext(this.#deps, begun, session, said.standing, request.userid);
      await takeBackAnswers(context);
      const outcome = await syncMember({ ...request, ...said }, context, (done) => (steps = done));
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
   * Compares everybody in the directory, by id alone, with those whom this syncer holds; who came, moved or left is
   * looked at by a run, and where nothing did there is none.
   *
   * @param memory what earlier checks of this syncer looked at
   * @param tells whether a roster that is not complete is told as a failed run
   * @internal
   */
  checkRoster(request: Omit<RunRequest, 'trigger'>, memory: RosterMemory, tells: boolean): Promise<RosterCheck> {
    const { identity, runs, absences } = this.#deps;
    const scope = scopeOf(request.syncer);
    const runningNow = (): Promise<string | undefined> => this.runningNow(request.syncer.id);
    const begin = (found: FoundMembers | SyncError): Promise<OngoingRun> => this.#beginRoster(request, found);
    const deps = { identity, runs, absences, scope, runningNow, begin };
    return new RosterChecker(deps, request, memory).check(request.open, tells);
  }

  async #beginRoster(request: Omit<RunRequest, 'trigger'>, found: FoundMembers | SyncError): Promise<OngoingRun> {
    const begun = await this.#lifecycle.begin({ ...request, trigger: 'roster' });
    void this.#lifecycle.finish(begun, async (session) => {
      if (found instanceof SyncError) throw found;
      const said = await this.#saidBefore.of(request.syncer.id);
      const context = await openContext(this.#deps, begun, session, said.standing);
      const outcome = await syncRoster(found, { ...said, approved: NONE, onlyApproved: false }, context);
      const { recorder, lease } = context;
      recorder.noteLockOuts(outcome.digest);
      found.onLooked(outcome.unknown);
      if (outcome.held) {
        await supersedeRosters(this.#deps.runs, recorder.run);
        recorder.warn('held', outcome.held);
        return 'held';
      }
      await this.#saidBefore.forgetReturned(lease, said.standing, outcome.returned);
      return outcome.failures + recorder.run.counts.conflicts === 0 ? 'succeeded' : 'partial';
    });
    return begun.ongoing;
  }

  /**
   * Takes an account from its member, for good: no run links the two again, and a person is asked whose it is.
   *
   * @returns what became different of the account
   * @throws LeaseError when a run of this syncer goes on
   * @throws ConfigError when no member of this syncer has the account
   *
   * @internal
   */
  async unlinkAccount(syncer: SyncerSettings, accountName: string): Promise<readonly FieldChange[]> {
    const { identity } = this.#deps;
    const scope = scopeOf(syncer);
    return this.exclusively(syncer.id, async (lease) => {
      const takenNames = takenNamesIn(identity, scope, lazyCandidates(identity, scope, syncer.linkBy));
      const { fields, asked } = await unlink(identity, lease, accountName, { scope, takenNames });
      await this.#deps.questions?.ask(lease, scope, '', asked);
      return fields;
    });
  }

  /**
   * Applies the lock-outs that a person looked at, and no others. The directory is read again first, so that who came
   * back meanwhile is not locked out; what no longer stands is dropped.
   *
   * Answers the held run as it ended, or as it still waits: for the rest, or because the directory could not be read.
   *
   * @param selection what of it is approved
   * @throws ConfigError when the run, or what is named of it, waits for nobody
   *
   * @internal
   */
  async approve(
    held: Run,
    request: Omit<RunRequest, 'trigger'>,
    selection: Selection = {},
  ): Promise<{ readonly held: Run; readonly approval: Run }> {
    const decision = await Approval.open(this.#deps.runs, held, selection);
    const isUndo = held.trigger === 'undo';
    const open = isUndo ? () => NO_DIRECTORY : request.open;
    const asked = { ...request, open, trigger: 'approval' } as const;
    const begun = await this.#lifecycle.begin(asked, () => decision.refresh());
    let came: Pick<FullRun, 'complete' | 'spared'> = { complete: false, spared: [] };
    const approval = await this.#lifecycle.finish(
      begun,
      async (session) => {
        const context = await openContext(this.#deps, begun, session, NOTHING_SAID.standing);
        const decisions = { ...NOTHING_SAID, approved: decision.approved, onlyApproved: true };
        if (isUndo) {
          // The directory has nothing to say to it: it lets in whom a person takes out again.
          const own = undoing(context);
          await own.recorder.enter('sweeping');
          const outcome = await lockOutNamed(lockOutsIn(decision.named), decisions, 0, own);
          // What a freeze kept from being done goes on waiting.
          came = { complete: own.freeze.now === undefined, spared: [] };
          return stateAfter(outcome, own);
        }
        const ended = await this.#fullRun(context, decisions);
        came = ended;
        return ended.state;
      },
      (ending) => decision.settle(begun.lease.renewer.grant, ending, came),
    );
    return { held, approval };
  }

  /**
   * Leaves what is named as it is, and remembers it: no run locks it out while the limit is on.
   *
   * @param selection what of it is rejected
   * @param onEnding as that of a run
   * @throws ConfigError when the run, or what is named of it, waits for nobody
   * @throws LeaseError when a run of this syncer goes on: it would not know of it
   *
   * @internal
   */
  async reject(
    held: Run,
    selection: Selection = {},
    onEnding: (run: Run) => Promise<void> = async () => undefined,
  ): Promise<Run> {
    const decision = await Approval.open(this.#deps.runs, held, selection);
    await this.exclusively(held.syncerId, async (lease) => {
      await decision.refresh();
      await decision.reject(lease, onEnding);
    });
    return held;
  }

  /**
   * Applies a preview as a person saw it: the directory is read again, and what is still the same is done. What is not
   * is listed, and what the preview did not have is not done either.
   *
   * @param held the run that waits for a person, if one does: what the preview did of it is decided, and stands in it at
   *   the end
   * @throws ConfigError for any other run, and for a preview that was applied before
   * @throws LeaseError when a run of this syncer goes on
   *
   * @internal
   */
  async apply(preview: Run, request: Omit<RunRequest, 'trigger'>, held?: Run): Promise<OngoingRun> {
    const { runs } = this.#deps;
    const application = PreviewApplication.open(runs, preview);
    const begun = await this.#lifecycle.begin({ ...request, trigger: 'approval' }, () => application.refresh());
    const { grant } = begun.lease.renewer;
    void this.#lifecycle.finish(
      begun,
      async (session) => {
        const reviewed = await application.take(begun.run);
        const context = { ...(await openContext(this.#deps, begun, session, NOTHING_SAID.standing)), reviewed };
        const { state } = await this.#fullRun(context, { ...NOTHING_SAID, approved: NONE, onlyApproved: true });
        const listed = await allChanges(runs, begun.run.id, {});
        await listMissing(reviewed.missingIn(listed), context);
        await this.#saidBefore.forgetDone(grant, listed);
        return state;
      },
      async (ending) => {
        if (held) Object.assign(held, await runs.find(held.id));
        const waiting = held?.state === 'held' ? await Approval.open(runs, held) : undefined;
        const decided = (await waiting?.settle(grant, ending, { complete: false, spared: [] })) ?? [];
        return [...decided, ...(await application.settle(ending))];
      },
    );
    return begun.ongoing;
  }

  /**
   * Takes back what a run did to accounts, or what is named of it, where it still stands as that run left it. The
   * directory is not asked; whoever would lose access passes the limit, and whoever is let in is left alone until a run
   * sees him active.
   *
   * @throws ConfigError for a preview, for a run that goes on, and when something named was not applied by it
   * @throws LeaseError when a run of this syncer goes on
   *
   * @internal
   */
  async undo(undone: Run, request: Omit<RunRequest, 'trigger'>, selection: Selection = {}): Promise<OngoingRun> {
    const { runs, protections } = this.#deps;
    if (undone.dryRun || !isOver(undone)) throw notUndoable(undone);
    const applied = await allChanges(runs, undone.id, { state: 'applied' });
    const changes = { applied, chosen: selected(undone, applied, selection) };
    const begun = await this.#lifecycle.begin({ ...request, open: () => NO_DIRECTORY, trigger: 'undo' }, async () => {
      const waiting = request.dryRun ? undefined : await waitingUndo(runs, undone, changes.chosen);
      if (waiting) throw undoneAlready(undone, waiting);
    });
    void this.#lifecycle.finish(begun, async (session) => {
      const said = { ...(await this.#saidBefore.of(undone.syncerId)), approved: NONE, onlyApproved: false };
      const context = undoing(await openContext(this.#deps, begun, session, NOTHING_SAID.standing));
      await context.recorder.enter('applying');
      const outcome = await undoRun(undone, changes, { said, protections, runs }, context);
      return stateAfter(outcome, context);
    });
    return begun.ongoing;
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

  async #fullRun(context: RunContext, decisions: SweepDecisions, tellsShown = false): Promise<FullRun> {
    const { recorder } = context;
    await takeBackAnswers(context);
    const groups = await syncGroups(context);
    await recorder.enter('applying');
    const users = await syncUsers(context, groups);
    await settleLeaders(groups, users, context);
    const shown = tellsShown ? new Set(users.seen) : undefined;
    await recorder.enter('sweeping');
    const outcome = await sweep(context, groups, users, decisions);
    recorder.noteLockOuts(outcome.digest);
    const { complete, spared } = outcome;
    if (complete) await closeQuestions(context, groups, users.seen);
    const failedWrites = groups.failedWrites + users.failedWrites + outcome.failedWrites;
    const isHeld = outcome.held !== undefined;
    // One run of everybody at most waits for a person. An incomplete one knows less than the run that waits, so that
    // keeps waiting; and the changes of a run that a person approves tell themselves what became of them.
    const supersedes = !context.dryRun && !decisions.onlyApproved && (complete || isHeld);
    if (supersedes) await supersedeHeld(this.#deps.runs, recorder.run);
    if (outcome.held) {
      recorder.warn('held', outcome.held);
      return { state: 'held', complete, spared };
    }
    // While something waits, what was said before tells which set is another one.
    if (!context.dryRun) await this.#saidBefore.forgetReturned(context.lease, decisions.standing, users.returned);
    const { conflicts } = recorder.run.counts;
    const sawPeople = reportUnseen(context, users);
    const isWhole = sawPeople && complete && conflicts === 0 && failedWrites === 0;
    return { state: isWhole ? 'succeeded' : 'partial', complete, spared, ...present({ shown }) };
  }
}

const NONE: ReadonlySet<string> = new Set();

/** How a run of everybody ends. */
interface FullRun {
  readonly state: RunState;
  /** Whether it saw the whole directory. */
  readonly complete: boolean;
  /** Lock-outs of those who turned out to be there, out of sight. */
  readonly spared: readonly string[];
  /** Everybody who was shown, without whom it asked for afterwards; only where somebody wants to know. */
  readonly shown?: ReadonlySet<ExternalKey>;
}
