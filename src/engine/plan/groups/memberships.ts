import { keyOf } from '../../../syncer/external-id.ts';
import type { ProfileNote, UserProfile } from '../../../syncer/profile.ts';
import { text, type Text } from '../../../syncer/text.ts';
import type { PlanContext } from '../users/account-plan.ts';

/** The memberships of one account after a run. */
export interface Memberships {
  /** All of them, ours and others'. */
  readonly groups: readonly string[];
  /** Those that this syncer made: the only ones it may take back later. */
  readonly ours: readonly string[];
  readonly note?: ProfileNote;
}

/**
 * The memberships of an account after a profile was applied.
 *
 * @param ours those of the standing ones that this syncer made
 * @param keepsAll nothing is taken back, whatever the directory says
 * @returns undefined when memberships are not synced, or the directory says nothing of them
 */
export function wantedMemberships(
  profile: UserProfile,
  standing: readonly string[],
  ours: readonly string[],
  { groupNames, otherGroups, limits }: Pick<PlanContext, 'groupNames' | 'otherGroups' | 'limits'>,
  keepsAll = false,
): Memberships | undefined {
  if (!groupNames || !profile.groups) return undefined;
  const wanted: string[] = [];
  for (const group of profile.groups) {
    const name = groupNames.get(keyOf(group));
    if (name !== undefined) wanted.push(name);
  }
  const undecided = new Set(profile.undecidedGroups?.map((group) => groupNames.get(keyOf(group))));
  const kept = ours.filter((group) => keepsAll || undecided.has(group) || otherGroups?.has(group));
  return mergeMemberships(standing, ours, [...kept, ...wanted], limits.groups);
}

/**
 * Merges the memberships that the directory wants into those that stand. What this syncer did not make stays, also
 * when it names one of our groups: a person put it there.
 */
export function mergeMemberships(
  standing: readonly string[],
  oursBefore: readonly string[],
  wanted: readonly string[],
  limit: number,
): Memberships {
  const mine = new Set(oursBefore);
  const want = new Set(wanted);
  const groups = standing.filter((group) => !mine.has(group) || want.has(group));
  const present = new Set(groups);
  const ours = groups.filter((group) => mine.has(group));
  let dropped = 0;
  for (const group of want) {
    if (present.has(group)) continue;
    if (limit !== Infinity && JSON.stringify([...groups, group]).length > limit) {
      dropped += 1;
      continue;
    }
    groups.push(group);
    ours.push(group);
  }
  return dropped === 0
    ? { groups, ours }
    : { groups, ours, note: { code: 'groups-too-long', message: tooLong(dropped) } };
}

const tooLong = (dropped: number): Text =>
  text(
    `${dropped} memberships do not fit the groups column; widen it.`,
    `${dropped} 个群组成员关系超出账号群组列(groups)的长度；请加宽该列。`,
  );

/** Whether two lists name the same groups; order means nothing. */
export function sameGroups(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  if (a.every((group, index) => group === b[index])) return true;
  const set = new Set(a);
  return b.every((group) => set.has(group));
}
