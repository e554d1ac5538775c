import type { Department } from '../reading/department.ts';

/** A department as expressions see it. */
export interface PlacedDepartment {
  readonly id: number;
  readonly name: string | undefined;
  /** Names from the top, joined by `/`; a department without a name stands there with its id. */
  readonly path: string;
}

/** Where the departments stand that the app sees; each is looked up when somebody is in it. */
export class DepartmentPaths {
  readonly #departments: readonly Department[];
  #byId: ReadonlyMap<number, Department> | undefined;
  readonly #known = new Map<number, PlacedDepartment>();

  constructor(departments: readonly Department[]) {
    this.#departments = departments;
  }

  /** Undefined: the app does not see it. */
  of(id: number): PlacedDepartment | undefined {
    const known = this.#known.get(id);
    if (known) return known;
    this.#byId ??= new Map(this.#departments.map((department) => [department.id, department]));
    const department = this.#byId.get(id);
    if (!department) return undefined;
    const names: string[] = [];
    const passed = new Set<number>();
    for (let at: Department | undefined = department; at && !passed.has(at.id); at = this.#byId.get(at.parentId ?? 0)) {
      // A faulty gateway may show a cycle.
      passed.add(at.id);
      names.unshift(at.name ?? String(at.id));
    }
    const placed = { id, name: department.name, path: names.join('/') };
    this.#known.set(id, placed);
    return placed;
  }
}
