import type { Department } from '../reading/department.ts';

/** Going up from a department that no top leads to ends in a cycle; these are on it. */
const cycleAbove = (from: Department, byId: ReadonlyMap<number, Department>): Department[] => {
  const passed = new Set<Department>();
  let current: Department | undefined = from;
  while (current && !passed.has(current)) {
    passed.add(current);
    current = byId.get(current.parentId ?? 0);
  }
  const path = [...passed];
  return current ? path.slice(path.indexOf(current)) : [];
};

/**
 * Departments in an order in which parents come before children. WeCom promises no order, and a partial visible scope
 * hides parents (their real id stays in `parentid`): what has no parent in the list stands at the top of it. A cycle
 * cannot be in WeCom itself, but a faulty gateway must not hang a run: one of its parents is wrong, so all of them count
 * as unknown.
 */
export const inTreeOrder = (departments: readonly Department[]): readonly Department[] => {
  const byId = new Map(departments.map((department) => [department.id, department]));
  const children = new Map<number, Department[]>();
  const ordered: Department[] = [];
  const placed = new Set<number>();
  const place = (department: Department): void => {
    placed.add(department.id);
    ordered.push(department);
  };
  for (const department of byId.values()) {
    if (department.parentId === undefined || !byId.has(department.parentId)) {
      place(department);
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
  for (const department of byId.values()) {
    if (placed.has(department.id)) continue;
    for (const member of cycleAbove(department, byId)) place({ ...member, parentId: undefined });
    descend();
  }
  return ordered;
};
