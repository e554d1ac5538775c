import { expect } from 'chai';
import { pino } from 'pino';
import { createHost } from '../../../src/host/create-host.ts';
import type { Host } from '../../../src/host/host.ts';
import { parseSettings } from '../../../src/host/settings.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { OwnRedis, redisAnswers } from '../../support/redis.ts';
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

const ORGANIZATIONS = Array.from({ length: 8 }, (_, index) => `acme-${index}`);

describe('two hosts that share PostgreSQL and Redis', () => {
  let sandbox: Sandbox;
  let redis: OwnRedis;
  let database: TestDatabase;
  let hosts: Host[] = [];

  const startHost = async (): Promise<Host> => {
    const settings = parseSettings({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      SECRET_KEY,
      PORT: '0',
      ADMIN_PASSWORD,
      CLIENT_ID,
      CLIENT_SECRET,
      WECOM_API_URL: sandbox.url,
    });
    const host = await createHost(settings, { log: pino({ level: 'silent' }) });
    hosts.push(host);
    await host.listen();
    return host;
  };
  const clientOf = (host: Host): Client => withCredential(host.url);
  const addSyncer = (client: Client, organization: string): Promise<void> =>
    addTenant(client, sandbox, organization, true);
  // oxlint-disable-next-line typescript/no-explicit-any -- runs are looked at key by key
  const runsOf = async (client: Client, organization: string): Promise<any[]> =>
    (await client.get(`/api/get-sync-runs?id=${organization}/wecom&p=1&pageSize=10`)).data;
  const hasRun = async (client: Client, organization: string): Promise<boolean> =>
    (await runsOf(client, organization)).some(({ state }) => state === 'succeeded');

  beforeEach(async function () {
    this.timeout(60_000);
    hosts = [];
    const fresh = await createTestDatabase('postgres');
    if (!fresh || !(await redisAnswers())) {
      await fresh?.drop();
      this.skip();
    }
    database = fresh;
    sandbox = await Sandbox.start({ members: 20, departments: 3 });
    redis = await OwnRedis.start();
  });
  afterEach(async function () {
    if (hosts.length === 0) return;
    for (const host of hosts) await host.close();
    await redis.stop();
    await sandbox.close();
    await database.drop();
  });

  it('run every syncer once per interval, whichever host takes it', async function () {
    this.timeout(60_000);
    const first = clientOf(await startHost());
    for (const organization of ORGANIZATIONS) await addSyncer(first, organization);
    const second = clientOf(await startHost());
    for (const organization of ORGANIZATIONS) await until(() => hasRun(second, organization));
    for (const organization of ORGANIZATIONS) expect(await runsOf(first, organization)).to.have.length(1);
  });

  it('take up at one host what was switched on at the other', async function () {
    this.timeout(60_000);
    const first = clientOf(await startHost());
    const [firstHost] = hosts;
    const second = clientOf(await startHost());
    await addSyncer(first, 'acme');
    await firstHost?.close();
    await until(() => hasRun(second, 'acme'));
  });

  it('are not ready without Redis, hold up nobody who saves, and go on when it is back', async function () {
    this.timeout(60_000);
    const client = clientOf(await startHost());
    await addSyncer(client, 'acme');
    await until(() => hasRun(client, 'acme'));
    await redis.stop();
    await until(async () => (await client.get('/readyz')).httpStatus === 503);
    expect((await client.get('/healthz')).httpStatus).to.equal(200);
    await addSyncer(client, 'beta');
    await redis.start();
    await until(() => hasRun(client, 'beta'));
    await until(async () => (await client.get('/readyz')).httpStatus === 200);
    expect(await runsOf(client, 'acme')).to.have.length(1);
  });
});
