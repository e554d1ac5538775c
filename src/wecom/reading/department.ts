import { present } from '../../syncer/present.ts';
import { inspect } from './dto/check.ts';
import { DEPARTMENT_KEYS, DepartmentRecord } from './dto/department.ts';
import { integerOf, nameOf, useridOf } from './lenient-json.ts';
import { isObject, type JsonObject } from '../../http-client/transport.ts';

/** A department that the credentials may see. What its entry does not tell in a usable way is undefined: unknown. */
export interface Department {
  readonly id: number;
  readonly name: string | undefined;
  /** Says what a new group is called while the name is unknown. */
  readonly englishName?: string;
  /** As WeCom says it; the parent need not be visible. 0 = there is none. */
  readonly parentId: number | undefined;
  /** Userids. */
  readonly leaders: readonly string[] | undefined;
}

/** A record that no department can be read from: nobody can tell which one it is. */
export class MalformedDepartment {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

/** Every company has this department, and it is at the top; some deployments leave its parent away. */
const ROOT = 1;

const leadersOf = (raw: JsonObject): readonly string[] | undefined => {
  const listed = raw['department_leader'];
  if (!Array.isArray(listed)) return undefined;
  const leaders: string[] = [];
  for (const entry of listed) {
    const leader = useridOf(entry);
    // An entry that cannot be read may be the first leader: then nobody knows who that is.
    if (leader === undefined) return undefined;
    leaders.push(leader);
  }
  return leaders;
};

const parentOf = (raw: JsonObject, id: number): number | undefined => {
  if (id === ROOT) return 0;
  const parent = integerOf(raw['parentid']);
  return parent !== undefined && parent >= 0 ? parent : undefined;
};

const isUsableId = (id: unknown): id is number =>
  typeof id === 'number' && Number.isInteger(id) && id > 0 && id <= 0xffff_ffff;

/** Reads one entry of a department list. */
export const readDepartment = (raw: unknown): Department | MalformedDepartment => {
  if (!isObject(raw)) return new MalformedDepartment('the entry is not an object');
  const leaders = leadersOf(raw);
  const { id, name, parentid } = raw;
  const known = nameOf(name);
  if (isUsableId(id) && known !== undefined && isUsableId(parentid) && id !== ROOT) {
    return { id, name: known, parentId: parentid, leaders };
  }
  const { value, problems } = inspect(DepartmentRecord, DEPARTMENT_KEYS, raw);
  if (problems.length > 0) return new MalformedDepartment(problems.join('; '));
  const english = nameOf(raw['name_en']);
  return {
    id: value.id,
    name: known,
    ...present({ englishName: known === undefined ? english : undefined }),
    parentId: parentOf(raw, value.id),
    leaders,
  };
};

/**
 * Several entries of one id: what all that tell it agree on is known, and what they disagree on is unknown, whichever
 * comes first.
 */
export const mergeDepartments = (entries: readonly [Department, ...Department[]]): Department => {
  const agreed = <K extends keyof Department>(field: K): Department[K] | undefined => {
    const told = entries.map((entry) => entry[field]).filter((value) => value !== undefined);
    const different = new Set(told.map((value) => JSON.stringify(value)));
    return different.size === 1 ? told[0] : undefined;
  };
  const [name, englishName] = [agreed('name'), agreed('englishName')];
  return {
    id: entries[0].id,
    name,
    ...present({ englishName: name === undefined ? englishName : undefined }),
    parentId: agreed('parentId'),
    leaders: agreed('leaders'),
  };
};
