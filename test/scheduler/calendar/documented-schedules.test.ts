import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { readCronLine } from '../../../src/scheduler/calendar/cron-line.ts';
import { nextTimes } from '../../../src/scheduler/calendar/line-times.ts';
import { isWithin, type TimeWindow } from '../../../src/scheduler/calendar/time-window.ts';
import { readSchedule, readTimeZone, readWindows } from '../../../src/service/syncers/time-settings.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';

const document = readFileSync(new URL('../../../docs/schedule.md', import.meta.url), 'utf8');

const timesOf = (line: string, timeZone: string, quiet: readonly TimeWindow[], after: string, count: number) =>
  nextTimes(readCronLine(line), { timeZone, quiet }, Date.parse(after), count).map((moment) =>
    new Date(moment).toISOString().replace(':00.000Z', 'Z'),
  );

/** What a block of JSON says, read as a save reads it. */
function settingsAfter(words: string) {
  const from = document.indexOf(words);
  const block = /```json\n(.*?)```\n\n(.*?)\n\n/s.exec(document.slice(from));
  const written = JSON.parse(block?.[1] ?? '') as Record<string, unknown>;
  return {
    line: readSchedule('schedule', written['schedule'] ?? ''),
    timeZone: readTimeZone('timeZone', written['timeZone']),
    quiet: readWindows('quietWindows', written['quietWindows'] ?? []),
    freeze: readWindows('freezeWindows', written['freezeWindows'] ?? []),
    moments: [...(block?.[2] ?? '').matchAll(/`(\d{4}-[^`]+Z)`/g)].map(([, moment = '']) => moment),
  };
}

describe('docs/schedule.md', () => {
  const rows = [...document.matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\| `([^`]+)` +\| `([^`]+)` +\| (.+?) +\|$/gm)];

  it('has lines for the days, and for both changes of the clock in Berlin and New York', () => {
    expect(rows).to.have.length(13);
  });

  for (const [, line = '', timeZone = '', from = '', times = '', what = ''] of rows) {
    it(`has times at which the line comes: ${line} in ${timeZone}, ${what}`, () => {
      const expected = times.split(', ');
      expect(timesOf(readSchedule('schedule', line), timeZone, [], from, expected.length)).to.deep.equal(expected);
    });
  }

  it('names lines that are refused, each with a sentence', () => {
    const section = /^Refused when the syncer is saved(.*?)\n\n/ms.exec(document)?.[1] ?? '';
    const refused = [...section.matchAll(/`([^`]+)`/g)].map(([, line = '']) => line);
    expect(refused).to.have.length(11);
    for (const line of refused) expect(() => readCronLine(line), line).to.throw(ConfigError);
  });

  it('shows quiet windows that leave the times that it says', () => {
    const { line, timeZone, quiet, moments } = settingsAfter('Nobody wants a sync in the nights');
    const [after = '', ...expected] = moments;
    expect(expected).to.have.length(4);
    expect(timesOf(line, timeZone, quiet, after, expected.length)).to.deep.equal(expected);
  });

  it('shows freeze windows in which the moments lie that it says', () => {
    const { timeZone, freeze, moments } = settingsAfter('Over a weekend');
    const frozen = moments.map((moment) => isWithin(freeze, timeZone, Date.parse(moment)));
    expect(frozen).to.deep.equal([true, true, false, false]);
  });
});
