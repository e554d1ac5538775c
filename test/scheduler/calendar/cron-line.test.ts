import { expect } from 'chai';
import { readCronLine } from '../../../src/scheduler/calendar/cron-line.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';

const refusalOf = (line: string): ConfigError => {
  try {
    readCronLine(line);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error(`"${line}" was taken`);
};

describe('a cron line', () => {
  it('takes numbers, lists, ranges, steps and names', () => {
    const line = readCronLine('  0,30,0 8-18/5 1-3,31 Jan,MAR-may fri-sun ');
    expect(line).to.deep.equal({
      minutes: [0, 30],
      hours: [8, 13, 18],
      isHourly: false,
      days: new Set([1, 2, 3, 31]),
      months: new Set([1, 3, 4, 5]),
      weekdays: new Set([0, 5, 6]),
    });
  });

  it('takes 0 and 7 for Sunday, together too', () => {
    for (const sunday of ['0', '7', 'sun', 'SUN', '0,7']) {
      expect([...(readCronLine(`0 0 * * ${sunday}`).weekdays ?? [])]).to.deep.equal([0]);
    }
    expect([...(readCronLine('0 0 * * 5-7').weekdays ?? [])].toSorted((a, b) => a - b)).to.deep.equal([0, 5, 6]);
  });

  it('knows a day that is given from one that is not', () => {
    expect(readCronLine('0 0 * * *')).to.include({ days: undefined, weekdays: undefined });
    expect(readCronLine('0 0 */2 * *').days).to.have.lengthOf(16);
    expect(readCronLine('0 * * * *').isHourly).to.equal(true);
    expect(readCronLine('0 0-23 * * *').isHourly).to.equal(false);
  });

  const refused: Readonly<Record<string, readonly string[]>> = {
    'what is no line of five fields': ['', ' ', '* * * *', '0 30 2 * * *', '30 2 * * * 2026', 'every day'],
    'a nickname': ['@daily', '@hourly', '@reboot', '@every 5m'],
    'letters of other programs': [
      'H * * * *',
      '0 H * * *',
      '0 0 L * *',
      '0 0 15W * *',
      '0 0 * * 5#2',
      '0 0 ? * *',
      '0 0 * * 5L',
    ],
    'numbers outside of their field': [
      '60 * * * *',
      '0 24 * * *',
      '0 0 0 * *',
      '0 0 32 * *',
      '0 0 * 0 *',
      '0 0 * 13 *',
      '0 0 * * 8',
    ],
    'names of another field': ['0 0 * mon *', '0 0 * * jan', 'mon * * * *', '0 0 * * sunday'],
    'what is no number': [
      '-1 * * * *',
      '1- * * * *',
      '1,,2 * * * *',
      ', * * * *',
      '1.5 * * * *',
      '*-5 * * * *',
      '1-2-3 * * * *',
    ],
    'ranges that run backwards': ['20-5 * * * *', '0 22-6 * * *', '0 0 * * sat-mon'],
    'steps that mean nothing': ['*/0 * * * *', '*/90 * * * *', '*/ * * * *', '0 */24 * * *', '5/20 * * * *'],
    'what is far too long': [`${'0,'.repeat(200)}0 * * * *`],
  };
  for (const [what, lines] of Object.entries(refused)) {
    it(`refuses ${what}, in both languages`, () => {
      for (const line of lines) {
        const { text } = refusalOf(line);
        expect(text.en, line).to.match(/Write (five fields|numbers)/);
        expect(text.zh, line).to.match(/请填写/);
      }
    });
  }

  it('names the field that is wrong', () => {
    expect(refusalOf('0 24 * * *').text.en).to.contain('"hour" is "24"').and.to.contain('0-23');
    expect(refusalOf('0 0 * * 8').text.zh).to.contain('“星期”为“8”');
  });

  it('refuses a line that never comes', () => {
    for (const line of ['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 30-31 feb *']) {
      expect(refusalOf(line).text.en, line).to.contain('never comes');
    }
    for (const line of ['0 0 29 2 *', '0 0 31 2,3 *', '0 0 30 2 1']) readCronLine(line);
  });
});
