import { expect } from 'chai';
import { assert, constantFrom, integer, property } from 'fast-check';
import { readCronLine } from '../../../src/scheduler/calendar/cron-line.ts';
import { nextTimes, type Calendar } from '../../../src/scheduler/calendar/line-times.ts';

const BERLIN = 'Europe/Berlin';
const NEW_YORK = 'America/New_York';
const SHANGHAI = 'Asia/Shanghai';

interface Wish extends Partial<Calendar> {
  readonly line: string;
  readonly after: string;
  readonly count?: number;
}

const timesOf = ({ line, after, count = 3, timeZone = SHANGHAI, quiet = [] }: Wish): readonly string[] =>
  nextTimes(readCronLine(line), { timeZone, quiet }, Date.parse(after), count).map((moment) =>
    new Date(moment).toISOString().replace(':00.000Z', 'Z'),
  );

interface Case extends Wish {
  readonly what: string;
  readonly times: readonly string[];
}

const spring = { timeZone: BERLIN, after: '2026-03-28T22:00Z' };
const autumn = { timeZone: BERLIN, after: '2026-10-24T22:00Z' };
const nySpring = { timeZone: NEW_YORK, after: '2026-03-08T04:00Z' };
const nyAutumn = { timeZone: NEW_YORK, after: '2026-11-01T04:00Z' };

const CASES: readonly Case[] = [
  {
    what: 'comes at the time of the zone, not of the machine',
    line: '30 2 * * *',
    after: '2026-06-01T00:00Z',
    times: ['2026-06-01T18:30Z', '2026-06-02T18:30Z', '2026-06-03T18:30Z'],
  },
  {
    what: 'does not come again at the very moment that it came',
    line: '30 2 * * *',
    after: '2026-06-01T18:30Z',
    times: ['2026-06-02T18:30Z'],
    count: 1,
  },
  {
    what: 'comes once for a time that Berlin skips, within the hour after the change',
    ...spring,
    line: '30 2 * * *',
    times: ['2026-03-29T01:30Z', '2026-03-30T00:30Z', '2026-03-31T00:30Z'],
  },
  {
    what: 'keeps the order of times around the skipped hour, and takes two that fall together as one',
    ...spring,
    line: '0,45 2,3 * * *',
    times: ['2026-03-29T01:00Z', '2026-03-29T01:45Z', '2026-03-30T00:00Z'],
  },
  {
    what: 'comes at the first of two times that Berlin shows twice',
    ...autumn,
    line: '30 2 * * *',
    times: ['2026-10-25T00:30Z', '2026-10-26T01:30Z', '2026-10-27T01:30Z'],
  },
  {
    what: 'does not come again when it is asked within the repeated hour',
    timeZone: BERLIN,
    after: '2026-10-25T01:10Z',
    line: '30 2 * * *',
    times: ['2026-10-26T01:30Z', '2026-10-27T01:30Z', '2026-10-28T01:30Z'],
  },
  {
    what: 'counts each quarter of the repeated hour once',
    ...autumn,
    line: '*/30 1-3 * * *',
    times: ['2026-10-24T23:00Z', '2026-10-24T23:30Z', '2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T02:00Z'],
    count: 5,
  },
  {
    what: 'takes all hours that are written out for times of the clock, too',
    timeZone: BERLIN,
    after: '2026-10-24T23:45Z',
    line: '30 0-23 * * *',
    times: ['2026-10-25T00:30Z', '2026-10-25T02:30Z', '2026-10-25T03:30Z'],
  },
  {
    what: 'comes in every real hour when the hour is *, in spring',
    timeZone: BERLIN,
    after: '2026-03-28T23:45Z',
    line: '30 * * * *',
    times: ['2026-03-29T00:30Z', '2026-03-29T01:30Z', '2026-03-29T02:30Z'],
  },
  {
    what: 'comes in every real hour when the hour is *, in autumn',
    timeZone: BERLIN,
    after: '2026-10-24T23:45Z',
    line: '30 * * * *',
    times: ['2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'],
  },
  {
    what: 'comes once for a time that New York skips',
    ...nySpring,
    line: '30 2 * * *',
    times: ['2026-03-08T07:30Z', '2026-03-09T06:30Z', '2026-03-10T06:30Z'],
  },
  {
    what: 'comes once for a time that New York shows twice',
    ...nyAutumn,
    line: '30 1 * * *',
    times: ['2026-11-01T05:30Z', '2026-11-02T06:30Z', '2026-11-03T06:30Z'],
  },
  {
    what: 'comes in every real hour of New York',
    timeZone: NEW_YORK,
    after: '2026-11-01T05:00Z',
    line: '30 * * * *',
    times: ['2026-11-01T05:30Z', '2026-11-01T06:30Z', '2026-11-01T07:30Z'],
  },
  {
    what: 'comes although its midnight is skipped',
    timeZone: 'America/Santiago',
    after: '2026-09-05T12:00Z',
    line: '0 0 * * *',
    times: ['2026-09-06T04:00Z', '2026-09-07T03:00Z', '2026-09-08T03:00Z'],
  },
  {
    what: 'waits for the next leap day, also over the year 2100',
    line: '0 8 29 2 *',
    after: '2092-03-01T00:00Z',
    times: ['2096-02-29T00:00Z', '2104-02-29T00:00Z', '2108-02-29T00:00Z'],
  },
  {
    what: 'comes on the day and on the weekday when both are given',
    line: '0 8 1 * mon',
    after: '2026-06-01T00:00Z',
    times: ['2026-06-08T00:00Z', '2026-06-15T00:00Z', '2026-06-22T00:00Z', '2026-06-29T00:00Z', '2026-07-01T00:00Z'],
    count: 5,
  },
  {
    what: 'leaves out what lies in a window over midnight, whose end is free',
    line: '0 */2 * * *',
    after: '2026-06-01T10:00Z', // Monday, 18:00
    quiet: [{ days: [1], from: '22:00', to: '06:00' }],
    times: ['2026-06-01T12:00Z', '2026-06-01T22:00Z', '2026-06-02T00:00Z'],
  },
  {
    what: 'comes next when windows leave one leap day in twenty-eight years free',
    line: '0 8 29 2 *',
    after: '2026-06-01T00:00Z',
    quiet: [{ days: [1, 2, 3, 4, 6, 7], from: '00:00', to: '23:59' }],
    times: ['2036-02-29T00:00Z', '2064-02-29T00:00Z'],
    count: 2,
  },
  {
    what: 'never comes when every time is in a window',
    line: '0 23 * * *',
    after: '2026-06-01T00:00Z',
    quiet: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '06:00' }],
    times: [],
  },
];

describe('the times of a cron line', () => {
  for (const { what, times, ...wish } of CASES) {
    it(what, () => {
      expect(timesOf(wish)).to.deep.equal(times);
    });
  }

  it('answers a hundred times of the rarest line, and of the most frequent one in a narrow gap or none, at once', () => {
    const days = [1, 2, 3, 4, 5, 6, 7];
    const quiet = [{ days, from: '00:01', to: '00:00' }];
    const always = [...quiet, { days, from: '00:00', to: '00:01' }];
    const started = performance.now();
    expect(timesOf({ line: '0 0 29 2 *', after: '2026-01-01T00:00Z', count: 100 })).to.have.lengthOf(100);
    expect(timesOf({ line: '* * * * *', after: '2026-01-01T00:00Z', count: 100, quiet })).to.have.lengthOf(100);
    expect(timesOf({ line: '* * * * *', after: '2026-01-01T00:00Z', quiet: always })).to.deep.equal([]);
    expect(performance.now() - started).to.be.below(1000);
  });

  it('never comes twice, wherever in the year somebody asks', () => {
    const lines = ['30 2 * * *', '*/15 1,2,3 * * *', '0 0 * * *', '*/20 * * * *'];
    const zones = [BERLIN, NEW_YORK, SHANGHAI, 'America/Santiago', 'Australia/Lord_Howe'];
    const start = Date.parse('2026-01-01T00:00Z');
    assert(
      property(
        constantFrom(...lines),
        constantFrom(...zones),
        integer({ min: 0, max: 366 * 1440 }),
        (line, timeZone, minute) => {
          const calendar = { timeZone, quiet: [] };
          const after = start + minute * 60_000;
          const together = nextTimes(readCronLine(line), calendar, after, 6);
          let last = after;
          for (const expected of together) {
            const [next] = nextTimes(readCronLine(line), calendar, last, 1);
            expect(next).to.equal(expected).and.to.be.above(last);
            last = expected;
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
