import type { DepartmentTree } from './departments/department-tree.ts';
import { userKey, type Member, type MemberRecord } from './member.ts';
import type { Random } from './random.ts';
import type { Roster } from './roster.ts';

/** Some members by count, chosen by the seed, or exactly these userids. */
export type Choice = number | string | readonly string[];

/** Finds the members whom a change is about. */
export class Chooser {
  readonly #roster: Roster;
  readonly #tree: DepartmentTree;
  readonly #random: Random;
  readonly #chosen = new Set<string>();

  constructor(roster: Roster, tree: DepartmentTree, random: Random) {
    this.#roster = roster;
    this.#tree = tree;
    this.#random = random;
  }

  /**
   * By userid whoever is named; by count those who `fit`, preferably people who lead nobody and whom
   * no earlier count chose. Each lesser group only serves when the ones before do not suffice: half a
   * company cannot leave without a leader.
   *
   * @throws RangeError when there is no such member, or not enough of them.
   */
  choose(who: Choice, fits: (member: Member) => boolean): MemberRecord[] {
    if (typeof who === 'string') return [this.#roster.require(who)];
    if (typeof who !== 'number') return [...new Set(who.map((userid) => this.#roster.require(userid)))];
    const count = wholeCount(who);
    const leading = this.#leading();
    const groups: [MemberRecord[], MemberRecord[], MemberRecord[]] = [[], [], []];
    for (const member of this.#roster.records()) {
      if (!fits(member)) continue;
      const key = userKey(member.userid);
      groups[this.#chosen.has(key) ? 2 : leading.has(key) ? 1 : 0].push(member);
    }
    const drawn: MemberRecord[] = [];
    for (const group of groups) {
      if (drawn.length < count) drawn.push(...this.#random.shuffled(group, count - drawn.length));
    }
    if (drawn.length < count) throw new RangeError(`only ${drawn.length} members would do, not ${count}`);
    for (const { userid } of drawn) this.#chosen.add(userKey(userid));
    return drawn;
  }

  #leading(): Set<string> {
    const leading = new Set<string>();
    for (const { department_leader: leaders } of this.#tree.values()) {
      for (const leader of leaders) leading.add(userKey(leader));
    }
    for (const { direct_leader: leaders } of this.#roster.values()) {
      for (const leader of leaders) leading.add(userKey(leader));
    }
    return leading;
  }
}

/** @throws RangeError when it is not a whole number, or negative. */
export function wholeCount(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError('a count is a whole number, not negative');
  return count;
}
