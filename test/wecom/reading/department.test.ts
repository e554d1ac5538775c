import { expect } from 'chai';
import * as fc from 'fast-check';
import { readDepartmentList } from '../../../src/wecom/directory/department-list.ts';
import { MalformedDepartment, readDepartment } from '../../../src/wecom/reading/department.ts';

describe('readDepartment', () => {
  it('reads names, parents and leaders', () => {
    expect(
      readDepartment({ id: 2, name: ' 研发部 ', parentid: 1, order: 4_294_967_295, department_leader: ['a', 7] }),
    ).to.deep.equal({ id: 2, name: '研发部', parentId: 1, leaders: ['a', '7'] });
  });

  it('reads numbers that came as text', () => {
    expect(readDepartment({ id: '2', name: 17, parentid: '1' })).to.deep.equal({
      id: 2,
      name: '17',
      parentId: 1,
      leaders: undefined,
    });
  });

  it('knows no name where none came, and keeps the English one for new groups', () => {
    expect(readDepartment({ id: 2, name: '研发部', name_en: 'R&D', parentid: 1 })).to.deep.equal({
      id: 2,
      name: '研发部',
      parentId: 1,
      leaders: undefined,
    });
    for (const name of [undefined, null, '', '  ', {}, ['x']]) {
      const read = readDepartment({ id: 2, name, name_en: ' R&D ', parentid: 1 });
      expect(read).to.deep.include({ name: undefined, englishName: 'R&D', parentId: 1 });
      expect(readDepartment({ id: 2, name, parentid: 1 })).to.not.have.property('englishName');
    }
  });

  it('knows no parent where none came, except of the root, which has none', () => {
    for (const parentid of [undefined, null, '', 'x', {}, 1.5, -3]) {
      expect(readDepartment({ id: 2, name: 'x', parentid })).to.have.property('parentId', undefined);
      expect(readDepartment({ id: 1, name: 'x', parentid })).to.have.property('parentId', 0);
    }
    expect(readDepartment({ id: 2, name: 'x', parentid: 0 })).to.have.property('parentId', 0);
  });

  it('knows no leaders where the list or an entry of it cannot be read', () => {
    for (const department_leader of [undefined, null, 'zhangsan', [null, 'zhangsan'], ['zhangsan', '../x']]) {
      expect(readDepartment({ id: 2, name: 'x', parentid: 1, department_leader })).to.have.property(
        'leaders',
        undefined,
      );
    }
    expect(readDepartment({ id: 2, name: 'x', parentid: 1, department_leader: [] }))
      .to.have.property('leaders')
      .that.deep.equals([]);
  });

  it('names what is wrong with an entry of which nobody can tell the department', () => {
    for (const [raw, problem] of [
      [null, 'the entry is not an object'],
      [[], 'the entry is not an object'],
      [{ name: 'x' }, 'id is not positive'],
      [{ id: 'x', name: 'x' }, 'id is not a number'],
      [{ id: null, name: 'x' }, 'id is not positive'],
      [{ id: 2 ** 40 }, 'id is too large'],
    ] as const) {
      const read = readDepartment(raw);
      expect(read).to.be.instanceOf(MalformedDepartment);
      expect((read as MalformedDepartment).problem).to.include(problem);
    }
  });
});

describe('readDepartmentList', () => {
  it('keeps what several entries of one id agree on, in whatever order they come', async () => {
    const entries = [
      { id: 4, name: '研发部', parentid: 2 },
      { id: '4', name: null, parentid: 2, department_leader: ['lisi'] },
      { id: 4, name: '研发部', parentid: 3 },
      { id: 4, name: '研发部', parentid: 2 },
    ];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(entries, { minLength: entries.length }), async (order) => {
        expect((await readDepartmentList(order)).departments).to.deep.equal([
          { id: 4, name: '研发部', parentId: undefined, leaders: ['lisi'] },
        ]);
      }),
    );
  });
});
