import type { ChangeState } from '../../../identity/change.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import { text, type Text } from '../../../syncer/text.ts';
import type { GoneGroups, StandingGroup } from '../../plan/groups/group-removal.ts';
import { checkRemovalLimit, type GuardVerdict, type LockOutCounts } from '../../plan/lock-outs/guard.ts';
import {
  digestOf,
  idOf,
  losesAccess,
  lockOutId,
  type LockOut,
  type LockOutPlan,
} from '../../plan/lock-outs/lock-out.ts';
import { approvedAmong } from '../../plan/lock-outs/reviewed-changes.ts';
import { Standings } from '../../plan/lock-outs/standing-decisions.ts';
import type { StandingDecisions } from '../../run.ts';
import { findGoneGroups, removalOf, removeGroups } from '../groups/gone-groups.ts';
import { LockOutPages } from './lock-out-pages.ts';
import { NotShown, warnOfKept } from './not-shown.ts';
import { batches, onPage, type RunContext } from '../run-context.ts';
import { suggestRenames } from '../users/suggest-renames.ts';
import type { GroupsRead } from '../groups/groups-read.ts';
import type { UserPages } from '../users/user-pages.ts';
import type { UsersRead } from '../users/users-read.ts';

/** What became of lock-outs at the guard. */
export interface LimitVerdict {
  /** Waits for a person, and why; undefined = everything that was due is applied. */
  readonly held: Text | undefined;
  /** Fingerprint of the set that waits or that a person rejected before; "" = none. */
  readonly digest: string;
}

/** What became of the lock-outs of a run. */
export interface SweepOutcome extends LimitVerdict {
  /** Lock-outs (`kind:key`) of those who turned out to be there, out of sight: they look like leavers to the next run, too. */
  readonly spared: readonly string[];
  /** False: somebody or something was not shown, so nobody was taken for gone. */
  readonly complete: boolean;
  /** How many could not be asked about, or not be stored. */
  readonly failedWrites: number;
}

/** What a person has decided already. */
export interface SweepDecisions {
  /** `kind:key` of lock-outs that a person approved: the guard does not count them again. */
  readonly approved: ReadonlySet<string>;
  /** Nobody else is locked out, and nothing is put before a person again. */
  readonly onlyApproved: boolean;
  /** Digest of the set that a person rejected: the very same set is left alone. */
  readonly rejectedDigest: string;
  /** What people said of single lock-outs. */
  readonly standing: StandingDecisions;
}

/**
 * The end of a run: members now disabled, and whoever was held and not shown. They pass the guard together; what it
 * lets through is asked about by name and applied, the rest is stored as held changes and waits.
 */
export async function sweep(
  context: RunContext,
  groups: GroupsRead,
  users: UserPages,
  said: SweepDecisions,
): Promise<SweepOutcome> {
  const keptBefore = new Set(users.keptGroups);
  const pages = new LockOutPages(context, groups, users);
  const notShown = await NotShown.find(context, users);
  await notShown.leaveExcluded(await pages.plan(notShown.lockOuts));
  const decisions = await asReviewed(said, [...users.lockOuts.values(), ...notShown.lockOuts], pages, context);
  const complete = users.complete && notShown.complete;
  const stays = (lockOuts: readonly LockOut[]): readonly LockOut[] =>
    decisions.onlyApproved ? lockOuts.filter(({ key }) => !isApproved(key, decisions)) : [];
  const goneGroups = (lockOuts: readonly LockOut[], keptGroups: ReadonlySet<string>): Promise<GoneGroups> =>
    findGoneGroups(
      lockOuts,
      {
        groups,
        namedDepartments: users.namedDepartments,
        keptGroups,
        relinked: pages.relinked,
        complete,
        stays: stays(lockOuts),
        mayGo: (group) => !decisions.onlyApproved || isApprovedRemoval(group, decisions, context),
      },
      context,
    );
  let checked: Checked;
  let gone: GoneGroups;
  // What is said about one of them may let more of them pass the guard, and nobody passes who was not asked about.
  for (;;) {
    const lockOuts = [...users.lockOuts.values(), ...notShown.lockOuts];
    gone = await goneGroups(lockOuts, users.keptGroups);
    checked = await checkLockOuts({ lockOuts, groups: gone.free, users, decisions, isWhole: true }, pages, context);
    const { plans, waits } = checked;
    const unasked = notShown.unasked(plans.filter((plan) => !plan.isFrozen && !waits(idOf(plan))));
    if (unasked.length === 0) {
      // Of those whom an approval passes over nothing is told.
      if (!decisions.onlyApproved) await notShown.explainExcluded(plans.filter((plan) => waits(idOf(plan))));
      break;
    }
    await notShown.ask(unasked);
  }
  await suggestRenames(users, notShown.lockOuts, context);
  warnOfKept(notShown.lockOuts, context);
  for (const name of gone.kept) context.recorder.warn('group-kept', GROUP_KEPT, name);
  // Groups that stay for those alone who turned out to be there: the next run counts them before it asks.
  const wouldGo = notShown.spared.length === 0 ? [] : (await goneGroups(checked.lockOuts, keptBefore)).free;
  const goes = new Set(checked.groups.map(groupId));
  const spared = [...notShown.spared, ...wouldGo.map(groupId).filter((id) => !goes.has(id))];
  const lockOuts = [...users.lockOuts.values(), ...notShown.lockOuts];
  const { grace } = context;
  await grace.noteMissing(checked.plans);
  const verdict = await apply({ ...checked, lockOuts }, decisions, pages, context);
  const missing = new Set(checked.plans.flatMap((plan) => (isDue(plan) ? plan.key : [])));
  await grace.settle(
    (key) => users.seen.has(key) && !notShown.isUnknown(key),
    complete ? (key) => missing.has(key) || notShown.isUnknown(key) : undefined,
  );
  const failedWrites = pages.failedWrites + notShown.failedWrites;
  return { ...verdict, spared, complete, failedWrites };
}

/** Whether access or the account is still to be taken from a leaver; who has none by a person's word is dealt with. */
const isDue = ({ cause, kind, link }: LockOutPlan): boolean =>
  cause === 'gone' && (kind !== 'update' || link?.forbiddenBy === 'syncer');

/** What was reviewed counts as approved, as far as it is still the same. */
async function asReviewed(
  decisions: SweepDecisions,
  lockOuts: readonly LockOut[],
  pages: LockOutPages,
  { reviewed }: RunContext,
): Promise<SweepDecisions> {
  if (!reviewed) return decisions;
  const approved = approvedAmong(await pages.plan(lockOuts), reviewed);
  return { ...decisions, approved: new Set([...approved, ...reviewed.groupRemovals]), onlyApproved: true };
}

const isApprovedRemoval = (group: StandingGroup, { approved }: SweepDecisions, { reviewed }: RunContext): boolean =>
  reviewed ? reviewed.has(removalOf(group)) : approved.has(groupId(group));

/** Whether a person approved something about this member. */
const isApproved = (key: ExternalKey, { approved }: SweepDecisions): boolean =>
  (['forbid', 'remove', 'update'] as const).some((kind) => approved.has(lockOutId(kind, key)));

/**
 * The end of a run of one member. Automatic ones are counted together with those before them, for an event for each
 * member of a company takes the whole of it; a person who asks for this very member has decided about it.
 *
 * @param lockOut of that member, with what would be done about it
 */
export async function sweepMember(
  { lockOut, plans }: { readonly lockOut: LockOut; readonly plans: readonly LockOutPlan[] },
  { automatic, ...said }: { readonly automatic: boolean } & Pick<SweepDecisions, 'rejectedDigest' | 'standing'>,
  { pages, users }: { readonly pages: LockOutPages; readonly users: UsersRead },
  context: RunContext,
): Promise<LimitVerdict> {
  warnOfKept([lockOut], context);
  // Who asks for this very member has decided about him, but for somebody of whom a person said no.
  const standings = new Standings(said.standing, context.settings.removalLimit);
  const approved = automatic ? [] : plans.map(idOf).filter((id) => !standings.isRejected(id));
  const decisions: SweepDecisions = { ...said, approved: new Set(approved), onlyApproved: false };
  // The directory did answer about this member, so the answer was not empty.
  const seen = new Set([...users.seen, lockOut.key]);
  const question = {
    lockOuts: [lockOut],
    groups: [],
    users: { granted: users.granted, seen },
    decisions,
    isWhole: false,
  };
  const checked = await checkLockOuts(question, pages, context);
  await context.grace.noteMissing(checked.plans);
  return apply(checked, decisions, pages, context);
}

/**
 * The end of a run that takes back what another one did: whom that one let in passes the guard together.
 *
 * @param lockOuts everybody who may lose access by it
 */
export async function sweepNamed(
  lockOuts: readonly LockOut[],
  decisions: SweepDecisions,
  { pages, users }: { readonly pages: LockOutPages; readonly users: Pick<UsersRead, 'granted' | 'seen'> },
  context: RunContext,
): Promise<LimitVerdict> {
  const question = { lockOuts, groups: [], users, decisions, isWhole: false };
  return apply(await checkLockOuts(question, pages, context), decisions, pages, context);
}

/**
 * The end of a run that found by a roster who is gone: they and those whom it met disabled pass the guard together.
 *
 * @param named everybody whom the roster named
 */
export async function sweepGone(
  lockOuts: readonly LockOut[],
  decisions: SweepDecisions,
  {
    pages,
    users,
    named,
  }: { readonly pages: LockOutPages; readonly users: UsersRead; readonly named: UsersRead['seen'] },
  context: RunContext,
): Promise<LimitVerdict> {
  const question = { lockOuts, groups: [], users: { granted: users.granted, seen: named }, decisions, isWhole: false };
  const checked = await checkLockOuts(question, pages, context);
  await context.grace.noteMissing(checked.plans);
  return apply(checked, decisions, pages, context);
}

/** What the guard is asked. */
interface LimitQuestion {
  readonly lockOuts: readonly LockOut[];
  readonly groups: readonly StandingGroup[];
  readonly users: Pick<UsersRead, 'granted' | 'seen'>;
  readonly decisions: SweepDecisions;
  /** Everybody whom the run would lock out is among them. */
  readonly isWhole: boolean;
}

/** The lock-outs of a run, and what the guard says to them. */
interface Checked {
  readonly lockOuts: readonly LockOut[];
  readonly plans: readonly LockOutPlan[];
  readonly groups: readonly StandingGroup[];
  readonly verdict: GuardVerdict;
  /** A person said no to exactly these. */
  readonly wasRejected: boolean;
  readonly digest: string;
  readonly waits: (id: string) => boolean;
}

const groupId = ({ link }: StandingGroup): string => lockOutId('removeGroup', link.key);

async function checkLockOuts(
  { lockOuts, groups, users, decisions, isWhole }: LimitQuestion,
  pages: LockOutPages,
  context: RunContext,
): Promise<Checked> {
  const plans = await pages.plan(lockOuts);
  const people = plans.filter(losesAccess).map(idOf);
  const groupIds = groups.map(groupId);
  const approves = (id: string): boolean => decisions.approved.has(id);
  const found = { lockOuts, plans, groups };
  if (decisions.onlyApproved) {
    const waits = (id: string): boolean => !approves(id);
    return { ...found, verdict: { held: false }, wasRejected: false, digest: '', waits };
  }
  const open = [...people, ...groupIds].filter((id) => !approves(id));
  const deletions = plans.filter((plan) => losesAccess(plan) && plan.update?.seen.isForbidden === true).map(idOf);
  const counts = {
    withoutAccess: deletions.filter((id) => !approves(id)).length,
    people: people.filter((id) => !approves(id)).length,
    groups: groupIds.filter((id) => !approves(id)).length,
    membersSeen: users.seen.size,
  };
  const standings = new Standings(decisions.standing, context.settings.removalLimit);
  const limit = await checkAll(counts, users.granted, context);
  const verdict = !limit.held && standings.standInTheWay(open) ? DECIDED_BEFORE : limit;
  const digest = digestOf([...people, ...groupIds]);
  const wasRejected =
    digest === decisions.rejectedDigest || (standings.haveSettled(open) && (!isWhole || standings.areAllIn(open)));
  return {
    ...found,
    verdict,
    wasRejected: verdict.held && wasRejected,
    digest,
    waits: (id) => verdict.held && !approves(id),
  };
}

const DECIDED_BEFORE: GuardVerdict = {
  held: true,
  reason: text(
    'A person rejected some of these lock-outs, or did not decide about all of them: they wait, with what came since.',
    '其中一部分锁定此前已被人工拒绝，或尚未全部作出决定：它们与此后新增的锁定一并等待处理。',
  ),
};

async function apply(
  { lockOuts, groups, verdict, digest, waits, wasRejected }: Checked,
  decisions: SweepDecisions,
  pages: LockOutPages,
  context: RunContext,
): Promise<LimitVerdict> {
  if (wasRejected) context.recorder.warn('rejected-before', REJECTED_BEFORE);
  else if (verdict.held && context.dryRun) context.recorder.warn('would-be-held', verdict.reason);
  const stateOf = (id: string): ChangeState | undefined => {
    if (waits(id) && wasRejected) return 'rejected';
    if (waits(id) && decisions.onlyApproved) return undefined;
    if (context.dryRun) return 'planned';
    return waits(id) ? 'held' : 'applied';
  };
  await pages.apply(lockOuts, stateOf);
  await removeGroups(groups, stateOf, context);
  const holds = verdict.held && !wasRejected && !context.dryRun;
  return { held: holds ? verdict.reason : undefined, digest: verdict.held ? digest : '' };
}

/** Counting who could sign in before this run reads every account of the organization, so only lock-outs pay for it. */
async function checkAll(
  lockOuts: Pick<LockOutCounts, 'people' | 'withoutAccess' | 'groups' | 'membersSeen'>,
  granted: number,
  context: RunContext,
): Promise<GuardVerdict> {
  const { store, scope, settings } = context;
  if (lockOuts.people + lockOuts.groups === 0) return { held: false };
  const recent = await context.recentLockOuts();
  const recentPeople = await countLockedOut(recent.people, context);
  const activeBefore = (await store.countActive(scope)) - granted + recentPeople;
  const counts = { ...lockOuts, recentPeople, recentGroups: recent.groups, activeBefore };
  return checkRemovalLimit(counts, settings.removalLimit);
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

const GROUP_KEPT = text(
  'The department is gone, but somebody else is in its group or below it; the group stays.',
  '部门已不存在，但其群组或下级群组中仍有其他人；群组保留。',
);
