import { NotFoundError, ProtocolError, type UnreadPart } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import type { Department } from '../reading/department.ts';
import type { DepartmentList } from './department-list.ts';
import { inTreeOrder } from './department-tree.ts';
import type { WeComScope } from '../reading/dto/scope.ts';

/** What a scope makes of the visible departments. */
export interface Selection {
  readonly departments: readonly Department[];
  /** Their ids. */
  readonly chosen: ReadonlySet<number>;
  /** Ids that the scope names and that are not visible. */
  readonly missing: readonly number[];
  /** Departments that may lie below a chosen one: something above them cannot be read. */
  readonly undecided: readonly number[];
  /** Departments that are certainly left out. */
  readonly outside: ReadonlySet<number>;
  /** What of the departments could not be read: whoever is in them may be missing from what is shown. */
  readonly unread: readonly UnreadPart[];
}

const NOTHING: ReadonlySet<number> = new Set();

/** A department that the scope names and that cannot be read. */
const notVisible = (id: number): UnreadPart => ({
  name: `department ${String(id)}`,
  error: new NotFoundError(
    text(`Department ${String(id)} of the scope is not visible.`, `同步范围中的部门 ${String(id)} 不可见。`),
    {
      remedy: text(
        'Take the department out of the scope if it was deleted, or add it to the visible range (可见范围) of the app.',
        '若该部门已删除，请从同步范围中移除；否则请把它加入应用的可见范围。',
      ),
    },
  ),
});

const mayBeInScope = (id: number): UnreadPart => ({
  name: `department ${String(id)}`,
  error: new ProtocolError(
    text(
      `Something above department ${String(id)} is unreadable, so nobody can tell whether it lies in the scope.`,
      `部门 ${String(id)} 的某个上级部门无法读取，因此无法判断它是否在同步范围内。`,
    ),
  ),
});

/** Which part of the visible directory belongs to a syncer. */
export class DirectoryScope {
  readonly #departments: ReadonlySet<number>;
  readonly #includeChildren: boolean;
  readonly #excluded: ReadonlySet<string>;

  constructor(scope: WeComScope) {
    this.#departments = new Set(scope.departments);
    this.#includeChildren = scope.includeChildren;
    this.#excluded = new Set(scope.excludeUsers.map((userid) => userid.toLowerCase()));
  }

  /** Whether only some departments belong; members who are visible one by one then do not. */
  get isPartial(): boolean {
    return this.#departments.size > 0;
  }

  /** WeCom compares userids without case (doc 90195). */
  excludes(userid: string): boolean {
    return this.#excluded.has(userid.toLowerCase());
  }

  select({ departments: visible, unread }: DepartmentList): Selection {
    const ids = new Set(visible.map((department) => department.id));
    if (!this.isPartial) {
      return { departments: visible, chosen: ids, missing: [], undecided: [], outside: NOTHING, unread };
    }
    const missing = [...this.#departments].filter((id) => !ids.has(id));
    const chosen = new Set(this.#departments);
    const undecided = new Set<number>();
    // Parents come first here, so one pass reaches every descendant.
    for (const { id, parentId } of this.#includeChildren ? inTreeOrder(visible) : []) {
      if (chosen.has(id)) continue;
      const isUnknown = parentId === undefined || (unread.length > 0 && parentId !== 0 && !ids.has(parentId));
      if (parentId !== undefined && chosen.has(parentId)) chosen.add(id);
      else if (isUnknown || undecided.has(parentId)) undecided.add(id);
    }
    const departments = visible.filter((department) => chosen.has(department.id));
    return {
      departments,
      chosen: new Set(departments.map(({ id }) => id)),
      missing,
      undecided: [...undecided],
      outside: new Set([...ids].filter((id) => !chosen.has(id) && !undecided.has(id))),
      unread: [...unread, ...missing.map(notVisible), ...[...undecided].map(mayBeInScope)],
    };
  }
}
