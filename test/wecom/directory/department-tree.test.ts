import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Department } from '../../../src/wecom/reading/department.ts';
import { inTreeOrder } from '../../../src/wecom/directory/department-tree.ts';

const department = (id: number, parentId: number): Department => ({
  id,
  parentId,
  name: `d${String(id)}`,
  leaders: undefined,
});

const idsOf = (departments: readonly Department[]): number[] => departments.map(({ id }) => id);

describe('inTreeOrder', () => {
  it('shows parents before children whatever order they come in', () => {
    expect(idsOf(inTreeOrder([department(3, 2), department(2, 1), department(1, 0)]))).to.deep.equal([1, 2, 3]);
  });

  it('puts departments first whose parent is not visible or not known', () => {
    const unknown = { ...department(8, 1), parentId: undefined };
    const ordered = inTreeOrder([department(30, 3), department(7, 30), department(9, 8), unknown, department(20, 2)]);
    expect(ordered.map(({ id, parentId }) => [id, parentId])).to.deep.equal([
      [30, 3],
      [8, undefined],
      [20, 2],
      [7, 30],
      [9, 8],
    ]);
  });

  it('knows no parent of any department on a cycle, and keeps what hangs below it', () => {
    const list = [department(9, 5), department(5, 6), department(6, 5), department(1, 0)];
    for (const order of [list, list.toReversed()]) {
      const parents = new Map(inTreeOrder(order).map(({ id, parentId }) => [id, parentId]));
      expect([...parents]).to.have.deep.members([
        [1, 0],
        [5, undefined],
        [6, undefined],
        [9, 5],
      ]);
    }
    expect(inTreeOrder([department(4, 4)])[0]).to.have.property('parentId', undefined);
  });

  it('keeps every department once, parents first, for any list', () => {
    const parent = fc.option(fc.integer({ min: 0, max: 35 }), { nil: undefined });
    const pairs = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 30 }), parent), { selector: ([id]) => id });
    fc.assert(
      fc.property(pairs, (rows) => {
        const list = rows.map(([own, above]) => ({ ...department(own, 0), parentId: above }));
        const ordered = inTreeOrder(list);
        const ids = new Set(rows.map(([own]) => own));
        expect(ordered).to.have.lengthOf(ids.size);
        const passed = new Set<number>();
        for (const { id, parentId } of ordered) {
          if (parentId !== undefined && ids.has(parentId)) expect(passed.has(parentId)).to.equal(true);
          passed.add(id);
        }
        expect(passed).to.deep.equal(ids);
      }),
    );
  });

  it('orders a company of 30,000 departments', () => {
    const list = Array.from({ length: 30_000 }, (_, index) =>
      department(30_000 - index, Math.floor((30_000 - index) / 3)),
    );
    expect(inTreeOrder(list)).to.have.lengthOf(30_000);
  });
});
