import { expect } from 'chai';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { Database } from '../../../src/storage/database.ts';
import { LeaseRow, RunRow, SyncerRow } from '../../../src/storage/entities/index.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { OwnHost, SECRET_KEY, addTenant, ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET } from '../test-host.ts';
import { OwnRedis, redisAnswers } from '../../support/redis.ts';
import { until } from '../../support/promises.ts';

const HOSTS = 4;
const SYNCERS = 24;
const MEMBERS = 20;
const HOUR = 3_600_000;

describe('four host processes that share PostgreSQL and Redis', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let redis: OwnRedis;
  let fresh: TestDatabase;
  /** To see what is stored, whatever the hosts say. */
  let database: Database;
  let hosts: OwnHost[] = [];
  let organizations = 0;

  before(async function () {
    const found = await createTestDatabase('postgres');
    if (!found || !(await redisAnswers())) {
      await found?.drop();
      this.skip();
    }
    fresh = found;
    sandbox = await Sandbox.start({ members: MEMBERS, departments: 3 });
    redis = await OwnRedis.start();
    const order = {
      lockMs: 2_000,
      settings: {
        DATABASE_URL: fresh.url,
        REDIS_URL: redis.url,
        SECRET_KEY,
        PORT: '0',
        ADMIN_PASSWORD,
        CLIENT_ID,
        CLIENT_SECRET,
        RUN_CONCURRENCY: '2',
        WECOM_API_URL: sandbox.url,
      },
    };
    // The first one makes the tables and the administrator.
    hosts = [await OwnHost.start(order)];
    hosts.push(...(await Promise.all(Array.from({ length: HOSTS - 1 }, () => OwnHost.start(order)))));
    database = await openDatabase(fresh.url);
  });
  after(async () => {
    if (hosts.length === 0) return;
    await Promise.all(hosts.map((host) => host.kill()));
    await database.close();
    await redis.stop();
    await sandbox.close();
    await fresh.drop();
  });
  afterEach(() => sandbox.faults.clear());

  /** Makes so many syncers, each in an organization of its own; answers their organizations. */
  const addSyncers = async (count: number, isEnabled: boolean, at = 0): Promise<string[]> => {
    const added = Array.from({ length: count }, () => `acme-${(organizations += 1)}`);
    const { client } = hosts[at]!;
    for (const organization of added) await addTenant(client, sandbox, organization, isEnabled);
    return added;
  };
  const runsOf = (organization: string): Promise<RunRow[]> =>
    database.read(({ manager }) => manager.find(RunRow, { where: { organization }, order: { startedMs: 'ASC' } }));
  const statesOf = async (organization: string): Promise<string[]> =>
    (await runsOf(organization)).map(({ state }) => state);
  const allSucceeded = (among: readonly string[]): Promise<void> =>
    until(async () => (await Promise.all(among.map(statesOf))).every((states) => states.includes('succeeded')));
  const leases = (): Promise<LeaseRow[]> => database.read(({ manager }) => manager.find(LeaseRow));
  const expectNoOverlap = async (): Promise<void> => {
    const runs = await database.read(({ manager }) => manager.find(RunRow, { order: { startedMs: 'ASC' } }));
    const ended = new Map<string, RunRow>();
    for (const run of runs) {
      const before = ended.get(run.syncerId);
      if (before) expect(run.startedMs, run.organization).to.be.at.least(before.finishedMs ?? Infinity);
      ended.set(run.syncerId, run);
    }
  };
  /** Enables a syncer at each host, and waits for its run: whatever was due before has been begun by then. */
  const probeEach = async (): Promise<void> => {
    const probes = await Promise.all(hosts.map((_, at) => addSyncers(1, true, at)));
    await allSucceeded(probes.flat());
  };

  it('run every syncer exactly once, and share the work', async () => {
    const added = await addSyncers(SYNCERS, false);
    const owners = new Set<string>();
    sandbox.faults.set({ latencyMs: 50 });
    await Promise.all(
      added.map(async (organization, index) => {
        const { client } = hosts[index % HOSTS]!;
        const answer = await client.post(`/api/update-syncer?id=${organization}/wecom`, { isEnabled: true });
        expect(answer.status, answer.msg).to.equal('ok');
      }),
    );
    await until(async () => {
      for (const { owner } of await leases()) owners.add(owner);
      return (await Promise.all(added.map(statesOf))).every((states) => states.includes('succeeded'));
    });
    await probeEach();
    for (const organization of added) {
      const [run, ...others] = await runsOf(organization);
      expect(others).to.deep.equal([]);
      expect(JSON.parse(run!.counts)).to.include({ members: MEMBERS, created: MEMBERS });
    }
    expect(owners.size).to.be.greaterThan(1);
  });

  it('never run a syncer twice at a time, whoever presses Sync at whichever host', async () => {
    const added = await addSyncers(4, false);
    sandbox.faults.set({ latencyMs: 20 });
    const begun = new Set<string>();
    const press = async (organization: string, { client }: OwnHost): Promise<void> => {
      for (let n = 0; n < 5; n += 1) {
        const answer = await client.post(`/api/run-syncer?id=${organization}/wecom`);
        if (answer.status === 'ok') begun.add(answer.data.id);
        else
          expect(answer.msg).to.match(
            /^A run of this syncer goes on since [\dTZ:.-]+\. Wait for it to end, or cancel it\.$/,
          );
      }
    };
    await Promise.all(added.flatMap((organization) => hosts.map((host) => press(organization, host))));
    await until(async () => (await leases()).length === 0);
    const runs = (await Promise.all(added.map(runsOf))).flat();
    expect(new Set(runs.map(({ id }) => id))).to.deep.equal(begun);
    expect(runs.map(({ state }) => state)).to.deep.equal(runs.map(() => 'succeeded'));
    expect(begun.size).to.be.within(added.length, added.length * HOSTS * 5 - 1);
    await expectNoOverlap();
  });

  it('keep their schedules and their leases when clocks are set by hours in mid-run', async () => {
    const [ahead, behind, right] = [hosts[0]!, hosts[1]!, hosts[2]!];
    const before = await database.read(({ manager }) => manager.count(RunRow));
    const removeFault = sandbox.faults.add({ path: 'user/list', respond: { delayMs: 3_000 } });
    const [first, second] = (await addSyncers(2, false)) as [string, string];
    for (const [organization, { client }] of [
      [first, ahead],
      [second, behind],
    ] as const) {
      await client.post(`/api/run-syncer?id=${organization}/wecom`);
    }
    ahead.setClock(10 * HOUR);
    behind.setClock(-10 * HOUR);
    for (const [organization, others] of [
      [first, [behind, right]],
      [second, [ahead, right]],
    ] as const) {
      for (const { client } of others) {
        expect((await client.post(`/api/run-syncer?id=${organization}/wecom`)).msg).to.include('goes on since');
      }
    }
    for (const { client } of [ahead, behind]) {
      const [other] = (await addSyncers(1, false, 2)) as [string];
      const { data } = await right.client.post(`/api/run-syncer?id=${other}/wecom`);
      // Whoever is asked to cancel looks first for runs that have lost their process, and would end the first two.
      const cancelled = await client.post(`/api/cancel-sync-run?id=${data.id}`);
      expect(cancelled.data, cancelled.msg).to.include({ id: data.id, state: 'cancelled' });
      expect((await runsOf(other))[0]!.error).to.include('cancelled');
    }
    removeFault();
    await allSucceeded([first, second]);
    for (const organization of [first, second]) {
      const [run, ...others] = await runsOf(organization);
      expect(others).to.deep.equal([]);
      expect(run!.finishedMs! - run!.startedMs).to.be.within(0, 30_000);
    }

    await probeEach();
    expect(await database.read(({ manager }) => manager.count(RunRow))).to.equal(before + 4 + HOSTS);
    const scheduled = await database.read(({ manager }) => manager.findBy(SyncerRow, { isEnabled: true }));
    for (const { nextRunAt } of scheduled) {
      expect(Date.parse(nextRunAt ?? '') - Date.now()).to.be.within(HOUR / 2, HOUR + 60_000);
    }
    ahead.setClock(-10 * HOUR);
    behind.setClock(10 * HOUR);
    await probeEach();
    ahead.setClock(0);
    behind.setClock(0);
    await probeEach();
    expect(await database.read(({ manager }) => manager.count(RunRow))).to.equal(before + 4 + 3 * HOSTS);
    await expectNoOverlap();
  });

  it('finish what they run when Redis is restarted in the middle and has forgotten everything, and run nothing twice', async () => {
    const before = await database.read(({ manager }) => manager.count(RunRow));
    sandbox.faults.add({ path: 'user/list', respond: { delayMs: 1_000 } });
    const added = await addSyncers(6, true);
    await until(async () => (await leases()).length >= 2);
    await redis.stop();
    for (const { client } of hosts) await until(async () => (await client.get('/readyz')).httpStatus === 503);
    sandbox.faults.clear();
    await redis.start();
    for (const { client } of hosts) await until(async () => (await client.get('/readyz')).httpStatus === 200);
    await allSucceeded(added);
    await probeEach();
    expect(await database.read(({ manager }) => manager.count(RunRow))).to.equal(before + added.length + HOSTS);
    await expectNoOverlap();
  });

  it('take over from the one that is killed in mid-run, and from nobody else', async () => {
    const before = await database.read(({ manager }) => manager.count(RunRow));
    sandbox.faults.add({ path: 'user/list', respond: { delayMs: 3_000 } });
    const added = await addSyncers(HOSTS * 2, true);
    const heldBy = async (host: OwnHost): Promise<string[]> =>
      (await leases()).filter(({ owner }) => owner.endsWith(`:${host.pid}`)).map(({ runId }) => runId);
    let victim: OwnHost | undefined;
    await until(async () => {
      for (const host of hosts) if ((await heldBy(host)).length > 0) victim = host;
      return victim !== undefined;
    });
    await victim!.kill();
    // What it held stays until somebody notices that it is dead.
    const lost = await heldBy(victim!);
    hosts = hosts.filter((host) => host !== victim);
    sandbox.faults.clear();

    await allSucceeded(added);
    await probeEach();
    const runs = (await Promise.all(added.map(runsOf))).flat();
    const failed = runs.filter(({ state }) => state !== 'succeeded');
    expect(failed).to.not.be.empty;
    expect(lost).to.include.members(failed.map(({ id }) => id));
    for (const { state, error } of failed) {
      expect(state).to.equal('failed');
      expect(error).to.include('abandoned');
    }
    expect(runs).to.have.length(added.length + failed.length);
    expect(await database.read(({ manager }) => manager.count(RunRow))).to.equal(before + runs.length + hosts.length);
    await expectNoOverlap();
  });
});
