import { expect } from 'chai';
import { Chooser, wholeCount } from '../../../src/sandbox/company/chooser.ts';
import { DepartmentTree } from '../../../src/sandbox/company/departments/department-tree.ts';
import { appointLeaders } from '../../../src/sandbox/company/leadership.ts';
import { userKey } from '../../../src/sandbox/company/member.ts';
import { Random } from '../../../src/sandbox/company/random.ts';
import { Recruiter } from '../../../src/sandbox/company/recruiter.ts';
import { Roster } from '../../../src/sandbox/company/roster.ts';
import { plantTree } from '../../../src/sandbox/company/departments/tree.ts';

describe('Chooser', () => {
  let roster: Roster;
  let tree: DepartmentTree;
  let chooser: Chooser;

  beforeEach(() => {
    const random = new Random(5);
    tree = new DepartmentTree(plantTree(6, random));
    roster = new Roster();
    const recruiter = new Recruiter(random, (key) => roster.has(key));
    const ids = [...tree.values()].map(({ id }) => id);
    for (let index = 0; index < 60; index += 1) roster.add(recruiter.draw(ids));
    appointLeaders(tree, roster, random);
    chooser = new Chooser(roster, tree, random);
  });

  const anybody = (): boolean => true;

  it('chooses nobody twice while others are left, and leaders last of those', () => {
    const leaders = new Set([...tree.values()].flatMap(({ department_leader: list }) => list.map(userKey)));
    const ordinary = chooser.choose(60 - leaders.size, anybody).map(({ userid }) => userKey(userid));
    expect(ordinary.some((key) => leaders.has(key))).to.equal(false);
    const rest = chooser.choose(leaders.size, anybody).map(({ userid }) => userKey(userid));
    expect(rest).to.have.members([...leaders]);
    expect(chooser.choose(1, anybody)).to.have.length(1);
  });

  it('remembers nobody of a choice that failed', () => {
    expect(() => chooser.choose(61, anybody)).to.throw(RangeError, 'only 60');
    const drawn = chooser.choose(60, anybody);
    expect(new Set(drawn).size).to.equal(60);
  });

  it('takes whoever is named, once, in any spelling', () => {
    const [one] = [...roster.values()];
    expect(chooser.choose(one!.userid.toUpperCase(), () => false)).to.deep.equal([one]);
    expect(chooser.choose([one!.userid, one!.userid.toUpperCase()], () => false)).to.deep.equal([one]);
  });

  it('counts in whole numbers', () => {
    expect(wholeCount(0)).to.equal(0);
    for (const wrong of [-1, 1.5, Number.NaN]) expect(() => wholeCount(wrong)).to.throw(RangeError);
  });
});
