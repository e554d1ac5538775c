import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { BullmqScheduler, type BullmqOptions } from '../../src/scheduler/bullmq-scheduler.ts';
import { describeScheduler } from '../conformance/scheduler.ts';
import { OwnRedis, randomPrefix, REDIS_URL, redisAnswers, removeKeys } from '../support/redis.ts';
import { until } from '../support/until.ts';

const HOUR = 3_600_000;
const PERFORM_PROCESS = fileURLToPath(new URL('../support/perform-process.ts', import.meta.url));

describe('BullmqScheduler', () => {
  let prefix: string;
  let opened: BullmqScheduler[];
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
  });
  afterEach(async () => {
    for (const scheduler of opened) await scheduler.close();
    await removeKeys(prefix);
  });

  describeScheduler((failures) => open({ onFailure: (taskId) => failures.push(taskId) }));

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
    const dying = fork(PERFORM_PROCESS, [REDIS_URL, prefix, '300'], { execArgv: ['--import', 'tsx'] });
    const scheduler = await open({ lockMs: 300 });
    await scheduler.put({ id: 'a', everyMs: HOUR, dueAt: new Date() });
    await once(dying, 'message');
    const killed = once(dying, 'exit');
    dying.kill('SIGKILL');
    await killed;
    const performed: string[] = [];
    await scheduler.start(async (taskId) => void performed.push(taskId));
    await until(() => performed.includes('a'));
  });

  describe('when Redis goes away', () => {
    let redis: OwnRedis;
    let codes: string[];
    beforeEach(async () => {
      redis = await OwnRedis.start();
      codes = [];
    });
    afterEach(async () => {
      for (const scheduler of opened.splice(0)) await scheduler.close();
      await redis.stop();
    });
    const openOwn = (): Promise<BullmqScheduler> =>
      open({ url: redis.url, onConnectionError: (code) => codes.push(code) });

    it('goes on when it is back, with what was changed meanwhile and what Redis forgot', async () => {
      const scheduler = await openOwn();
      const performed: string[] = [];
      await scheduler.start(async (taskId) => void performed.push(taskId));
      await scheduler.put({ id: 'forgotten', everyMs: HOUR, dueAt: new Date(Date.now() + HOUR) });
      await scheduler.put({ id: 'removed', everyMs: HOUR, dueAt: new Date(Date.now() + HOUR) });
      await redis.stop();
      await until(() => codes.length > 0);
      await scheduler.put({ id: 'put', everyMs: HOUR, dueAt: new Date() });
      await scheduler.remove('removed');
      expect(await rejects(scheduler.ping())).to.equal(true);
      await redis.start();
      await until(() => performed.includes('put'));
      await until(async () => (await scheduler.dueAt('forgotten')) !== undefined);
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
