import { expect } from 'chai';
import { endOf, isTimeOfDay, isWithin, type TimeWindow } from '../../../src/scheduler/calendar/time-window.ts';
import { isTimeZone } from '../../../src/scheduler/calendar/wall-clock.ts';

const NIGHT: TimeWindow = { days: [5], from: '22:00', to: '06:00' };

const end = (windows: readonly TimeWindow[], at: string, timeZone = 'Asia/Shanghai'): string | undefined => {
  const moment = endOf(windows, timeZone, Date.parse(at));
  return moment === undefined ? undefined : new Date(moment).toISOString();
};

describe('a window of time', () => {
  const nights: readonly (readonly [string, string, boolean])[] = [
    ['before it begins', '2026-06-05T21:59:59+08:00', false],
    ['when it begins', '2026-06-05T22:00:00+08:00', true],
    ['after midnight, which is Saturday', '2026-06-06T05:59:59+08:00', true],
    ['when it ends', '2026-06-06T06:00:00+08:00', false],
    ['on the evening of Saturday', '2026-06-06T23:00:00+08:00', false],
    ['in the small hours of Friday', '2026-06-05T03:00:00+08:00', false],
  ];
  for (const [what, at, expected] of nights) {
    it(`over midnight, of Friday: ${what}`, () => {
      expect(isWithin([NIGHT], 'Asia/Shanghai', Date.parse(at))).to.equal(expected);
    });
  }

  it('ends where the last of those that follow one another ends', () => {
    const morning = { days: [6], from: '06:00', to: '09:30' };
    const other = { days: [6], from: '10:00', to: '11:00' };
    expect(end([other, morning, NIGHT], '2026-06-05T23:00:00+08:00')).to.equal('2026-06-06T01:30:00.000Z');
    expect(end([NIGHT], '2026-06-06T06:00:00+08:00')).to.equal('2026-06-05T22:00:00.000Z');
  });

  it('goes from Sunday to Monday', () => {
    const sunday = { days: [7], from: '23:00', to: '00:00' };
    expect(end([sunday], '2026-06-07T23:30:00+08:00')).to.equal('2026-06-07T16:00:00.000Z');
  });

  it('never ends when windows fill the week', () => {
    const days = [1, 2, 3, 4, 5, 6, 7];
    const all = [
      { days, from: '00:00', to: '12:00' },
      { days, from: '12:00', to: '00:00' },
    ];
    expect(end(all, '2026-06-07T23:30:00+08:00')).to.equal(undefined);
  });

  it('ends when the clock jumps over its end', () => {
    const window = { days: [7], from: '01:00', to: '02:30' };
    expect(end([window], '2026-03-29T00:30:00Z', 'Europe/Berlin')).to.equal('2026-03-29T01:00:00.000Z');
  });

  it('counts for both of two hours that the clock shows', () => {
    const window = { days: [7], from: '02:00', to: '02:30' };
    for (const at of ['2026-10-25T00:10:00Z', '2026-10-25T01:10:00Z']) {
      expect(isWithin([window], 'Europe/Berlin', Date.parse(at))).to.equal(true);
    }
    expect(end([window], '2026-10-25T01:10:00Z', 'Europe/Berlin')).to.equal('2026-10-25T01:30:00.000Z');
  });

  it('tells times of day and zones from what is none', () => {
    for (const time of ['00:00', '06:05', '23:59']) expect(isTimeOfDay(time), time).to.equal(true);
    for (const time of ['24:00', '6:00', '06:60', '06:00:00', '', 'noon'])
      expect(isTimeOfDay(time), time).to.equal(false);
    for (const zone of ['Asia/Shanghai', 'UTC', 'Etc/GMT-8', 'America/Argentina/Buenos_Aires']) {
      expect(isTimeZone(zone), zone).to.equal(true);
    }
    for (const zone of ['', '+08:00', 'Asia/Nowhere', 'Beijing', '../etc', 'Asia/Shanghai\n']) {
      expect(isTimeZone(zone), zone).to.equal(false);
    }
  });
});
