import { expect } from 'chai';
import { pino } from 'pino';
import { createHost } from '../../../src/host/create-host.ts';
import type { Host } from '../../../src/host/host.ts';
import { parseSettings } from '../../../src/host/settings.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { until } from '../../support/promises.ts';
import { OwnRedis, redisAnswers } from '../../support/redis.ts';
import {
  addTenant,
  ADMIN_PASSWORD,
  CLIENT_ID,
  CLIENT_SECRET,
  OwnHost,
  SECRET_KEY,
  withCredential,
  type Client,
} from '../test-host.ts';

const MINUTE_MS = 60_000;
/** So long before a minute the database's clock is set: time for whoever is told to look at it. */
const BEFORE_MS = 4_000;

/** PostgreSQL with a clock that a test sets: what asks it for the time finds this function before its own. */
const OWN_CLOCK = `
  CREATE TABLE public.own_clock (step interval);
  INSERT INTO public.own_clock VALUES ('0');
  CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + (SELECT step FROM public.own_clock)';
  DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path TO public, pg_catalog', current_database());
  END $$;`;
const SET_CLOCK = `UPDATE public.own_clock SET step = date_trunc('minute', public.clock_timestamp())
  + interval '${MINUTE_MS - BEFORE_MS} milliseconds' - pg_catalog.clock_timestamp()`;

interface ToldRun {
  readonly state: string;
  readonly trigger: string;
}

describe('a run in a minute of its line', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let database: TestDatabase;
  let settings: Record<string, string>;

  beforeEach(async function () {
    const fresh = await createTestDatabase('postgres');
    if (!fresh) return this.skip();
    database = fresh;
    await database.run(OWN_CLOCK);
    sandbox = await Sandbox.start({ members: 20, departments: 3 });
    settings = {
      DATABASE_URL: database.url,
      SECRET_KEY,
      PORT: '0',
      ADMIN_PASSWORD,
      CLIENT_ID,
      CLIENT_SECRET,
      WECOM_API_URL: sandbox.url,
    };
  });
  afterEach(async () => {
    await sandbox?.close();
    await database?.drop();
  });

  const scheduled = async (client: Client): Promise<readonly ToldRun[]> => {
    const { data } = await client.get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=100');
    return (data as ToldRun[]).filter(({ trigger }) => trigger === 'schedule');
  };
  const save = async (client: Client, values: object): Promise<void> => {
    const syncer = { owner: 'admin', name: 'wecom', organization: 'acme', ...values };
    const answer = await client.post('/api/update-syncer?id=acme/wecom', syncer);
    expect(answer.status, answer.msg).to.equal('ok');
  };
  /** The clock is set to a moment before a minute, and every host looks at it. */
  const comeToMinute = async (clients: readonly Client[]): Promise<void> => {
    await database.run(SET_CLOCK);
    for (const client of clients) await save(client, { schedule: '* * * * *' });
  };

  for (const form of ['in memory of each host', 'on Redis'] as const) {
    it(`is one of two hosts, with the schedule ${form}`, async function () {
      const redis = form === 'on Redis' && (await redisAnswers()) ? await OwnRedis.start() : undefined;
      if (form === 'on Redis' && !redis) return this.skip();
      const hosts: Host[] = [];
      try {
        for (let count = 0; count < 2; count += 1) {
          const read = parseSettings({ ...settings, ...(redis && { REDIS_URL: redis.url }) });
          const host = await createHost(read, { log: pino({ level: 'silent' }) });
          hosts.push(host);
          await host.listen();
        }
        const clients = hosts.map(({ url }) => withCredential(url));
        const [first] = clients as [Client];
        await addTenant(first, sandbox, 'acme', false);
        await save(first, { isEnabled: true, schedule: '0 0 29 2 *' });
        for (const minute of [1, 2]) {
          await comeToMinute(clients);
          await until(async () => (await scheduled(first)).length >= minute);
          await until(async () => (await scheduled(first)).every(({ state }) => state === 'succeeded'));
          // Later in that minute everybody looks once more.
          await database.run(`UPDATE public.own_clock SET step = step + interval '30 seconds'`);
          for (const client of clients) await save(client, { schedule: '* * * * *' });
          expect(await scheduled(first)).to.have.length(minute);
        }
      } finally {
        for (const host of hosts) await host.close();
        await redis?.stop();
      }
    });
  }

  it('is not repeated by a host that was killed in it, and comes again in the next one', async () => {
    const order = { settings, lockMs: 2_000 };
    let host = await OwnHost.start(order);
    try {
      await addTenant(host.client, sandbox, 'acme', false);
      await save(host.client, { isEnabled: true, schedule: '0 0 29 2 *' });
      sandbox.faults.add({ path: 'user/list', respond: { delayMs: 30_000 } });
      await comeToMinute([host.client]);
      await until(async () => (await scheduled(host.client))[0]?.state === 'running');
      await host.kill();
      sandbox.faults.clear();
      host = await OwnHost.start(order);
      const { client } = host;
      await until(async () => (await scheduled(client))[0]?.state === 'failed');
      expect(await scheduled(client)).to.have.length(1);
      await comeToMinute([client]);
      await until(
        async () => (await scheduled(client)).length > 1 && (await scheduled(client))[0]?.state === 'succeeded',
      );
      expect((await scheduled(client)).map(({ state }) => state)).to.deep.equal(['succeeded', 'failed']);
    } finally {
      await host.kill();
    }
  });
});
