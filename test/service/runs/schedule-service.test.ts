import { expect } from 'chai';
import { stub, useFakeTimers } from 'sinon';
import { pino } from 'pino';
import type { ScheduledTask } from '../../../src/scheduler/scheduler.ts';
import { ScheduleService } from '../../../src/service/runs/schedule-service.ts';
import { AuditRow, RunRow, SyncerRow } from '../../../src/storage/entities/index.ts';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import { SyncerRecords } from '../../../src/storage/syncers/syncer-records.ts';
import { TypeormLeaseStore } from '../../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../../src/storage/runs/typeorm-run-store.ts';
import { TestHost, type Client } from '../../host/test-host.ts';
import { ManualScheduler } from '../../support/manual-scheduler.ts';

describe('the schedule', () => {
  let scheduler: ManualScheduler;
  let test: TestHost;
  let admin: Client;

  beforeEach(async () => {
    scheduler = new ManualScheduler();
    test = await TestHost.start({ members: 5, departments: 2, scheduler });
    await test.addOrganization('acme');
    admin = await test.signedIn();
  });
  afterEach(() => test.close());

  const save = async (values: Record<string, unknown>): Promise<void> => {
    const answer = await admin.post('/api/update-syncer?id=acme/wecom', values);
    expect(answer.status, answer.msg).to.equal('ok');
  };
  const add = async (values: Record<string, unknown> = { isEnabled: true }): Promise<void> => {
    expect((await admin.post('/api/add-syncer', { ...test.syncer('acme'), ...values })).status).to.equal('ok');
  };
  const read = async (): Promise<Record<string, unknown>> =>
    (await admin.get('/api/get-syncer?id=acme/wecom')).data as Record<string, unknown>;
  const secondsUntil = (date: Date | string): number => Math.round((new Date(date).getTime() - Date.now()) / 1000);
  const task = (): ScheduledTask => scheduler.syncerTasks[0]!;

  it('runs an enabled syncer that never ran at once, then after its interval', async () => {
    await add();
    expect(secondsUntil(task().dueAt)).to.be.at.most(0);
    await scheduler.performAll();
    expect(await read()).to.deep.include({ health: 'ok' });
    expect((await read())['lastRun']).to.include({ state: 'succeeded', trigger: 'schedule' });
    expect(secondsUntil(task().dueAt)).to.be.within(3550, 3600);
    // The one is told by the database's clock, the other by this process's.
    const shown = Date.parse(String((await read())['nextRunAt']));
    expect(Math.abs(shown - task().dueAt.getTime())).to.be.lessThan(1_000);
  });

  it('knows nothing of a syncer that is not enabled, which still runs by hand', async () => {
    await add({ isEnabled: false });
    expect(scheduler.syncerTasks).to.deep.equal([]);
    expect((await admin.get('/api/run-syncer?id=acme/wecom')).status).to.equal('ok');
    expect(scheduler.syncerTasks).to.deep.equal([]);
    expect((await read())['nextRunAt']).to.equal(null);
  });

  it('follows the switch, the interval, the deletion at once', async () => {
    await add();
    await scheduler.performAll();
    await save({ isEnabled: false });
    expect(scheduler.syncerTasks).to.deep.equal([]);
    expect((await read())['nextRunAt']).to.equal(null);
    await save({ isEnabled: true, syncInterval: 600 });
    expect(task().everyMs).to.equal(600_000);
    expect(secondsUntil(task().dueAt)).to.be.within(550, 600);
    await admin.post('/api/delete-syncer', { owner: 'admin', name: 'wecom', organization: 'acme' });
    expect(scheduler.syncerTasks).to.deep.equal([]);
  });

  /** The scheduled run that hangs in its first call until the test cancels it. */
  const hangingRun = async (): Promise<{ readonly id: string; readonly ended: Promise<void> }> => {
    test.sandbox.faults.set({ latencyMs: 600_000 });
    const ended = scheduler.performAll();
    for (;;) {
      const { data } = await admin.get('/api/get-sync-runs?id=acme/wecom');
      if (data[0]?.state === 'running') return { id: data[0].id, ended };
    }
  };

  it('saves while a run goes on, without waiting for it', async () => {
    await add();
    const { id, ended } = await hangingRun();
    await save({ syncInterval: 7200 });
    expect((await admin.get(`/api/get-sync-run?id=${id}`)).data.state).to.equal('running');
    expect(task().everyMs).to.equal(7_200_000);
    await admin.post(`/api/cancel-sync-run?id=${id}`);
    await ended;
    expect(task().everyMs).to.equal(7_200_000);
  });

  it('goes on after a first failure', async () => {
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    await add();
    await scheduler.performAll();
    expect(await read()).to.include({ health: 'failing' });
    expect(secondsUntil(task().dueAt)).to.be.within(3550, 3600);
    test.sandbox.faults.clear();
    await scheduler.performAll();
    expect(await read()).to.include({ health: 'ok', errorText: '' });
  });

  it('slows down for what only a person can mend, and recovers by a good run, by Sync, or by saving', async () => {
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    await add();
    for (let n = 0; n < 4; n += 1) await scheduler.performAll();
    expect(await read()).to.include({ health: 'quarantined' });
    expect(task().everyMs).to.equal(4 * 3_600_000);
    await save({ syncInterval: 3600 });
    expect(await read()).to.include({ health: 'failing' });
    expect(task().everyMs).to.equal(3_600_000);
    for (let n = 0; n < 3; n += 1) await scheduler.performAll();
    expect(await read()).to.include({ health: 'quarantined' });
    await admin.get('/api/run-syncer?id=acme/wecom');
    expect(await read()).to.include({ health: 'failing' });
    for (let n = 0; n < 3; n += 1) await scheduler.performAll();
    test.sandbox.faults.clear();
    await scheduler.performAll();
    expect(await read()).to.include({ health: 'ok' });
    expect(task().everyMs).to.equal(3_600_000);
  });

  it('gives whoever presses Sync the run that it began a moment ago', async () => {
    await add();
    const { id, ended } = await hangingRun();
    expect((await admin.post('/api/run-syncer?id=acme/wecom')).data).to.include({ id, trigger: 'schedule' });
    expect((await admin.post('/api/run-syncer?id=acme/wecom&dryRun=true')).msg).to.include('goes on since');
    await save({ agentId: '1000002' });
    expect((await admin.post('/api/run-syncer?id=acme/wecom')).msg, 'other settings').to.include('goes on since');
    await admin.post(`/api/cancel-sync-run?id=${id}`);
    await ended;
  });

  it('gives whoever presses Sync the run that it is about to begin', async () => {
    await add();
    const create = stub(TypeormRunStore.prototype, 'create');
    let pressed: Promise<unknown> | undefined;
    create.callsFake(async function (this: TypeormRunStore, run) {
      pressed = admin.post('/api/run-syncer?id=acme/wecom&wait=true');
      // Long enough for the call to come in.
      await admin.get('/api/get-account');
      return create.wrappedMethod.call(this, run);
    });
    await scheduler.performAll();
    const [run] = (await admin.get('/api/get-sync-runs?id=acme/wecom')).data;
    expect(await pressed).to.have.nested.property('data.id', run.id);
    expect(run.trigger).to.equal('schedule');
  });

  it('comes early when the directory changed, but not within five minutes of the last run, and once', async () => {
    await add();
    await scheduler.performAll();
    const { schedule, syncers } = test.host;
    const [record] = await syncers.list();
    await schedule.hasten(record!.id);
    expect(secondsUntil(task().dueAt)).to.be.within(290, 300);
    await save({ agentId: '1000002' });
    expect(secondsUntil(task().dueAt), 'a save does not forget it').to.be.within(290, 300);
    await scheduler.performAll();
    expect(secondsUntil(task().dueAt), 'the run that was asked for').to.be.within(3550, 3600);
  });

  it('comes early again after a run that began before the directory changed', async () => {
    await add();
    const { id, ended } = await hangingRun();
    const { schedule, syncers } = test.host;
    const [record] = await syncers.list();
    await schedule.hasten(record!.id);
    await admin.post(`/api/cancel-sync-run?id=${id}`);
    await ended;
    expect(secondsUntil(task().dueAt)).to.be.within(280, 300);
  });

  it('does not hurry a syncer that is switched off or quarantined', async () => {
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    await add();
    for (let n = 0; n < 4; n += 1) await scheduler.performAll();
    const { schedule, syncers } = test.host;
    const [record] = await syncers.list();
    await schedule.hasten(record!.id);
    expect(secondsUntil(task().dueAt)).to.be.greaterThan(3_600);
    await save({ isEnabled: false });
    await schedule.hasten(record!.id);
    expect(scheduler.syncerTasks).to.have.length(0);
  });

  it('tries again within a minute when another process holds the syncer', async () => {
    await add();
    const [record] = await test.host.syncers.list();
    const lease = { syncerId: record!.id, runId: 'elsewhere', owner: 'other:1', ttlMs: 3_600_000 };
    await new TypeormLeaseStore(test.host.database).acquire(lease);
    await scheduler.performAll();
    expect(secondsUntil(task().dueAt)).to.be.within(50, 60);
    expect((await admin.get('/api/run-syncer?id=acme/wecom')).msg).to.include('goes on since');
  });

  it('leaves the next run where it is when the run that another process began has ended by the time it is asked', async () => {
    await add();
    await scheduler.performAll();
    const [record] = await test.host.syncers.list();
    const lease = { syncerId: record!.id, runId: 'elsewhere', owner: 'other:1', ttlMs: 3_600_000 };
    await new TypeormLeaseStore(test.host.database).acquire(lease);
    await scheduler.performAll();
    expect(secondsUntil(task().dueAt)).to.be.within(3550, 3600);
  });

  for (const [direction, hours] of [
    ['forward', 10],
    ['back', -10],
  ] as const) {
    it(`keeps the interval, and the length of a run, when this process’s clock is set ${direction} in mid-run`, async () => {
      await add();
      const { id, ended } = await hangingRun();
      const truth = Date.now();
      useFakeTimers({ now: truth + hours * 3_600_000, toFake: ['Date'] });
      // A person's session ends with the clock that it was begun with; a program's credential does not.
      const program = test.credential();
      expect((await program.post(`/api/cancel-sync-run?id=${id}`)).data.state).to.equal('cancelled');
      await ended;
      expect(secondsUntil(task().dueAt)).to.be.within(3500, 3600);
      const syncer = (await program.get('/api/get-syncer?id=acme/wecom')).data;
      expect(Date.parse(syncer.nextRunAt) - truth).to.be.within(3_500_000, 3_700_000);
      const run = (await program.get(`/api/get-sync-run?id=${id}`)).data;
      expect(Date.parse(run.finishedAt) - Date.parse(run.startedAt)).to.be.within(0, 60_000);
      const [record] = await test.host.syncers.list();
      await test.host.schedule.refresh(record!.id);
      expect(secondsUntil(task().dueAt), 'also when somebody saves').to.be.within(3500, 3600);
    });
  }

  it('waits for an interval at most when the last run is stamped with a time to come', async () => {
    await add();
    await scheduler.performAll();
    const { database, schedule, syncers } = test.host;
    const tomorrow = new Date(Date.now() + 86_400_000);
    await database.transaction(({ manager }) =>
      manager.updateAll(RunRow, { startedAt: tomorrow.toISOString(), startedMs: tomorrow.getTime() }),
    );
    const [record] = await syncers.list();
    await schedule.refresh(record!.id);
    expect(secondsUntil(task().dueAt)).to.be.within(3590, 3600);
  });

  /** Another schedule of the same host, by a clock of ours: as after a restart, or when the database's clock is set. */
  const secondSchedule = async (now: () => Date): Promise<ManualScheduler> => {
    const { audit, database, runs, runStore } = test.host;
    const second = new ManualScheduler();
    const schedule = new ScheduleService({
      scheduler: second,
      records: new SyncerRecords(database, new SecretBox('a key of no matter')),
      runs,
      runStore,
      log: pino({ enabled: false }),
      runRetentionDays: 90,
      audit: { retentionDays: 400, prune: (before) => audit.prune(before) },
      now: async () => now(),
      random: () => 0.5,
    });
    await schedule.start();
    return second;
  };

  it('spreads what came due while the host was down, and keeps the rest', async () => {
    await add();
    await scheduler.performAll();
    const startedAt = async (hoursLater: number): Promise<number> => {
      const now = new Date(Date.now() + hoursLater * 3_600_000);
      return secondsUntil((await secondSchedule(() => now)).syncerTasks[0]!.dueAt);
    };
    expect(await startedAt(0.5)).to.be.within(1750, 1800);
    // Half of five minutes, which is less than half of a tenth of its hour.
    expect(await startedAt(2)).to.equal(150);
  });

  for (const hours of [10, -10]) {
    it(`counts the interval from the begin of a run in which the database’s clock was set by ${hours} hours`, async () => {
      await add();
      await scheduler.performAll();
      let ahead = 0;
      const second = await secondSchedule(() => new Date(Date.now() + ahead));
      const { ended } = await hangingRun();
      ahead = hours * 3_600_000;
      const [run] = (await admin.get('/api/get-sync-runs?id=acme/wecom')).data;
      await admin.post(`/api/cancel-sync-run?id=${run.id}`);
      await ended;
      expect(secondsUntil(second.syncerTasks[0]!.dueAt)).to.be.within(3500, 3600);
    });
  }

  it('deletes runs that are older than they are kept, and not the last one', async () => {
    await add();
    for (let n = 0; n < 3; n += 1) await scheduler.performAll();
    await test.host.database.transaction(({ manager }) =>
      manager.updateAll(RunRow, { finishedMs: 1, finishedAt: '1970-01-01T00:00:00.001Z' }),
    );
    await scheduler.perform('host:prune');
    expect((await admin.get('/api/get-sync-runs?id=acme/wecom')).data2).to.equal(1);
  });

  it('deletes audit entries that are older than they are kept, however many', async () => {
    const { audit, database } = test.host;
    const day = 86_400_000;
    const noted = (): Promise<number> => database.read(({ manager }) => manager.count(AuditRow));
    const kept = await noted();
    const entry = { action: 'sign-out', organization: 'acme', target: 'acme/chief', outcome: 'ok' } as const;
    for (let n = 0; n < 1100; n += 1) await audit.record({ by: 'anonymous', address: '127.0.0.1' }, entry);
    await database.transaction(({ manager }) =>
      manager.update(AuditRow, { action: 'sign-out' }, { createdMs: Date.now() - 401 * day }),
    );
    await audit.record({ by: 'anonymous', address: '127.0.0.1' }, entry);
    await scheduler.perform('host:prune');
    expect(await noted()).to.equal(kept + 1);
  });

  it('makes good at once for a run whose process died, but not over and over for one that takes its process down', async () => {
    await add();
    const { database, syncers } = test.host;
    let condition: Pick<SyncerRow, 'health' | 'failures'> = { health: 'ok', failures: 0 };
    const runAndDie = async (): Promise<void> => {
      await scheduler.performAll();
      const [record] = await syncers.list();
      await database.transaction(({ manager }) =>
        manager.update(RunRow, { id: record!.lastRunId! }, { state: 'running', finishedAt: null, finishedMs: null }),
      );
      // As the run left it: nobody noted a good end.
      await database.transaction(({ manager }) => manager.update(SyncerRow, { id: record!.id }, condition));
      await scheduler.perform('host:abandoned');
      condition = { health: 'failing', failures: 1 };
    };
    await runAndDie();
    expect(await read()).to.include({ health: 'failing' });
    expect(secondsUntil(task().dueAt)).to.be.at.most(0);
    await runAndDie();
    expect(secondsUntil(task().dueAt)).to.be.within(3550, 3600);
    await scheduler.performAll();
    expect(await read()).to.include({ health: 'ok' });
    expect(secondsUntil(task().dueAt)).to.be.within(3550, 3600);
  });

  it('closes runs whose process died', async () => {
    await add({ isEnabled: false });
    const { data } = await admin.get('/api/run-syncer?id=acme/wecom');
    await test.host.database.transaction(({ manager }) =>
      manager.update(RunRow, { id: data.id }, { state: 'running', phase: 'applying' }),
    );
    await scheduler.perform('host:abandoned');
    expect((await admin.get(`/api/get-sync-run?id=${data.id}`)).data).to.include({ state: 'failed' });
    expect(await read()).to.include({ health: 'failing' });
  });
});
