import { expect } from 'chai';
import { fake, useFakeTimers, type SinonFakeTimers } from 'sinon';
import { InProcessScheduler } from '../../src/scheduler/in-process-scheduler.ts';
import { describeScheduler } from '../conformance/scheduler.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('InProcessScheduler on a real clock', () => {
  describeScheduler(async (failures) => new InProcessScheduler((taskId) => failures.push(taskId)));
});

describe('InProcessScheduler', () => {
  let clock: SinonFakeTimers;
  let failures: string[];
  let scheduler: InProcessScheduler;
  const at = (ms: number): Date => new Date(ms);

  beforeEach(() => {
    clock = useFakeTimers({ now: 0 });
    failures = [];
    scheduler = new InProcessScheduler((taskId) => failures.push(taskId));
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

  it('notices within a minute that the clock was set forward', async () => {
    const perform = fake.resolves(undefined);
    await scheduler.start(perform);
    await scheduler.put({ id: 'a', everyMs: DAY, dueAt: at(DAY) });
    clock.setSystemTime(2 * DAY);
    await clock.tickAsync(60_000);
    expect(perform.callCount).to.equal(1);
  });

  it('goes on after the first failure, and tells it', async () => {
    const perform = fake.rejects(new Error('broken'));
    await scheduler.start(perform);
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: at(0) });
    await clock.tickAsync(2 * HOUR);
    expect(perform.callCount).to.equal(3);
    expect(failures).to.deep.equal(['a', 'a', 'a']);
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
