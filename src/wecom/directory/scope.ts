import type { Department } from '../reading/department.ts';
import type { DepartmentList } from './department-list.ts';
import { inTreeOrder } from './department-tree.ts';
import type { WeComScope } from '../reading/dto/scope.ts';

/** What a scope makes of the visible departments. */
export interface Selection {
  readonly departments: readonly Department[];
  /** Ids that the scope names and that are not visible. */
  readonly missing: readonly number[];
  /** Departments that may lie below a chosen one: something above them cannot be read. */
  readonly undecided: readonly number[];
  /** Departments that are certainly left out. */
  readonly outside: ReadonlySet<number>;
}

const NOTHING: ReadonlySet<number> = new Set();

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
    if (!this.isPartial) return { departments: visible, missing: [], undecided: [], outside: NOTHING };
    const ids = new Set(visible.map((department) => department.id));
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
    return {
      departments: visible.filter((department) => chosen.has(department.id)),
      missing,
      undecided: [...undecided],
      outside: new Set([...ids].filter((id) => !chosen.has(id) && !undecided.has(id))),
    };
  }
}
