import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Department } from '../../src/wecom/department.ts';
import { buildTree } from '../../src/wecom/department-tree.ts';

const department = (id: number, parentId: number): Department => ({
  id,
  parentId,
  name: `d${String(id)}`,
  leaders: undefined,
});

describe('buildTree', () => {
  it('shows parents before children whatever order they come in', () => {
    const { ordered, brokenCycles } = buildTree([department(3, 2), department(2, 1), department(1, 0)]);
    expect(ordered.map(({ id }) => id)).to.deep.equal([1, 2, 3]);
    expect(brokenCycles).to.deep.equal([]);
  });

  it('makes a department whose parent is not visible a top group', () => {
    const { ordered } = buildTree([department(30, 3), department(7, 30), department(20, 2)]);
    expect(ordered.map(({ id, parentId }) => [id, parentId])).to.deep.equal([
      [30, 0],
      [20, 0],
      [7, 30],
    ]);
  });

  it('breaks a cycle where it closes and keeps what hangs below it', () => {
    const { ordered, brokenCycles } = buildTree([
      department(9, 5),
      department(5, 6),
      department(6, 5),
      department(1, 0),
    ]);
    expect(brokenCycles).to.have.lengthOf(1);
    expect(ordered).to.have.lengthOf(4);
    const top = ordered.filter(({ parentId }) => parentId === 0).map(({ id }) => id);
    expect(top).to.include(1).and.to.include(brokenCycles[0]).and.not.to.include(9);
    expect(buildTree([department(4, 4)]).brokenCycles).to.deep.equal([4]);
  });

  it('keeps every department once, parents first, for any list', () => {
    const id = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.integer({ min: 0, max: 35 }))), (pairs) => {
        const list = pairs.map(([own, parent]) => department(own, parent));
        const { ordered } = buildTree(list);
        const distinct = new Set(pairs.map(([own]) => own));
        expect(ordered).to.have.lengthOf(distinct.size);
        const passed = new Set<number>();
        for (const entry of ordered) {
          if (entry.parentId !== 0) expect(passed.has(entry.parentId)).to.equal(true);
          passed.add(entry.id);
        }
        expect(passed).to.deep.equal(distinct);
      }),
    );
  });

  it('orders a company of 30,000 departments', () => {
    const list = Array.from({ length: 30_000 }, (_, index) =>
      department(30_000 - index, Math.floor((30_000 - index) / 3)),
    );
    expect(buildTree(list).ordered).to.have.lengthOf(30_000);
  });
});
