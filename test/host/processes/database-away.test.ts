import { expect } from 'chai';
import { pino } from 'pino';
import { createHost } from '../../../src/host/create-host.ts';
import type { Host } from '../../../src/host/host.ts';
import { parseSettings } from '../../../src/host/settings.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { InProcessScheduler } from '../../../src/scheduler/in-process-scheduler.ts';
import type { ScheduledTask } from '../../../src/scheduler/scheduler.ts';
import { GroupRow, LinkRow, UserRow } from '../../../src/storage/entities/index.ts';
import { OwnDatabase } from '../../support/own-servers.ts';
import { until } from '../../support/promises.ts';
import {
  SECRET_KEY,
  addTenant,
  ADMIN_PASSWORD,
  CLIENT_ID,
  CLIENT_SECRET,
  withCredential,
  type Client,
} from '../test-host.ts';

/** Three pages. */
const MEMBERS = 1_200;
const HOUR = 3_600_000;

/** What the host looks after every minute comes five times a second here. */
class BusyScheduler extends InProcessScheduler {
  override ensure(task: ScheduledTask): Promise<Date> {
    return super.ensure(task.id.startsWith('host:') ? { ...task, everyMs: 200 } : task);
  }
}

for (const kind of ['postgres', 'mysql'] as const) {
  describe(`a host whose ${kind} server stops at once and starts again`, function () {
    this.timeout(60_000);
    let server: OwnDatabase;
    let sandbox: Sandbox;
    let scheduler: InProcessScheduler;
    let host: Host;
    let client: Client;
    let log: string[];
    let databases = 0;

    before(async function () {
      const own = await OwnDatabase.start(kind);
      if (!own) this.skip();
      server = own;
      sandbox = await Sandbox.start({ members: MEMBERS, departments: 60 });
    });
    after(async () => {
      await sandbox?.close();
      await server?.remove();
    });

    beforeEach(async () => {
      databases += 1;
      log = [];
      const settings = parseSettings({
        DATABASE_URL: await server.create(`iam_${databases}`),
        SECRET_KEY,
        PORT: '0',
        ADMIN_PASSWORD,
        CLIENT_ID,
        CLIENT_SECRET,
        WECOM_API_URL: sandbox.url,
      });
      const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
      scheduler = new BusyScheduler((task, error) => logger.error({ task, err: error }, 'a scheduled task failed'), {
        retryMs: 200,
      });
      host = await createHost(settings, { log: logger, scheduler });
      await host.listen();
      client = withCredential(host.url);
    });
    afterEach(async () => {
      sandbox.faults.clear();
      await host.close();
    });

    const addSyncer = (organization: string, isEnabled = true): Promise<void> =>
      addTenant(client, sandbox, organization, isEnabled);
    // oxlint-disable-next-line typescript/no-explicit-any -- runs are looked at key by key
    const runsOf = async (organization: string): Promise<any[]> =>
      (await client.get(`/api/get-sync-runs?id=${organization}/wecom&p=1&pageSize=10`)).data ?? [];
    const statesOf = async (organization: string): Promise<string[]> =>
      (await runsOf(organization)).map(({ state }) => state);
    const isReady = async (): Promise<boolean> => (await client.get('/readyz')).httpStatus === 200;

    /** What a sync leaves behind in an organization, in figures. */
    const remains = (organization: string): Promise<Record<string, number>> =>
      host.database.read(async ({ manager }) => ({
        accounts: await manager.countBy(UserRow, { owner: organization }),
        lockedOut: await manager.countBy(UserRow, { owner: organization, isForbidden: true }),
        groups: await manager.countBy(GroupRow, { owner: organization }),
        links: await manager.countBy(LinkRow, { organization }),
      }));

    it('fails the run that was under way, stays up, and makes good for it by itself once the server is back', async () => {
      // The last departments keep the run waiting when it has stored its first page.
      sandbox.faults.add({ path: 'user/list', after: 45, respond: { delayMs: 1_500 } });
      await addSyncer('acme');
      await until(async () => (await runsOf('acme'))[0]?.counts.created >= 500);
      const [disturbed] = await runsOf('acme');
      expect(disturbed.state).to.equal('running');
      await server.stop();
      sandbox.faults.clear();

      expect(await isReady()).to.equal(false);
      expect((await client.get('/healthz')).httpStatus).to.equal(200);
      await until(() => !host.runs.isActive(disturbed.id));
      expect(await isReady()).to.equal(false);
      await server.start();
      await until(isReady);

      await until(async () => (await statesOf('acme')).includes('succeeded'));
      const [second, first, ...others] = await runsOf('acme');
      expect(others).to.deep.equal([]);
      expect(first).to.include({ id: disturbed.id, state: 'failed', trigger: 'schedule' });
      expect(first.error.code).to.equal('abandoned');
      expect(second).to.include({ state: 'succeeded', trigger: 'schedule' });
      // What the first run had stored by then is there, each page of it whole.
      expect(second.counts.created).to.be.within(1, MEMBERS - 500);
      expect(second.counts.members).to.equal(MEMBERS);
      const { nextRunAt } = (await client.get('/api/get-syncer?id=acme/wecom')).data;
      expect(Date.parse(nextRunAt) - Date.now()).to.be.within(HOUR - 60_000, HOUR + 1_000);

      await addSyncer('undisturbed');
      await until(async () => (await statesOf('undisturbed')).includes('succeeded'));
      expect(await remains('acme')).to.deep.equal(await remains('undisturbed'));
      await client.post('/api/run-syncer?id=acme/wecom');
      await until(async () => (await statesOf('acme'))[0] === 'succeeded' && (await runsOf('acme')).length === 3);
      expect((await runsOf('acme'))[0].counts).to.include({ unchanged: MEMBERS, created: 0, updated: 0, removed: 0 });
      expect(log.join('\n')).to.not.include(sandbox.appSecret);
    });

    it('begins the run that came due meanwhile as soon as the server is back', async () => {
      await addSyncer('acme');
      await until(async () => (await statesOf('acme')).includes('succeeded'));
      const [record] = await host.syncers.list();
      await server.stop();
      await scheduler.put({ id: record!.id, everyMs: HOUR, dueAt: new Date() });
      await until(() => log.filter((line) => line.includes(record!.id) && line.includes('task failed')).length >= 2);
      await server.start();
      await until(async () => (await runsOf('acme')).length === 2 && (await statesOf('acme'))[0] === 'succeeded');
      expect(await isReady()).to.equal(true);
    });

    it('lets a person who presses Sync meanwhile know, and takes up the syncer when it is back', async () => {
      await addSyncer('acme', false);
      await server.stop();
      expect((await client.post('/api/run-syncer?id=acme/wecom')).status).to.equal('error');
      await server.start();
      expect((await client.post('/api/run-syncer?id=acme/wecom')).status).to.equal('ok');
      await until(async () => (await statesOf('acme')).includes('succeeded'));
    });
  });
}
