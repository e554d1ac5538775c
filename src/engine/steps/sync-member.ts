import type { StoredChange } from '../ports/run-store.ts';
import { ConfigError, MappingError } from '../../syncer/errors.ts';
import { externalId, keyOf, type ExternalId, type ExternalKey } from '../../syncer/external-id.ts';
import type { UserProfile } from '../../syncer/profile.ts';
import { isMemberLookup, type MemberLookup, type Syncer } from '../../syncer/syncer.ts';
import { text, together, type Text } from '../../syncer/text.ts';
import type { AccountPlan } from '../plan/users/account-plan.ts';
import { FREEZE_NOTE } from '../plan/lock-outs/freeze.ts';
import { GONE, type LockOut } from '../plan/lock-outs/lock-out.ts';
import { askAbout, leftAlone, type Answer } from './ask-directory.ts';
import { LockOutPages } from './lock-outs/lock-out-pages.ts';
import { excludedByScope, excludedReason } from './lock-outs/not-shown.ts';
import { onPage, type RunContext } from './run-context.ts';
import type { Run } from '../run.ts';
import { completeMember, type Gift } from './self/complete-member.ts';
import { settleNamed } from './users/settle-named.ts';
import { sweepMember, type LimitVerdict, type SweepDecisions } from './lock-outs/sweep.ts';
import { knownGroups } from './groups/sync-groups.ts';
import { UserPages } from './users/user-pages.ts';

export interface MemberStep {
  readonly name: 'fetched' | 'inScope' | 'mapped' | 'matched' | 'written';
  readonly ok: boolean;
  readonly detail: Text;
}

/** What became of one member, step by step; a step that is missing was not reached. */
export interface MemberReport {
  readonly run: Run;
  readonly steps: readonly MemberStep[];
  readonly change?: StoredChange;
}

export interface MemberRequest {
  readonly userid: string;
  /** The userid that this member had before, where the directory said so: the account stays the same. */
  readonly formerUserid?: string;
  /** Nobody asked for this very member: the directory told of a change. What a person deleted stays deleted. */
  readonly automatic?: boolean;
  /** Name of the account that a person says is this member's. */
  readonly account?: string;
  /** What a person gives somebody, or back, keeps its password, bindings and sessions; default: they end. */
  readonly keepSignIn?: boolean;
  /** What the member gave about himself: that is stored, and nothing else happens. */
  readonly gift?: Gift;
}

/** What people said of lock-outs before. */
type Said = Pick<SweepDecisions, 'rejectedDigest' | 'standing'>;

/** How a run of one member ends. */
interface MemberOutcome extends LimitVerdict {
  /** Whether he could not be mapped or stored. */
  readonly failedWrites: number;
}

/** Brings one member up to date. Steps are reported as they are done, so that an error shows how far it came. */
export async function syncMember(
  { userid, formerUserid, automatic = false, account, keepSignIn = false, gift, ...said }: MemberRequest & Said,
  context: RunContext,
  report: (steps: readonly MemberStep[]) => void,
): Promise<MemberOutcome> {
  const { syncer } = context;
  if (!isMemberLookup(syncer)) throw NO_LOOKUP;
  const steps: MemberStep[] = [];
  const step = (name: MemberStep['name'], ok: boolean, detail: Text): void => {
    steps.push({ name, ok, detail });
    report([...steps]);
  };
  if (gift) return storeOwn(externalId(userid), gift, syncer, context, step);
  // Memberships follow the groups that exist; a department that is new comes with the next full run.
  const groups = await knownGroups(context);
  const users = await UserPages.open(context, groups, {
    recreate: !automatic && context.recorder.run.trigger !== 'decision',
    keepsSignIn: keepSignIn,
  });
  const pages = new LockOutPages(context, groups, users);
  const outcome = (verdict?: LimitVerdict): MemberOutcome => ({
    held: verdict?.held,
    digest: verdict?.digest ?? '',
    failedWrites: users.failedWrites + pages.failedWrites,
  });
  const id = externalId(userid);
  const lockOut = async (found: LockOut): Promise<MemberOutcome> =>
    outcome(await applyLockOut(found, { automatic, ...said }, { pages, users }, context, step));
  const answer = await readMember(id, syncer, context.signal, step);
  if (!answer) return { ...outcome(), failedWrites: 1 };
  if (answer.says === 'gone') {
    step('fetched', false, NOT_FOUND);
    if (account !== undefined) throw NOT_THERE;
    await context.questions.lapse([{ subject: 'user', key: keyOf(id) }]);
    return lockOut({ key: keyOf(id), cause: 'gone', reason: GONE });
  }
  step('fetched', true, FETCHED);
  step('inScope', answer.says === 'inScope', answer.detail);
  if (answer.says !== 'inScope' && account !== undefined) throw NOT_THERE;
  if (answer.says === 'excluded' && context.settings.excluded !== 'leave') {
    return lockOut({ key: keyOf(id), cause: 'gone', reason: excludedByScope(answer.detail) });
  }
  await context.grace.settle((key) => key === keyOf(id));
  const profile = answer.says === 'excluded' ? leftAlone(id, excludedReason(context)) : answer.profile;
  if (answer.says !== 'inScope') {
    const [kept] = await users.storeAsked([profile]);
    if (kept && kept.kind !== 'none') step('matched', false, kept.reason);
    return outcome();
  }
  step('mapped', true, MAPPED);
  const plan = await storeMember(profile, { formerUserid, account }, users, context);
  if (!plan) {
    step('written', false, NOT_STORED);
    return outcome();
  }
  // Who has his account is in nobody's doubt; one who waits for the next full run may be.
  if (hasAccount(plan)) await context.questions.settle({ subject: 'user', key: keyOf(id) });
  reportPlan(plan, context.dryRun, step);
  const [found] = users.lockOuts.values();
  return found ? lockOut(found) : outcome();
}

/** Who is gone, left out, or out of sight gives nothing; what becomes of his account is for other runs. */
async function storeOwn(
  id: ExternalId,
  gift: Gift,
  syncer: Syncer & MemberLookup,
  context: RunContext,
  step: Report,
): Promise<MemberOutcome> {
  const outcome: MemberOutcome = { held: undefined, digest: '', failedWrites: 0 };
  const answer = await readMember(id, syncer, context.signal, step);
  if (!answer) return { ...outcome, failedWrites: 1 };
  if (answer.says === 'gone') step('fetched', false, NOT_FOUND);
  else {
    step('fetched', true, FETCHED);
    step('inScope', answer.says === 'inScope', answer.detail);
  }
  if (answer.says !== 'inScope') return outcome;
  const { ok, detail } = await completeMember(answer.profile, gift, context);
  step(ok ? 'written' : 'matched', ok, detail);
  return outcome;
}

const hasAccount = ({ kind, user }: AccountPlan): boolean => kind !== 'conflict' && kind !== 'skip' && user !== '';

type Report = (name: MemberStep['name'], ok: boolean, detail: Text) => void;

/** Undefined: the directory shows him, and he cannot be mapped. */
async function readMember(
  id: ExternalId,
  syncer: Syncer & MemberLookup,
  signal: AbortSignal,
  step: Report,
): Promise<Answer | undefined> {
  try {
    return await askAbout(id, syncer, signal);
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    step('fetched', true, FETCHED);
    step('mapped', false, error.text);
    return undefined;
  }
}

/** Undefined: the database did not take him. */
async function storeMember(
  profile: UserProfile,
  { formerUserid, account }: { readonly formerUserid: string | undefined; readonly account: string | undefined },
  users: UserPages,
  context: RunContext,
): Promise<AccountPlan | undefined> {
  const id = profile.externalId;
  const former = formerUserid === undefined ? undefined : await findFormer(id, externalId(formerUserid), context);
  const known = account === undefined ? {} : { account };
  const [stored] = await users.storeProfiles([profile], former ? { former } : known);
  const [settled] = await settleNamed(users, [], context);
  await context.protections.endSeen([profile]);
  context.recorder.sawMembers(1);
  context.recorder.count('members');
  return settled ?? stored;
}

/** Said by a callback, which is only a hint: it counts when the directory knows the former userid no more. */
async function findFormer(
  id: ExternalId,
  formerId: ExternalId,
  { syncer, signal }: RunContext,
): Promise<ReadonlyMap<ExternalKey, ExternalKey> | undefined> {
  if (!isMemberLookup(syncer) || keyOf(id) === keyOf(formerId)) return undefined;
  const isGone = (await syncer.fetchUser(formerId, signal)) === undefined;
  return isGone ? new Map([[keyOf(id), keyOf(formerId)]]) : undefined;
}

async function applyLockOut(
  lockOut: LockOut,
  decisions: Parameters<typeof sweepMember>[1],
  stores: Parameters<typeof sweepMember>[2],
  context: RunContext,
  step: Report,
): Promise<LimitVerdict | undefined> {
  const { scope } = context;
  const isHeld = await onPage(context, async (page) => (await page.heldAccounts(scope, [lockOut.key])).size > 0);
  const plans = isHeld ? await stores.pages.plan([lockOut]) : [];
  const [plan] = plans;
  if (!plan) {
    if (isHeld) step('written', true, NOTHING_TO_LOCK);
    else step('matched', false, NOT_HELD);
    return undefined;
  }
  const outcome = await sweepMember({ lockOut, plans }, decisions, stores, context);
  if (outcome.held) step('written', false, together(outcome.held, WAITS));
  else if (plan.isFrozen) step('written', true, FREEZE_NOTE.message);
  else step('written', plan.kind !== 'skip' || plan.isLeftAlone === true || plan.isWaiting === true, plan.reason);
  return outcome;
}

const WAITS = text(
  'This change waits for a person, who sees it in the next full run.',
  '此变更等待人工处理，将列入下一次完整同步。',
);

function reportPlan(plan: AccountPlan, dryRun: boolean, step: Report): void {
  const stuck = plan.kind === 'conflict' || plan.kind === 'skip';
  step('matched', !stuck, stuck ? plan.reason : MATCHED[plan.kind](plan.user));
  if (stuck) return;
  const fields = plan.fields.length;
  if (plan.kind === 'unchanged') step('written', true, UP_TO_DATE);
  else if (dryRun) step('written', true, text(`Would write ${fields} fields.`, `将写入 ${fields} 个字段。`));
  else step('written', true, text(`Wrote ${fields} fields.`, `已写入 ${fields} 个字段。`));
}

const account = (user: string): Text => text(`Account ${user}.`, `账号 ${user}。`);
const MATCHED: Readonly<Record<Exclude<AccountPlan['kind'], 'conflict' | 'skip'>, (user: string) => Text>> = {
  create: (user) => text(`Nobody matches; account ${user} is new.`, `没有匹配的账号；${user} 为新账号。`),
  link: (user) => text(`Account ${user} exists already and is linked.`, `账号 ${user} 已存在并已关联。`),
  update: account,
  restore: account,
  unchanged: account,
  none: account,
};

const FETCHED = text('The directory shows this member.', '通讯录中存在该成员。');
const NOT_FOUND = text(
  'The directory does not know this userid, or these credentials may not see it.',
  '通讯录中没有该 userid，或当前凭证无权查看。',
);
const MAPPED = text('The record was understood.', '成员数据解析成功。');
const NOT_HELD = text('No account of this syncer belongs to this userid.', '此同步器没有与该 userid 对应的账号。');
const NOTHING_TO_LOCK = text(
  'The account has no access to take away, or is kept by policy.',
  '该账号无需锁定，或按策略保留。',
);
const NOT_STORED = text(
  'The database refused the row; see the changes of this run.',
  '数据库拒绝了该行；详见本次同步的变更列表。',
);
const UP_TO_DATE = text('Everything is up to date.', '数据已是最新。');
const NOT_THERE = new ConfigError(
  text('The directory does not show this member, so nothing was linked.', '通讯录中没有该成员，未作任何关联。'),
  { remedy: text('Check the userid and the scope of this syncer.', '请检查 userid 和此同步器的同步范围。') },
);
export const NO_LOOKUP = new ConfigError(
  text('This type of syncer cannot read one member alone.', '此类型的同步器不支持单独同步一名成员。'),
);
