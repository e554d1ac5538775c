import { expect } from 'chai';
import { peopleIn, Standings, withoutReturned } from '../../../../src/engine/plan/lock-outs/standing-decisions.ts';
import type { Standing } from '../../../../src/engine/run.ts';

const ON = { percent: 20, count: 5 };
const OFF = { percent: 100, count: 0 };
const said = (of: Readonly<Record<string, Standing>>) => new Map(Object.entries(of));

describe('what a person said of lock-outs', () => {
  const decisions = said({ 'forbid:ann': 'rejected', 'forbid:bob': 'spared', 'removeGroup:7': 'rejected' });

  for (const [ids, stands, settled, all] of [
    [[], false, false, false],
    [['forbid:eve'], false, false, false],
    [['forbid:bob'], false, true, false],
    [['forbid:ann'], true, true, false],
    [['forbid:ann', 'removeGroup:7'], true, true, true],
    [['remove:ann', 'removeGroup:7'], true, true, true],
    [['forbid:ann', 'forbid:bob', 'removeGroup:7'], true, true, true],
    [['forbid:ann', 'forbid:eve', 'removeGroup:7'], true, false, true],
    [['forbid:7', 'forbid:ann'], true, false, false],
  ] as const) {
    it(`is looked up for ${ids.join(', ') || 'nobody'}`, () => {
      const standings = new Standings(decisions, ON);
      expect(standings.standInTheWay(ids), 'stand in the way').to.equal(stands);
      expect(standings.haveSettled(ids), 'settled').to.equal(settled);
      expect(standings.areAllIn(ids), 'all in').to.equal(all);
    });
  }

  it('stands in the way of whom he did not decide about', () => {
    const standings = new Standings(said({ 'forbid:ann': 'waits' }), ON);
    expect(standings.standInTheWay(['forbid:ann'])).to.equal(true);
    expect(standings.haveSettled(['forbid:ann'])).to.equal(false);
  });

  it('counts for nothing where the limit is off', () => {
    const standings = new Standings(decisions, OFF);
    expect(standings.standInTheWay(['forbid:ann'])).to.equal(false);
    expect(standings.isRejected('forbid:ann')).to.equal(false);
  });

  it('is over for members who are back, and for no group of their number', () => {
    expect([...peopleIn(decisions)]).to.deep.equal(['ann', 'bob']);
    expect([...withoutReturned(decisions, new Set(['ann', '7'])).keys()]).to.deep.equal([
      'forbid:bob',
      'removeGroup:7',
    ]);
  });
});
