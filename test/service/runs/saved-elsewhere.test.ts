import { expect } from 'chai';
import { pino } from 'pino';
import { BullmqScheduler } from '../../../src/bullmq/bullmq-scheduler.ts';
import { createHost } from '../../../src/host/create-host.ts';
import { InProcessScheduler } from '../../../src/scheduler/in-process-scheduler.ts';
import type { Scheduler } from '../../../src/scheduler/scheduler.ts';
import { SyncerRow } from '../../../src/storage/entities/index.ts';
import { SECRET_KEY, TestHost, type Client } from '../../host/test-host.ts';
import { ManualScheduler } from '../../support/manual-scheduler.ts';
import { until } from '../../support/promises.ts';
import { randomPrefix, redisAnswers, REDIS_URL, removeKeys } from '../../support/redis.ts';

const LOOK = 'host:abandoned';

/** A host with syncers that another process changes. */
class Host {
  readonly test: TestHost;
  readonly admin: Client;

  private constructor(test: TestHost, admin: Client) {
    this.test = test;
    this.admin = admin;
  }

  static async start(scheduler: Scheduler): Promise<Host> {
    const test = await TestHost.start({ members: 5, departments: 2, scheduler, settings: { SECRET_KEY } });
    await test.addOrganization('acme');
    return new Host(test, await test.signedIn());
  }

  async add(name: string, values: Record<string, unknown> = {}): Promise<void> {
    const body = { ...this.test.syncer('acme', name), isEnabled: true, syncInterval: 86_400, ...values };
    const answer = await this.admin.post('/api/add-syncer', body);
    expect(answer.status, answer.msg).to.equal('ok');
  }

  /** As a command does: on the same database, with a schedule that nobody performs. */
  async apply(syncers: readonly Record<string, unknown>[], prune = false): Promise<void> {
    const command = await createHost(this.test.settings, { log: pino({ enabled: false }) });
    try {
      const wanted = await command.configuration.read(JSON.stringify({ syncers }));
      await command.configuration.apply(wanted, { prune, actor: { by: 'app/command', address: '' } });
    } finally {
      await command.close();
    }
  }

  /** A syncer as a text has a new one. */
  fresh(name: string, values: Record<string, unknown>): Record<string, unknown> {
    const { corpId: user, appSecret: password } = this.test.sandbox;
    return { name: `acme/${name}`, type: 'WeCom', user, password, isEnabled: true, ...values };
  }

  async runs(name: string): Promise<readonly { readonly state: string; readonly trigger: string }[]> {
    return (await this.admin.get(`/api/get-sync-runs?id=acme/${name}`)).data;
  }

  async nextRunAt(name: string): Promise<string | null> {
    return (await this.admin.get(`/api/get-syncer?id=acme/${name}`)).data.nextRunAt;
  }

  async idOf(name: string): Promise<string> {
    const [record] = (await this.test.host.syncers.list('acme')).filter((one) => one.name === name);
    return record!.id;
  }
}

describe('syncers that another process saved', () => {
  let scheduler: ManualScheduler;
  let host: Host;

  beforeEach(async () => {
    scheduler = new ManualScheduler();
    host = await Host.start(scheduler);
  });
  afterEach(() => host.test.close());

  const look = (): Promise<void> => scheduler.perform(LOOK);
  const ids = (): readonly string[] => scheduler.syncerTasks.map(({ id }) => id).sort();
  const secondsUntil = (id: string): number =>
    Math.round((scheduler.tasks.get(id)!.dueAt.getTime() - Date.now()) / 1000);

  it('come when they should: new ones, enabled ones, and those with another interval', async () => {
    await host.add('off', { isEnabled: false });
    await host.add('slow');
    await scheduler.performAll();
    const [off, slow] = [await host.idOf('off'), await host.idOf('slow')];
    await host.apply([
      host.fresh('new', { syncInterval: 60 }),
      { name: 'acme/off', isEnabled: true, syncInterval: 60 },
      { name: 'acme/slow', syncInterval: 600 },
    ]);
    await look();
    const fresh = await host.idOf('new');
    expect(ids()).to.deep.equal([fresh, off, slow].sort());
    expect(secondsUntil(fresh)).to.be.at.most(0);
    expect(secondsUntil(off)).to.be.at.most(0);
    expect(secondsUntil(slow)).to.be.within(500, 600);
    expect(scheduler.tasks.get(slow)!.everyMs).to.equal(600_000);
  });

  it('come by their line from then on', async () => {
    await host.add('quick');
    await scheduler.performAll();
    const id = await host.idOf('quick');
    await host.apply([{ name: 'acme/quick', schedule: '* * * * *' }]);
    await look();
    expect(secondsUntil(id)).to.be.within(0, 60);
    const due = scheduler.tasks.get(id)!.dueAt.getTime();
    expect(Math.abs(Date.parse((await host.nextRunAt('quick'))!) - due)).to.be.lessThan(1_000);
    await host.apply([{ name: 'acme/quick', schedule: '' }]);
    await look();
    expect(secondsUntil(id)).to.be.within(86_000, 86_400);
  });

  it('come no more when they were deleted or are not enabled', async () => {
    await host.add('kept');
    await host.add('off');
    await host.add('gone', { contactsSecret: host.test.sandbox.contactsSecret });
    await scheduler.performAll();
    await host.apply([{ name: 'acme/kept' }, { name: 'acme/off', isEnabled: false }], true);
    await look();
    expect(ids()).to.deep.equal([await host.idOf('kept')]);
  });

  it('are checked against the roster from then on, and no more once that was switched off', async () => {
    await host.add('wecom');
    await scheduler.performAll();
    const id = await host.idOf('wecom');
    const { contactsSecret } = host.test.sandbox;
    await host.apply([{ name: 'acme/wecom', contactsSecret }]);
    await look();
    expect(secondsUntil(`roster:${id}`)).to.be.within(200, 300);
    await host.apply([{ name: 'acme/wecom', rosterInterval: 60 }]);
    await look();
    expect(secondsUntil(`roster:${id}`)).to.be.within(0, 60);
    await host.apply([{ name: 'acme/wecom', rosterInterval: 0 }]);
    await look();
    expect(ids()).to.deep.equal([id]);
  });

  const note = (nextRunAt: string | null): Promise<unknown> =>
    host.test.host.database.transaction(({ manager }) => manager.updateAll(SyncerRow, { nextRunAt }));

  it('come when they should also when the save was seen before the time that follows from it was stored', async () => {
    await host.add('wecom');
    await scheduler.performAll();
    const id = await host.idOf('wecom');
    const before = await host.nextRunAt('wecom');
    await host.apply([{ name: 'acme/wecom', syncInterval: 600 }]);
    const after = await host.nextRunAt('wecom');
    await note(before);
    await look();
    await note(after);
    await look();
    expect(secondsUntil(id)).to.be.within(500, 600);
  });

  it('run no sooner because somebody looked', async () => {
    await host.add('wecom');
    await host.apply([{ name: 'acme/wecom', syncInterval: 3600 }]);
    await look();
    await scheduler.performAll();
    const id = await host.idOf('wecom');
    for (let looks = 0; looks < 3; looks += 1) {
      await look();
      expect(secondsUntil(id)).to.be.within(3500, 3600);
    }
    expect(await host.runs('wecom')).to.have.length(1);
  });

  it('keep the early run that another host was asked for', async () => {
    await host.add('wecom');
    await scheduler.performAll();
    const id = await host.idOf('wecom');
    await host.apply([{ name: 'acme/wecom', syncInterval: 43_200 }]);
    const dueAt = new Date(Date.now() + 200_000);
    await scheduler.put({ id, everyMs: 43_200_000, dueAt });
    await note(dueAt.toISOString());
    await look();
    expect(scheduler.tasks.get(id)!.dueAt).to.deep.equal(dueAt);
  });
});

for (const kind of ['in this process', 'in Redis'] as const) {
  describe(`syncers that another process saved, with the schedule ${kind}`, () => {
    const prefix = randomPrefix();
    let scheduler: Scheduler;
    let host: Host;

    before(async function () {
      if (kind === 'in Redis' && !(await redisAnswers())) this.skip();
      const onFailure = (_: string, error: unknown): never => {
        throw error;
      };
      scheduler =
        kind === 'in Redis'
          ? await BullmqScheduler.open({ url: REDIS_URL, concurrency: 2, onFailure, prefix })
          : new InProcessScheduler(onFailure);
      host = await Host.start(scheduler);
    });
    after(async () => {
      await host?.test.close();
      if (kind === 'in Redis' && (await redisAnswers())) await removeKeys(prefix);
    });

    // The second of them finds the members in the hands of the first.
    const isOver = ({ state }: { readonly state: string }): boolean => state === 'succeeded' || state === 'partial';
    const look = (): Promise<void> => scheduler.put({ id: LOOK, everyMs: 60_000, dueAt: new Date() });

    it('run by themselves, once, and no more when they were deleted', async () => {
      await host.add('off', { isEnabled: false });
      await host.apply([host.fresh('new', {}), { name: 'acme/off', isEnabled: true }]);
      await look();
      for (const name of ['new', 'off']) await until(async () => (await host.runs(name)).some(isOver));
      const [fresh, off] = [await host.idOf('new'), await host.idOf('off')];
      await host.apply([{ name: 'acme/off', isEnabled: false }], true);
      await look();
      for (const id of [fresh, off]) await until(async () => (await scheduler.dueAt(id)) === undefined);
      expect(await host.runs('off')).to.have.length(1);
    });
  });
}
