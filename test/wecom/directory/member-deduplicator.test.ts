import { expect } from 'chai';
import * as fc from 'fast-check';
import { MemberDeduplicator } from '../../../src/wecom/directory/member-deduplicator.ts';
import { MalformedMember, type Member, type WeComMember } from '../../../src/wecom/reading/member.ts';
import { aMember } from '../rig.ts';

const ids = (members: readonly WeComMember[]): (string | undefined)[] => members.map((member) => member.userid);
const departmentsOf = (member: WeComMember | undefined): readonly number[] | undefined =>
  (member as Member | undefined)?.department;

/** Of departments 1 to 9 those that are left out, when only these are read. */
const without = (...read: readonly number[]): ReadonlySet<number> =>
  new Set([1, 2, 3, 4, 5, 6, 7, 8, 9].filter((id) => !read.includes(id)));

describe('MemberDeduplicator', () => {
  it('shows a person of three departments once, with all of them, at the first sight', () => {
    const fold = new MemberDeduplicator(without(1, 2, 3));
    const raw = aMember({ department: [1, 2, 3] });
    const shown = fold.take([raw], 2);
    expect(shown[0], 'not copied').to.equal(raw);
    expect(fold.take([aMember({ department: [1, 2, 3] })], 1)).to.deep.equal([]);
    expect(fold.take([aMember({ department: [1, 2, 3] })], 3)).to.deep.equal([]);
    expect(fold.rest()).to.deep.equal([]);
  });

  it('takes two spellings of a userid for one person', () => {
    const fold = new MemberDeduplicator(without(1, 2));
    expect(ids(fold.take([aMember({ userid: 'ZhangSan' })], 1))).to.deep.equal(['ZhangSan']);
    expect(fold.take([aMember({ userid: 'zhangsan', department: [2] })], 2)).to.deep.equal([]);
    expect(fold.has('ZHANGSAN')).to.equal(true);
  });

  it('unites the departments of odd copies, which name none, at the end', () => {
    const fold = new MemberDeduplicator(without(1, 2, 3));
    for (const department of [undefined, [], [3]]) {
      expect(fold.take([aMember({ department })], 1)).to.deep.equal([]);
    }
    expect(fold.take([aMember({ department: null })], 2)).to.deep.equal([]);
    const rest = fold.rest();
    expect(ids(rest)).to.deep.equal(['zhangsan']);
    expect(departmentsOf(rest[0])).to.have.members([1, 2, 3]);
    expect(fold.rest()).to.deep.equal([]);
  });

  it('knows no departments of an odd copy when a department could not be read', () => {
    const fold = new MemberDeduplicator(without(1, 2));
    fold.take([aMember({ department: undefined })], 1);
    expect(departmentsOf(fold.rest(false)[0])).to.equal(undefined);
  });

  it('keeps a department that no list has: the member proves that it exists', () => {
    const [shown] = new MemberDeduplicator(without(1)).take([aMember({ department: [1, 42] })], 1);
    expect(departmentsOf(shown)).to.deep.equal([1, 42]);
  });

  it('drops departments that are not read, and doubles', () => {
    const fold = new MemberDeduplicator(without(1, 2));
    const [shown] = fold.take([aMember({ department: [1, 9, 2, 1] })], 1);
    expect(departmentsOf(shown)).to.deep.equal([1, 2]);
  });

  it('prefers a readable copy to a malformed one, and shows the malformed one when there is no other', () => {
    const fold = new MemberDeduplicator(without(1, 2));
    expect(fold.take([aMember({ status: {} }), aMember({ userid: 'lisi', status: {} })], 1)).to.deep.equal([]);
    expect(fold.take([aMember({ department: [2] })], 2)).to.deep.equal([]);
    const rest = fold.rest();
    expect(ids(rest)).to.deep.equal(['zhangsan', 'lisi']);
    expect(departmentsOf(rest[0])).to.have.members([1, 2]);
    expect(rest[1]).to.be.instanceOf(MalformedMember);
  });

  it('shows records without a usable userid, so that nobody is called absent because of them', () => {
    const fold = new MemberDeduplicator(without(1));
    const shown = fold.take([null, { name: 'x' }, aMember({ userid: '../etc' }), 'zhangsan', [1]], 1);
    expect(shown).to.have.lengthOf(5);
    for (const record of shown) {
      expect(record).to.be.instanceOf(MalformedMember).with.property('userid', undefined);
    }
  });

  it('leaves out whom the scope names, whatever the case', () => {
    const fold = new MemberDeduplicator(without(1), (userid) => userid.toLowerCase() === 'lisi');
    expect(ids(fold.take([aMember(), aMember({ userid: 'LiSi' })], 1))).to.deep.equal(['zhangsan']);
    expect(fold.takeOne(aMember({ userid: 'lisi' }))).to.equal(undefined);
  });

  it('shows members asked for one by one once, too', () => {
    const fold = new MemberDeduplicator(without(1));
    fold.take([aMember()], 1);
    expect(fold.takeOne(aMember())).to.equal(undefined);
    expect(departmentsOf(fold.takeOne(aMember({ userid: 'lisi', department: [7] })))).to.deep.equal([]);
    expect(fold.takeOne(aMember({ userid: 'LISI' }))).to.equal(undefined);
  });

  it('shows everyone exactly once with every department, whatever the copies look like and in whatever order', () => {
    const person = fc.record({
      userid: fc.integer({ min: 0, max: 8 }).map((id) => `user${String(id)}`),
      departments: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
    });
    const company = fc.uniqueArray(person, { selector: ({ userid }) => userid });
    const oddness = fc.constantFrom('whole', 'absent', 'empty', 'without itself', 'upper case', 'as text');
    const copies = company.chain((people) => {
      const found = people.flatMap(({ userid, departments }) =>
        departments.map((from) => ({ userid, departments, from })),
      );
      return fc
        .tuple(fc.shuffledSubarray(found, { minLength: found.length }), fc.array(oddness, { minLength: 45 }))
        .map(([order, odd]) => ({ people, order, odd }));
    });
    fc.assert(
      fc.property(copies, ({ people, order, odd }) => {
        const fold = new MemberDeduplicator(without(1, 2, 3, 4, 5));
        const shown: WeComMember[] = [];
        for (const [index, { userid, departments, from }] of order.entries()) {
          const kind = odd[index % odd.length];
          const told: unknown = {
            whole: departments,
            absent: undefined,
            empty: [],
            'without itself': departments.filter((id) => id !== from),
            'upper case': departments,
            'as text': departments.join(','),
          }[kind ?? 'whole'];
          const spelt = kind === 'upper case' ? userid.toUpperCase() : userid;
          shown.push(...fold.take([aMember({ userid: spelt, department: told })], from));
        }
        shown.push(...fold.rest());
        expect(ids(shown).map((userid) => userid?.toLowerCase())).to.have.members(people.map(({ userid }) => userid));
        for (const { userid, departments } of people) {
          const member = shown.find((one) => one.userid?.toLowerCase() === userid);
          expect(departmentsOf(member), userid).to.have.members(departments);
        }
      }),
      { numRuns: 300 },
    );
  });
});
