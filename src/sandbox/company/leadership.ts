import type { DepartmentTree } from './departments/department-tree.ts';
import { isActive, userKey, type Member } from './member.ts';
import type { Random } from './random.ts';
import type { Roster } from './roster.ts';

/** Gives most departments one or two leaders, and most members one of them as their superior. */
export function appointLeaders(tree: DepartmentTree, roster: Roster, random: Random): void {
  for (const { id } of tree.values()) {
    const candidates: Member[] = [];
    for (const member of roster.in(id)) {
      if (member.main_department === id && isActive(member)) candidates.push(member);
      if (candidates.length === 2) break;
    }
    const count = random.chance(0.15) ? 0 : random.chance(0.15) ? 2 : 1;
    const leaders = candidates.slice(0, count).map(({ userid }) => userid);
    if (leaders.length > 0) tree.setLeaders(id, leaders);
  }
  // One array per leader, shared by everybody below: a million members have only so many superiors.
  const superiors = new Map<number, readonly string[]>();
  for (const { id, department_leader: leaders } of tree.values()) superiors.set(id, leaders.slice(0, 1));
  for (const member of roster.records()) {
    const superior = superiors.get(member.main_department) ?? [];
    if (superior.length > 0 && superior[0] !== member.userid && random.chance(0.7)) member.direct_leader = superior;
  }
}

/**
 * Wherever a leader is mentioned: the userid becomes the new one, or falls out when there is none.
 *
 * @param changes lower-cased userid → its new spelling, or undefined for somebody who is gone
 */
export function replaceLeaders(
  tree: DepartmentTree,
  roster: Roster,
  changes: ReadonlyMap<string, string | undefined>,
): void {
  const follow = (leaders: readonly string[]): readonly string[] => {
    if (!leaders.some((leader) => changes.has(userKey(leader)))) return leaders;
    return leaders.flatMap((leader) => (changes.has(userKey(leader)) ? (changes.get(userKey(leader)) ?? []) : leader));
  };
  for (const { id, department_leader: leaders } of tree.values()) {
    const followed = follow(leaders);
    if (followed !== leaders) tree.setLeaders(id, followed);
  }
  for (const member of roster.records()) {
    const followed = follow(member.direct_leader);
    if (followed === member.direct_leader) continue;
    member.direct_leader = followed;
    roster.touch(member);
  }
}
