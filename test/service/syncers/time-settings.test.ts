import { expect } from 'chai';
import { Refusal } from '../../../src/service/refusal.ts';
import { readSchedule, readTimeZone, readWindows } from '../../../src/service/syncers/time-settings.ts';

describe('the settings of time', () => {
  const refusal = (read: (key: string, value: unknown) => unknown, value: unknown): Refusal => {
    try {
      read('schedule', value);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    throw new Error(`${JSON.stringify(value)} was taken`);
  };

  it('take zones by name, and none for the one of the company’s home', () => {
    expect(readTimeZone('timeZone', ' Europe/Berlin ')).to.equal('Europe/Berlin');
    expect(readTimeZone('timeZone', '')).to.equal('Asia/Shanghai');
    for (const known of ['UTC', 'GMT', 'PRC', 'EST5EDT', 'Etc/GMT-8'])
      expect(readTimeZone('timeZone', known)).to.equal(known);
    for (const wrong of ['+08:00', 'Asia/Nowhere', 'Beijing', 'CST', 'ist', 'SystemV/PST8', true, {}])
      refusal(readTimeZone, wrong);
  });

  it('take lines of five fields, one blank between two', () => {
    expect(readSchedule('schedule', ' 30  2 * * \t1-5 ')).to.equal('30 2 * * 1-5');
    expect(readSchedule('schedule', '  ')).to.equal('');
    for (const wrong of ['@daily', '0 30 2 * * *', '0 0 30 2 *', 5, ['30 2 * * *']]) {
      const { en, zh } = refusal(readSchedule, wrong).text;
      expect(en).to.match(/^Field "schedule"/);
      expect(zh).to.match(/^字段“schedule”/);
    }
  });

  it('take windows, their days once and in order', () => {
    const night = { from: '22:00', to: '06:00' };
    expect(readWindows('quietWindows', [{ days: [7, '1', 7], ...night, name: 'night' }, null])).to.deep.equal([
      { days: [1, 7], ...night },
    ]);
    expect(readWindows('quietWindows', [])).to.deep.equal([]);
  });

  const wrong: Readonly<Record<string, unknown>> = {
    'no list': { days: [1], from: '22:00', to: '06:00' },
    'equal times': [{ days: [1], from: '06:00', to: '06:00' }],
    'no days': [{ days: [], from: '22:00', to: '06:00' }],
    'absent days': [{ from: '22:00', to: '06:00' }],
    'day 0': [{ days: [0], from: '22:00', to: '06:00' }],
    'day 8': [{ days: [8], from: '22:00', to: '06:00' }],
    'days by name': [{ days: ['mon'], from: '22:00', to: '06:00' }],
    'no time': [{ days: [1], from: '24:00', to: '06:00' }],
    'half a time': [{ days: [1], from: '6', to: '08:00' }],
    'no end': [{ days: [1], from: '22:00' }],
    'far too many': Array.from({ length: 51 }, () => ({ days: [1], from: '22:00', to: '06:00' })),
  };
  for (const [what, value] of Object.entries(wrong)) {
    it(`refuse windows with ${what}`, () => {
      expect(refusal(readWindows, value).text.zh).to.match(/^字段“schedule/);
    });
  }
});
