import { ProtocolError, type UnreadPart } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import { listIn } from './answer-list.ts';
import type { WeComClient } from './client.ts';
import { isObject } from './loose.ts';
import { MalformedDepartment, readDepartment, type Department } from './department.ts';

/** The departments that the credentials may see. */
export interface DepartmentList {
  readonly departments: readonly Department[];
  /** Entries that could not be read: their members may be missing from what follows. */
  readonly unread: readonly UnreadPart[];
}

/** Reads one answer of `department/list`. */
export const readDepartmentList = (entries: readonly unknown[]): DepartmentList => {
  const departments: Department[] = [];
  const unread: UnreadPart[] = [];
  for (const [index, entry] of entries.entries()) {
    const department = readDepartment(entry);
    if (department instanceof MalformedDepartment) {
      const name = `department list, entry ${String(index + 1)}`;
      unread.push({
        name,
        error: new ProtocolError(
          text(
            `${name}: ${department.problem}.`,
            `部门列表第 ${String(index + 1)} 项无法读取：${department.problem}。`,
          ),
        ),
      });
    } else {
      departments.push(department);
    }
  }
  return { departments, unread };
};

/**
 * One call, without an id: asking for the root would be refused (60011) wherever the app sees only a part.
 *
 * @param top set: this department and everything below it, for departments that a tag makes visible; no list has those
 */
export const fetchDepartments = async (
  client: WeComClient,
  signal: AbortSignal,
  top?: number,
): Promise<DepartmentList> => {
  const endpoint = 'department/list';
  const query = top === undefined ? {} : { id: String(top) };
  return readDepartmentList(listIn(await client.call({ endpoint, query }, signal), 'department', endpoint));
};

const isIdOnly = (entry: unknown): entry is { readonly id: number; readonly parentid: number } =>
  isObject(entry) && Number.isSafeInteger(entry['id']) && Number.isSafeInteger(entry['parentid']);

/**
 * `department/simplelist` (doc 95350): the tree without names, all that the Sync-of-Contacts secret may read of it from
 * an address that is new to WeCom. The list is called `department_id` there.
 */
export const fetchDepartmentIds = async (client: WeComClient, signal: AbortSignal): Promise<DepartmentList> => {
  const endpoint = 'department/simplelist';
  const entries = listIn(await client.call({ endpoint, query: {} }, signal), 'department_id', endpoint);
  return readDepartmentList(entries.map((entry) => (isIdOnly(entry) ? { ...entry, name: String(entry.id) } : entry)));
};
