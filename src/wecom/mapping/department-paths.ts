import type { DepartmentList } from '../directory/department-list.ts';
import { NO_TAGS, type MemberTags } from './member-tags.ts';
import type { Department } from '../reading/department.ts';

/** A department as expressions see it. */
interface PlacedDepartment {
  readonly id: number;
  readonly name: string | undefined;
  /** Names from the top, joined by `/`; undefined where one of them is not known. */
  readonly path: string | undefined;
}

/** Where the departments stand that the app sees, and who carries which tag; each is looked up when somebody is in it. */
export class DepartmentPaths {
  readonly tags: MemberTags;
  readonly #list: DepartmentList;
  #byId: ReadonlyMap<number, Department> | undefined;
  readonly #known = new Map<number, PlacedDepartment>();

  constructor(list: DepartmentList, tags = NO_TAGS) {
    this.tags = tags;
    this.#list = list;
  }

  /**
   * Those of a member, in his order, as far as the app sees them.
   *
   * @returns undefined where some of the list could not be read, and he may be in that: a condition that finds nothing in
   *   the rest would take his access
   */
  of(ids: readonly number[]): readonly PlacedDepartment[] | undefined {
    const placed = ids.map((id) => this.#place(id)).filter((known) => known !== undefined);
    return placed.length < ids.length && this.#list.unread.length > 0 ? undefined : placed;
  }

  #place(id: number): PlacedDepartment | undefined {
    const known = this.#known.get(id);
    if (known) return known;
    this.#byId ??= new Map(this.#list.departments.map((department) => [department.id, department]));
    const department = this.#byId.get(id);
    if (!department) return undefined;
    const placed = { id, name: department.name, path: this.#pathTo(department, this.#byId) };
    this.#known.set(id, placed);
    return placed;
  }

  #pathTo(department: Department, byId: ReadonlyMap<number, Department>): string | undefined {
    const names: string[] = [];
    const passed = new Set<number>();
    for (let at = department; ;) {
      // A faulty gateway may show a cycle.
      if (at.name === undefined || at.parentId === undefined || passed.has(at.id)) return undefined;
      passed.add(at.id);
      names.unshift(at.name);
      const parent = at.parentId === 0 ? undefined : byId.get(at.parentId);
      // Above the visible range nothing is visible; an entry that could not be read may be the parent.
      if (!parent) return at.parentId !== 0 && this.#list.unread.length > 0 ? undefined : names.join('/');
      at = parent;
    }
  }
}

export const NO_PATHS = new DepartmentPaths({ departments: [], unread: [] });
