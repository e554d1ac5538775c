import type { Department } from './department.ts';

/** Departments in an order in which parents come before children. */
export interface DepartmentTree {
  readonly ordered: readonly Department[];
  /** Departments whose parents lead back to themselves; each is shown as a top group. */
  readonly brokenCycles: readonly number[];
}

/** Going up from a department that no top leads to ends in a cycle; this is where it closes. */
const onCycle = (from: Department, byId: ReadonlyMap<number, Department>): Department => {
  const passed = new Set<number>();
  let current = from;
  while (!passed.has(current.id)) {
    passed.add(current.id);
    current = byId.get(current.parentId) ?? current;
  }
  return current;
};

/**
 * WeCom promises no order, and a partial visible scope hides parents (their real id stays in `parentid`): what has no
 * visible parent is a top group. A cycle cannot be in WeCom itself, but a faulty gateway must not hang a run.
 */
export const buildTree = (departments: readonly Department[]): DepartmentTree => {
  const byId = new Map<number, Department>();
  for (const department of departments) if (!byId.has(department.id)) byId.set(department.id, department);
  const children = new Map<number, Department[]>();
  const ordered: Department[] = [];
  const placed = new Set<number>();
  const place = (department: Department): void => {
    placed.add(department.id);
    ordered.push(department);
  };
  for (const department of byId.values()) {
    if (!byId.has(department.parentId)) {
      place({ ...department, parentId: 0 });
      continue;
    }
    const siblings = children.get(department.parentId);
    if (siblings) siblings.push(department);
    else children.set(department.parentId, [department]);
  }
  let next = 0;
  const descend = (): void => {
    for (; next < ordered.length; next += 1) {
      for (const child of children.get(ordered[next]?.id ?? 0) ?? []) if (!placed.has(child.id)) place(child);
    }
  };
  descend();
  const brokenCycles: number[] = [];
  for (const department of byId.values()) {
    if (placed.has(department.id)) continue;
    const start = onCycle(department, byId);
    brokenCycles.push(start.id);
    place({ ...start, parentId: 0 });
    descend();
  }
  return { ordered, brokenCycles };
};
