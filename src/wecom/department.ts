import { inspect } from './dto/check.ts';
import { DEPARTMENT_KEYS, DepartmentRecord } from './dto/department.ts';
import { cleanText, isObject, type JsonObject } from './loose.ts';
import { useridOf } from './userid.ts';

/** A department that the credentials may see. */
export interface Department {
  readonly id: number;
  readonly name: string;
  /** As WeCom says it; the parent need not be visible. 0 for the company's root. */
  readonly parentId: number;
  /** Userids; undefined where the answer does not tell. */
  readonly leaders: readonly string[] | undefined;
}

/** A record that no department can be read from. */
export class MalformedDepartment {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

const leadersOf = (raw: JsonObject): readonly string[] | undefined => {
  const listed = raw['department_leader'];
  if (!Array.isArray(listed)) return undefined;
  const leaders: string[] = [];
  for (const entry of listed) {
    const leader = useridOf(entry);
    if (leader !== undefined) leaders.push(leader);
  }
  return leaders;
};

const isWellFormed = (
  raw: JsonObject,
): raw is JsonObject & { readonly id: number; readonly parentid: number; readonly name: string } =>
  typeof raw['id'] === 'number' &&
  Number.isInteger(raw['id']) &&
  raw['id'] > 0 &&
  raw['id'] <= 0xffff_ffff &&
  Number.isInteger(raw['parentid']) &&
  typeof raw['name'] === 'string' &&
  raw['name'].trim() !== '';

/** Reads one entry of a department list. */
export const readDepartment = (raw: unknown): Department | MalformedDepartment => {
  if (!isObject(raw)) return new MalformedDepartment('the entry is not an object');
  const leaders = leadersOf(raw);
  if (isWellFormed(raw)) return { id: raw.id, name: cleanText(raw.name).trim(), parentId: raw.parentid, leaders };
  const { value, problems } = inspect(DepartmentRecord, DEPARTMENT_KEYS, raw);
  if (problems.length > 0) return new MalformedDepartment(problems.join('; '));
  const name = (value.name?.trim() ? value.name : (value.name_en ?? '')).trim();
  return { id: value.id, name: cleanText(name), parentId: value.parentid ?? 0, leaders };
};
