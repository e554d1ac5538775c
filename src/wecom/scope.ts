import type { Department } from './department.ts';
import { buildTree } from './department-tree.ts';
import type { WeComScope } from './dto/scope.ts';

/** What a scope makes of the visible departments. */
export interface Selection {
  readonly departments: readonly Department[];
  /** Ids that the scope names and that are not visible. */
  readonly missing: readonly number[];
}

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

  select(visible: readonly Department[]): Selection {
    if (!this.isPartial) return { departments: visible, missing: [] };
    const ids = new Set(visible.map((department) => department.id));
    const missing = [...this.#departments].filter((id) => !ids.has(id));
    const chosen = new Set(this.#departments);
    // Parents come first here, so one pass reaches every descendant.
    if (this.#includeChildren) {
      for (const { id, parentId } of buildTree(visible).ordered) if (chosen.has(parentId)) chosen.add(id);
    }
    return { departments: visible.filter((department) => chosen.has(department.id)), missing };
  }
}
