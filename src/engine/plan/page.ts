import type { HeldAccount } from '../../identity/account.ts';
import type { Change, ChangeKind, ChangeState } from '../../identity/change.ts';
import { keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { UserProfile, ValueField } from '../../syncer/profile.ts';
import { CONFLICT } from '../warnings.ts';
import type { AccountPlan, PlanContext } from './users/account-plan.ts';
import { DELETED_BY_PERSON, planHeld, planIdOnly, planSkip } from './users/account.ts';
import type { DeferredMember } from './users/renames.ts';
import { Tally } from './tally.ts';

/** What is known of the accounts of one page of members. */
export interface PageKnowledge {
  readonly held: ReadonlyMap<ExternalKey, HeldAccount>;
  /** Plans of those whose account was held under another key until now. */
  readonly renamed: ReadonlyMap<ExternalKey, AccountPlan>;
  /** Plans of those who have no account of ours yet. */
  readonly matched: ReadonlyMap<ExternalKey, AccountPlan>;
}

/** Fields that at least one of these profiles says something about: nothing else needs to be read for the comparison. */
export function statedFields(profiles: readonly UserProfile[]): readonly ValueField[] {
  const stated = new Set<ValueField>();
  for (const { values } of profiles) for (const field in values) stated.add(field as ValueField);
  // Without its country a number compares with nothing.
  if (stated.has('phone')) stated.add('countryCode');
  return [...stated];
}

/** Those who have no account of ours, as far as the links tell. */
export const newcomersAmong = (
  profiles: readonly UserProfile[],
  { held, renamed }: Omit<PageKnowledge, 'matched'>,
): readonly UserProfile[] =>
  profiles.filter((profile) => {
    const key = keyOf(profile.externalId);
    return profile.complete !== false && !held.get(key)?.account && !renamed.has(key);
  });

/** @param isConfirmed a person said that the account is this member's whatever the directory says */
export function planMember(
  profile: UserProfile,
  { held, matched, renamed }: PageKnowledge,
  context: PlanContext,
  isConfirmed = false,
): AccountPlan {
  const key = keyOf(profile.externalId);
  const known = held.get(key);
  if (profile.complete === false) return planIdOnly(profile, known, context);
  return known?.account
    ? planHeld(profile, { link: known.link, account: known.account }, context, isConfirmed)
    : (renamed.get(key) ?? matched.get(key) ?? planSkip(profile, DELETED_BY_PERSON));
}

/** Newcomers who may be somebody we hold under another id, unless an account of somebody else is in their way. */
export const mayBeRenamed = (
  newcomers: readonly UserProfile[],
  { matched }: Pick<PageKnowledge, 'matched'>,
  claims: ReadonlyMap<UserProfile, readonly string[]>,
): readonly UserProfile[] =>
  newcomers.filter((profile) => {
    const kind = matched.get(keyOf(profile.externalId))?.kind;
    return kind === 'create' || kind === 'conflict' || claims.get(profile)?.length === 0;
  });

/** Whether nobody but whom this newcomer may have been has an account that is in the way. */
export function hasOnlyOwnInTheWay(
  { profile, formerSelves }: DeferredMember,
  { matched }: Pick<PageKnowledge, 'matched'>,
  organization: string,
): boolean {
  const own = new Set(formerSelves.map(({ accountName }) => `${organization}/${accountName}`));
  return otherHolders(matched.get(keyOf(profile.externalId))).every((holder) => own.has(holder));
}

/** The accounts that stand in the way of this plan. */
const otherHolders = (plan: AccountPlan | undefined): readonly string[] =>
  (plan?.fields ?? []).flatMap(({ field, before }) => (field === 'candidates' && Array.isArray(before) ? before : []));

/** What a page adds to the list of changes and to the counts of the run. */
export function changesOf(
  plans: readonly AccountPlan[],
  dryRun: boolean,
): { readonly changes: Change[]; readonly tally: Tally } {
  const tally = new Tally();
  const changes: Change[] = [];
  const add = (change: Change): void => {
    changes.push(change);
    tally.change(change);
    if (change.kind === 'conflict') tally.note([{ code: 'conflict', message: CONFLICT }], change.userid);
  };
  for (const plan of plans) {
    if (plan.kind === 'unchanged') {
      if (!plan.lockOut) tally.count('unchanged');
    } else if (plan.kind !== 'none') {
      add(toChange(plan, plan.kind, dryRun));
      if (plan.create?.isForbidden) tally.count('forbidden');
    }
    const { leftAlone, user, userid } = plan;
    if (leftAlone) add({ kind: 'skip', userid, user, ...leftAlone, state: stateIn(dryRun, 'skip') });
    if (plan.report) add({ ...plan.report, userid: plan.userid, state: stateIn(dryRun, plan.report.kind) });
    for (const report of (plan.displaced ?? []).flatMap(({ reports }) => reports)) {
      add({ ...report, userid: plan.userid, state: stateIn(dryRun, report.kind) });
    }
    for (const report of plan.frozen ?? []) changes.push({ ...report, userid: plan.userid, state: 'held' });
    tally.note(plan.notes, plan.userid);
  }
  return { changes, tally };
}

/** Nothing comes of a preview, nor of what only a person can decide; who is passed over on purpose was dealt with. */
export const stateIn = (dryRun: boolean, kind: ChangeKind): ChangeState => {
  if (dryRun) return 'planned';
  return kind === 'conflict' ? 'failed' : 'applied';
};

const toChange = (
  plan: AccountPlan,
  kind: Exclude<AccountPlan['kind'], 'unchanged' | 'none'>,
  dryRun: boolean,
): Change => ({
  kind,
  userid: plan.userid,
  user: plan.user,
  fields: plan.fields,
  reason: plan.reason,
  state: stateIn(dryRun, kind),
});
