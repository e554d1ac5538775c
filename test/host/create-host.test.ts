import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { createHost } from '../../src/host/create-host.ts';
import type { Host } from '../../src/host/host.ts';
import { parseSettings } from '../../src/host/settings.ts';
import { AuditRow } from '../../src/storage/entities/index.ts';
import { createTestDatabase, DATABASE_KINDS } from '../support/databases.ts';
import { SECRET_KEY, Client, TestHost } from './test-host.ts';

const silent = pino({ level: 'silent' });

describe('the host', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-start-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const start = (variables: Record<string, string> = {}): Promise<Host> =>
    createHost(parseSettings({ DATABASE_URL: `sqlite:${join(folder, 'iam.db')}`, PORT: '0', ...variables }), {
      log: silent,
    });

  it('makes an administrator at its first start, whose password is told once', async () => {
    const first = await start();
    expect(first.firstAdministrator).to.include({ id: 'built-in/admin', isGenerated: true });
    await first.listen();
    const client = new Client(first.url);
    expect((await client.signIn('built-in', 'admin', first.firstAdministrator!.password)).status).to.equal('ok');
    await first.close();

    const second = await start({ ADMIN_PASSWORD: 'another password' });
    expect(second.firstAdministrator).to.equal(undefined);
    await second.listen();
    expect((await new Client(second.url).signIn('built-in', 'admin', 'another password')).status).to.equal('error');
    // The session outlives a restart: key and row are kept.
    const again = new Client(second.url);
    again.cookie = client.cookie;
    expect((await again.get('/api/get-account')).status).to.equal('ok');
    await second.close();
  });

  for (const kind of DATABASE_KINDS) {
    it(`makes one administrator when several start at the same moment on an empty ${kind} database`, async function () {
      this.timeout(60_000);
      const fresh = await createTestDatabase(kind);
      if (!fresh) this.skip();
      const variables = {
        DATABASE_URL: fresh.url,
        SECRET_KEY,
        ADMIN_PASSWORD: 'chosen password',
      };
      const hosts = await Promise.all(Array.from({ length: 4 }, () => start(variables)));
      expect(hosts.filter(({ firstAdministrator }) => firstAdministrator)).to.have.length(1);
      const [host] = hosts as [Host];
      await host.listen();
      expect((await new Client(host.url).signIn('built-in', 'admin', 'chosen password')).status).to.equal('ok');
      for (const one of hosts) await one.close();
      await fresh.drop();
    });
  }

  it('takes the first password from ADMIN_PASSWORD', async () => {
    const host = await start({ ADMIN_PASSWORD: 'chosen password' });
    expect(host.firstAdministrator).to.deep.equal({
      id: 'built-in/admin',
      password: 'chosen password',
      isGenerated: false,
    });
    await host.close();
  });

  it('starts while Redis is away, is not ready until it answers, and never tells its password', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    const variables = { DATABASE_URL: `sqlite:${join(folder, 'iam.db')}`, PORT: '0' };
    const host = await createHost(parseSettings({ ...variables, REDIS_URL: 'redis://:sEcReT@127.0.0.1:1' }), { log });
    await host.listen();
    const ready = await fetch(`${host.url}/readyz`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.not.include('sEcReT');
    await host.close();
    expect(lines.join('')).to.include('Redis does not answer').and.not.include('sEcReT');
  });

  it('sees the browser behind a proxy, and marks its cookie as secure, only when PUBLIC_URL says that there is one', async () => {
    for (const [publicUrl, address] of [
      ['', '127.0.0.1'],
      ['https://sso.example', '198.51.100.9'],
    ] as const) {
      const host = await start({ ADMIN_PASSWORD: 'chosen password', PUBLIC_URL: publicUrl });
      await host.listen();
      const client = new Client(host.url, { 'x-forwarded-for': '198.51.100.9', 'x-forwarded-proto': 'https' });
      const answer = await client.signIn('built-in', 'admin', 'chosen password');
      expect(/; Secure/.test(answer.headers.getSetCookie()[0] ?? '')).to.equal(publicUrl !== '');
      const rows = await host.database.read(({ manager }) =>
        manager.find(AuditRow, { where: { action: 'sign-in' }, order: { createdMs: 'DESC' } }),
      );
      expect(rows[0]?.clientIp).to.equal(address);
      await host.close();
    }
  });

  it('closes while runs go on: they are stored as cancelled, and streams end', async () => {
    const test = await TestHost.start({ members: 5, departments: 2 });
    try {
      await test.addOrganization('acme');
      const admin = await test.signedIn();
      await admin.post('/api/add-syncer', test.syncer('acme'));
      test.sandbox.faults.set({ latencyMs: 60_000 });
      const { data } = await admin.post('/api/run-syncer?id=acme/wecom');
      const stream = fetch(`${test.host.url}/api/sync-run-events?id=${data.id}`, {
        headers: { cookie: admin.cookie },
      }).then((response) => response.text());
      await test.host.close();
      await stream.catch(() => undefined);
      const again = await createHost(test.settings, { log: silent });
      const run = await again.runs.find(data.id);
      expect(run).to.include({ state: 'cancelled' });
      await again.close();
    } finally {
      await test.close();
    }
  });
});
