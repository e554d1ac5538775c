import { expect } from 'chai';
import type { Run } from '../../../src/engine/run.ts';
import { conditionAfter, delaySeconds } from '../../../src/service/syncers/syncer-condition.ts';
import { text } from '../../../src/syncer/text.ts';
import { aRun } from '../../support/builders.ts';

const failure = (recovery: string): Partial<Run> => ({
  state: 'failed',
  error: { code: 'credentials', message: text('Wrong.', '错误。'), remedy: text('Mend it.', '请修复。'), recovery },
});

describe('the condition of a syncer after a run', () => {
  it('is good, without a word, after a good run', () => {
    expect(conditionAfter(aRun({}), 7)).to.deep.equal({ errorText: '', health: 'ok', failures: 0 });
  });

  it('names the gravest problem of a partial run in both languages', () => {
    const cut = { code: 'value-cut', message: text('Cut.', '截断。'), count: 1, samples: [] };
    const warnings = [cut, { code: 'conflict', message: text('Taken.', '被占用。'), count: 1, samples: [] }, cut];
    expect(conditionAfter(aRun({ state: 'partial', warnings }), 0)).to.deep.equal({
      errorText: 'Taken.\n被占用。',
      health: 'ok',
      failures: 0,
    });
  });

  it('is failing after a run that was shown nobody, or ids alone, whatever else it did', () => {
    for (const code of ['nobody-seen', 'ids-only']) {
      const warnings = [{ code, message: text('Nobody.', '没有人。'), count: 1, samples: [] }];
      expect(conditionAfter(aRun({ state: 'partial', warnings }), 1)).to.deep.equal({
        errorText: 'Nobody.\n没有人。',
        health: 'failing',
        failures: 2,
      });
      expect(conditionAfter(aRun({ state: 'partial', warnings }), 9), 'never slowed down').to.include({
        health: 'failing',
      });
    }
  });

  it('is held, and says why, when a person must decide', () => {
    const warnings = [
      { code: 'other', message: text('Other.', '其他。'), count: 1, samples: [] },
      { code: 'held', message: text('Too many.', '过多。'), count: 1, samples: [] },
    ];
    for (const trigger of ['schedule', 'member'] as const) {
      expect(conditionAfter(aRun({ trigger, state: 'held', warnings }), 0)).to.include({
        health: 'held',
        errorText: 'Too many.\n过多。',
      });
    }
  });

  it('tells the problem and the remedy after a failure', () => {
    expect(conditionAfter(aRun(failure('fix')), 0)).to.deep.equal({
      errorText: 'Wrong. Mend it.\n错误。请修复。',
      health: 'failing',
      failures: 1,
    });
  });

  it('is quarantined at the third failure that a person must mend, and says so', () => {
    const condition = conditionAfter(aRun(failure('fix')), 2);
    expect(condition).to.include({ health: 'quarantined', failures: 3 });
    expect(condition?.errorText).to.include('once a day').and.include('每天一次');
  });

  it('never slows down for a directory that is merely away', () => {
    expect(conditionAfter(aRun(failure('retry')), 20)).to.include({ health: 'failing' });
  });

  it('does not change for dry runs, single members and cancelled runs', () => {
    expect(conditionAfter(aRun({ dryRun: true, ...failure('fix') }), 0)).to.equal(undefined);
    expect(conditionAfter(aRun({ trigger: 'member', ...failure('fix') }), 0)).to.equal(undefined);
    expect(conditionAfter(aRun({ state: 'cancelled' }), 0)).to.equal(undefined);
  });
});

describe('the delay to the next run', () => {
  const after = (failures: number, syncInterval = 3600): number =>
    delaySeconds({ syncInterval, health: failures >= 3 ? 'quarantined' : 'failing', failures });

  it('is the interval until the quarantine, doubles in it, and ends at a day', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 100].map((failures) => after(failures) / 3600)).to.deep.equal([
      1, 1, 2, 4, 8, 16, 24, 24, 24,
    ]);
  });

  it('never gets shorter than the interval', () => {
    expect(after(9, 7 * 86_400)).to.equal(7 * 86_400);
  });
});
