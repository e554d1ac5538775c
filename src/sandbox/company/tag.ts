import type { DepartmentTree } from './departments/department-tree.ts';
import { ROOT_ID } from './departments/department.ts';
import { isActive } from './member.ts';
import type { Random } from './random.ts';
import type { Roster } from './roster.ts';

/** Marks people and whole departments; an app's scope may name it. */
export interface Tag {
  readonly id: number;
  readonly name: string;
  readonly users: readonly string[];
  readonly departments: readonly number[];
}

const PEOPLE = 3;

/** Three tags: people only, a department only, and both. */
export function inventTags(tree: DepartmentTree, roster: Roster, random: Random): Tag[] {
  const people = random.shuffled([...roster.values()].filter(isActive), PEOPLE * 2).map(({ userid }) => userid);
  const branch = [...tree.values()].find(({ id }) => id !== ROOT_ID && roster.in(id).size > 0)?.id;
  const departments = branch === undefined ? [] : [branch];
  return [
    { id: 1, name: '项目成员', users: people.slice(0, PEOPLE), departments: [] },
    { id: 2, name: '重点部门', users: [], departments },
    { id: 3, name: '全部', users: people.slice(PEOPLE), departments },
  ];
}
