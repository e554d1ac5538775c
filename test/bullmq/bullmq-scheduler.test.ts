import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { BullmqScheduler, type BullmqOptions } from '../../src/bullmq/bullmq-scheduler.ts';
import { describeScheduler } from '../../src/testing/index.ts';
import { MOCHA } from '../support/mocha-runner.ts';
import { OwnRedis, randomPrefix, REDIS_URL, redisAnswers, removeKeys } from '../support/redis.ts';
import { until } from '../support/promises.ts';

const HOUR = 3_600_000;
const PERFORM_PROCESS = fileURLToPath(new URL('../support/processes/perform-process.ts', import.meta.url));
const OWN_CLOCK = new URL('../support/processes/own-clock.ts', import.meta.url).href;

describe('BullmqScheduler', () => {
  let prefix: string;
  let opened: BullmqScheduler[];
  let elsewhere: ChildProcess[];
  const open = async (options: Partial<BullmqOptions> = {}): Promise<BullmqScheduler> => {
    const scheduler = await BullmqScheduler.open({
      url: REDIS_URL,
      prefix,
      concurrency: 4,
      onFailure: () => undefined,
      ...options,
    });
    opened.push(scheduler);
    return scheduler;
  };

  before(async function () {
    if (!(await redisAnswers())) this.skip();
  });
  beforeEach(() => {
    prefix = randomPrefix();
    opened = [];
    elsewhere = [];
  });
  afterEach(async () => {
    for (const child of elsewhere) await kill(child);
    for (const scheduler of opened) await scheduler.close();
    await removeKeys(prefix);
  });

  describeScheduler(MOCHA, (onFailure) => open({ onFailure, retryMs: 50 }));

  /** Another process that performs tasks; its clock is so far ahead of ours. */
  const performElsewhere = (lockMs: number, stepMs = 0): { child: ChildProcess; performed: string[] } => {
    const child = fork(PERFORM_PROCESS, [REDIS_URL, prefix, String(lockMs)], {
      execArgv: ['--import', 'tsx', '--import', OWN_CLOCK],
      env: { ...process.env, CLOCK_STEP_MS: String(stepMs) },
    });
    elsewhere.push(child);
    const performed: string[] = [];
    child.on('message', (taskId) => performed.push(taskId as string));
    return { child, performed };
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const killed = once(child, 'exit');
    child.kill('SIGKILL');
    await killed;
  };

  it('gives each task to one of several processes, once per interval', async () => {
    const performed: string[] = [];
    const started = [await open(), await open(), await open()];
    for (const scheduler of started) await scheduler.start(async (taskId) => void performed.push(taskId));
    const ids = Array.from({ length: 60 }, (_, index) => `syncer-${index}`);
    // As at the start of a replica: each of them believes that everything is due.
    for (const scheduler of started) {
      await Promise.all(ids.map((id) => scheduler.ensure({ id, everyMs: HOUR, dueAt: new Date(0) })));
    }
    await until(() => performed.length >= ids.length);
    for (const scheduler of started) await scheduler.close();
    expect([...performed].sort()).to.deep.equal([...ids].sort());
  });

  it('performs in one process what another has put, moved or removed', async () => {
    const [here, there] = [await open(), await open()];
    const performed: string[] = [];
    await there.start(async (taskId) => void performed.push(taskId));
    await here.put({ id: 'removed', everyMs: HOUR, dueAt: new Date(Date.now() + HOUR) });
    await here.put({ id: 'moved', everyMs: HOUR, dueAt: new Date(Date.now() + HOUR) });
    await here.remove('removed');
    expect(await there.dueAt('removed')).to.equal(undefined);
    await here.put({ id: 'moved', everyMs: HOUR, dueAt: new Date() });
    await until(() => performed.includes('moved'));
  });

  it('ends a task that another process removes while it is performed', async () => {
    const [here, there] = [await open(), await open()];
    let finish: () => void = () => undefined;
    let isRunning = false;
    await there.start(async () => {
      isRunning = true;
      await new Promise<void>((resolve) => (finish = resolve));
    });
    await here.put({ id: 'a', everyMs: 10, dueAt: new Date() });
    await until(() => isRunning);
    await here.remove('a');
    expect(await here.dueAt('a')).to.equal(undefined);
    finish();
    await there.close();
    const later = new Date(Date.now() + HOUR);
    expect(await here.ensure({ id: 'a', everyMs: 10, dueAt: later })).to.deep.equal(later);
  });

  it('takes over from a process that was killed in the middle', async () => {
    const { child } = performElsewhere(300);
    const scheduler = await open({ lockMs: 300 });
    await scheduler.put({ id: 'endless', everyMs: HOUR, dueAt: new Date() });
    await once(child, 'message');
    await kill(child);
    const performed: string[] = [];
    await scheduler.start(async (taskId) => void performed.push(taskId));
    await until(() => performed.includes('endless'));
  });

  it('performs nothing early in a process whose clock is hours ahead, and moves nothing out of the others’ reach', async () => {
    const here = await open();
    const later = Array.from({ length: 20 }, (_, index) => `later-${index}`);
    for (const id of later) await here.put({ id, everyMs: HOUR, dueAt: new Date(Date.now() + HOUR) });
    await here.put({ id: 'soon', everyMs: 50, dueAt: new Date() });
    const { performed } = performElsewhere(3_000, 10 * HOUR);
    await until(() => performed.length >= 10);
    expect([...new Set(performed)]).to.deep.equal(['soon']);
    for (const id of ['soon', ...later]) {
      expect((await here.dueAt(id))!.getTime() - Date.now(), id).to.be.lessThan(HOUR);
    }
    await here.put({ id: 'soon', everyMs: HOUR, dueAt: new Date() });
    await until(async () => (await here.dueAt('soon'))!.getTime() - Date.now() > HOUR / 2);
    expect((await here.dueAt('soon'))!.getTime() - Date.now()).to.be.lessThan(HOUR + 60_000);
  });

  it('performs what is due in a process whose clock is hours behind, once per interval', async () => {
    const here = await open();
    await here.put({ id: 'hourly', everyMs: HOUR, dueAt: new Date() });
    await here.put({ id: 'soon', everyMs: 50, dueAt: new Date(Date.now() + 200) });
    const { performed } = performElsewhere(3_000, -10 * HOUR);
    await until(() => performed.filter((id) => id === 'soon').length >= 10);
    expect(performed.filter((id) => id === 'hourly')).to.have.length(1);
    expect((await here.dueAt('hourly'))!.getTime() - Date.now()).to.be.within(HOUR - 60_000, HOUR);
  });

  it('leaves a task to the process that performs it, however its clock is set meanwhile', async () => {
    const here = await open({ lockMs: 500 });
    await here.put({ id: 'endless', everyMs: HOUR, dueAt: new Date() });
    const { child, performed } = performElsewhere(500);
    await until(() => performed.includes('endless'));
    // Both processes are free for more, and tell of it in one list.
    await here.start(async (taskId) => void performed.push(taskId));
    for (const stepMs of [-10 * HOUR, 10 * HOUR]) {
      child.send({ stepMs });
      const forThreeLocks = Array.from({ length: 20 }, (_, index) => `${stepMs} ${index}`);
      for (const [index, id] of forThreeLocks.entries()) {
        await here.put({ id, everyMs: HOUR, dueAt: new Date(Date.now() + 75 * index) });
      }
      await until(() => forThreeLocks.every((id) => performed.includes(id)));
    }
    expect(performed.filter((id) => id === 'endless')).to.have.length(1);
    child.send('finish');
    await until(async () => (await here.dueAt('endless'))!.getTime() - Date.now() < HOUR - 100);
    expect((await here.dueAt('endless'))!.getTime() - Date.now()).to.be.greaterThan(HOUR - 60_000);
  });

  describe('when Redis goes away', () => {
    let redis: OwnRedis;
    let codes: string[];
    let failures: string[];
    beforeEach(async () => {
      redis = await OwnRedis.start();
      codes = [];
      failures = [];
    });
    afterEach(async () => {
      for (const scheduler of opened.splice(0)) await scheduler.close();
      await redis.stop();
    });
    const openOwn = (): Promise<BullmqScheduler> =>
      open({
        url: redis.url,
        retryMs: 50,
        onConnectionError: (code) => codes.push(code),
        onFailure: (taskId) => failures.push(taskId),
      });

    it('goes on when it is back, with what was changed meanwhile and what Redis forgot', async () => {
      const scheduler = await openOwn();
      const performed: string[] = [];
      let isOwnerAway = true;
      await scheduler.start(
        async (taskId) => void performed.push(taskId),
        async () => {
          if (isOwnerAway) throw new Error('the database does not answer');
          await scheduler.ensure({ id: 'forgotten', everyMs: HOUR, dueAt: new Date(Date.now() + HOUR / 2) });
        },
      );
      // This process knows it as overdue; another one has performed it since.
      await scheduler.put({ id: 'forgotten', everyMs: HOUR, dueAt: new Date() });
      await until(() => performed.includes('forgotten'));
      await scheduler.put({ id: 'removed', everyMs: HOUR, dueAt: new Date(Date.now() + HOUR) });
      await redis.stop();
      await until(() => codes.length > 0);
      await scheduler.put({ id: 'put', everyMs: HOUR, dueAt: new Date() });
      await scheduler.remove('removed');
      expect(await rejects(scheduler.ping())).to.equal(true);
      await redis.start();
      await until(() => performed.includes('put'));
      await until(() => failures.includes('refill'));
      isOwnerAway = false;
      await until(async () => (await scheduler.dueAt('forgotten')) !== undefined);
      expect((await scheduler.dueAt('forgotten'))!.getTime() - Date.now()).to.be.within(HOUR / 4, HOUR / 2);
      expect(performed.filter((id) => id === 'forgotten')).to.have.length(1);
      expect(await scheduler.dueAt('removed')).to.equal(undefined);
      await scheduler.ping();
    });

    it('opens without it, and begins once it is there', async () => {
      await redis.stop();
      const scheduler = await openOwn();
      const performed: string[] = [];
      await scheduler.start(async (taskId) => void performed.push(taskId));
      await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: new Date() });
      expect(codes).to.include('ECONNREFUSED');
      await redis.start();
      await until(() => performed.includes('a'));
    });

    it('closes without it', async () => {
      const scheduler = await openOwn();
      await scheduler.start(async () => undefined);
      await redis.stop();
      await scheduler.close();
    });
  });
});

const rejects = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => false,
    () => true,
  );
