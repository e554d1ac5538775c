import { MalformedMember, readMember, type Member, type WeComMember } from './member.ts';

interface Held {
  member: Member | MalformedMember;
  readonly departments: Set<number>;
}

const has = (list: readonly number[] | undefined, id: number): boolean => list !== undefined && list.includes(id);

/**
 * WeCom shows a member once per department, so one person in three departments arrives three times. Each copy carries
 * all departments that the app may see; folding here keeps "every member once" true for the engine. Compared without
 * case, as WeCom does (doc 90195).
 *
 * A copy that does not name the department it was found in is odd: its own list cannot be trusted to be whole. Such a
 * member, and one whose record is malformed, waits until everything was read, because another copy may know more.
 * Everybody else goes on at once, so what is kept grows with the ids, not with the records.
 */
export class Fold {
  readonly #visible: ReadonlySet<number>;
  readonly #excludes: (userid: string) => boolean;
  readonly #observe: (member: Member) => void;
  readonly #seen = new Set<string>();
  readonly #held = new Map<string, Held>();

  /**
   * @param visible departments that become groups; others are dropped from a member's list
   * @param excludes whom the configuration leaves out
   * @param observe called for every readable copy
   */
  constructor(
    visible: ReadonlySet<number>,
    excludes: (userid: string) => boolean = () => false,
    observe: (member: Member) => void = () => undefined,
  ) {
    this.#visible = visible;
    this.#excludes = excludes;
    this.#observe = observe;
  }

  has(userid: string): boolean {
    return this.#seen.has(userid.toLowerCase());
  }

  /**
   * @param from the department that the list belongs to
   * @returns members not shown before
   */
  take(list: readonly unknown[], from: number): WeComMember[] {
    const ready: WeComMember[] = [];
    for (const raw of list) {
      const member = readMember(raw);
      if (member.userid === undefined) {
        ready.push(member);
        continue;
      }
      const key = member.userid.toLowerCase();
      if (this.#excludes(key)) continue;
      const known = this.#seen.size;
      const isNew = this.#seen.add(key).size > known;
      if (!(member instanceof MalformedMember)) this.#observe(member);
      if (isNew && !(member instanceof MalformedMember) && has(member.department, from)) {
        ready.push(this.#onlyVisible(member));
      } else {
        this.#hold(key, member, from, isNew);
      }
    }
    return ready;
  }

  /** A member that was asked for by id, not found in a department. Undefined: shown before, or left out. */
  takeOne(member: Member | MalformedMember): WeComMember | undefined {
    if (member.userid === undefined) return member;
    const key = member.userid.toLowerCase();
    if (this.#seen.has(key) || this.#excludes(key)) return undefined;
    this.#seen.add(key);
    if (member instanceof MalformedMember) return member;
    this.#observe(member);
    return this.#onlyVisible(member);
  }

  /** Those who waited, once everything was read. */
  rest(): WeComMember[] {
    const rest: WeComMember[] = [];
    for (const { member, departments } of this.#held.values()) {
      rest.push(
        member instanceof MalformedMember ? member : this.#onlyVisible({ ...member, department: [...departments] }),
      );
    }
    this.#held.clear();
    return rest;
  }

  #hold(key: string, member: Member | MalformedMember, from: number, isNew: boolean): void {
    let held = this.#held.get(key);
    if (!held) {
      // Shown already: that copy named every department itself.
      if (!isNew) return;
      held = { member, departments: new Set() };
      this.#held.set(key, held);
    }
    if (held.member instanceof MalformedMember) held.member = member;
    held.departments.add(from);
    if (member instanceof MalformedMember) return;
    for (const department of member.department ?? []) held.departments.add(department);
  }

  #onlyVisible(member: Member): Member {
    const { department } = member;
    if (!department) return member;
    for (const [index, id] of department.entries()) {
      if (this.#visible.has(id) && department.indexOf(id) === index) continue;
      return this.#restricted(member, department);
    }
    return member;
  }

  #restricted(member: Member, department: readonly number[]): Member {
    return { ...member, department: [...new Set(department)].filter((id) => this.#visible.has(id)) };
  }
}
