import { randomUUID } from 'node:crypto';
import type { AccountLink, HeldAccount } from '../../../identity/account.ts';
import type { IdentityPage, SyncerScope } from '../../../identity/identity-store.ts';
import { ConfigError } from '../../../syncer/errors.ts';
import { keyOf, type ExternalId, type ExternalKey } from '../../../syncer/external-id.ts';
import { present } from '../../../syncer/present.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { text } from '../../../syncer/text.ts';
import { FREEZE, FREEZE_NOTE } from '../../plan/lock-outs/freeze.ts';
import { planByHand, planCreate, planHeld } from '../../plan/users/account.ts';
import { fitValues } from '../../plan/users/fit-values.ts';
import { isHandedOn } from '../../plan/users/person.ts';
import type { AccountPlan, DisplacedAccount, PlanContext } from '../../plan/users/account-plan.ts';
import { planDisplaced, planUnbound } from '../../plan/users/displaced.ts';
import type { Question } from '../../question.ts';
import { lockOutRules, type RunContext } from '../run-context.ts';
import { ACCOUNT_TAKEN, ADMINISTRATOR, memberTaken, newLink, NO_ACCOUNT, unlinkOn } from './decide-link.ts';

/** Where a decision is carried out. */
interface Answering {
  readonly page: IdentityPage;
  readonly context: RunContext;
  readonly plan: PlanContext;
  /** Keys of which the directory says that nobody has them any more. */
  readonly gone: ReadonlySet<ExternalKey>;
}

/**
 * Plans what a person said to the question about this member.
 *
 * @throws ConfigError when it cannot be done as things stand now: the question is open again
 */
export async function planAnswer(profile: UserProfile, question: Question, answering: Answering): Promise<AccountPlan> {
  const { page, context } = answering;
  if (isAnother(profile, question, answering.plan)) throw ANOTHER_MEMBER;
  const plan = { ...answering.plan, keepsSignIn: question.keepSignIn };
  const key = keyOf(profile.externalId);
  const held = (await page.heldAccounts(context.scope, [key])).get(key);
  const isLinked = question.state === 'linked';
  const planned = isLinked
    ? await planLinked(profile, question, held, { ...answering, plan })
    : await planCreated(profile, question, held, { ...answering, plan });
  return planned.displaced?.some(({ isFrozen }) => isFrozen) ? afterFreeze(planned, held) : planned;
}

/** Whether the userid is somebody else's by now than whom the person was shown who answered. */
function isAnother({ values }: UserProfile, { member }: Question, { limits }: PlanContext): boolean {
  const told = fitValues(values, limits).values;
  const { name: displayName, email, phone } = member;
  return isHandedOn(told, { displayName, email, phone, ...present({ countryCode: told.countryCode }) });
}

/** The member cannot be let in with one account before the other one is taken from him: both wait, and so does the answer. */
const afterFreeze = ({ userid, user, displaced = [] }: AccountPlan, held: HeldAccount | undefined): AccountPlan => ({
  kind: 'none',
  userid,
  user,
  fields: [],
  reason: FREEZE,
  keeps: held?.account?.groups ?? [],
  frozen: displaced.flatMap(({ isFrozen, reports }) => (isFrozen ? reports : [])),
  notes: [FREEZE_NOTE],
});

async function planLinked(
  profile: UserProfile,
  { answer, candidates, kind }: Question,
  held: HeldAccount | undefined,
  { page, context, plan, gone }: Answering,
): Promise<AccountPlan> {
  const { scope } = context;
  const key = keyOf(profile.externalId);
  const standing = (await page.accountsByName(scope, [answer])).get(answer.toLowerCase());
  if (!standing || standing.account.name !== answer) throw NO_ACCOUNT;
  const { account, heldBy } = standing;
  if (account.isAdmin) throw ADMINISTRATOR;
  if (held?.account && held.link.accountName === account.name) return planByHand(profile, account, held.link, plan);
  const former = heldBy === null ? undefined : await page.linkOf(scope, account.name);
  // The userid that the member had before is nobody's any more: what it held goes on to him.
  const isAsked = candidates.some(({ user }) => user === `${scope.organization}/${answer}`);
  const mayMove = kind === 'renamed' && isAsked && former !== undefined && gone.has(former.key);
  if (heldBy !== null && !mayMove) throw ACCOUNT_TAKEN;
  if (!mayMove && account.binding !== '' && account.binding.toLowerCase() !== key) throw ACCOUNT_TAKEN;
  const link: AccountLink = mayMove
    ? { ...former, key, externalId: profile.externalId }
    : await newLink(page, profile, account, scope);
  const displaced = await displacedBy(profile, kind, held, account.name, { page, context, plan });
  return {
    ...planByHand(profile, account, link, plan),
    displaced,
    ...(mayMove && { formerKey: former.key }),
  };
}

async function planCreated(
  profile: UserProfile,
  { answer, kind }: Question,
  held: HeldAccount | undefined,
  { page, context, plan }: Answering,
): Promise<AccountPlan> {
  const { scope } = context;
  const standing = held?.account;
  // Who may have been somebody else has an account of his own already; and a run that ended too early made this one.
  if (standing && (kind === 'renamed' || standing.name === answer)) {
    return planHeld(profile, { link: held.link, account: standing }, plan, true);
  }
  const key = answer.toLowerCase() as ExternalKey;
  const isTaken =
    (await page.accountsByName(scope, [answer])).size > 0 ||
    (await context.candidates()).hasName(answer) ||
    (await page.heldAccounts(scope, [key], [])).get(key)?.link.accountName.toLowerCase() === key;
  if (isTaken) throw nameIsTaken(answer);
  const displaced = await displacedBy(profile, kind, held, answer, { page, context, plan });
  const planned = planCreate(profile, plan, {
    name: answer,
    id: await freeId(page, profile.externalId, answer, scope),
  });
  return {
    ...planned,
    displaced,
    // Tokens of before may be about an account that was called so.
    ...(plan.keepsSignIn !== true && planned.create && { endsSignIn: true }),
  };
}

/**
 * The accounts that are the member's no more: the one that he had, and others that carry his login binding.
 *
 * @param chosen name of the account that is his from now on
 * @throws ConfigError when he has an account that the question was not about, or an administrator's carries his binding
 */
async function displacedBy(
  profile: UserProfile,
  kind: Question['kind'],
  held: HeldAccount | undefined,
  chosen: string,
  { page, context, plan }: Omit<Answering, 'gone'>,
): Promise<readonly DisplacedAccount[]> {
  const { scope } = context;
  const key = keyOf(profile.externalId);
  const displaced: DisplacedAccount[] = [];
  if (held?.account) {
    if (kind !== 'handed-on' && kind !== 'renamed') throw memberTaken(`${scope.organization}/${held.account.name}`);
    displaced.push(planDisplaced(held.account, held.link, profile.externalId, lockOutRules(context), plan));
  }
  const bound = (await context.candidates())
    .boundTo(key)
    .filter((name) => name !== chosen && name !== held?.account?.name);
  if (bound.length === 0) return displaced;
  for (const { account, heldBy } of (await page.accountsByName(scope, bound)).values()) {
    if (account.binding.toLowerCase() !== key) continue;
    if (heldBy !== null || account.isAdmin) throw memberTaken(`${scope.organization}/${account.name}`);
    displaced.push(planUnbound(account, plan));
  }
  return displaced;
}

/** The userid, unless another account has it as its id: other programs know people by that. */
async function freeId(page: IdentityPage, userid: ExternalId, name: string, scope: SyncerScope): Promise<string> {
  const taken = new Set((await page.accountsWithId(scope, [userid, name])).map(({ id }) => id.toLowerCase()));
  return [userid, name].find((id) => !taken.has(id.toLowerCase())) ?? randomUUID();
}

/** Takes a decision back: the two are linked no more, and whatever else became of them stays. */
export async function undoAnswer(
  page: IdentityPage,
  { subject, key, answer }: Question,
  scope: SyncerScope,
): Promise<void> {
  if (subject === 'user') {
    const link = await page.linkOf(scope, answer);
    if (link?.key === key) await unlinkOn(page, scope, link);
    return;
  }
  const held = (await page.heldGroups(scope, [key])).get(key);
  if (held?.link.groupName === answer) await page.write(scope, { runId: randomUUID(), removeGroupLinks: [key] });
}

/** Decisions that a person took back while another run went on. */
export async function takeBackAnswers({ dryRun, lease, questions, scope, store }: RunContext): Promise<void> {
  if (dryRun) return;
  for (const question of questions.undone) {
    await store.page(lease, (page) => undoAnswer(page, question, scope));
    await questions.undid(question);
  }
}

const ANOTHER_MEMBER = new ConfigError(
  text(
    'This userid shows another person by now than when it was asked about.',
    '该 userid 现在所示的人员已与提问时不同。',
  ),
  { remedy: text('Look at the question again.', '请重新查看该问题。') },
);

const nameIsTaken = (name: string): ConfigError =>
  new ConfigError(text(`An account is called "${name}" already.`, `已有名为“${name}”的账号。`), {
    remedy: text('Choose another name.', '请使用其他名称。'),
  });
