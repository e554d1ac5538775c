import { ProtocolError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import { MalformedMember, readMember, withDepartments, type Member, type WeComMember } from '../reading/member.ts';

interface Held {
  member: Member | MalformedMember;
  readonly departments: Set<number>;
}

/** Members of one read; a company that has more is none that WeCom knows. */
const MOST_MEMBERS = 2_000_000;
/** Characters of records that wait for the end of the read; who waits beyond that is reported and not read. */
const MOST_WAITING = 64 * 1_048_576;

/** WeCom's records have six levels. */
const MOST_LEVELS = 100;

/** About how long a record is as JSON; undefined: nested deeper than any record. */
function lengthOf(value: unknown, level = 0): number | undefined {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  if (level === MOST_LEVELS) return undefined;
  let length = 1;
  for (const [key, part] of Object.entries(value)) {
    const inside = lengthOf(part, level + 1);
    if (inside === undefined) return undefined;
    length += key.length + inside;
  }
  return length;
}

const has = (list: readonly number[] | undefined, id: number): boolean => list !== undefined && list.includes(id);

/**
 * WeCom shows a member once per department, so one person in three departments arrives three times. Each copy carries
 * all departments that the app may see; uniting them here keeps "every member once" true for the engine. Compared without
 * case, as WeCom does (doc 90195).
 *
 * A copy that does not name the department it was found in is odd: its own list cannot be trusted to be whole. Such a
 * member, and one whose record is malformed, waits until everything was read, because another copy may know more.
 * Everybody else goes on at once, so what is kept grows with the ids, not with the records.
 */
export class MemberDeduplicator {
  readonly #outside: ReadonlySet<number>;
  readonly #excludes: (userid: string) => boolean;
  readonly #observe: (member: Member) => void;
  readonly #seen = new Set<string>();
  readonly #held = new Map<string, Held>();
  readonly #most: number;
  #waiting = 0;

  /**
   * @param outside departments that the scope leaves out: dropped from a member's list. One that no list has stays, for
   *   the member proves that it exists.
   * @param excludes whom the configuration leaves out
   * @param observe called for every readable copy
   * @param most members that are still believed
   */
  constructor(
    outside: ReadonlySet<number>,
    excludes: (userid: string) => boolean = () => false,
    observe: (member: Member) => void = () => undefined,
    most: number = MOST_MEMBERS,
  ) {
    this.#most = most;
    this.#outside = outside;
    this.#excludes = excludes;
    this.#observe = observe;
  }

  has(userid: string): boolean {
    return this.#seen.has(userid.toLowerCase());
  }

  /**
   * @param from the department that the list belongs to
   * @returns members not shown before
   * @throws ProtocolError when there is no end of members
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
      if (this.#seen.size > this.#most) throw endless(this.#most);
      if (!(member instanceof MalformedMember)) this.#observe(member);
      if (isNew && !(member instanceof MalformedMember) && has(member.department, from)) {
        ready.push(this.#inScope(member));
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
    return this.#inScope(member);
  }

  /**
   * Those who waited, once everything was read.
   *
   * @param isWhole false: a department could not be read, so those where such a member was found may not be all
   */
  rest(isWhole = true): WeComMember[] {
    const rest: WeComMember[] = [];
    for (const { member, departments } of this.#held.values()) {
      if (member instanceof MalformedMember) {
        rest.push(member);
        continue;
      }
      const { department: _told, ...others } = member;
      rest.push(
        isWhole ? this.#inScope({ ...member, department: [...departments] }) : { ...others, userid: member.userid },
      );
    }
    this.#held.clear();
    return rest;
  }

  #hold(key: string, member: Member | MalformedMember, from: number, isNew: boolean): void {
    let held = this.#held.get(key);
    // Shown already: that copy named every department itself.
    if (!held && !isNew) return;
    if (!held) {
      held = { member: this.#mayWait(member), departments: new Set() };
      this.#held.set(key, held);
    } else if (held.member instanceof MalformedMember) {
      held.member = this.#mayWait(member);
    }
    held.departments.add(from);
    if (member instanceof MalformedMember) return;
    for (const department of member.department ?? []) held.departments.add(department);
  }

  #mayWait(member: Member | MalformedMember): Member | MalformedMember {
    if (member instanceof MalformedMember) return member;
    const length = lengthOf(member);
    if (length === undefined) return new MalformedMember(member.userid, 'the record is nested too deep');
    this.#waiting += length;
    if (this.#waiting <= MOST_WAITING) return member;
    return new MalformedMember(member.userid, 'the record does not name its department, and too many such came');
  }

  #inScope(member: Member): Member {
    const { department } = member;
    if (!department) return member;
    for (const [index, id] of department.entries()) {
      if (!this.#outside.has(id) && department.indexOf(id) === index) continue;
      return this.#restricted(member, department);
    }
    return member;
  }

  #restricted(member: Member, department: readonly number[]): Member {
    return withDepartments(
      member,
      [...new Set(department)].filter((id) => !this.#outside.has(id)),
    );
  }
}

const endless = (most: number): ProtocolError =>
  new ProtocolError(
    text(
      `The directory has shown more than ${String(most)} members and goes on; the rest was not read.`,
      `通讯录返回的成员已超过 ${String(most)} 名且仍未结束，未继续读取。`,
    ),
    {
      remedy: text(
        'Check what answers at the base URL (host): no company in WeCom is that large.',
        '请检查 API 地址(host)处的应答方：企业微信中没有如此规模的企业。',
      ),
    },
  );
