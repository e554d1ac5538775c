import { Chooser, wholeCount, type Choice } from './chooser.ts';
import { DepartmentTree } from './departments/department-tree.ts';
import { ROOT_ID, type Department } from './departments/department.ts';
import { appointLeaders, replaceLeaders } from './leadership.ts';
import { isActive, PLAIN_FIELDS, userKey, type Member, type MemberRecord } from './member.ts';
import { Random } from './random.ts';
import { Recruiter } from './recruiter.ts';
import { Roster } from './roster.ts';
import { inventTags, type Tag } from './tag.ts';
import { plantTree } from './departments/tree.ts';
import { Visibility, WHOLE_CORP, type Scope } from './visibility.ts';
import { wireMember } from './wire-member.ts';

export interface CompanyOptions {
  readonly members: number;
  readonly departments: number;
  readonly seed: number;
}

export interface Renaming {
  readonly userid: string;
  readonly before: string;
  readonly after: string;
}

/** How many there are; `enable0` counts active-looking members whose `enable` says no. */
export interface Headcount {
  readonly members: number;
  readonly departments: number;
  readonly status1: number;
  readonly status2: number;
  readonly status4: number;
  readonly status5: number;
  readonly enable0: number;
}

/** What a new member brings along; everything else is drawn. */
export type Applicant = Partial<Omit<Member, 'serial' | 'overrides'>>;

/** Departments without direct members are normal; every eleventh has none. */
const EMPTY_EVERY = 11;

/**
 * A fictitious company and what happens in it. The same options give the same company, and the same
 * calls in the same order change it in the same way.
 *
 * Mutators that take a count choose among members whom the app can see, who lead nobody, and whom no
 * earlier count chose: letting ten go, disabling three and renaming five touches eighteen people and
 * changes nothing else. They throw RangeError when there are not enough.
 */
export class Company {
  readonly #tree: DepartmentTree;
  readonly #roster = new Roster();
  readonly #tags = new Map<number, Tag>();
  /** What a credential sees that no scope narrows. */
  readonly wholeCorp: Visibility;
  readonly #random: Random;
  readonly #recruiter: Recruiter;
  readonly #chooser: Chooser;
  #scope: Scope = WHOLE_CORP;
  #scopeRevision = 0;
  #visibility: { readonly revision: string; readonly value: Visibility } | undefined;

  constructor({ members, departments, seed }: CompanyOptions) {
    this.#random = new Random(seed);
    this.#tree = new DepartmentTree(plantTree(Math.max(1, departments), this.#random));
    this.wholeCorp = new Visibility(WHOLE_CORP, this.#tree, new Map());
    this.#chooser = new Chooser(this.#roster, this.#tree, this.#random);
    this.#recruiter = new Recruiter(this.#random, (key) => this.#roster.has(key));
    const open = this.#openDepartments();
    for (let index = 0; index < members; index += 1) this.#roster.add(this.#recruiter.draw(open));
    appointLeaders(this.#tree, this.#roster, this.#random);
    for (const tag of inventTags(this.#tree, this.#roster, this.#random)) this.#tags.set(tag.id, tag);
  }

  get size(): number {
    return this.#roster.size;
  }

  get members(): Iterable<Member> {
    return this.#roster.values();
  }

  get departments(): Iterable<Department> {
    return this.#tree.values();
  }

  get tree(): DepartmentTree {
    return this.#tree;
  }

  get roster(): Roster {
    return this.#roster;
  }

  get tags(): ReadonlyMap<number, Tag> {
    return this.#tags;
  }

  /** The app's visible scope; the Sync-of-Contacts secret always sees the whole company. */
  get scope(): Scope {
    return this.#scope;
  }

  set scope(scope: Partial<Scope>) {
    this.#scope = { departments: [], users: [], tags: [], ...scope };
    this.#scopeRevision += 1;
  }

  get visibility(): Visibility {
    const revision = this.viewRevision;
    if (this.#visibility?.revision !== revision) {
      this.#visibility = { revision, value: new Visibility(this.#scope, this.#tree, this.#tags) };
    }
    return this.#visibility.value;
  }

  /** Changes whenever the tree, a leader, a tag or the scope does: what is cached under another one is stale. */
  get viewRevision(): string {
    return `${this.#scopeRevision}.${this.#tree.revision}`;
  }

  member(userid: string): Member | undefined {
    return this.#roster.get(userid);
  }

  department(id: number): Department | undefined {
    return this.#tree.get(id);
  }

  /** Direct members of a department. */
  membersOf(department: number): ReadonlySet<Member> {
    return this.#roster.in(department);
  }

  /** Whom the app can see, by department, one by one or by tag. */
  visibleMembers(): Member[] {
    const { visibility } = this;
    return [...this.#roster.values()].filter((member) => visibility.seesMember(member));
  }

  visibleDepartments(): Department[] {
    const { visibility } = this;
    return [...this.#tree.values()].filter(({ id }) => visibility.lists(id));
  }

  /** The member as an app with the whole company in scope and all fields would receive it. */
  wire(userid: string): Record<string, unknown> {
    return wireMember(this.#roster.require(userid), this.#tree, { visibility: this.wholeCorp, withheld: false });
  }

  headcount(among: Iterable<Member> = this.members): Headcount {
    const counts = { members: 0, status1: 0, status2: 0, status4: 0, status5: 0, enable0: 0 };
    for (const { status, enable } of among) {
      counts.members += 1;
      if (status === 1) counts.status1 += 1;
      else if (status === 2) counts.status2 += 1;
      else if (status === 4) counts.status4 += 1;
      else if (status === 5) counts.status5 += 1;
      if (status === 1 && enable === 0) counts.enable0 += 1;
    }
    return { ...counts, departments: this.#tree.size };
  }

  /** Takes on so many drawn people, or one with the given particulars. */
  hire(who: number | Applicant = 1): Member[] {
    const open = this.#openDepartments();
    if (typeof who === 'number') {
      return Array.from({ length: wholeCount(who) }, () => {
        const member = this.#recruiter.draw(open);
        this.#roster.add(member);
        return member;
      });
    }
    const { department, main_department: main, ...particulars } = who;
    for (const id of department ?? []) this.#tree.require(id);
    const drawn = this.#recruiter.draw(department ?? open);
    const joined = department ?? drawn.department;
    const member: MemberRecord = {
      ...drawn,
      status: 1,
      enable: 1,
      ...particulars,
      department: joined,
      main_department: main ?? joined[0] ?? 0,
    };
    this.#roster.add(member);
    return [member];
  }

  /** They disappear from the directory, which is how WeCom shows that somebody left. */
  leave(who: Choice = 1): Member[] {
    const leaving = this.#choose(who, isActive);
    for (const member of leaving) this.#roster.remove(member);
    replaceLeaders(this.#tree, this.#roster, new Map(leaving.map(({ userid }) => [userKey(userid), undefined])));
    return leaving;
  }

  disable(who: Choice = 1): Member[] {
    return this.#setStatus(this.#choose(who, isActive), 2, 0);
  }

  /** The way back from `disable`. */
  enable(who: Choice = 1): Member[] {
    return this.#setStatus(
      this.#choose(who, ({ status }) => status === 2),
      1,
      1,
    );
  }

  /** Status 5, still listed; most who leave disappear instead. */
  quit(who: Choice = 1): Member[] {
    return this.#setStatus(this.#choose(who, isActive), 5, undefined);
  }

  /** A member who never signed in to WeCom does so. */
  activate(who: Choice = 1): Member[] {
    return this.#setStatus(
      this.#choose(who, ({ status }) => status === 4),
      1,
      1,
    );
  }

  /** Back to "not activated" (status 4). */
  deactivate(who: Choice = 1): Member[] {
    return this.#setStatus(this.#choose(who, isActive), 4, 1);
  }

  rename(who: number | { readonly userid: string; readonly name: string } = 1): Renaming[] {
    const wanted =
      typeof who === 'number'
        ? this.#choose(who, isActive).map((member) => ({ member, name: this.#recruiter.otherName(member.name) }))
        : [{ member: this.#roster.require(who.userid), name: who.name }];
    return wanted.map(({ member, name }) => {
      const before = member.name;
      member.name = name;
      this.#roster.touch(member);
      return { userid: member.userid, before, after: name };
    });
  }

  /** Another spelling, or another userid altogether; whatever mentions the member follows. */
  changeUserid(from: string, to: string): Member {
    const member = this.#roster.require(from);
    const previous = userKey(member.userid);
    this.#roster.respell(member, to);
    const follow = (userids: readonly string[]): string[] =>
      userids.map((userid) => (userKey(userid) === previous ? to : userid));
    for (const tag of this.#tags.values()) this.#tags.set(tag.id, { ...tag, users: follow(tag.users) });
    this.scope = { ...this.#scope, users: follow(this.#scope.users) };
    replaceLeaders(this.#tree, this.#roster, new Map([[previous, to]]));
    return member;
  }

  /** One member to the given departments, or so many members each to some other department. */
  move(who: number | string = 1, departments?: readonly number[]): Member[] {
    if (typeof who === 'string') {
      if (departments === undefined || departments.length === 0) throw new RangeError('a member needs a department');
      for (const id of departments) this.#tree.require(id);
      const member = this.#roster.require(who);
      this.#roster.move(member, [...new Set(departments)]);
      return [member];
    }
    const open = this.#openDepartments();
    const moving = this.#choose(who, isActive);
    for (const member of moving) {
      const elsewhere = open.filter((id) => !member.department.includes(id));
      if (elsewhere.length === 0) throw new RangeError('there is no other department to move to');
      this.#roster.move(member, [this.#random.pick(elsewhere)]);
    }
    return moving;
  }

  /**
   * Sets wire keys of one member. Any value is allowed, also a malformed one; `undefined` takes the
   * key away. `department` with existing ids moves the member; a `userid` set here is only shown, the
   * company goes on knowing the member by the true one.
   */
  setField(userid: string, patch: Readonly<Record<string, unknown>>): Member {
    const member = this.#roster.require(userid);
    const overrides: Record<string, unknown> = { ...member.overrides };
    for (const [key, value] of Object.entries(patch)) {
      delete overrides[key];
      if (key === 'department' && Array.isArray(value) && value.length > 0 && value.every((id) => this.#tree.has(id))) {
        this.#roster.move(member, value);
      } else if (isPlainField(key, value)) Object.assign(member, { [key]: value });
      else overrides[key] = value;
    }
    member.overrides = Object.keys(overrides).length > 0 ? overrides : undefined;
    this.#roster.touch(member);
    return member;
  }

  addDepartment(wanted: {
    id?: number;
    name: string;
    parentid?: number;
    name_en?: string;
    order?: number;
  }): Department {
    return this.#tree.add(wanted);
  }

  renameDepartment(id: number, name: string): Department {
    return this.#tree.rename(id, name);
  }

  moveDepartment(id: number, parentid: number): Department {
    return this.#tree.move(id, parentid);
  }

  /** What is in it moves up: sub-departments and members become the parent's. */
  removeDepartment(id: number): Department {
    const { parentid } = this.#tree.require(id);
    if (id !== ROOT_ID) for (const child of this.#tree.childrenOf(id)) this.#moveUp(child, parentid);
    const removed = this.#tree.remove(id);
    for (const { userid } of this.#roster.in(id)) {
      const member = this.#roster.require(userid);
      const rest = member.department.filter((other) => other !== id);
      this.#roster.move(member, rest.length > 0 ? rest : [parentid]);
    }
    return removed;
  }

  /** Two siblings never share a name (doc 90205): the newcomer gets its id appended. */
  #moveUp(child: number, parentid: number): void {
    const { name } = this.#tree.require(child);
    const isTaken = this.#tree.childrenOf(parentid).some((sibling) => this.#tree.get(sibling)?.name === name);
    if (isTaken) this.#tree.rename(child, `${name} ${child}`);
    this.#tree.move(child, parentid);
  }

  /** `userids` must be members of the department, as in WeCom. */
  setLeaders(id: number, userids: readonly string[]): Department {
    const leaders = userids.map((userid) => {
      const member = this.#roster.require(userid);
      if (!member.department.includes(id)) throw new RangeError(`${userid} is not in department ${id}`);
      return member.userid;
    });
    return this.#tree.setLeaders(id, leaders);
  }

  setTag(tag: Tag): Tag {
    this.#tags.set(tag.id, tag);
    this.#scopeRevision += 1;
    return tag;
  }

  removeTag(id: number): void {
    this.#tags.delete(id);
    this.#scopeRevision += 1;
  }

  /** Where newcomers go: departments that the app can see, if there are any, less those meant to be empty. */
  #openDepartments(): readonly number[] {
    const all = [...this.#tree.values()].map(({ id }) => id);
    const visible = all.filter((id) => this.visibility.lists(id));
    const ids = visible.length > 0 ? visible : all;
    return ids.length < EMPTY_EVERY ? ids : ids.filter((_, index) => index % EMPTY_EVERY !== EMPTY_EVERY - 1);
  }

  #choose(who: Choice, fits: (member: Member) => boolean): MemberRecord[] {
    const { visibility } = this;
    return this.#chooser.choose(who, (member) => fits(member) && visibility.seesMember(member));
  }

  #setStatus(members: readonly MemberRecord[], status: number, enable: number | undefined): Member[] {
    for (const member of members) {
      member.status = status;
      // Who never had the key does not get it now: absent must stay a case of its own.
      if (member.enable !== undefined) member.enable = enable;
      this.#roster.touch(member);
    }
    return [...members];
  }
}

function isPlainField(key: string, value: unknown): boolean {
  if (!Object.hasOwn(PLAIN_FIELDS, key)) return false;
  return value === undefined || typeof value === PLAIN_FIELDS[key as keyof typeof PLAIN_FIELDS];
}
