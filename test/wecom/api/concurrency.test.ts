import { expect } from 'chai';
import { CancelledError } from '../../../src/syncer/errors.ts';
import { AdaptiveLimiter } from '../../../src/wecom/api/concurrency.ts';
import { never, rejection } from '../rig.ts';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

describe('AdaptiveLimiter', () => {
  it('lets no more in than its limit, and the next when one leaves', async () => {
    const limiter = new AdaptiveLimiter(2);
    const entered: number[] = [];
    const releases: (() => void)[] = [];
    for (const id of [1, 2, 3, 4]) {
      const enter = async (): Promise<void> => {
        releases.push(await limiter.acquire(never()));
        entered.push(id);
      };
      void enter();
    }
    await turns();
    expect(entered).to.deep.equal([1, 2]);
    releases[0]?.();
    await turns();
    expect(entered).to.deep.equal([1, 2, 3]);
  });

  it('halves once for all refusals of one moment, and never goes below one', async () => {
    const limiter = new AdaptiveLimiter(8);
    const before = limiter.lowerings;
    limiter.lower(before);
    limiter.lower(before);
    expect(limiter.limit).to.equal(4);
    for (let step = 0; step < 5; step += 1) limiter.lower(limiter.lowerings);
    expect(limiter.limit).to.equal(1);
    (await limiter.acquire(never()))();
  });

  it('holds waiting calls back after it was lowered', async () => {
    const limiter = new AdaptiveLimiter(2);
    const first = await limiter.acquire(never());
    const second = await limiter.acquire(never());
    limiter.lower(limiter.lowerings);
    let entered = 0;
    void limiter.acquire(never()).then(() => (entered += 1));
    first();
    await turns();
    expect(entered).to.equal(0);
    second();
    await turns();
    expect(entered).to.equal(1);
  });

  it('lets a cancelled wait go and hands the turn on', async () => {
    const limiter = new AdaptiveLimiter(1);
    const release = await limiter.acquire(never());
    const run = new AbortController();
    const cancelled = rejection(limiter.acquire(run.signal));
    let entered = 0;
    void limiter.acquire(never()).then(() => (entered += 1));
    run.abort();
    expect(await cancelled).to.be.instanceOf(CancelledError);
    release();
    await turns();
    expect(entered).to.equal(1);
  });
});
