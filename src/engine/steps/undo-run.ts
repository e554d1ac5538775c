import type { HeldAccount } from '../../identity/account.ts';
import type { Change } from '../../identity/change.ts';
import type { IdentityPage } from '../../identity/identity-store.ts';
import { WriteConflictError } from '../../identity/errors.ts';
import { ConfigError, throwIfAborted } from '../../syncer/errors.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Syncer } from '../../syncer/syncer.ts';
import { present } from '../../syncer/present.ts';
import { text, type Text } from '../../syncer/text.ts';
import { UNDO_FREEZE_NOTE } from '../plan/lock-outs/freeze.ts';
import type { LockOut } from '../plan/lock-outs/lock-out.ts';
import { Tally } from '../plan/tally.ts';
import {
  doneIn,
  exchangedIn,
  keptAsDecided,
  planUndo,
  type Done,
  type Standing,
  type UndoContext,
  type UndoPlan,
} from '../plan/undo.ts';
import type { ProtectionStore } from '../ports/protection-store.ts';
import type { RunStore, StoredChange } from '../ports/run-store.ts';
import { decidedSince } from '../lifecycle/decided-since.ts';
import { refusedReason, takenBackFrom } from '../reasons.ts';
import { isOfOneMember, type Run, type RunState } from '../run.ts';
import { noGroups } from './groups/groups-read.ts';
import { LockOutPages } from './lock-outs/lock-out-pages.ts';
import { sweepNamed, type LimitVerdict, type SweepDecisions } from './lock-outs/sweep.ts';
import { batches, onPage, type RunContext } from './run-context.ts';
import { TakenContacts } from './taken-contacts.ts';
import type { UsersRead } from './users/users-read.ts';

interface UndoOutcome extends LimitVerdict {
  /** How many could not be stored. */
  readonly failedWrites: number;
}

/**
 * Takes back what a run did to accounts, as far as it still stands; what takes access away passes the guard together.
 * The directory is not read: what it still says comes back with the next run.
 *
 * @param applied what the run did, in its order
 * @param chosen those of them that are taken back
 */
export async function undoRun(
  undone: Run,
  { applied, chosen }: { readonly applied: readonly StoredChange[]; readonly chosen: readonly StoredChange[] },
  {
    said,
    protections,
    runs,
  }: {
    readonly said: SweepDecisions;
    readonly protections: ProtectionStore | undefined;
    readonly runs: RunStore;
  },
  context: RunContext,
): Promise<UndoOutcome> {
  const all = doneIn(chosen);
  const known = {
    since: await decidedSince(runs, undone),
    exchanged: exchangedIn(doneIn(applied)),
    contacts: new TakenContacts(all, context),
  };
  const undo = new Undo(undone, { protections, ...known }, context);
  for (const batch of batches(all)) {
    throwIfAborted(context.signal);
    await undo.take(batch);
    await context.recorder.progress();
  }
  await context.recorder.enter('sweeping');
  const verdict = await lockOutNamed(undo.lockOuts, said, undo.granted, context);
  return { ...verdict, failedWrites: undo.failedWrites + verdict.failedWrites };
}

/** Locks out these members and nobody else, as far as the guard or a person lets it. */
export async function lockOutNamed(
  lockOuts: readonly LockOut[],
  said: SweepDecisions,
  granted: number,
  context: RunContext,
): Promise<UndoOutcome> {
  // The directory did not answer, so it was not empty either.
  const users = { ...NOBODY, granted, seen: new Set(lockOuts.map(({ key }) => key)) };
  const pages = new LockOutPages(context, noGroups(), users);
  const verdict = await sweepNamed(lockOuts, said, { pages, users }, context);
  return { ...verdict, failedWrites: pages.failedWrites };
}

/** How a run that reads no directory ends. */
export function stateAfter({ held, digest, failedWrites }: UndoOutcome, { recorder }: RunContext): RunState {
  recorder.noteLockOuts(digest);
  if (held) {
    recorder.warn('held', held);
    return 'held';
  }
  const isFrozen = recorder.run.warnings.some(({ code }) => code === UNDO_FREEZE_NOTE.code);
  return failedWrites > 0 || isFrozen ? 'partial' : 'succeeded';
}

/** The surroundings of a run that takes something back, or of one that a person approves it with. */
export const undoing = (context: RunContext): RunContext => ({ ...context, freeze: context.freeze.ofUndo });

/** What took access away in a run that waits, to be done by a person's word. */
export const lockOutsIn = (changes: readonly Pick<StoredChange, 'userid' | 'reason'>[]): readonly LockOut[] =>
  doneIn(changes.map(({ userid }) => ({ kind: 'forbid', userid, user: '', fields: [] }))).map(
    ({ key, userid }, at) => ({
      key,
      userid,
      cause: 'disabled',
      reason: changes[at]?.reason ?? TAKEN_BACK,
    }),
  );

/** Reads nothing: taking back needs no directory, which may be the very thing that went wrong. */
export const NO_DIRECTORY: Syncer = {
  type: '',
  testConnection: () => Promise.reject(NOT_READ),
  fetchUsers: () => {
    throw NOT_READ;
  },
  mapUser: () => {
    throw NOT_READ;
  },
};

/** What has to be known before something is taken back. */
interface UndoNeeds {
  readonly protections: ProtectionStore | undefined;
  /** Whose access later runs took or gave. */
  readonly since: ReadonlySet<ExternalKey>;
  /** Who got another account in that run. */
  readonly exchanged: ReadonlySet<ExternalKey>;
  readonly contacts: TakenContacts;
}

/** The accounts of one run, page by page. */
class Undo {
  readonly #undone: Run;
  readonly #needs: UndoNeeds;
  readonly #context: RunContext;
  readonly #reason: Text;
  readonly lockOuts: LockOut[] = [];
  granted = 0;
  failedWrites = 0;

  constructor(undone: Run, needs: UndoNeeds, context: RunContext) {
    this.#undone = undone;
    this.#needs = needs;
    this.#context = context;
    this.#reason = takenBackFrom(undone);
  }

  async take(batch: readonly Done[]): Promise<void> {
    const { context, recorder } = { context: this.#context, recorder: this.#context.recorder };
    await context.protections.refresh();
    try {
      // Before they are let in: a run that comes right after leaves them alone already.
      await this.#protect(await onPage(context, (page) => this.#plan(page, batch)));
      const { plans, tally } = await onPage(context, (page) => this.#store(page, batch));
      recorder.add(tally);
      for (const { lockOut, letsIn } of plans) {
        if (lockOut) this.lockOuts.push(lockOut);
        if (letsIn && !context.dryRun) this.granted += 1;
      }
    } catch (error) {
      if (!(error instanceof WriteConflictError)) throw error;
      const [only] = batch;
      if (only && batch.length === 1) {
        this.failedWrites += 1;
        recorder.warn('write-refused', refusedReason(error), only.userid);
        return;
      }
      // One row the database refuses must not cost its neighbours theirs: halve until it stands alone.
      const middle = Math.ceil(batch.length / 2);
      await this.take(batch.slice(0, middle));
      await this.take(batch.slice(middle));
    }
  }

  async #protect(planned: readonly { readonly done: Done; readonly plan: UndoPlan }[]): Promise<void> {
    const { dryRun, lease, scope } = this.#context;
    const userids = planned.flatMap(({ done, plan }) => (plan.letsIn ? [done.userid] : []));
    if (dryRun || userids.length === 0) return;
    const reason = `lock-out taken back, run ${this.#undone.id}`;
    await this.#needs.protections?.protectUndone(lease, { owner: scope.organization, reason }, userids);
  }

  async #plan(
    page: IdentityPage,
    batch: readonly Done[],
  ): Promise<readonly { readonly done: Done; readonly plan: UndoPlan }[]> {
    const context = await this.#undoContext(page, batch);
    const standing = await this.#standing(page, batch);
    return batch.map((as, at) => {
      const found = standing[at] ?? { account: undefined, link: undefined };
      const done = found.account ? { ...as, user: `${this.#context.scope.organization}/${found.account.name}` } : as;
      const isExchanged = this.#needs.exchanged.has(done.key);
      return { done, plan: isExchanged ? keptAsDecided(done) : planUndo(done, found, context) };
    });
  }

  async #store(
    page: IdentityPage,
    batch: readonly Done[],
  ): Promise<{ readonly plans: readonly UndoPlan[]; readonly tally: Tally }> {
    const { dryRun, recorder, scope } = this.#context;
    const planned = await this.#plan(page, batch);
    const tally = new Tally();
    const changes = planned.flatMap(({ done: { userid, user }, plan: { change, kept } }): Change[] => [
      ...(change
        ? [{ ...change, userid, user, reason: this.#reason, state: dryRun ? 'planned' : 'applied' } as const]
        : []),
      ...(kept ? [{ ...kept, kind: 'skip', userid, user, state: 'rejected' } as const] : []),
    ]);
    for (const change of changes) tally.change(change);
    const plans = planned.map(({ plan }) => plan);
    await page.write(scope, {
      runId: recorder.run.id,
      changes,
      ...(!dryRun && {
        updateAccounts: plans.flatMap(({ update }) => update ?? []),
        removeLinks: plans.flatMap(({ removeLink }) => removeLink ?? []),
        links: plans.flatMap(({ link }) => link ?? []),
        removeDecisions: planned.flatMap(({ done, plan }) => (plan.forgetsDecision ? [done.key] : [])),
        // Who was linked by a person's word is linked by no run once that is taken back.
        decisions: isOfOneMember(this.#undone) ? plans.flatMap(({ unlinked }) => unlinked ?? []) : [],
      }),
    });
    return { plans, tally };
  }

  /** How each of the accounts stands, held by this syncer or not. */
  async #standing(page: IdentityPage, batch: readonly Done[]): Promise<readonly Standing[]> {
    const { protections, scope } = this.#context;
    const held = await page.heldAccounts(
      scope,
      batch.map(({ key }) => key),
    );
    const taken = await this.#needs.contacts.among(page, batch);
    const nameOf = ({ user }: Done): string => user.slice(scope.organization.length + 1);
    const isHeld = (done: Done, found: HeldAccount | undefined): found is HeldAccount =>
      found?.link.accountName === nameOf(done) && found.account !== null;
    const others = batch.filter((done) => !isHeld(done, held.get(done.key)));
    const named = others.length === 0 ? new Map() : await page.accountsByName(scope, others.map(nameOf));
    return batch.map((done): Standing => {
      const found = held.get(done.key);
      const other = named.get(nameOf(done).toLowerCase())?.account;
      // An account that a person renamed since is still that member's.
      if (!found?.account || (!isHeld(done, found) && other)) return { account: other, link: undefined };
      const { account, link } = found;
      return {
        account,
        link,
        rule: protections.now.of({ key: done.key, account }),
        isDecidedSince: this.#needs.since.has(done.key),
        ...present({ taken: taken.get(done.key) }),
      };
    });
  }

  async #undoContext(page: IdentityPage, batch: readonly Done[]): Promise<UndoContext> {
    const { scope } = this.#context;
    const { bindingColumn, organization } = scope;
    const memberships = new Set(
      batch.flatMap(({ fields }) => {
        const before = fields.get('groups')?.before;
        return Array.isArray(before) ? (before as readonly string[]) : [];
      }),
    );
    const context = { bindingColumn, reason: this.#reason, isFrozen: this.#context.freeze.now !== undefined };
    if (memberships.size === 0) return { ...context, groups: new Set(), ours: new Set() };
    const names = [...memberships].map((membership) => membership.slice(organization.length + 1));
    const found = await page.groupsByName(names);
    const there = names.filter((name) => found.get(name.toLowerCase())?.group.name === name);
    const isOurs = (name: string): boolean => found.get(name.toLowerCase())?.heldBy === scope.syncerId;
    const membershipOf = (name: string): string => `${organization}/${name}`;
    return {
      ...context,
      groups: new Set(there.map(membershipOf)),
      ours: new Set(there.filter(isOurs).map(membershipOf)),
    };
  }
}

const NOBODY: UsersRead = {
  seen: new Set(),
  wholeSeen: 0,
  linkedSeen: 0,
  granted: 0,
  lockOuts: new Map(),
  relinked: new Map(),
  leaderAccounts: new Map(),
  moved: new Set(),
  keptGroups: new Set(),
  namedDepartments: new Set(),
  suggestions: [],
  newcomersByLikeness: new Map(),
  complete: false,
  failedWrites: 0,
};

const NOT_READ = new ConfigError(text('This run reads no directory.', '本次同步不读取通讯录。'));
const TAKEN_BACK = text('Taken back.', '已撤销。');
