import { expect } from 'chai';
import { MalformedDepartment, readDepartment } from '../../src/wecom/department.ts';

describe('readDepartment', () => {
  it('reads names, parents and leaders', () => {
    expect(
      readDepartment({ id: 2, name: ' 研发部 ', parentid: 1, order: 4_294_967_295, department_leader: ['a', 7, null] }),
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

  it('falls back to the English name only when there is no other', () => {
    expect(readDepartment({ id: 2, name: '研发部', name_en: 'R&D', parentid: 1 })).to.have.property('name', '研发部');
    for (const name of [undefined, null, '', '  ']) {
      expect(readDepartment({ id: 2, name, name_en: 'R&D', parentid: 1 })).to.have.property('name', 'R&D');
    }
    expect(readDepartment({ id: 2, parentid: 1 })).to.have.property('name', '');
  });

  it('names what is wrong with an entry that cannot be read', () => {
    for (const [raw, problem] of [
      [null, 'the entry is not an object'],
      [[], 'the entry is not an object'],
      [{ name: 'x' }, 'id is not positive'],
      [{ id: 'x', name: 'x' }, 'id is not a number'],
      [{ id: 2, name: {} }, 'name is not text'],
      [{ id: 2, parentid: {} }, 'parentid is not a number'],
      [{ id: 2 ** 40 }, 'id is too large'],
    ] as const) {
      const read = readDepartment(raw);
      expect(read).to.be.instanceOf(MalformedDepartment);
      expect((read as MalformedDepartment).problem).to.include(problem);
    }
  });
});
