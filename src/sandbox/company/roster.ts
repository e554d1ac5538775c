import { userKey, type Member, type MemberRecord } from './member.ts';

/** Everybody in the company, found by userid without case and by department. */
export class Roster {
  readonly #members = new Map<string, MemberRecord>();
  readonly #byDepartment = new Map<number, Set<MemberRecord>>();
  readonly #revisions = new Map<number, number>();
  #revision = 0;

  get size(): number {
    return this.#members.size;
  }

  /** Grows with every change of any member. */
  get revision(): number {
    return this.#revision;
  }

  /** Grows when a member of that department changes, joins or goes. */
  revisionOf(department: number): number {
    return this.#revisions.get(department) ?? 0;
  }

  values(): Iterable<Member> {
    return this.#members.values();
  }

  records(): Iterable<MemberRecord> {
    return this.#members.values();
  }

  has(key: string): boolean {
    return this.#members.has(key);
  }

  get(userid: string): Member | undefined {
    return this.#members.get(userKey(userid));
  }

  /** @throws RangeError when there is nobody of that userid. */
  require(userid: string): MemberRecord {
    const member = this.#members.get(userKey(userid));
    if (member === undefined) throw new RangeError(`there is no member ${userid}`);
    return member;
  }

  /** Direct members only. */
  in(department: number): ReadonlySet<Member> {
    return this.#byDepartment.get(department) ?? EMPTY;
  }

  add(member: MemberRecord): void {
    const key = userKey(member.userid);
    if (this.#members.has(key)) throw new RangeError(`member ${member.userid} exists already`);
    this.#members.set(key, member);
    this.#join(member);
    this.touch(member);
  }

  remove(member: MemberRecord): void {
    this.touch(member);
    this.#members.delete(userKey(member.userid));
    for (const id of member.department) this.#byDepartment.get(id)?.delete(member);
  }

  move(member: MemberRecord, departments: readonly number[]): void {
    this.touch(member);
    for (const id of member.department) this.#byDepartment.get(id)?.delete(member);
    member.department = departments;
    member.main_department = departments.includes(member.main_department)
      ? member.main_department
      : (departments[0] ?? 0);
    this.#join(member);
    this.touch(member);
  }

  respell(member: MemberRecord, userid: string): void {
    const key = userKey(userid);
    const previous = userKey(member.userid);
    if (key !== previous) {
      if (this.#members.has(key)) throw new RangeError(`member ${userid} exists already`);
      this.#members.delete(previous);
      this.#members.set(key, member);
    }
    member.userid = userid;
    this.touch(member);
  }

  /** To be called after a member's fields were changed. */
  touch(member: Member): void {
    this.#revision += 1;
    for (const id of member.department) this.#revisions.set(id, this.revisionOf(id) + 1);
  }

  #join(member: MemberRecord): void {
    for (const id of member.department) {
      const colleagues = this.#byDepartment.get(id);
      if (colleagues === undefined) this.#byDepartment.set(id, new Set([member]));
      else colleagues.add(member);
    }
  }
}

const EMPTY: ReadonlySet<Member> = new Set();
