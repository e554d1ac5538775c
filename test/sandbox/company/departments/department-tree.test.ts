import { expect } from 'chai';
import { MAX_DEPTH } from '../../../../src/sandbox/company/departments/department.ts';
import { DepartmentTree } from '../../../../src/sandbox/company/departments/department-tree.ts';

const sprout = (): DepartmentTree =>
  new DepartmentTree([
    { id: 1, parentid: 0, name: '示例公司', name_en: undefined, order: 100_000_000, department_leader: [] },
  ]);

describe('DepartmentTree', () => {
  it('adds departments with the orders that WeCom gives', () => {
    const tree = sprout();
    expect(tree.add({ name: '研发部' })).to.include({ parentid: 1, id: 2, order: 100_000_000 });
    expect(tree.add({ name: '市场部', id: 7 })).to.include({ id: 7, order: 99_999_000 });
    expect(tree.add({ name: '前端组', parentid: 7, order: 4_294_967_295 }).order).to.equal(4_294_967_295);
    expect([...tree.branch(7)]).to.deep.equal([7, 8]);
  });

  it('refuses what WeCom refuses', () => {
    const tree = sprout();
    tree.add({ name: '研发部', id: 2 });
    expect(() => tree.add({ name: '研发部' })).to.throw(RangeError, 'name');
    expect(() => tree.add({ name: 'x', id: 2 })).to.throw(RangeError, 'exists');
    expect(() => tree.add({ name: 'x', id: 1 })).to.throw(RangeError);
    expect(() => tree.add({ name: 'x', parentid: 99 })).to.throw(RangeError, 'no department 99');
    expect(() => tree.remove(1)).to.throw(RangeError, 'root');
    expect(() => tree.move(1, 2)).to.throw(RangeError, 'root');
    const child = tree.add({ name: '组', parentid: 2 });
    expect(() => tree.move(2, child.id)).to.throw(RangeError, 'below itself');
    expect(() => tree.remove(2)).to.throw(RangeError, 'sub-departments');
    tree.add({ name: '市场部', id: 50 });
    expect(() => tree.rename(50, '研发部')).to.throw(RangeError, 'name');
  });

  it('stops at the fifteenth level, for whole branches too', () => {
    const tree = sprout();
    let parentid = 1;
    for (let depth = 2; depth <= MAX_DEPTH; depth += 1) parentid = tree.add({ name: `L${depth}`, parentid }).id;
    expect(tree.depth(parentid)).to.equal(MAX_DEPTH);
    expect(() => tree.add({ name: 'too deep', parentid })).to.throw(RangeError, 'levels');
    const branch = tree.add({ name: 'branch' });
    tree.add({ name: 'twig', parentid: branch.id });
    expect(() => tree.move(branch.id, tree.require(parentid).parentid)).to.throw(RangeError, 'levels');
    expect(tree.require(branch.id).parentid).to.equal(1);
  });

  it('tells by its revision that something changed', () => {
    const tree = sprout();
    const revisions = [tree.revision];
    tree.add({ name: 'a', id: 5 });
    revisions.push(tree.revision);
    tree.rename(5, 'b');
    revisions.push(tree.revision);
    tree.setLeaders(5, ['x']);
    revisions.push(tree.revision);
    tree.add({ name: 'c', id: 6 });
    tree.move(6, 5);
    revisions.push(tree.revision);
    tree.remove(6);
    revisions.push(tree.revision);
    expect(new Set(revisions).size).to.equal(revisions.length);
  });
});
