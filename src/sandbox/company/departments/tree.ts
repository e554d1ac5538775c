import { FIRST_ORDER, MAX_DEPTH, ORDER_STEP, ROOT_ID, type DepartmentRecord } from './department.ts';
import { departmentName } from '../names.ts';
import type { Random } from '../random.ts';

interface Spot {
  readonly id: number;
  readonly depth: number;
  readonly childNames: Set<string>;
}

/**
 * A tree of `count` departments in an order that is not parents-first, with ids that have gaps and
 * do not grow with depth: WeCom promises neither, and whoever builds on them should notice here.
 */
export function plantTree(count: number, random: Random): DepartmentRecord[] {
  const root: Spot = { id: ROOT_ID, depth: 1, childNames: new Set() };
  const spots: Spot[] = [root];
  const open: Spot[] = [root];
  const planted: DepartmentRecord[] = [
    {
      id: ROOT_ID,
      parentid: 0,
      name: '示例公司',
      name_en: undefined,
      order: FIRST_ORDER,
      department_leader: [],
    },
  ];
  for (const id of random.shuffled(gappedIds(count - 1, random))) {
    const newest = spots.at(-1) ?? root;
    // Following the newest now and then makes real depth; otherwise a tree of random parents stays shallow.
    const parent = newest.depth < MAX_DEPTH && random.chance(0.4) ? newest : random.pick(open);
    const { name, english } = departmentName(random);
    const unique = parent.childNames.has(name) ? `${name}${parent.childNames.size + 1}` : name;
    planted.push({
      id,
      parentid: parent.id,
      name: unique,
      name_en: random.chance(0.3) ? english : undefined,
      order: FIRST_ORDER - ORDER_STEP * parent.childNames.size,
      department_leader: [],
    });
    parent.childNames.add(unique);
    const spot: Spot = { id, depth: parent.depth + 1, childNames: new Set() };
    spots.push(spot);
    if (spot.depth < MAX_DEPTH) open.push(spot);
  }
  return random.shuffled(planted);
}

function gappedIds(count: number, random: Random): number[] {
  const ids: number[] = [];
  let id = ROOT_ID;
  for (let index = 0; index < count; index += 1) {
    id += 1 + (random.chance(0.25) ? random.below(40) : 0);
    ids.push(id);
  }
  return ids;
}
