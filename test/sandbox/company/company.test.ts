import { expect } from 'chai';
import * as fc from 'fast-check';
import { Company } from '../../../src/sandbox/company/company.ts';
import { MAX_DEPTH } from '../../../src/sandbox/company/departments/department.ts';
import { isActive, userKey, type Member } from '../../../src/sandbox/company/member.ts';

const company = (members = 200, departments = 20, seed = 1): Company => new Company({ members, departments, seed });

/** Everything that the wire would show, as one text. */
function portrait(subject: Company): string {
  return JSON.stringify([[...subject.departments], [...subject.members].map(({ userid }) => subject.wire(userid))]);
}

const ids = (members: readonly Member[]): string[] => members.map(({ userid }) => userid);

describe('Company', () => {
  it('is the same company for the same seed and another for another', () => {
    expect(portrait(company(300, 30, 7))).to.equal(portrait(company(300, 30, 7)));
    expect(portrait(company(300, 30, 7))).not.to.equal(portrait(company(300, 30, 8)));
  });

  it('changes in the same way for the same seed', () => {
    const live = (subject: Company): string => {
      subject.hire(5);
      subject.leave(10);
      subject.rename(3);
      subject.move(4);
      subject.disable(2);
      return portrait(subject);
    };
    expect(live(company())).to.equal(live(company()));
  });

  it('obeys the rules of WeCom at any size', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.integer({ min: 1, max: 120 }), fc.nat(), (members, departments, seed) => {
        const subject = company(members, departments, seed);
        expect(subject.size).to.equal(members);
        expect([...subject.departments]).to.have.length(departments);
        const known = new Set([...subject.departments].map(({ id }) => id));
        expect(known.has(1)).to.equal(true);
        expect(subject.department(1)?.parentid).to.equal(0);
        for (const { id, parentid } of subject.departments) {
          expect(subject.tree.depth(id)).to.be.at.most(MAX_DEPTH);
          if (id !== 1) expect(known.has(parentid)).to.equal(true);
        }
        const keys = new Set<string>();
        for (const member of subject.members) {
          keys.add(userKey(member.userid));
          expect(member.userid).to.match(/^[A-Za-z0-9][\w.@-]{0,63}$/);
          expect(member.name.length).to.be.within(1, 64);
          expect([1, 2, 4, 5]).to.include(member.status);
          expect(member.department.length).to.be.within(1, 5);
          expect(new Set(member.department).size).to.equal(member.department.length);
          expect(member.department.every((id) => known.has(id))).to.equal(true);
          expect(member.department).to.include(member.main_department);
          expect(member.position?.length ?? 0).to.be.at.most(128);
          for (const leader of member.direct_leader) expect(subject.member(leader)?.status).to.equal(1);
        }
        expect(keys.size).to.equal(members);
      }),
      { numRuns: 25 },
    );
  });

  it('gives siblings different names', () => {
    const seen = new Set<string>();
    for (const { parentid, name } of company(0, 2000).departments) seen.add(`${parentid} ${name}`);
    expect(seen.size).to.equal(2000);
  });

  it('lists departments neither parents first nor without gaps', () => {
    const listed = [...company(0, 200).departments];
    const position = new Map(listed.map(({ id }, index) => [id, index]));
    const late = listed.filter(({ parentid }, index) => (position.get(parentid) ?? -1) > index);
    expect(late).not.to.be.empty;
    expect(listed.some(({ id, parentid }) => id < parentid)).to.equal(true);
    expect(Math.max(...listed.map(({ id }) => id))).to.be.greaterThan(200);
  });

  it('reaches the deepest level that WeCom allows when it is large', () => {
    const large = company(0, 2000);
    expect(Math.max(...[...large.departments].map(({ id }) => large.tree.depth(id)))).to.equal(MAX_DEPTH);
  });

  it('has every oddity among two hundred people', () => {
    const people = [...company().members];
    const some = (fits: (member: Member) => boolean): void => {
      expect(people.some(fits), fits.toString()).to.equal(true);
    };
    some(({ position }) => position?.length === 128);
    some(({ position }) => position === undefined || position === '');
    some(({ userid }) => /^[0-9a-f]{32}$/.test(userid));
    some(({ userid }) => userid.includes('@'));
    some(({ userid }) => userid.includes('.'));
    some(({ userid }) => userid.includes('-') && userid.includes('_'));
    some(({ userid }) => userid !== userid.toLowerCase());
    some(({ userid }) => /^\d+$/.test(userid));
    some(({ name }) => /\p{Emoji_Presentation}/u.test(name));
    some(({ name }) => /^[\u0020-\u007e]+$/.test(name));
    some(({ name }) => /^\p{Script=Han}+$/u.test(name));
    for (const prefix of ['+852 94', '+1212', '+49151', '+81901', '1']) {
      some(({ mobile }) => mobile?.startsWith(prefix) === true);
    }
    some(({ mobile, email }) => mobile === '' && !email);
    some(({ email, biz_mail: mail }) => !email && mail !== undefined);
    some(({ department }) => department.length === 5);
    some(({ enable }) => enable === undefined);
    some(({ status, enable }) => status === 1 && enable === 0);
    some(({ status, enable }) => status === 2 && enable === undefined);
    for (const status of [1, 2, 4, 5]) some((member) => member.status === status);
    some(({ direct_leader: leaders }) => leaders.length === 1);
  });

  it('counts its people by what WeCom says of them', () => {
    const subject = company();
    const counts = subject.headcount();
    expect(counts.members).to.equal(200);
    expect(counts.departments).to.equal(20);
    expect(counts.status1 + counts.status2 + counts.status4 + counts.status5).to.equal(200);
    subject.disable(4);
    expect(subject.headcount().status2).to.equal(counts.status2 + 4);
  });

  it('lets ten go, disables three and renames five, eighteen different people', () => {
    const subject = company(2000, 100);
    const before = new Map(
      [...subject.members].map((member) => [member.userid, JSON.stringify(subject.wire(member.userid))]),
    );
    const gone = ids(subject.leave(10));
    const disabled = ids(subject.disable(3));
    const renamed = subject.rename(5);
    expect(new Set([...gone, ...disabled, ...renamed.map(({ userid }) => userid)]).size).to.equal(18);
    expect(subject.size).to.equal(1990);
    for (const userid of gone) expect(subject.member(userid)).to.equal(undefined);
    for (const { userid, before: was, after } of renamed) {
      expect(after).not.to.equal(was);
      expect(subject.member(userid)?.name).to.equal(after);
    }
    const changed = [...subject.members].filter(
      ({ userid }) => JSON.stringify(subject.wire(userid)) !== before.get(userid),
    );
    expect(changed).to.have.length(8);
  });

  it('never chooses leaders while others will do', () => {
    const subject = company(500, 20);
    const leaders = [...subject.departments].map(({ department_leader: list }) => list.join());
    subject.leave(100);
    expect([...subject.departments].map(({ department_leader: list }) => list.join())).to.deep.equal(leaders);
  });

  it('lets half of the company go, leaders too when there is nobody else', () => {
    const subject = company(200, 20);
    const active = [...subject.members].filter(isActive).length;
    expect(subject.leave(active)).to.have.length(active);
    expect([...subject.departments].flatMap(({ department_leader: leaders }) => leaders)).to.deep.equal([]);
    for (const { direct_leader: leaders } of subject.members) expect(leaders).to.deep.equal([]);
    expect(() => subject.leave(1)).to.throw(RangeError, 'only 0');
  });

  it('chooses only people whom the app can see', () => {
    const subject = company(500, 40);
    const [branch] = [...subject.departments].filter(({ id }) => id !== 1 && subject.membersOf(id).size > 5);
    subject.scope = { departments: [branch!.id] };
    const visible = new Set(ids(subject.visibleMembers()));
    for (const userid of ids(subject.leave(3))) expect(visible.has(userid)).to.equal(true);
    const [hired] = subject.hire(1);
    expect(ids(subject.visibleMembers())).to.include(hired!.userid);
  });

  it('refuses counts and people that do not exist', () => {
    expect(() => company(5, 1).leave(50)).to.throw(RangeError);
    expect(() => company().leave(-1)).to.throw(RangeError, 'whole number');
    expect(() => company().disable('nobody.here')).to.throw(RangeError, 'nobody.here');
  });

  it('moves people through every state and back', () => {
    const subject = company();
    const [person] = subject.disable(1);
    expect([person!.status, person!.enable === 1]).to.deep.equal([2, false]);
    subject.enable(person!.userid);
    expect(isActive(subject.member(person!.userid)!)).to.equal(true);
    subject.quit([person!.userid]);
    expect(person!.status).to.equal(5);
    subject.deactivate(person!.userid.toUpperCase());
    expect(person!.status).to.equal(4);
    subject.activate(person!.userid);
    expect(person!.status).to.equal(1);
  });

  it('hires drawn people, and one with particulars', () => {
    const subject = company();
    const hired = subject.hire(50);
    expect(new Set(ids(hired).map(userKey)).size).to.equal(50);
    const [one] = subject.hire({ userid: 'New.Hire', name: '新人', department: [1], mobile: '13800000000' });
    expect(one).to.include({ userid: 'New.Hire', name: '新人', mobile: '13800000000', status: 1, main_department: 1 });
    expect(subject.size).to.equal(251);
    expect(() => subject.hire({ userid: 'new.hire' })).to.throw(RangeError, 'exists');
    expect(() => subject.hire({ department: [99_999] })).to.throw(RangeError);
  });

  it('changes the spelling of a userid, and the userid itself, wherever it stands', () => {
    const subject = company(300, 10);
    const leader = [...subject.departments].flatMap(({ department_leader: leaders }) => leaders)[0]!;
    subject.changeUserid(leader, leader.toUpperCase());
    expect(subject.member(leader)?.userid).to.equal(leader.toUpperCase());
    subject.changeUserid(leader, 'brand.new');
    expect(subject.member(leader)).to.equal(undefined);
    const mentioned = [
      ...[...subject.departments].flatMap(({ department_leader: leaders }) => leaders),
      ...[...subject.members].flatMap(({ direct_leader: leaders }) => leaders),
    ];
    expect(mentioned).to.include('brand.new');
    expect(mentioned.map(userKey)).not.to.include(userKey(leader));
    const [other] = [...subject.members].filter(({ userid }) => userid !== 'brand.new');
    expect(() => subject.changeUserid(other!.userid, 'BRAND.NEW')).to.throw(RangeError, 'exists');
  });

  it('moves one to given departments and others to some', () => {
    const subject = company();
    const [person] = [...subject.members];
    const [first, second] = [...subject.departments];
    subject.move(person!.userid, [first!.id, second!.id, first!.id]);
    expect(person!.department).to.deep.equal([first!.id, second!.id]);
    expect(subject.membersOf(second!.id).has(person!)).to.equal(true);
    for (const moved of subject.move(5)) expect(subject.membersOf(moved.department[0]!).has(moved)).to.equal(true);
    expect(() => subject.move(person!.userid, [])).to.throw(RangeError);
    expect(() => subject.move(person!.userid, [99_999])).to.throw(RangeError);
  });

  it('sets any wire key, well-formed or not, and takes keys away', () => {
    const subject = company();
    const { userid } = [...subject.members][0]!;
    subject.setField(userid, { mobile: '12345', status: '1', shoe_size: 43, email: undefined });
    expect(subject.wire(userid)).to.include({ mobile: '12345', status: '1', shoe_size: 43 });
    expect(JSON.parse(JSON.stringify(subject.wire(userid)))).not.to.have.property('email');
    subject.setField(userid, { status: 2 });
    expect(subject.wire(userid)['status']).to.equal(2);
    expect(subject.member(userid)?.status).to.equal(2);
    subject.setField(userid, { department: [1] });
    expect(subject.membersOf(1).has(subject.member(userid)!)).to.equal(true);
  });

  it('moves everything up when a department goes', () => {
    const subject = company(500, 60);
    const parent = [...subject.departments].find(
      ({ id }) => id !== 1 && subject.tree.childrenOf(id).length > 0 && subject.membersOf(id).size > 0,
    )!;
    const children = [...subject.tree.childrenOf(parent.id)];
    const people = [...subject.membersOf(parent.id)];
    subject.removeDepartment(parent.id);
    expect(subject.department(parent.id)).to.equal(undefined);
    for (const child of children) expect(subject.department(child)?.parentid).to.equal(parent.parentid);
    for (const person of people) {
      expect(person.department).not.to.include(parent.id);
      expect(person.department).not.to.be.empty;
      expect(person.department).to.include(person.main_department);
    }
  });

  it('keeps sibling names apart when a department goes', () => {
    const subject = company(0, 1);
    const upper = subject.addDepartment({ name: '研发部' });
    const lower = subject.addDepartment({ name: '研发部', parentid: upper.id });
    const twin = subject.addDepartment({ name: '市场部' });
    subject.addDepartment({ name: '市场部', parentid: lower.id, id: 77 });
    subject.removeDepartment(lower.id);
    subject.removeDepartment(upper.id);
    expect([...subject.departments].map(({ id }) => id)).to.have.members([1, twin.id, 77]);
    expect(subject.department(77)).to.include({ parentid: 1, name: '市场部 77' });
  });

  it('appoints leaders from among the members of the department', () => {
    const subject = company();
    const [insider] = [...subject.membersOf(subject.member(ids([...subject.members])[0]!)!.main_department)];
    const id = insider!.main_department;
    expect(subject.setLeaders(id, [insider!.userid.toUpperCase()]).department_leader).to.deep.equal([insider!.userid]);
    const wire = subject.wire(insider!.userid) as { department: number[]; is_leader_in_dept: number[] };
    expect(wire.is_leader_in_dept[wire.department.indexOf(id)]).to.equal(1);
    const outsider = [...subject.members].find(({ department }) => !department.includes(id))!;
    expect(() => subject.setLeaders(id, [outsider.userid])).to.throw(RangeError);
  });
});
