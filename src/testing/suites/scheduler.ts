import assert from 'node:assert/strict';
import type { Scheduler } from '../../scheduler/scheduler.ts';
import { assertSame } from './assertions.ts';
import { inTime, patientIt, until, type Runner } from './runner.ts';

const HOUR = 3_600_000;
const now = (): Date => new Date();
const inAnHour = (): Date => new Date(Date.now() + HOUR);

/**
 * What the service relies on in every `Scheduler`, on a real clock.
 *
 * @param make called before each test; an empty schedule that tries again soon, within a tenth of a second, what failed, and
 *   tells `onFailure` of it
 */
export function describeScheduler(
  runner: Runner,
  make: (onFailure: (taskId: string) => void) => Scheduler | Promise<Scheduler>,
): void {
  runner.describe('as a scheduler', () => {
    const define = patientIt(runner);
    // What never comes fails the test that waits for it, also where the runner waits for ever.
    const it = (title: string, test: () => Promise<void>): void => define(title, () => inTime(test()));
    let scheduler: Scheduler;
    let close: (() => Promise<void>) | undefined;
    let failures: string[];
    let performed: string[];
    const perform = async (taskId: string): Promise<void> => void performed.push(taskId);
    const times = (taskId: string): number => performed.filter((id) => id === taskId).length;

    runner.beforeEach(async () => {
      failures = [];
      performed = [];
      scheduler = await make((taskId) => failures.push(taskId));
      close = () => scheduler.close();
    });
    runner.afterEach(async () => {
      const closing = close?.();
      close = undefined;
      if (closing) await inTime(closing);
    });

    it('performs what is due at once, and again after each interval', async () => {
      await scheduler.start(perform);
      await scheduler.put({ id: 'host:a', everyMs: 20, dueAt: new Date(0) });
      await until(() => times('host:a') >= 3);
    });

    it('performs nothing before it is started, and what was put by then afterwards', async () => {
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: now() });
      assertSame(performed, []);
      await scheduler.start(perform);
      await until(() => times('a') === 1);
    });

    it('tells when a task is due, before and after it was performed', async () => {
      const due = inAnHour();
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: due });
      assert.ok(secondsBetween(await scheduler.dueAt('a'), due) <= 1);
      await scheduler.put({ id: 'a', everyMs: 2 * HOUR, dueAt: now() });
      await scheduler.start(perform);
      await until(async () => secondsBetween(await scheduler.dueAt('a'), new Date(Date.now() + 2 * HOUR)) <= 2);
      assert.equal(await scheduler.dueAt('b'), undefined);
    });

    it('takes a new time at once', async () => {
      await scheduler.start(perform);
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: inAnHour() });
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: now() });
      await until(() => times('a') === 1);
    });

    it('takes a new time while the task is being performed', async () => {
      await scheduler.start(async (taskId) => {
        await perform(taskId);
        if (times('a') === 1) await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: new Date(Date.now() + 10) });
      });
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: now() });
      await until(() => times('a') === 2);
    });

    it('keeps what is scheduled already, unless the interval is another', async () => {
      const due = inAnHour();
      assertSame(await scheduler.ensure({ id: 'a', everyMs: HOUR, dueAt: due }), due);
      await scheduler.ensure({ id: 'a', everyMs: HOUR, dueAt: now() });
      assert.ok(secondsBetween(await scheduler.dueAt('a'), due) <= 1);
      const later = new Date(Date.now() + 5 * HOUR);
      await scheduler.ensure({ id: 'a', everyMs: 2 * HOUR, dueAt: later });
      assert.ok(secondsBetween(await scheduler.dueAt('a'), later) <= 1);
    });

    it('never overlaps a task with itself', async () => {
      let running = 0;
      let most = 0;
      await scheduler.start(async (taskId) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 30));
        running -= 1;
        await perform(taskId);
      });
      await scheduler.put({ id: 'a', everyMs: 10, dueAt: now() });
      await until(() => times('a') >= 4);
      assert.equal(most, 1);
    });

    it('goes on after a failure, and tells it', async () => {
      await scheduler.start(async (taskId) => {
        await perform(taskId);
        throw new Error('broken');
      });
      await scheduler.put({ id: 'a', everyMs: 20, dueAt: now() });
      await until(() => times('a') >= 3);
      assertSame(failures.slice(0, 2), ['a', 'a']);
    });

    it('tries again soon what failed, and then keeps the interval', async () => {
      await scheduler.start(async (taskId) => {
        await perform(taskId);
        if (times('a') <= 2) throw new Error('broken');
      });
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: now() });
      await until(() => times('a') === 3);
      await until(async () => secondsBetween(await scheduler.dueAt('a'), inAnHour()) <= 2);
      assertSame(failures, ['a', 'a']);
    });

    it('forgets a task that was removed', async () => {
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: now() });
      await scheduler.remove('a');
      assert.equal(await scheduler.dueAt('a'), undefined);
      await scheduler.start(perform);
      await scheduler.put({ id: 'b', everyMs: HOUR, dueAt: now() });
      await until(() => times('b') === 1);
      assert.equal(times('a'), 0);
    });

    it('forgets a task that removes itself, and takes it up when it is put again', async () => {
      await scheduler.start(async (taskId) => {
        await perform(taskId);
        if (times('a') === 1) await scheduler.remove('a');
      });
      await scheduler.put({ id: 'a', everyMs: 10, dueAt: now() });
      await until(async () => times('a') === 1 && (await scheduler.dueAt('a')) === undefined);
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: now() });
      await until(() => times('a') === 2);
    });

    it('lets a running task end before it closes', async () => {
      let finish: () => void = () => undefined;
      let isRunning = false;
      await scheduler.start(async (taskId) => {
        isRunning = true;
        await new Promise<void>((resolve) => (finish = resolve));
        await perform(taskId);
      });
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: now() });
      await until(() => isRunning);
      const closing = scheduler.close();
      finish();
      await closing;
      assert.equal(times('a'), 1);
    });

    it('answers when it can be used', async () => {
      await scheduler.ping();
    });
  });
}

const secondsBetween = (a: Date | undefined, b: Date): number =>
  a ? Math.abs(a.getTime() - b.getTime()) / 1000 : Infinity;
