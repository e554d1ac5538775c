import { expect } from 'chai';
import { restore, spy, stub } from 'sinon';
import { pino } from 'pino';
import { BullmqScheduler } from '../../../src/bullmq/bullmq-scheduler.ts';
import type { Scheduler } from '../../../src/scheduler/scheduler.ts';
import { ScheduleService } from '../../../src/service/runs/schedule-service.ts';
import { RunRow } from '../../../src/storage/entities/index.ts';
import { TypeormLeaseStore } from '../../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../../src/storage/runs/typeorm-run-store.ts';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import { SyncerRecords } from '../../../src/storage/syncers/syncer-records.ts';
import { TestHost, type Client } from '../../host/test-host.ts';
import { ManualScheduler } from '../../support/manual-scheduler.ts';
import { randomPrefix, redisAnswers, REDIS_URL, removeKeys } from '../../support/redis.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAILY = { isEnabled: true, schedule: '30 2 * * *' };
/** Half past two in Shanghai. */
const TIME = '2026-06-01T18:30:00.000Z';
const NEXT_DAY = '2026-06-02T18:30:00.000Z';
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

describe('a schedule by time of day', () => {
  let scheduler: ManualScheduler;
  let test: TestHost;
  let admin: Client;
  /** What the database's clock shows: how far it runs beside ours. */
  let ahead: number;

  const setClock = (time: string): void => {
    ahead = Date.parse(time) - Date.now();
  };
  const clock = (): Date => new Date(Date.now() + ahead);

  beforeEach(async () => {
    setClock('2026-06-01T02:00:00Z');
    stub(TypeormRunStore.prototype, 'now').callsFake(async () => clock());
    const acquire = stub(TypeormLeaseStore.prototype, 'acquire');
    acquire.callsFake(async function (this: TypeormLeaseStore, request) {
      const answer = await acquire.wrappedMethod.call(this, request);
      return 'grant' in answer ? { ...answer, since: clock().toISOString() } : answer;
    });
    scheduler = new ManualScheduler();
    test = await TestHost.start({ members: 5, departments: 2, scheduler });
    await test.addOrganization('acme');
    admin = await test.signedIn();
  });
  afterEach(async () => {
    await test.close();
    restore();
  });

  const add = async (values: Record<string, unknown> = DAILY): Promise<string> => {
    const answer = await admin.post('/api/add-syncer', { ...test.syncer('acme'), ...values });
    expect(answer.status, answer.msg).to.equal('ok');
    return answer.msg;
  };
  const save = async (values: Record<string, unknown>): Promise<void> => {
    const answer = await admin.post('/api/update-syncer?id=acme/wecom', values);
    expect(answer.status, answer.msg).to.equal('ok');
  };
  const nextRunAt = async (): Promise<string> => (await admin.get('/api/get-syncer?id=acme/wecom')).data.nextRunAt;
  const nextRuns = async (count?: number): Promise<readonly string[]> =>
    (await admin.get(`/api/get-next-runs?id=acme/wecom${count === undefined ? '' : `&count=${count}`}`)).data;
  const runs = async (): Promise<readonly { readonly startedAt: string; readonly trigger: string }[]> =>
    (await admin.get('/api/get-sync-runs?id=acme/wecom&pageSize=100')).data;
  const scheduled = async (): Promise<number> => (await runs()).filter(({ trigger }) => trigger === 'schedule').length;
  const wakeAt = async (time: string): Promise<void> => {
    setClock(time);
    await scheduler.performAll();
  };
  /** Another host on the same database. */
  const secondHost = async (own: Scheduler): Promise<ScheduleService> => {
    const { audit, database, runs: service, runStore } = test.host;
    const schedule = new ScheduleService({
      scheduler: own,
      records: new SyncerRecords(database, new SecretBox('a key of no matter')),
      runs: service,
      runStore,
      log: pino({ enabled: false }),
      runRetentionDays: 90,
      audit: { retentionDays: 400, prune: (before) => audit.prune(before) },
    });
    await schedule.start();
    return schedule;
  };

  it('waits for its line when it never ran, and says when that is', async () => {
    await add();
    expect(await nextRunAt()).to.equal(TIME);
    await wakeAt('2026-06-01T18:29:59.500Z');
    expect(await runs()).to.deep.equal([]);
    expect(await nextRunAt()).to.equal(TIME);
    await wakeAt(TIME);
    expect(await scheduled()).to.equal(1);
    expect(await nextRunAt()).to.equal(NEXT_DAY);
    await scheduler.performAll();
    expect(await scheduled(), 'once').to.equal(1);
  });

  it('looks at the clock every few minutes, however far away its line is', async () => {
    await add();
    const [task] = scheduler.syncerTasks;
    expect(task!.dueAt.getTime() - Date.now()).to.be.within(4 * MINUTE, 5 * MINUTE);
  });

  it('waits for its line after a run that failed', async () => {
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    await add();
    for (const time of [TIME, '2026-06-01T18:31:00Z', '2026-06-01T19:30:00Z']) await wakeAt(time);
    expect(await scheduled()).to.equal(1);
    expect(await nextRunAt()).to.equal(NEXT_DAY);
  });

  it('does not run by hand in place of its line, nor move it', async () => {
    await add();
    expect((await admin.get('/api/run-syncer?id=acme/wecom')).status).to.equal('ok');
    expect(await nextRunAt()).to.equal(TIME);
    await wakeAt(TIME);
    expect(await scheduled()).to.equal(1);
  });

  it('runs once when the clock is set forward over its time, and when it is set back before it', async () => {
    await add();
    await wakeAt('2026-06-01T20:00:00Z');
    expect(await scheduled()).to.equal(1);
    setClock('2026-06-01T18:00:00Z');
    await test.host.schedule.refresh((await test.host.syncers.list())[0]!.id);
    expect(await nextRunAt()).to.equal(NEXT_DAY);
    await wakeAt('2026-06-01T18:30:30Z');
    expect(await scheduled()).to.equal(1);
  });

  it('is not put off for days by a run that was stamped by a wrong clock', async () => {
    setClock('2026-08-01T00:00:00Z');
    await add();
    await admin.get('/api/run-syncer?id=acme/wecom');
    setClock('2026-06-01T02:00:00Z');
    await save({ schedule: '30 2 * * *' });
    expect(await nextRunAt()).to.equal(TIME);
    await wakeAt(TIME);
    expect(await scheduled()).to.equal(1);
  });

  const changes: readonly (readonly [string, string, string, string, number])[] = [
    ['a time that summer time skips', '30 2 * * *', '2026-03-28T23:30Z', '2026-03-29T03:00Z', 1],
    ['a time that comes twice', '30 2 * * *', '2026-10-24T23:30Z', '2026-10-25T03:00Z', 1],
    ['every real hour of a long night', '30 * * * *', '2026-10-24T23:00Z', '2026-10-25T03:00Z', 4],
  ];
  for (const [what, schedule, from, to, expected] of changes) {
    it(`runs at ${what} as often as it should`, async () => {
      setClock(from);
      await add({ isEnabled: true, schedule, timeZone: 'Europe/Berlin' });
      for (let time = Date.parse(from); time <= Date.parse(to); time += 10 * MINUTE) {
        await wakeAt(new Date(time).toISOString());
      }
      expect(await scheduled()).to.equal(expected);
    });
  }

  it('runs once when two hosts wake at the same moment, or one after the other', async () => {
    await add();
    const other = new ManualScheduler();
    await secondHost(other);
    setClock(TIME);
    await Promise.all([scheduler.performAll(), other.performAll()]);
    expect(await scheduled()).to.equal(1);
    for (const time of ['2026-06-01T18:31:05Z', '2026-06-01T18:35:00Z']) {
      setClock(time);
      await other.performAll();
      await scheduler.performAll();
    }
    expect(await scheduled()).to.equal(1);
    expect(await nextRunAt()).to.equal(NEXT_DAY);
  });

  it('does not make up for what passed while no host ran', async () => {
    await add();
    setClock('2026-06-01T18:30:30Z');
    const other = new ManualScheduler();
    await secondHost(other);
    expect(await nextRunAt()).to.equal(NEXT_DAY);
    await other.performAll();
    expect(await runs()).to.deep.equal([]);
  });

  it('does not run again when its host was killed in the minute of the run', async () => {
    await add();
    await wakeAt(TIME);
    await test.host.database.transaction(({ manager }) =>
      manager.updateAll(RunRow, { state: 'running', finishedAt: null, finishedMs: null }),
    );
    setClock('2026-06-01T18:30:40Z');
    const other = new ManualScheduler();
    await secondHost(other);
    await other.perform('host:abandoned');
    await other.performAll();
    expect(await scheduled()).to.equal(1);
    expect((await admin.get('/api/get-syncer?id=acme/wecom')).data.lastRun.state).to.equal('failed');
    expect(await nextRunAt()).to.equal(NEXT_DAY);
  });

  it('tries again within a minute when something else has the syncer at its time', async () => {
    await add();
    await admin.get('/api/run-syncer?id=acme/wecom');
    const [record] = await test.host.syncers.list();
    const leases = new TypeormLeaseStore(test.host.database);
    const taken = await leases.acquire({ syncerId: record!.id, runId: 'elsewhere', owner: 'other:1', ttlMs: HOUR });
    await wakeAt(TIME);
    expect(await scheduled()).to.equal(0);
    expect(Date.parse(await nextRunAt()) - Date.parse(TIME)).to.be.within(MINUTE - 1000, MINUTE + 5000);
    if ('grant' in taken) await leases.release(taken.grant);
    await wakeAt('2026-06-01T18:31:10Z');
    expect(await scheduled()).to.equal(1);
    expect(await nextRunAt()).to.equal(NEXT_DAY);
  });

  it('comes early when the directory changed, and then at its line', async () => {
    await add();
    await admin.get('/api/run-syncer?id=acme/wecom');
    const { schedule, syncers } = test.host;
    setClock('2026-06-01T03:00:00Z');
    await schedule.hasten((await syncers.list())[0]!.id);
    expect(Date.parse(await nextRunAt()) - Date.parse('2026-06-01T03:00:00Z')).to.be.below(5000);
    await wakeAt('2026-06-01T03:00:10Z');
    expect(await scheduled()).to.equal(1);
    expect(await nextRunAt()).to.equal(TIME);
  });

  it('follows the switch, the line and the zone at once, and the interval when the line is taken away', async () => {
    await add();
    await save({ isEnabled: false });
    expect([await nextRunAt(), await nextRuns()]).to.deep.equal([null, []]);
    await save({ isEnabled: true, schedule: '0 4 * * *', timeZone: 'Europe/Berlin' });
    expect(await nextRunAt()).to.equal('2026-06-01T02:00:00.000Z'.replace('06-01', '06-02'));
    await save({ schedule: '' });
    expect(scheduler.syncerTasks[0]).to.include({ everyMs: HOUR });
  });

  it('tells the next runs, ten when nobody says how many', async () => {
    await add();
    const next = await nextRuns();
    expect(next).to.have.lengthOf(10);
    expect(next.slice(0, 2)).to.deep.equal([TIME, NEXT_DAY]);
    expect(next[0]).to.equal(await nextRunAt());
    expect(await nextRuns(1)).to.deep.equal([TIME]);
    expect(await nextRuns(100)).to.have.lengthOf(100);
    for (const count of ['0', '101', '-1', '1.5', 'many', '1e1']) {
      const answer = await admin.get(`/api/get-next-runs?id=acme/wecom&count=${count}`);
      expect([answer.status, answer.msg], count).to.deep.equal([
        'error',
        '"count" must be a whole number from 1 to 100.',
      ]);
    }
    expect((await admin.get('/api/get-next-runs?id=acme/none')).msg).to.contain('does not exist');
  });

  it('tells the next runs of an interval, too', async () => {
    await add({ isEnabled: true });
    await scheduler.performAll();
    const next = await nextRuns(3);
    expect(next[0]).to.equal(await nextRunAt());
    expect(Date.parse(next[2]!) - Date.parse(next[0]!)).to.equal(2 * HOUR);
  });

  describe('with quiet windows', () => {
    const quietWindows = [{ days: EVERY_DAY, from: '22:00', to: '06:00' }];

    it('leaves the times of a line out', async () => {
      await add({ isEnabled: true, schedule: '0 */2 * * *', quietWindows });
      // Shanghai: 12:00, 14:00 … 20:00, then 06:00.
      expect((await nextRuns(6)).map((time) => time.slice(11, 16))).to.deep.equal([
        '04:00',
        '06:00',
        '08:00',
        '10:00',
        '12:00',
        '22:00',
      ]);
    });

    it('begins what an interval would begin in one at its end', async () => {
      await add({ isEnabled: true, quietWindows });
      await scheduler.performAll();
      await wakeAt('2026-06-01T13:30:00Z');
      expect(await scheduled()).to.equal(2);
      expect(await nextRunAt()).to.equal('2026-06-01T22:00:00.000Z');
      await wakeAt('2026-06-01T21:59:59Z');
      expect(await scheduled()).to.equal(2);
      await wakeAt('2026-06-01T22:00:00Z');
      expect(await scheduled()).to.equal(3);
    });

    it('begins no first run of an interval in one', async () => {
      setClock('2026-06-01T15:00:00Z');
      await add({ isEnabled: true, quietWindows });
      await scheduler.performAll();
      expect(await runs()).to.deep.equal([]);
      expect(await nextRuns(2)).to.deep.equal(['2026-06-01T22:00:00.000Z', '2026-06-01T23:00:00.000Z']);
    });

    it('runs by hand and for one member all the same', async () => {
      setClock('2026-06-01T15:00:00Z');
      await add({ isEnabled: true, quietWindows });
      expect((await admin.get('/api/run-syncer?id=acme/wecom')).status).to.equal('ok');
      const [member] = test.sandbox.company.members;
      const answer = await admin.post(`/api/sync-member?id=acme/wecom&userid=${member!.userid}`);
      expect(answer.status, answer.msg).to.equal('ok');
    });

    it('says so when they leave no time', async () => {
      const always = [
        { days: EVERY_DAY, from: '00:00', to: '12:00' },
        { days: EVERY_DAY, from: '12:00', to: '00:00' },
      ];
      expect(await add({ isEnabled: true, quietWindows: always })).to.contain('leave no time');
      expect([await nextRunAt(), await nextRuns()]).to.deep.equal([null, []]);
    });
  });

  describe('on Redis', () => {
    let prefix: string;
    const open: BullmqScheduler[] = [];
    before(async function () {
      if (!(await redisAnswers())) this.skip();
    });
    beforeEach(() => {
      prefix = randomPrefix();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((one) => one.close()));
      await removeKeys(prefix);
    });
    const bullmq = async (): Promise<BullmqScheduler> => {
      const onFailure = (_: string, error: unknown): never => {
        throw error;
      };
      const made = await BullmqScheduler.open({ url: REDIS_URL, concurrency: 2, onFailure, prefix });
      open.push(made);
      return made;
    };
    const until = async (condition: () => Promise<boolean>): Promise<void> => {
      while (!(await condition()));
    };

    it('runs once at its time, whichever of two hosts it is', async () => {
      await add();
      await secondHost(await bullmq());
      const other = await secondHost(await bullmq());
      setClock('2026-06-01T18:29:59Z');
      await other.refresh((await test.host.syncers.list())[0]!.id);
      await until(async () => (await nextRunAt()) === NEXT_DAY && (await runs())[0]?.trigger === 'schedule');
      // Both look several times more.
      await until(async () => clock().getTime() > Date.parse(TIME) + 3_000);
      expect(await scheduled()).to.equal(1);
    });

    it('does not make up for what passed while no host ran', async () => {
      await add();
      setClock('2026-06-01T18:29:00Z');
      const first = await bullmq();
      await secondHost(first);
      await first.close();
      const id = (await test.host.syncers.list())[0]!.id;
      const second = await bullmq();
      stub(second, 'dueAt').callsFake(async (taskId) => (taskId === id ? new Date(Date.now() - 10 * HOUR) : undefined));
      setClock('2026-06-02T04:30:00Z');
      await secondHost(second);
      expect(await nextRunAt()).to.equal(NEXT_DAY);
      expect(await runs()).to.deep.equal([]);
    });

    it('leaves a time that came a moment ago to the host that runs it', async () => {
      await add();
      setClock('2026-06-01T18:29:00Z');
      await secondHost(await bullmq());
      const { id } = (await test.host.syncers.list())[0]!;
      const late = await bullmq();
      stub(late, 'dueAt').resolves(new Date());
      const put = spy(late, 'put');
      setClock('2026-06-01T18:30:01Z');
      await secondHost(late);
      // The first host may look at this very moment, for which the clock was set forward: what it puts is its own.
      expect(put.args.filter(([task]) => task.id === id)).to.deep.equal([]);
    });
  });
});
