import { linkTo, type HeldAccount } from '../../../identity/account.ts';
import type { Change, ChangeState } from '../../../identity/change.ts';
import { WriteConflictError } from '../../../identity/errors.ts';
import type { IdentityPage } from '../../../identity/identity-store.ts';
import { throwIfAborted } from '../../../syncer/errors.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import { idOf, planLockOut, type LockOut, type LockOutPlan } from '../../plan/lock-outs/lock-out.ts';
import { stateIn } from '../../plan/page.ts';
import { Tally } from '../../plan/tally.ts';
import { refusedReason } from '../../reasons.ts';
import { leaderUpdates } from '../groups/leader-accounts.ts';
import { batches, lockOutRules, onPage, type RunContext } from '../run-context.ts';
import type { GroupsRead } from '../groups/groups-read.ts';
import type { UsersRead } from '../users/users-read.ts';

type StateOf = (id: string) => ChangeState | undefined;

/** Plans lock-outs as the accounts stand now, and applies them page by page. */
export class LockOutPages {
  readonly #context: RunContext;
  readonly #groups: GroupsRead;
  readonly #users: UsersRead;
  /** Accounts that a person renamed before their members left. */
  readonly #renamed = new Map<ExternalKey, HeldAccount>();
  #failedWrites = 0;

  constructor(context: RunContext, groups: GroupsRead, users: UsersRead) {
    this.#context = context;
    this.#groups = groups;
    this.#users = users;
  }

  /** How many could not be stored. */
  get failedWrites(): number {
    return this.#failedWrites;
  }

  /** Accounts that this run holds under a link which is not stored: renamed by a person, or linked in a preview. */
  get relinked(): ReadonlyMap<ExternalKey, HeldAccount> {
    return new Map([...this.#users.relinked, ...this.#renamed]);
  }

  /** What would be done about them. */
  async plan(lockOuts: readonly LockOut[]): Promise<LockOutPlan[]> {
    const plans: LockOutPlan[] = [];
    await this.#context.protections.refresh();
    for (const batch of batches(lockOuts)) {
      plans.push(...(await onPage(this.#context, (page) => this.#planBatch(page, batch))));
    }
    return plans;
  }

  /** @param stateOf what becomes of each, by its id; undefined = this run says nothing of it */
  async apply(lockOuts: readonly LockOut[], stateOf: StateOf): Promise<void> {
    for (const batch of batches(lockOuts)) {
      throwIfAborted(this.#context.signal);
      await this.#context.protections.refresh(false);
      await this.#applyBatch(batch, stateOf);
      await this.#context.recorder.progress();
    }
  }

  async #planBatch(page: IdentityPage, batch: readonly LockOut[]): Promise<LockOutPlan[]> {
    const { protections, scope } = this.#context;
    await protections.recheck();
    const rules = lockOutRules(this.#context);
    const held = await page.heldAccounts(
      scope,
      batch.map(({ key }) => key),
    );
    for (const { key } of batch) {
      const relinked = this.#relinkedAs(key);
      if (relinked && !held.get(key)?.account) held.set(key, relinked);
    }
    await this.#findRenamed(page, held);
    return batch.flatMap((lockOut) => {
      const account = held.get(lockOut.key);
      return (account && planLockOut(lockOut, account, rules)) ?? [];
    });
  }

  #relinkedAs(key: ExternalKey): HeldAccount | undefined {
    return this.#renamed.get(key) ?? this.#users.relinked.get(key);
  }

  /** An account that a person renamed before its member left: it is still that member's, and can still sign in. */
  async #findRenamed(page: IdentityPage, held: Map<ExternalKey, HeldAccount>): Promise<void> {
    const { candidates, scope } = this.#context;
    const lost = [...held].filter(([, { account }]) => account === null);
    if (lost.length === 0) return;
    const index = await candidates();
    const names = new Map<ExternalKey, string>();
    for (const [key, { link }] of lost) {
      const match = index.findRenamed(key, link.accountName);
      if (match.found === 'account') names.set(key, match.name);
    }
    if (names.size === 0) return;
    const accounts = await page.accountsByName(scope, [...names.values()]);
    for (const [key, { link }] of lost) {
      const account = accounts.get(names.get(key)?.toLowerCase() ?? '')?.account;
      if (!account) continue;
      const found = { link: linkTo(link, account), account };
      held.set(key, found);
      this.#renamed.set(key, found);
    }
  }

  async #applyBatch(batch: readonly LockOut[], stateOf: StateOf): Promise<void> {
    const { recorder } = this.#context;
    try {
      const { tally, applied } = await onPage(this.#context, (page) => this.#applyPage(page, batch, stateOf));
      recorder.add(tally);
      await this.#context.grace.noteApplied(applied);
    } catch (error) {
      if (!(error instanceof WriteConflictError)) throw error;
      const [only] = batch;
      if (!only || batch.length > 1) {
        const middle = Math.ceil(batch.length / 2);
        await this.#applyBatch(batch.slice(0, middle), stateOf);
        await this.#applyBatch(batch.slice(middle), stateOf);
        return;
      }
      this.#failedWrites += 1;
      recorder.warn('write-refused', refusedReason(error), only.key);
    }
  }

  async #applyPage(page: IdentityPage, batch: readonly LockOut[], stateOf: StateOf): Promise<AppliedPage> {
    const { dryRun, recorder, reviewed, scope } = this.#context;
    const tally = new Tally();
    const stated = (await this.#planBatch(page, batch)).flatMap((plan) => {
      if (plan.isSilent || reviewed?.has(plan) === false) return [];
      const due = plan.kind === 'skip' ? stateIn(dryRun, plan.kind) : stateOf(idOf(plan));
      const state = due !== undefined && plan.isFrozen ? stateOfFrozen(plan) : due;
      return state === undefined ? [] : [{ plan, state }];
    });
    const plans = stated.map(({ plan }) => plan);
    const changes = stated.map(({ plan, state }): Change => {
      const { kind, userid, user, fields, reason } = plan;
      if (state !== 'held' && state !== 'rejected') tally.change(plan);
      if (plan.note) tally.note([plan.note], userid);
      return { kind, userid, user, fields, reason, state };
    });
    const applied = plans.filter((_, index) => changes[index]?.state === 'applied');
    // A leader who is not shown, and whose account somebody renamed, is held under the new name from here on.
    const led = plans
      .filter(({ kind }, index) => kind !== 'skip' && isDone(changes[index]))
      .filter(({ key }) => this.#relinkedAs(key) !== undefined && !this.#users.seen.has(key))
      .flatMap((plan) => leaderUpdates(this.#groups, this.#context, plan.key, plan));
    for (const { change } of led) tally.change(change);
    await page.write(scope, {
      runId: recorder.run.id,
      changes: recorder.listable([...changes, ...led.map(({ change }) => change)], tally),
      ...(!dryRun && { updateGroups: led.map(({ update }) => update) }),
      updateAccounts: applied.flatMap((plan) => plan.update ?? []),
      links: applied.flatMap((plan) => plan.link ?? []),
    });
    return { tally, applied };
  }
}

const stateOfFrozen = ({ kind }: LockOutPlan): ChangeState => (kind === 'skip' ? 'rejected' : 'held');

interface AppliedPage {
  readonly tally: Tally;
  readonly applied: readonly LockOutPlan[];
}

const isDone = (change: Change | undefined): boolean => change?.state === 'applied' || change?.state === 'planned';
