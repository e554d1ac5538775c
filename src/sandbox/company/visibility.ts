import type { DepartmentTree } from './departments/department-tree.ts';
import { ROOT_ID } from './departments/department.ts';
import { userKey, type Member } from './member.ts';
import type { Tag } from './tag.ts';

/** What an administrator ticked as the app's visible scope (可见范围). */
export interface Scope {
  readonly departments: readonly number[];
  readonly users: readonly string[];
  readonly tags: readonly number[];
}

export const WHOLE_CORP: Scope = { departments: [ROOT_ID], users: [], tags: [] };

/**
 * What one credential may see. A department that is only in scope through a tag can be read, but no
 * list shows it, just as members who were ticked one by one are in no list (doc 90665 and WeCom staff).
 */
export class Visibility {
  /** Shown by department/list. */
  readonly #listed: ReadonlySet<number> | undefined;
  /** Reached through a tag. */
  readonly #tagged: ReadonlySet<number>;
  readonly #users: ReadonlySet<string>;

  constructor(scope: Scope, tree: DepartmentTree, tags: ReadonlyMap<number, Tag>) {
    const ticked = scope.tags.flatMap((id) => tags.get(id) ?? []);
    this.#listed = scope.departments.includes(ROOT_ID) ? undefined : branches(scope.departments, tree);
    this.#tagged = branches(
      ticked.flatMap((tag) => tag.departments),
      tree,
    );
    this.#users = new Set([...scope.users, ...ticked.flatMap((tag) => tag.users)].map(userKey));
  }

  /** The whole company, root included. */
  get everything(): boolean {
    return this.#listed === undefined;
  }

  lists(department: number): boolean {
    return this.#listed === undefined || this.#listed.has(department);
  }

  seesDepartment(department: number): boolean {
    return this.lists(department) || this.#tagged.has(department);
  }

  seesMember(member: Member): boolean {
    return (
      this.everything ||
      this.#users.has(userKey(member.userid)) ||
      member.department.some((id) => this.seesDepartment(id))
    );
  }
}

function branches(departments: readonly number[], tree: DepartmentTree): ReadonlySet<number> {
  const found = new Set<number>();
  for (const id of departments) {
    if (tree.has(id) && !found.has(id)) for (const below of tree.branch(id)) found.add(below);
  }
  return found;
}
