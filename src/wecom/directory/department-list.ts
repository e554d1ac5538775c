import { ProtocolError, type UnreadPart } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import { listIn } from '../reading/answer-list.ts';
import type { WeComClient } from '../api/client.ts';
import { slices } from '../../http-client/event-loop.ts';
import { MalformedDepartment, mergeDepartments, readDepartment, type Department } from '../reading/department.ts';

/** The departments that the credentials may see. */
export interface DepartmentList {
  /** Each id once. */
  readonly departments: readonly Department[];
  /** Entries that could not be read: their members may be missing from what follows. */
  readonly unread: readonly UnreadPart[];
}

/** Reads one answer of `department/list`. */
export const readDepartmentList = async (entries: readonly unknown[]): Promise<DepartmentList> => {
  const byId = new Map<number, [Department, ...Department[]]>();
  const unread: UnreadPart[] = [];
  let position = 0;
  for await (const slice of slices(entries)) {
    for (const entry of slice) {
      position += 1;
      const department = readDepartment(entry);
      if (department instanceof MalformedDepartment) {
        unread.push({ name: `department list, entry ${String(position)}`, error: unreadable(department) });
        continue;
      }
      const known = byId.get(department.id);
      if (known) known.push(department);
      else byId.set(department.id, [department]);
    }
  }
  const departments = [...byId.values()].map((entries) =>
    entries.length > 1 ? mergeDepartments(entries) : entries[0],
  );
  return { departments, unread };
};

/** Without the position, which is the part's name: equal problems are one warning. */
const unreadable = ({ problem }: MalformedDepartment): ProtocolError =>
  new ProtocolError(
    text(`An entry of the department list cannot be read: ${problem}.`, `部门列表中有一项无法读取：${problem}。`),
    {
      remedy: text(
        'Look at the departments in the WeCom console (通讯录), and at what answers at the base URL (host).',
        '请检查企业微信管理后台(通讯录)中的部门，以及 API 地址(host)处的应答方。',
      ),
    },
  );

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
  return await readDepartmentList(listIn(await client.call({ endpoint, query }, signal), 'department', endpoint));
};

/**
 * `department/simplelist` (doc 95350): the tree without names, all that the Sync-of-Contacts secret may read of it from
 * an address that is new to WeCom. The list is called `department_id` there.
 */
export const fetchDepartmentIds = async (client: WeComClient, signal: AbortSignal): Promise<DepartmentList> => {
  const endpoint = 'department/simplelist';
  const entries = listIn(await client.call({ endpoint, query: {} }, signal), 'department_id', endpoint);
  return await readDepartmentList(entries);
};
