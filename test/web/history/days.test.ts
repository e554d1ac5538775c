import { expect } from 'chai';
import { daysBefore, stretchesOf } from '../../../src/web/history/days.ts';

const day = (date: string, joiners: number) => ({
  date,
  joiners,
  movers: 0,
  leavers: 1,
  restored: 0,
  held: 0,
  approved: 0,
  conflicts: 0,
});

describe('days of a report', () => {
  it('have a place each, also those on which nothing happened', () => {
    const stretches = stretchesOf([day('2026-02-27', 3), day('2026-03-01', 2)], '2026-02-27', '2026-03-01', 62);
    expect(stretches.map(({ from, to, joiners }) => [from, to, joiners])).to.deep.equal([
      ['2026-02-27', '2026-02-27', 3],
      ['2026-02-28', '2026-02-28', 0],
      ['2026-03-01', '2026-03-01', 2],
    ]);
  });

  it('stand together where there are more than bars, and nobody is lost', () => {
    const days = [day('2026-01-01', 1), day('2026-01-03', 2), day('2026-01-10', 4)];
    const stretches = stretchesOf(days, '2026-01-01', '2026-01-10', 4);
    expect(stretches.map(({ from, to, joiners, leavers }) => [from, to, joiners, leavers])).to.deep.equal([
      ['2026-01-01', '2026-01-03', 3, 2],
      ['2026-01-04', '2026-01-06', 0, 0],
      ['2026-01-07', '2026-01-09', 0, 0],
      ['2026-01-10', '2026-01-10', 4, 1],
    ]);
  });

  it('are none in a period that ends before it begins, or is half typed', () => {
    expect(stretchesOf([], '2026-01-02', '2026-01-01', 62)).to.deep.equal([]);
    expect(stretchesOf([], '', '2026-01-01', 62)).to.deep.equal([]);
  });

  it('are counted back over the end of a month', () => {
    expect(daysBefore('2026-03-01', 29)).to.equal('2026-01-31');
  });
});
