import { expect } from 'chai';
import { Refusal } from '../../../src/service/refusal.ts';
import { syncInterval } from '../../../src/service/syncers/intervals.ts';

describe('the sync interval', () => {
  for (const [given, stored] of [
    [undefined, 3600],
    [null, 3600],
    [0, 3600],
    [1, 60],
    [59, 60],
    ['10', 60],
  ] as const) {
    it(`becomes ${stored} seconds when ${String(given)} is asked for, and says so`, () => {
      const { seconds, note } = syncInterval(given);
      expect(seconds).to.equal(stored);
      expect(note?.en).to.include(String(stored));
      expect(note?.zh).to.include(String(stored));
    });
  }

  for (const given of [60, 61, 86_400, '300', 2_147_483_647]) {
    it(`is taken as it is when it is ${given}`, () => {
      expect(syncInterval(given)).to.deep.equal({ seconds: Number(given) });
    });
  }

  for (const given of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 'soon', '1.5', '-5', true, [], {}, 2 ** 31]) {
    it(`is refused when it is ${JSON.stringify(given)}`, () => {
      expect(() => syncInterval(given)).to.throw(Refusal);
    });
  }
});
