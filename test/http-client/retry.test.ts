import { expect } from 'chai';
import * as fc from 'fast-check';
import { backoffDelay } from '../../src/http-client/retry.ts';
import { BACKOFF, CONGESTION } from '../../src/wecom/api/client.ts';

describe('backoffDelay', () => {
  it('doubles its upper bound with each attempt, up to the cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 6].map((attempt) => backoffDelay(BACKOFF, attempt, 1));
    expect(ceilings).to.deep.equal([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  it('spreads waits over the whole range, so that those who failed together do not come back together', () => {
    expect(backoffDelay(BACKOFF, 3, 0)).to.equal(0);
    expect(backoffDelay(BACKOFF, 3, 0.5)).to.equal(2_000);
  });

  it('waits at least a second after congestion', () => {
    expect(backoffDelay(CONGESTION, 1, 0)).to.equal(1_000);
    expect(backoffDelay(CONGESTION, 1, 1)).to.equal(3_000);
  });

  it('stays within its bounds for every attempt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          for (const backoff of [BACKOFF, CONGESTION]) {
            const ms = backoffDelay(backoff, attempt, random);
            expect(ms).to.be.within(backoff.floorMs, backoff.capMs);
          }
        },
      ),
    );
  });
});
