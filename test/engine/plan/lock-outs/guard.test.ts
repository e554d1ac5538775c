import { expect } from 'chai';
import { checkRemovalLimit } from '../../../../src/engine/plan/lock-outs/guard.ts';
import { DEFAULT_REMOVAL_LIMIT } from '../../../../src/engine/syncer-settings.ts';

const NOTHING_BEFORE = { recentPeople: 0, recentGroups: 0 };

describe('guard', () => {
  const limit = DEFAULT_REMOVAL_LIMIT;
  const cases: readonly [what: string, people: number, groups: number, active: number, seen: number, held: boolean][] =
    [
      ['lets a run without lock-outs pass', 0, 0, 100, 100, false],
      ['lets a few people of a small company go', 5, 0, 8, 3, false],
      ['lets exactly the percentage go', 20, 0, 100, 80, false],
      ['holds one person over the percentage', 21, 0, 100, 79, true],
      ['lets six of a hundred go: over the count, under the percentage', 6, 0, 100, 94, false],
      ['holds six of ten', 6, 0, 10, 4, true],
      ['weighs people and groups together', 15, 6, 100, 85, true],
      ['holds when everybody goes, however few', 1, 0, 1, 1, true],
      ['holds when everybody goes and newcomers replace them', 3, 0, 3, 50, true],
      ['holds an empty directory, however small the company', 2, 0, 3, 0, true],
      ['has nothing to hold when nobody was active', 0, 0, 0, 0, false],
    ];
  for (const [what, people, groups, activeBefore, membersSeen, held] of cases) {
    it(what, () => {
      expect(checkRemovalLimit({ people, groups, ...NOTHING_BEFORE, activeBefore, membersSeen }, limit).held).to.equal(
        held,
      );
    });
  }

  it('lets any share go when the limit is 100 percent', () => {
    const tally = { people: 99, groups: 0, ...NOTHING_BEFORE, activeBefore: 100, membersSeen: 1 };
    expect(checkRemovalLimit(tally, { percent: 100, count: 0 }).held).to.equal(false);
  });

  it('takes nobody for one of everybody who has no access any more, and weighs that his account is deleted', () => {
    const tally = { ...NOTHING_BEFORE, groups: 0, people: 3, withoutAccess: 2, activeBefore: 3, membersSeen: 6 };
    expect(checkRemovalLimit(tally, { percent: 100, count: 0 }).held).to.equal(false);
    expect(checkRemovalLimit({ ...tally, activeBefore: 1 }, { percent: 100, count: 0 }).held).to.equal(true);
    expect(checkRemovalLimit({ ...tally, withoutAccess: 3 }, { percent: 20, count: 2 }).held).to.equal(true);
    expect(checkRemovalLimit({ ...tally, withoutAccess: 3 }, { percent: 20, count: 3 }).held).to.equal(false);
  });

  it('still holds "everybody" and "nobody shown" at 100 percent', () => {
    const off = { percent: 100, count: 0 };
    expect(
      checkRemovalLimit({ people: 100, groups: 0, ...NOTHING_BEFORE, activeBefore: 100, membersSeen: 5 }, off).held,
    ).to.equal(true);
    expect(
      checkRemovalLimit({ people: 3, groups: 0, ...NOTHING_BEFORE, activeBefore: 100, membersSeen: 0 }, off).held,
    ).to.equal(true);
  });

  it('says the numbers in both languages', () => {
    const verdict = checkRemovalLimit(
      { people: 50, groups: 2, ...NOTHING_BEFORE, activeBefore: 100, membersSeen: 50 },
      limit,
    );
    if (!verdict.held) throw new Error('not held');
    expect(verdict.reason.en).to.include('50 accounts and 2 groups');
    expect(verdict.reason.zh).to.include('50 个账号');
  });

  it('adds what went by itself during the last day', () => {
    const tally = { people: 1, groups: 0, recentPeople: 5, recentGroups: 0, activeBefore: 12, membersSeen: 1 };
    const verdict = checkRemovalLimit(tally, limit);
    expect(verdict.held && verdict.reason.en).to.match(
      /^6 accounts and 0 groups would go, counting what went by itself/,
    );
    expect(checkRemovalLimit({ ...tally, recentPeople: 4 }, limit).held).to.equal(false);
    expect(checkRemovalLimit({ ...tally, people: 0, groups: 1 }, limit).held).to.equal(true);
    expect(checkRemovalLimit({ ...tally, recentPeople: 0, recentGroups: 5 }, limit).held).to.equal(true);
    expect(checkRemovalLimit({ ...tally, people: 0 }, limit).held, 'a run that takes nothing').to.equal(false);
    const last = { ...tally, recentPeople: 11, activeBefore: 12 };
    expect(checkRemovalLimit(last, { percent: 100, count: 0 }).held, 'the last one of all').to.equal(true);
  });
});
