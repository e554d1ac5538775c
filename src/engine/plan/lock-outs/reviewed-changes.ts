import type { Change } from '../../../identity/change.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import type { AccountPlan } from '../users/account-plan.ts';
import type { GroupPlan } from '../groups/group.ts';
import { lockOutId } from './lock-out.ts';

/** What two changes have in common that are the same to whoever looked at one of them. */
export type ReviewedChange = Pick<Change, 'kind' | 'userid' | 'user' | 'fields'>;

const keyOf = ({ kind, userid, user, fields }: ReviewedChange): string =>
  JSON.stringify([kind, userid, user, fields.map(({ field, before, after }) => [field, before, after])]);

/** The changes that a person looked at in a preview: a run that applies it does them and no others. */
export class ReviewedChanges {
  readonly #byKey = new Map<string, ReviewedChange>();

  constructor(changes: Iterable<ReviewedChange>) {
    for (const change of changes) this.#byKey.set(keyOf(change), change);
  }

  has(change: ReviewedChange): boolean {
    return this.#byKey.has(keyOf(change));
  }

  /** Ids of the groups' removals among them. */
  get groupRemovals(): readonly string[] {
    return [...this.#byKey.values()]
      .filter(({ kind }) => kind === 'removeGroup')
      .map(({ kind, userid }) => lockOutId(kind, userid.toLowerCase()));
  }

  /** Those that are not among what was listed since. */
  missingIn(listed: Iterable<ReviewedChange>): readonly ReviewedChange[] {
    const missing = new Map(this.#byKey);
    for (const change of listed) missing.delete(keyOf(change));
    return [...missing.values()];
  }
}

/**
 * What is left of a member's plan when nobody reviewed it: his account stays as it is, and in its groups. Whether he may
 * lose access is asked at the end, as for everybody.
 */
export function accountAsReviewed(plan: AccountPlan, reviewed: ReviewedChanges): AccountPlan {
  const { report, leftAlone, ...own } = plan;
  const isTold = (beside: Omit<ReviewedChange, 'userid'> | undefined): boolean =>
    beside !== undefined && reviewed.has({ ...beside, userid: plan.userid });
  const skipped = leftAlone && ({ ...leftAlone, kind: 'skip', user: plan.user } as const);
  const told = {
    ...(report && isTold(report) && { report }),
    ...(leftAlone && isTold(skipped) && { leftAlone }),
  };
  if (plan.kind === 'none' || plan.kind === 'unchanged') return { ...own, ...told };
  // What a decision takes from another account is part of what was looked at, and not done by halves.
  const displaced = (plan.displaced ?? []).flatMap(({ reports }) => reports);
  if (reviewed.has({ ...plan, kind: plan.kind }) && displaced.every(isTold)) return { ...own, ...told };
  const { userid, user, reason, formerKey, lockOut, keeps, update } = plan;
  return {
    kind: 'none',
    userid,
    user,
    fields: [],
    reason,
    passedOver: true,
    keeps: keeps ?? update?.seen.groups ?? [],
    ...(formerKey !== undefined && { formerKey }),
    ...(lockOut !== undefined && { lockOut: { ...lockOut, key: formerKey ?? lockOut.key } }),
    ...told,
    notes: [],
  };
}

/** The same of a department's: a group that is not made stands for nothing, and one that is there stays where it is. */
export function groupAsReviewed(plan: GroupPlan, reviewed: ReviewedChanges): GroupPlan {
  const { kind, userid, user, reason, groupName } = plan;
  if (kind === 'unchanged' || reviewed.has({ ...plan, kind })) return plan;
  const base = { kind: 'unchanged', userid, user, fields: [], reason, notes: [] } as const;
  return kind === 'updateGroup' && groupName !== undefined ? { ...base, groupName } : base;
}

/** Members whose lock-outs stand as they were reviewed. */
export const approvedAmong = (
  plans: readonly (ReviewedChange & { readonly key: ExternalKey })[],
  reviewed: ReviewedChanges,
): readonly string[] => plans.filter((plan) => reviewed.has(plan)).map(({ kind, key }) => lockOutId(kind, key));
