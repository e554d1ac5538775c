import { createHash } from 'node:crypto';
import type { HeldAccount } from '../../identity/account.ts';
import type { Change, ChangeState } from '../../identity/change.ts';
import { WriteConflictError } from '../../identity/errors.ts';
import type { IdentityPage } from '../../identity/identity-store.ts';
import { throwIfAborted } from '../../syncer/errors.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import { text, type Text } from '../../syncer/text.ts';
import { batches } from './batches.ts';
import { checkRemovalLimit, type GuardVerdict, type LockOutCounts } from '../plan/guard.ts';
import { idOf, isWeighed, lockOutId, planLockOut, type LockOut, type LockOutPlan } from '../plan/lock-out.ts';
import { ADMIN_KEPT } from '../plan/existing-account.ts';
import { childrenFirst, spareBranches, type GoneGroups, type StandingGroup } from '../plan/group-removal.ts';
import { leaderUpdates } from './leader-accounts.ts';
import { Tally } from '../plan/tally.ts';
import { refusedReason } from '../reasons.ts';
import { NotShown, warnOfKept } from './not-shown.ts';
import { onPage, type RunContext } from './run-context.ts';
import { suggestRenames } from './suggest-renames.ts';

/** What became of the lock-outs of a run. */
export interface SweepOutcome {
  /** Waits for a person, and why; undefined = everything that was due is applied. */
  readonly held: Text | undefined;
  /** Fingerprint of the set that waits or that a person rejected before; "" = none. */
  readonly digest: string;
  /** The same of those who turned out to be there, out of sight: they look like leavers to the next run, too. */
  readonly sparedDigest: string;
}

/** What a person has decided already. */
export interface SweepDecisions {
  /** `kind:key` of lock-outs that a person approved: the guard does not weigh them again. */
  readonly approved: ReadonlySet<string>;
  /** Digest of the set that a person rejected: the very same set is left alone. */
  readonly rejectedDigest: string;
}

/**
 * The end of a run: members now disabled, and whoever was held and not shown. They pass the guard together; what it
 * lets through is asked about by name and applied, the rest is stored as held changes and waits.
 */
export async function sweep(context: RunContext, decisions: SweepDecisions): Promise<SweepOutcome> {
  const keptBefore = new Set(context.keptGroups);
  const notShown = await NotShown.find(context);
  await notShown.leaveExcluded(await planAll(notShown.lockOuts, context));
  let weighed: Weighed;
  let groups: GoneGroups;
  // What is said about one of them may let more of them pass the guard, and nobody passes who was not asked about.
  for (;;) {
    const lockOuts = [...context.lockOuts.values(), ...notShown.lockOuts];
    groups = await findGoneGroups(lockOuts, context);
    weighed = await weighLockOuts(lockOuts, groups.free, decisions, context);
    const passes = weighed.plans.filter((plan) => !weighed.waits(idOf(plan)));
    const unasked = notShown.unasked(passes);
    if (unasked.length === 0) break;
    await notShown.ask(unasked);
  }
  await suggestRenames(notShown.lockOuts, context);
  warnOfKept(notShown.lockOuts, context);
  for (const name of groups.kept) context.recorder.warn('group-kept', GROUP_KEPT, name);
  const spared = [...notShown.spared, ...(await sparedGroups(weighed, keptBefore, notShown, context))];
  return { ...(await apply(weighed, decisions, context)), sparedDigest: digestOf(spared) };
}

/** Groups that stay for those alone who turned out to be there: the next run weighs them before it asks. */
async function sparedGroups(
  { lockOuts, groups }: Weighed,
  keptGroups: Set<string>,
  { spared }: NotShown,
  context: RunContext,
): Promise<string[]> {
  if (spared.length === 0) return [];
  const { free } = await findGoneGroups(lockOuts, { ...context, keptGroups });
  const goes = new Set(groups.map(({ link }) => link.key));
  return free.flatMap(({ link }) => (goes.has(link.key) ? [] : [lockOutId('removeGroup', link.key)]));
}

/**
 * The end of a run of one member. Automatic ones are weighed together with those before them, for an event for each
 * member of a company takes the whole of it; a person who asks for this very member has decided about it.
 */
export async function sweepMember(
  lockOut: LockOut,
  context: RunContext,
  { automatic, rejectedDigest }: { readonly automatic: boolean; readonly rejectedDigest: string },
): Promise<SweepOutcome> {
  const plans = await planLockOuts([lockOut], context);
  // The directory did answer about this member, so the answer was not empty.
  context.seen.add(lockOut.key);
  warnOfKept([lockOut], context);
  const asked = automatic ? [] : plans.map((plan) => idOf(plan));
  const decisions = { approved: new Set(asked), rejectedDigest };
  return apply(await weighLockOuts([lockOut], [], decisions, context), decisions, context);
}

/** The lock-outs of a run, and what the guard says to them. */
interface Weighed {
  readonly lockOuts: readonly LockOut[];
  readonly plans: readonly LockOutPlan[];
  readonly groups: readonly StandingGroup[];
  readonly verdict: GuardVerdict;
  readonly digest: string;
  readonly waits: (id: string) => boolean;
}

async function weighLockOuts(
  lockOuts: readonly LockOut[],
  groups: readonly StandingGroup[],
  decisions: SweepDecisions,
  context: RunContext,
): Promise<Weighed> {
  const plans = await planAll(lockOuts, context);
  const people = plans.filter(isWeighed).map(idOf);
  const groupIds = groups.map(({ link }) => lockOutId('removeGroup', link.key));
  const approves = (id: string): boolean => decisions.approved.has(id);
  const verdict = await checkAll(
    {
      people: people.filter((id) => !approves(id)).length,
      groups: groupIds.filter((id) => !approves(id)).length,
      membersSeen: context.seen.size,
    },
    context,
  );
  return {
    lockOuts,
    plans,
    groups,
    verdict,
    digest: digestOf([...people, ...groupIds]),
    waits: (id) => verdict.held && !approves(id),
  };
}

async function apply(
  { lockOuts, groups, verdict, digest, waits }: Weighed,
  decisions: SweepDecisions,
  context: RunContext,
): Promise<SweepOutcome> {
  const rejected = verdict.held && digest === decisions.rejectedDigest;
  if (rejected) context.recorder.warn('rejected-before', REJECTED_BEFORE);
  if (verdict.held && context.dryRun) context.recorder.warn('would-be-held', verdict.reason);
  const stateOf = (id: string): ChangeState => {
    if (context.dryRun) return 'planned';
    if (!waits(id)) return 'applied';
    return rejected ? 'rejected' : 'held';
  };
  await lockOut(lockOuts, stateOf, context);
  await removeGroups(groups, stateOf, context);
  const holds = verdict.held && !rejected && !context.dryRun;
  return { held: holds ? verdict.reason : undefined, digest: verdict.held ? digest : '', sparedDigest: '' };
}

/** Counting who could sign in before this run reads every account of the organization, so only lock-outs pay for it. */
async function checkAll(
  lockOuts: Pick<LockOutCounts, 'people' | 'groups' | 'membersSeen'>,
  context: RunContext,
): Promise<GuardVerdict> {
  const { store, scope, granted, settings } = context;
  if (lockOuts.people + lockOuts.groups === 0) return { held: false };
  const recent = await context.recentLockOuts();
  const recentPeople = await countLockedOut(recent.people, context);
  const activeBefore = (await store.countActive(scope)) - granted + recentPeople;
  return checkRemovalLimit(
    { ...lockOuts, recentPeople, recentGroups: recent.groups, activeBefore },
    settings.removalLimit,
  );
}

/** Those of them who are in again, whoever let them in, no longer count. */
async function countLockedOut(keys: readonly ExternalKey[], context: RunContext): Promise<number> {
  let count = keys.length;
  for (const batch of batches(keys)) {
    const held = await onPage(context, (page) => page.heldAccounts(context.scope, batch, []));
    for (const { account } of held.values()) if (account && !account.isForbidden && !account.isDeleted) count -= 1;
  }
  return count;
}

const REJECTED_BEFORE = text(
  'A person decided about exactly these lock-outs before; they stay as they are until the set changes.',
  '此前已有人对完全相同的锁定集合作出决定；在集合变化之前保持不变。',
);

const digestOf = (ids: readonly string[]): string =>
  ids.length === 0
    ? ''
    : createHash('sha256')
        .update([...ids].sort().join('\n'))
        .digest('hex');

async function planAll(lockOuts: readonly LockOut[], context: RunContext): Promise<LockOutPlan[]> {
  const plans: LockOutPlan[] = [];
  for (const batch of batches(lockOuts)) plans.push(...(await planLockOuts(batch, context)));
  return plans;
}

/** What would be done about them as their accounts stand now. */
export const planLockOuts = (lockOuts: readonly LockOut[], context: RunContext): Promise<LockOutPlan[]> =>
  onPage(context, (page) => planBatch(page, lockOuts, context));

async function planBatch(page: IdentityPage, batch: readonly LockOut[], context: RunContext): Promise<LockOutPlan[]> {
  const { settings, scope } = context;
  const held = await page.heldAccounts(
    scope,
    batch.map(({ key }) => key),
  );
  for (const { key } of batch) {
    const relinked = context.relinked.get(key);
    if (relinked && !held.get(key)?.account) held.set(key, relinked);
  }
  await findRenamed(page, held, context);
  return batch.flatMap((lockOut) => {
    const account = held.get(lockOut.key);
    return (account && planLockOut(lockOut, account, settings.leavers, settings.organization)) ?? [];
  });
}

/** An account that a person renamed before its member left: it is still that member's, and can still sign in. */
async function findRenamed(
  page: IdentityPage,
  held: Map<ExternalKey, HeldAccount>,
  context: RunContext,
): Promise<void> {
  const lost = [...held].filter(([, { account }]) => account === null);
  if (lost.length === 0) return;
  const index = await context.candidates();
  const names = new Map<ExternalKey, string>();
  for (const [key, { link }] of lost) {
    const match = index.findRenamed(key, link.accountName);
    if (match.found === 'account') names.set(key, match.name);
  }
  if (names.size === 0) return;
  const accounts = await page.accountsByName(context.scope, [...names.values()]);
  for (const [key, { link }] of lost) {
    const account = accounts.get(names.get(key)?.toLowerCase() ?? '')?.account;
    if (!account) continue;
    const found = { link: { ...link, accountName: account.name }, account };
    held.set(key, found);
    context.relinked.set(key, found);
  }
}

async function lockOut(
  lockOuts: readonly LockOut[],
  stateOf: (id: string) => ChangeState,
  context: RunContext,
): Promise<void> {
  for (const batch of batches(lockOuts)) {
    throwIfAborted(context.signal);
    await applyBatch(batch, stateOf, context);
    await context.recorder.progress();
  }
}

async function applyBatch(
  batch: readonly LockOut[],
  stateOf: (id: string) => ChangeState,
  context: RunContext,
): Promise<void> {
  const { scope, recorder } = context;
  try {
    const tally = await onPage(context, async (page) => {
      const plans = await planBatch(page, batch, context);
      const counted = new Tally();
      const changes = plans.map((plan): Change => {
        const state = plan.kind === 'skip' ? skipped(context) : stateOf(lockOutId(plan.kind, plan.key));
        if (state !== 'held' && state !== 'rejected') counted.change(plan);
        if (plan.kind === 'skip') counted.note([ADMIN_KEPT], plan.userid);
        return {
          kind: plan.kind,
          userid: plan.userid,
          user: plan.user,
          fields: plan.fields,
          reason: plan.reason,
          state,
        };
      });
      const applied = plans.filter((_, index) => changes[index]?.state === 'applied');
      // A leader who is not shown, and whose account somebody renamed, is held under the new name from here on.
      const led = plans
        .filter(({ kind }, index) => kind !== 'skip' && isDone(changes[index]))
        .filter(({ key }) => context.relinked.has(key) && !context.seen.has(key))
        .flatMap((plan) => leaderUpdates(context, plan.key, plan));
      for (const { change } of led) counted.change(change);
      await page.write(scope, {
        runId: recorder.run.id,
        changes: recorder.listable([...changes, ...led.map(({ change }) => change)], counted),
        ...(!context.dryRun && { updateGroups: led.map(({ update }) => update) }),
        updateAccounts: applied.flatMap((plan) => plan.update ?? []),
        links: applied.flatMap((plan) => plan.link ?? []),
      });
      return counted;
    });
    recorder.add(tally);
  } catch (error) {
    if (!(error instanceof WriteConflictError)) throw error;
    const [only] = batch;
    if (!only || batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await applyBatch(batch.slice(0, middle), stateOf, context);
      await applyBatch(batch.slice(middle), stateOf, context);
      return;
    }
    context.failedWrites += 1;
    recorder.warn('write-refused', refusedReason(error), only.key);
  }
}

const isDone = (change: Change | undefined): boolean => change?.state === 'applied' || change?.state === 'planned';

const skipped = (context: RunContext): ChangeState => (context.dryRun ? 'planned' : 'failed');

async function findGoneGroups(lockOuts: readonly LockOut[], context: RunContext): Promise<GoneGroups> {
  if (!context.complete || !context.groupNames) return { free: [], kept: [] };
  const held = await onPage(context, (page) => page.heldGroups(context.scope));
  const gone = [...held.values()].flatMap(({ link, group }) =>
    group && !context.seenGroups.has(link.key) ? [{ link, group }] : [],
  );
  if (gone.length === 0) return { free: [], kept: [] };
  const strangers = await context.store.strangersInGroups(
    context.scope,
    gone.map(({ group }) => group.name),
  );
  // By name they look like strangers, but what we gave them goes with them.
  for (const { link, account } of context.relinked.values()) {
    for (const membership of link.groups) {
      const name = membership.slice(context.settings.organization.length + 1);
      const count = strangers.get(name);
      if (count !== undefined && account?.groups.includes(membership)) strangers.set(name, count - 1);
    }
  }
  const kept = await keptMemberships(lockOuts, context);
  const free = new Set(
    gone
      .filter(({ group }) => !strangers.get(group.name) && !kept.has(`${group.owner}/${group.name}`))
      .map(({ group }) => group.name),
  );
  spareBranches(free, held.values(), (group) => context.parentOf.get(group.name) ?? group.parentId);
  return {
    free: childrenFirst(gone.filter(({ group }) => free.has(group.name))),
    kept: gone.flatMap(({ group }) => (free.has(group.name) ? [] : [group.name])),
  };
}

/** Memberships of those whose accounts are kept as they are: out of sight, or gone and kept by policy. */
async function keptMemberships(lockOuts: readonly LockOut[], context: RunContext): Promise<Set<string>> {
  const kept = new Set(context.keptGroups);
  if (context.settings.leavers !== 'keep') return kept;
  for (const batch of batches(lockOuts.filter(({ cause }) => cause === 'gone'))) {
    const held = await onPage(context, (page) =>
      page.heldAccounts(
        context.scope,
        batch.map(({ key }) => key),
      ),
    );
    for (const { account } of held.values()) for (const group of account?.groups ?? []) kept.add(group);
  }
  return kept;
}

const GROUP_KEPT = text(
  'The department is gone, but somebody else is in its group or below it; the group stays.',
  '部门已不存在，但其群组或下级群组中仍有其他人；群组保留。',
);

async function removeGroups(
  groups: readonly StandingGroup[],
  stateOf: (id: string) => ChangeState,
  context: RunContext,
): Promise<void> {
  const { scope, recorder } = context;
  for (const batch of batches(groups)) {
    throwIfAborted(context.signal);
    const changes = batch.map(({ link, group }): Change => ({
      kind: 'removeGroup',
      userid: link.externalId,
      user: `${group.owner}/${group.name}`,
      fields: [{ field: 'displayName', before: group.displayName, after: null }],
      reason: text('The department is no longer in the directory.', '部门已不在通讯录中。'),
      state: stateOf(lockOutId('removeGroup', link.key)),
    }));
    const applied = batch.filter((_, index) => changes[index]?.state === 'applied');
    await onPage(context, (page) =>
      page.write(scope, {
        runId: recorder.run.id,
        changes,
        removeGroups: applied.map(({ group }) => group.name),
        removeGroupLinks: applied.map(({ link }) => link.key),
      }),
    );
    recorder.run.counts.groupsRemoved += changes.filter(
      ({ state }) => state === 'applied' || state === 'planned',
    ).length;
  }
}
