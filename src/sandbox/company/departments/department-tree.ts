import { FIRST_ORDER, MAX_DEPTH, ORDER_STEP, ROOT_ID, type Department, type DepartmentRecord } from './department.ts';

/** The departments of the company, in the order in which the lists show them. */
export class DepartmentTree {
  readonly #departments: Map<number, DepartmentRecord>;
  #children: Map<number, number[]> | undefined;
  #revision = 0;

  constructor(departments: readonly DepartmentRecord[]) {
    this.#departments = new Map(departments.map((department) => [department.id, department]));
  }

  /** Grows with every change, so that whoever cached an answer can tell. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#departments.size;
  }

  values(): Iterable<Department> {
    return this.#departments.values();
  }

  get(id: number): Department | undefined {
    return this.#departments.get(id);
  }

  has(id: number): boolean {
    return this.#departments.has(id);
  }

  /** @throws RangeError when there is no such department. */
  require(id: number): DepartmentRecord {
    const department = this.#departments.get(id);
    if (department === undefined) throw new RangeError(`there is no department ${id}`);
    return department;
  }

  childrenOf(id: number): readonly number[] {
    if (this.#children === undefined) {
      this.#children = new Map();
      for (const { id: child, parentid } of this.#departments.values()) {
        const siblings = this.#children.get(parentid);
        if (siblings === undefined) this.#children.set(parentid, [child]);
        else siblings.push(child);
      }
    }
    return this.#children.get(id) ?? [];
  }

  /** The department itself and everything below it. */
  branch(id: number): Set<number> {
    const found = new Set([id]);
    // A Set hands out what is added while it is walked, which makes it its own queue.
    for (const next of found) for (const child of this.childrenOf(next)) found.add(child);
    return found;
  }

  /** The root is at depth 1. */
  depth(id: number): number {
    let depth = 1;
    for (let at = this.require(id); at.id !== ROOT_ID; at = this.require(at.parentid)) depth += 1;
    return depth;
  }

  add(wanted: { id?: number; name: string; parentid?: number; name_en?: string; order?: number }): Department {
    const parentid = wanted.parentid ?? ROOT_ID;
    const id = wanted.id ?? Math.max(...this.#departments.keys()) + 1;
    if (!Number.isInteger(id) || id <= ROOT_ID) throw new RangeError('a department id is a whole number above 1');
    if (this.has(id)) throw new RangeError(`department ${id} exists already`);
    if (this.depth(parentid) >= MAX_DEPTH) throw new RangeError(`WeCom has ${MAX_DEPTH} levels at most`);
    this.#refuseTwin(parentid, wanted.name, id);
    const department: DepartmentRecord = {
      id,
      parentid,
      name: wanted.name,
      name_en: wanted.name_en,
      order: wanted.order ?? FIRST_ORDER - ORDER_STEP * this.childrenOf(parentid).length,
      department_leader: [],
    };
    this.#departments.set(id, department);
    this.#changed();
    return department;
  }

  rename(id: number, name: string): Department {
    const department = this.require(id);
    this.#refuseTwin(department.parentid, name, id);
    department.name = name;
    this.#changed();
    return department;
  }

  move(id: number, parentid: number): Department {
    const department = this.require(id);
    if (id === ROOT_ID) throw new RangeError('the root department stays where it is');
    this.require(parentid);
    const branch = this.branch(id);
    if (branch.has(parentid)) throw new RangeError('a department cannot move below itself');
    const height = Math.max(...[...branch].map((below) => this.depth(below))) - this.depth(id);
    if (this.depth(parentid) + 1 + height > MAX_DEPTH) throw new RangeError(`WeCom has ${MAX_DEPTH} levels at most`);
    this.#refuseTwin(parentid, department.name, id);
    department.parentid = parentid;
    this.#changed();
    return department;
  }

  /** Only a department without sub-departments can go, as in WeCom. */
  remove(id: number): Department {
    const department = this.require(id);
    if (id === ROOT_ID) throw new RangeError('the root department cannot be removed');
    if (this.childrenOf(id).length > 0) throw new RangeError(`department ${id} has sub-departments`);
    this.#departments.delete(id);
    this.#changed();
    return department;
  }

  setLeaders(id: number, leaders: readonly string[]): Department {
    const department = this.require(id);
    department.department_leader = leaders;
    this.#revision += 1;
    return department;
  }

  #refuseTwin(parentid: number, name: string, except: number): void {
    for (const sibling of this.childrenOf(parentid)) {
      if (sibling !== except && this.get(sibling)?.name === name) {
        throw new RangeError(`department ${parentid} has a sub-department of that name already`);
      }
    }
  }

  #changed(): void {
    this.#children = undefined;
    this.#revision += 1;
  }
}
