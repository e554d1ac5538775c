import { expect } from 'chai';
import { endOf } from '../../../src/service/decisions/ending.ts';
import { Refusal } from '../../../src/service/refusal.ts';

describe('the end of something that a person dated', () => {
  const CASES: readonly [string, string, string][] = [
    ['2027-01-31', 'Asia/Shanghai', '2027-01-31T16:00:00.000Z'],
    ['2027-12-31', 'UTC', '2028-01-01T00:00:00.000Z'],
    ['2028-02-29', 'America/New_York', '2028-03-01T05:00:00.000Z'],
    // The clocks go forward and back in the night after these days.
    ['2027-03-27', 'Europe/Berlin', '2027-03-27T23:00:00.000Z'],
    ['2027-03-28', 'Europe/Berlin', '2027-03-28T22:00:00.000Z'],
    ['2027-10-31', 'Europe/Berlin', '2027-10-31T23:00:00.000Z'],
    ['2027-01-31T18:00:00+08:00', 'UTC', '2027-01-31T10:00:00.000Z'],
    ['2027-01-31T18:00:00.5Z', 'Asia/Shanghai', '2027-01-31T18:00:00.500Z'],
  ];
  for (const [until, zone, expected] of CASES) {
    it(`is ${expected} for ${until} in ${zone}`, () => {
      expect(endOf(until, zone).toISOString()).to.equal(expected);
    });
  }

  for (const wrong of [
    'tomorrow',
    '2027-02-29',
    '2027-13-01',
    '2027-1-1',
    '2027-01-31T18:00',
    '2027-01-31T25:00:00Z',
  ]) {
    it(`is refused for ${wrong}`, () => {
      expect(() => endOf(wrong, 'UTC')).to.throw(Refusal, /"until" must be a date/);
    });
  }
});
