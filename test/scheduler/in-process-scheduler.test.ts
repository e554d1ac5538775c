import { expect } from 'chai';
import { fake, useFakeTimers, type SinonFakeTimers } from 'sinon';
import { InProcessScheduler } from '../../src/scheduler/in-process-scheduler.ts';
import { describeScheduler } from '../../src/testing/index.ts';
import { MOCHA } from '../support/mocha-runner.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('InProcessScheduler on a real clock', () => {
  describeScheduler(MOCHA, (onFailure) => new InProcessScheduler(onFailure, { retryMs: 50 }));
});

describe('InProcessScheduler', () => {
  let clock: SinonFakeTimers;
  let failures: string[];
  let scheduler: InProcessScheduler;
  /** For how long the machine slept, timers and all. */
  let slept: number;
  const at = (ms: number): Date => new Date(ms);

  beforeEach(() => {
    clock = useFakeTimers({ now: 0 });
    failures = [];
    slept = 0;
    const elapsed = (): number => performance.now() + slept;
    scheduler = new InProcessScheduler((taskId) => failures.push(taskId), { elapsed });
  });
  afterEach(async () => {
    const closing = scheduler.close();
    await clock.tickAsync(DAY);
    await closing;
  });

  it('performs a task that is overdue at once, then once per interval', async () => {
    const performed: number[] = [];
    await scheduler.start(async () => void performed.push(Date.now()));
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(-5) });
    await clock.tickAsync(2 * HOUR);
    expect(performed).to.deep.equal([0, HOUR, 2 * HOUR]);
  });

  it('performs nothing before it is started', async () => {
    const perform = fake.resolves(undefined);
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(0) });
    await clock.tickAsync(HOUR);
    expect(perform.callCount).to.equal(0);
    await scheduler.start(perform);
    await clock.tickAsync(1);
    expect(perform.callCount).to.equal(1);
  });

  it('waits for a task that is due in 40 days, longer than a timer can', async () => {
    const perform = fake.resolves(undefined);
    await scheduler.start(perform);
    await scheduler.put({ id: 'a', everyMs: DAY, dueAt: at(40 * DAY) });
    await clock.tickAsync(40 * DAY - 1);
    expect(perform.callCount).to.equal(0);
    await clock.tickAsync(1);
    expect(perform.callCount).to.equal(1);
  });

  it('notices within a minute that the machine slept', async () => {
    const perform = fake.resolves(undefined);
    await scheduler.start(perform);
    await scheduler.put({ id: 'a', everyMs: DAY, dueAt: at(DAY) });
    slept = 2 * DAY;
    await clock.tickAsync(MINUTE);
    expect(perform.callCount).to.equal(1);
  });

  for (const [direction, step] of [
    ['forward', DAY],
    ['back', -DAY],
  ] as const) {
    it(`keeps its interval when the clock is set ${direction} by a day, while it waits and while it performs`, async () => {
      const started: number[] = [];
      await scheduler.start(async () => {
        started.push(performance.now());
        if (started.length === 2) clock.setSystemTime(Date.now() + step);
        await new Promise((resolve) => setTimeout(resolve, MINUTE));
      });
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(0) });
      await clock.tickAsync(10 * MINUTE);
      clock.setSystemTime(Date.now() + step);
      expect(await scheduler.dueAt('a')).to.deep.equal(new Date(Date.now() + 50 * MINUTE));
      await clock.tickAsync(3 * HOUR);
      expect(started).to.deep.equal([0, HOUR, 2 * HOUR, 3 * HOUR]);
    });
  }

  it('performs a thousand tasks once per interval while the clock jumps to and fro', async () => {
    const performed = new Map<string, number>();
    await scheduler.start(async (taskId) => void performed.set(taskId, (performed.get(taskId) ?? 0) + 1));
    for (let n = 0; n < 1000; n += 1) {
      await scheduler.put({ id: `syncer-${n}`, everyMs: HOUR, dueAt: at((n / 1000) * HOUR) });
    }
    for (let quarter = 0; quarter < 8; quarter += 1) {
      clock.setSystemTime(Date.now() + (quarter % 2 === 0 ? 5 * HOUR : -5 * HOUR));
      await clock.tickAsync(HOUR / 4);
    }
    // The first one of all came due again at the very end of the two hours.
    expect([...performed].filter(([, times]) => times !== 2)).to.deep.equal([['syncer-0', 3]]);
  });

  it('tries again after a minute what failed, and tells it', async () => {
    const started: number[] = [];
    await scheduler.start(async () => {
      started.push(Date.now());
      if (started.length < 3) throw new Error('the database does not answer');
    });
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(0) });
    await clock.tickAsync(2 * HOUR);
    expect(started).to.deep.equal([0, MINUTE, 2 * MINUTE, HOUR + 2 * MINUTE]);
    expect(failures).to.deep.equal(['a', 'a']);
  });

  it('tries again after its interval what failed and comes sooner than in a minute', async () => {
    const perform = fake.rejects(new Error('broken'));
    await scheduler.start(perform);
    await scheduler.put({ id: 'a', everyMs: MINUTE / 4, dueAt: at(0) });
    await clock.tickAsync(MINUTE);
    expect(perform.callCount).to.equal(5);
  });

  it('never overlaps a task with itself, and skips the starts that it missed', async () => {
    const started: number[] = [];
    await scheduler.start(async () => {
      started.push(Date.now());
      await new Promise((resolve) => setTimeout(resolve, 2.5 * HOUR));
    });
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(0) });
    await clock.tickAsync(3 * HOUR);
    expect(started).to.deep.equal([0, 3 * HOUR]);
  });

  it('takes a new interval at once, also while the task is being performed', async () => {
    const started: number[] = [];
    await scheduler.start(async () => {
      started.push(Date.now());
      if (started.length === 1) await scheduler.put({ id: 'a', everyMs: DAY, dueAt: at(DAY) });
    });
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(0) });
    await clock.tickAsync(DAY);
    expect(started).to.deep.equal([0, DAY]);
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(DAY + HOUR) });
    await clock.tickAsync(HOUR);
    expect(started).to.deep.equal([0, DAY, DAY + HOUR]);
  });

  it('forgets a task that was removed', async () => {
    const perform = fake.resolves(undefined);
    await scheduler.start(perform);
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(HOUR) });
    expect(await scheduler.dueAt('a')).to.deep.equal(at(HOUR));
    await scheduler.remove('a');
    await clock.tickAsync(DAY);
    expect(perform.callCount).to.equal(0);
    expect(await scheduler.dueAt('a')).to.equal(undefined);
  });

  it('lets a running task end before it closes, and starts nothing more', async () => {
    let finish: () => void = () => undefined;
    const perform = fake(() => new Promise<void>((resolve) => (finish = resolve)));
    await scheduler.start(perform);
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(0) });
    await clock.tickAsync(1);
    let closed = false;
    const closing = scheduler.close().then(() => (closed = true));
    await clock.tickAsync(HOUR);
    expect(closed).to.equal(false);
    finish();
    await closing;
    await clock.tickAsync(DAY);
    expect(perform.callCount).to.equal(1);
  });
});
