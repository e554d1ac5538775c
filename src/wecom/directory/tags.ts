import {
  NotFoundError,
  PermissionError,
  ProtocolError,
  type SyncError,
  UnavailableError,
} from '../../syncer/errors.ts';
import { text, together, type Text } from '../../syncer/text.ts';
import type { WeComClient } from '../api/client.ts';
import { fetchDepartments, type DepartmentList } from './department-list.ts';
import { fetchTag } from './visible-members.ts';

/** A tag that becomes a group, as far as it could be read. */
export interface Tag {
  readonly id: number;
  /** Undefined: nothing of it could be read. */
  readonly name: string | undefined;
  /** In lower case, as WeCom compares them. */
  readonly userids: ReadonlySet<string>;
  /** Those that it names, and everything below them. */
  readonly departments: ReadonlySet<number>;
  /** Why not everything of it could be read: who is not in it may be in it all the same. */
  readonly unread?: Text;
}

/** After that many in a row the next one will not answer either. */
const MAX_SILENT = 3;

/**
 * Each tag, also one that cannot be read: that costs nobody his membership, and no leaver keeps his access for it.
 *
 * @throws SyncError when every call would fail alike
 */
export async function fetchTags(
  client: WeComClient,
  ids: readonly number[],
  list: DepartmentList,
  signal: AbortSignal,
): Promise<readonly Tag[]> {
  const branches = new Branches(client, list);
  const tags: Tag[] = [];
  let silent: SyncError | undefined;
  let silence = 0;
  for (const id of ids) {
    if (silent && silence >= MAX_SILENT) {
      tags.push(unreadTag(id, silent));
      continue;
    }
    try {
      tags.push(await readTag(id, client, branches, signal));
      silence = 0;
    } catch (error) {
      if (!isLocal(error)) throw error;
      silent = error;
      silence = error instanceof UnavailableError ? silence + 1 : 0;
      tags.push(unreadTag(id, error));
    }
  }
  return tags;
}

async function readTag(id: number, client: WeComClient, branches: Branches, signal: AbortSignal): Promise<Tag> {
  const { name, userids, departments: tops, isWhole } = await fetchTag(client, id, signal);
  const departments = new Set<number>();
  let unread = isWhole ? undefined : NOT_WHOLE;
  for (const top of tops) {
    const branch = await branches.below(top, signal);
    for (const one of branch.ids) departments.add(one);
    unread ??= branch.unread;
  }
  return {
    id,
    name: name ?? String(id),
    userids: new Set(userids.map((userid) => userid.toLowerCase())),
    departments,
    ...(unread && { unread }),
  };
}

interface Branch {
  readonly ids: Iterable<number>;
  readonly unread?: Text;
}

/** What is below a department, from the list of all where it is in there. */
class Branches {
  readonly #client: WeComClient;
  readonly #list: DepartmentList;
  #children: ReadonlyMap<number, readonly number[]> | undefined;
  readonly #known = new Map<number, Branch>();

  constructor(client: WeComClient, list: DepartmentList) {
    this.#client = client;
    this.#list = list;
  }

  async below(top: number, signal: AbortSignal): Promise<Branch> {
    const known = this.#known.get(top) ?? (await this.#read(top, signal));
    this.#known.set(top, known);
    return known;
  }

  async #read(top: number, signal: AbortSignal): Promise<Branch> {
    const { departments, unread } = this.#list;
    if (departments.some(({ id }) => id === top)) {
      const isWhole = unread.length === 0 && departments.every(({ parentId }) => parentId !== undefined);
      return { ids: this.#listed(top), ...(!isWhole && { unread: NOT_WHOLE }) };
    }
    try {
      const branch = await fetchDepartments(this.#client, signal, top);
      const ids = new Set([top, ...branch.departments.map(({ id }) => id)]);
      return { ids, ...(branch.unread.length > 0 && { unread: NOT_WHOLE }) };
    } catch (error) {
      if (!isLocal(error)) throw error;
      return { ids: [top], unread: saidOf(error) };
    }
  }

  #listed(top: number): ReadonlySet<number> {
    this.#children ??= childrenOf(this.#list);
    const found = new Set([top]);
    for (const id of found) for (const child of this.#children.get(id) ?? []) found.add(child);
    return found;
  }
}

function childrenOf({ departments }: DepartmentList): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const { id, parentId } of departments) {
    if (parentId === undefined) continue;
    const siblings = children.get(parentId);
    if (siblings) siblings.push(id);
    else children.set(parentId, [id]);
  }
  return children;
}

const isLocal = (error: unknown): error is SyncError =>
  error instanceof NotFoundError ||
  error instanceof ProtocolError ||
  error instanceof UnavailableError ||
  error instanceof PermissionError;

const saidOf = (error: SyncError): Text => together(together(error.text, STAYS), TAKE_OUT);

const unreadTag = (id: number, error: SyncError): Tag => ({
  id,
  name: undefined,
  userids: new Set(),
  departments: new Set(),
  unread: saidOf(error),
});

const STAYS = text(
  'The group of this tag and the memberships in it stay as they are.',
  '该标签的群组及其成员关系保持不变。',
);
const TAKE_OUT = text(
  'If the tag was deleted, take it out of the tags of this syncer (syncTags); otherwise let the app use the tag, and see its departments (可见范围).',
  '若该标签已删除，请从此同步器的标签(syncTags)中移除；否则请允许应用使用该标签并查看其中的部门(可见范围)。',
);
const NOT_WHOLE = together(
  text(
    'Not everything that this tag holds could be read: nobody is taken out of its group.',
    '该标签的内容未能完整读取：不会从其群组中移除任何人。',
  ),
  text(
    'Look at its members and departments in the WeCom console (通讯录).',
    '请在企业微信管理后台(通讯录)检查其成员与部门。',
  ),
);
