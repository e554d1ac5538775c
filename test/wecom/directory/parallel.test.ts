import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { AdaptiveLimiter } from '../../../src/wecom/api/concurrency.ts';
import { parallel } from '../../../src/wecom/directory/parallel.ts';
import { never, rejection } from '../rig.ts';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const collect = async <T>(results: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
};

describe('parallel', () => {
  it('yields every result once, as they come', async () => {
    const results = parallel(
      [30, 10, 20, 0],
      () => 4,
      async (ms) => {
        for (let turn = 0; turn < ms; turn += 1) await Promise.resolve();
        return ms;
      },
      never(),
    );
    expect(await collect(results)).to.deep.equal([0, 10, 20, 30]);
  });

  it('starts nothing new while the consumer is busy', async () => {
    let started = 0;
    const results = parallel(
      Array.from({ length: 100 }, (_, index) => index),
      () => 3,
      (input) => {
        started += 1;
        return Promise.resolve(input);
      },
      never(),
    );
    await results.next();
    await turns();
    expect(started).to.equal(4);
    await results.return();
    await turns();
    expect(started).to.equal(4);
  });

  it('goes on while the consumer is busy as long as what waits is light', async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const results = parallel(
      Array.from({ length: 100 }, (_, index) => index),
      () => 3,
      async (input) => {
        started.push(input);
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        return input;
      },
      never(),
      { sizeOf: () => 10, most: 80 },
    );
    await results.next();
    await turns();
    // One went to the consumer; eight of ten are 80, and the last two were on their way by then.
    expect(started.length).to.be.within(1 + 8, 1 + 8 + 2);
    expect(most).to.equal(3);
    expect((await collect(results)).toSorted((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 99 }, (_, index) => index + 1),
    );
  });

  it('follows a concurrency that goes down', async () => {
    let limit = 4;
    let running = 0;
    const most: number[] = [];
    const results = parallel(
      Array.from({ length: 20 }, (_, index) => index),
      () => limit,
      async (input) => {
        running += 1;
        most.push(running);
        await turns();
        running -= 1;
        return input;
      },
      never(),
    );
    await results.next();
    limit = 1;
    await collect(results);
    expect(Math.max(...most.slice(-8))).to.equal(1);
  });

  it('ends with the first throw and aborts what still runs', async () => {
    const signals: AbortSignal[] = [];
    const results = parallel(
      [1, 2, 3],
      () => 3,
      async (input, signal) => {
        signals.push(signal);
        if (input === 2) throw new Error('no');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return input;
      },
      never(),
    );
    expect(await rejection(collect(results))).to.have.property('message', 'no');
    expect(signals.every((signal) => signal.aborted)).to.equal(true);
  });

  it('passes an abort on, also one that came before', async () => {
    const run = new AbortController();
    const seen: AbortSignal[] = [];
    const results = parallel(
      [1],
      () => 1,
      (_input, signal) => {
        seen.push(signal);
        return new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('heard')));
      },
      run.signal,
    );
    const first = results.next();
    await turns();
    run.abort();
    expect((await first).value).to.equal('heard');
    const late = parallel(
      [1],
      () => 1,
      (_input, signal) => Promise.resolve(signal.aborted),
      AbortSignal.abort(),
    );
    expect(await collect(late)).to.deep.equal([true]);
  });

  it('is done at once with nothing to do', async () => {
    expect(
      await collect(
        parallel(
          [],
          () => 3,
          () => Promise.resolve(1),
          never(),
        ),
      ),
    ).to.deep.equal([]);
  });

  it('lets every call of many wait for its turn, and nobody listens afterwards', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    const signals = new Set<AbortSignal>();
    const limiter = new AdaptiveLimiter(1);
    const results = parallel(
      Array.from({ length: 80 }, (_, n) => n),
      () => 40,
      async (n, signal) => {
        signals.add(signal);
        const release = await limiter.acquire(signal);
        await turns();
        release();
        return n;
      },
      never(),
    );
    expect(await collect(results)).to.have.length(80);
    // Warnings come one turn of the event loop later.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warnings).to.deep.equal([]);
    for (const signal of signals) expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
  });
});
