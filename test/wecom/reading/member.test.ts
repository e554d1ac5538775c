import { expect } from 'chai';
import { MalformedMember, readMember } from '../../../src/wecom/reading/member.ts';
import { aMember } from '../rig.ts';

const problem = (raw: unknown): MalformedMember => {
  const member = readMember(raw);
  if (member instanceof MalformedMember) return member;
  throw new Error('the member was read');
};

describe('readMember', () => {
  it('takes a good record as it is, without a copy', () => {
    for (const raw of [
      aMember(),
      aMember({ status: '1', enable: '0', email: null, name: undefined }),
      aMember({ something: { new: [1] } }),
      { userid: 'a' },
    ]) {
      expect(readMember(raw)).to.equal(raw);
    }
  });

  for (const userid of ['a', 'ZhangSan', '0123456789abcdef0123456789abcdef', 'a.b-c_d@e.cn', 'x'.repeat(64), 4711, 0]) {
    it(`takes ${String(userid)} for a userid`, () => {
      expect(readMember(aMember({ userid }))).to.have.property('userid', String(userid));
    });
  }

  for (const userid of [
    undefined,
    null,
    '',
    ' a',
    '_a',
    '.a',
    '@a',
    '张三',
    'a/b',
    '../x',
    'x'.repeat(65),
    1.5,
    -1,
    2 ** 60,
    {},
    [],
  ]) {
    it(`takes ${JSON.stringify(userid) ?? 'nothing'} for no userid`, () => {
      expect(problem(aMember({ userid }))).to.deep.include({
        userid: undefined,
        problem: 'userid is missing or not usable',
      });
    });
  }

  it('mends departments that came as text or alone', () => {
    expect(readMember(aMember({ department: '1,2' }))).to.deep.include({ department: [1, 2] });
    expect(readMember(aMember({ department: ['3', 4] }))).to.deep.include({ department: [3, 4] });
    expect(readMember(aMember({ department: 5 }))).to.deep.include({ department: [5] });
    expect(readMember(aMember({ department: null }))).not.to.have.property('department');
    expect(readMember(aMember({ department: '' }))).to.deep.include({ department: [] });
  });

  for (const [field, value] of [
    ['status', {}],
    ['status', 'active'],
    ['enable', []],
    ['enable', true],
    ['name', {}],
    ['email', ['a@x.cn']],
    ['mobile', {}],
    ['position', false],
    ['department', ['x']],
    ['department', {}],
  ] as const) {
    it(`names a wrong ${field} without quoting it, and keeps the id`, () => {
      const malformed = problem(aMember({ [field]: value }));
      expect(malformed.userid).to.equal('zhangsan');
      expect(malformed.problem)
        .to.match(new RegExp(`^${field} `))
        .and.not.to.include('x.cn');
    });
  }

  it('takes no number for a department that none can have', () => {
    for (const id of [1e21, 2 ** 53, 0x1_0000_0000, 1.5, '1e21', '99999999999']) {
      for (const department of [id, [id], [1, id]])
        expect(problem(aMember({ department })).userid).to.equal('zhangsan');
    }
    expect(readMember(aMember({ department: [1, 0xffff_ffff] }))).to.have.property('department');
  });

  it('survives a record that is nested thousands of levels deep', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`) as unknown;
    expect(problem(aMember({ status: deep })).userid).to.equal('zhangsan');
    expect(readMember(aMember({ department: '1', extattr: deep }))).to.have.property('userid', 'zhangsan');
  });
});
