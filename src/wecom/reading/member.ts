import type { Text } from '../../syncer/text.ts';
import { inspect } from './dto/check.ts';
import { MEMBER_KEYS, MemberRecord } from './dto/member.ts';
import { integerOf, USERID, useridOf } from './lenient-json.ts';
import { isObject, type JsonObject } from '../../http-client/transport.ts';

/**
 * A member as WeCom shows it. It is the parsed JSON object itself: a hundred thousand members are not copied. Values
 * may still be text where the documents say number; `lenient-json.ts` reads them.
 */
export interface Member extends Readonly<Record<string, unknown>> {
  readonly userid: string;
  /** Only departments that were read, each once; absent where WeCom told none. */
  readonly department?: readonly number[];
}

const told = new WeakMap<object, readonly number[]>();

/** The same member with those departments alone that are read. */
export const withDepartments = (member: Member, department: readonly number[]): Member => {
  const shown = { ...member, department };
  if (member.department) told.set(shown, [...new Set(member.department)]);
  return shown;
};

/** All departments that WeCom told of a member, each once, also those that are not read; undefined: it told none. */
export const departmentsTold = (member: Member): readonly number[] | undefined => told.get(member) ?? member.department;

/** Somebody of whom the directory tells an id and nothing else. */
export class RosterMember {
  readonly userid: string;
  /** True: others are shown whole, and this one is not among them; false: nobody is shown with more than an id. */
  readonly isOutOfScope: boolean;

  constructor(userid: string, isOutOfScope: boolean) {
    this.userid = userid;
    this.isOutOfScope = isOutOfScope;
  }
}

/** A record that nothing sensible can be made of. It is shown all the same: left out silently, it would look like a leaver. */
export class MalformedMember {
  /** Undefined: nobody can tell who this is, so nobody can be called absent. */
  readonly userid: string | undefined;
  /** Names the field; does not quote its value. */
  readonly problem: string;

  constructor(userid: string | undefined, problem: string) {
    this.userid = userid;
    this.problem = problem;
  }
}

/** Somebody of whom the condition of the syncer cannot be told: whatever there is of him stays as it is. */
export class UndecidedMember {
  readonly userid: string;
  readonly reason: Text;

  constructor(userid: string, reason: Text) {
    this.userid = userid;
    this.reason = reason;
  }
}

/** What the connector shows to the engine. */
export type WeComMember = Member | RosterMember | MalformedMember | UndecidedMember;

/** Characters of one field: far beyond every column, so nobody writes that much into a profile. */
const LONGEST_TEXT = 65_536;
/** Departments of one member: WeCom lets nobody be in more than a hundred (doc 90195). */
const MOST_DEPARTMENTS = 1_000;

const isLenientText = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.length <= LONGEST_TEXT
    : value === undefined || value === null || typeof value === 'number';

const isLenientInteger = (value: unknown): boolean =>
  value === undefined || value === null || integerOf(value) !== undefined;

const isIntegerList = (value: unknown): boolean => {
  if (value === undefined) return true;
  if (!Array.isArray(value) || value.length > MOST_DEPARTMENTS) return false;
  return value.every((entry) => Number.isSafeInteger(entry) && (entry as number) <= 0xffff_ffff);
};

/** Whether the mapping can read this record as it is: the case of practically every member, at a fraction of a microsecond. */
const isWellFormed = (raw: JsonObject): raw is Member =>
  typeof raw['userid'] === 'string' &&
  USERID.test(raw['userid']) &&
  isIntegerList(raw['department']) &&
  isLenientInteger(raw['status']) &&
  isLenientInteger(raw['enable']) &&
  isLenientText(raw['name']) &&
  isLenientText(raw['email']) &&
  isLenientText(raw['biz_mail']) &&
  isLenientText(raw['mobile']) &&
  isLenientText(raw['avatar']) &&
  isLenientText(raw['position']) &&
  isLenientText(raw['gender']);

const isExcessive = (value: unknown): boolean =>
  typeof value === 'string' ? value.length > LONGEST_TEXT : Array.isArray(value) && value.length > MOST_DEPARTMENTS;

/** Reads one entry of a member list. */
export const readMember = (raw: unknown): Member | MalformedMember => {
  if (!isObject(raw)) return new MalformedMember(undefined, 'the entry is not an object');
  if (isWellFormed(raw)) return raw;
  const excess = MEMBER_KEYS.find((key) => isExcessive(raw[key]));
  if (excess !== undefined) return new MalformedMember(useridOf(raw['userid']), `${excess} is too long`);
  const { value, problems } = inspect(MemberRecord, MEMBER_KEYS, raw);
  if (problems.length > 0) return new MalformedMember(useridOf(raw['userid']), problems.join('; '));
  const mended: Record<string, unknown> = { ...raw };
  for (const key of MEMBER_KEYS) {
    if (value[key] === undefined) delete mended[key];
    else mended[key] = value[key];
  }
  return { ...mended, userid: value.userid };
};
