import { expect } from 'chai';
import { Grace, keptUntil } from '../../../../src/engine/plan/lock-outs/grace.ts';
import type { Absence } from '../../../../src/identity/absence.ts';
import { externalId } from '../../../../src/syncer/external-id.ts';
import { text } from '../../../../src/syncer/text.ts';
import { aKey } from '../../../support/builders.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 0, 10);
const key = aKey('zhangsan');

/** @param missed days ago @param forbidden days ago */
function graceOf(
  [graceDays, deleteDays]: readonly [number, number],
  missed?: number,
  forbidden: number | null = null,
): Grace {
  const absence: Absence = {
    key,
    externalId: externalId('zhangsan'),
    accountName: 'zhangsan',
    missingSince: NOW - (missed ?? 0) * DAY_MS,
    forbiddenSince: forbidden === null ? null : NOW - forbidden * DAY_MS,
    isLeftAlone: false,
  };
  return new Grace(new Map(missed === undefined ? [] : [[key, absence]]), { graceDays, deleteDays }, NOW);
}

describe('the days that a leaver is given', () => {
  it('begin with the run that misses him first', () => {
    expect(graceOf([3, 0]).keepsAccessUntil(key)).to.equal(NOW + 3 * DAY_MS);
    expect(graceOf([0, 0]).keepsAccessUntil(key)).to.equal(undefined);
  });

  it('end to the minute, by the settings of today', () => {
    expect(graceOf([3, 0], 2).keepsAccessUntil(key)).to.equal(NOW + DAY_MS);
    expect(graceOf([3, 0], 3).keepsAccessUntil(key)).to.equal(undefined);
    expect(graceOf([9, 0], 3).keepsAccessUntil(key)).to.equal(NOW + 6 * DAY_MS);
  });

  it('are followed by those before his account is deleted, which begin when he was forbidden', () => {
    expect(graceOf([3, 5], 9, 4).keepsAccountUntil(key)).to.equal(NOW + DAY_MS);
    expect(graceOf([3, 5], 9, 5).keepsAccountUntil(key)).to.equal('due');
    expect(graceOf([3, 5], 9).keepsAccountUntil(key)).to.equal('due');
    expect(graceOf([3, 5]).keepsAccountUntil(key)).to.equal(undefined);
  });

  it('are told with their end', () => {
    expect(keptUntil(text('Gone.', '已离开。'), NOW).zh).to.include('2026-01-10T00:00:00.000Z');
  });
});
