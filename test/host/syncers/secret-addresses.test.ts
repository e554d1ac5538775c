import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { stub } from 'sinon';
import { createHost } from '../../../src/host/create-host.ts';
import type { Host } from '../../../src/host/host.ts';
import { parseSettings } from '../../../src/host/settings.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { SyncerRow } from '../../../src/storage/entities/index.ts';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import type { ConnectionReport } from '../../../src/syncer/connection-report.ts';
import type { SyncerConfig, SyncerDefinition } from '../../../src/syncer/definition.ts';
import { text } from '../../../src/syncer/text.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET, withCredential, type Answer, type Client } from '../test-host.ts';

const OLD_SECRET = 'oLd-s3cret-of-the-old-address';
const NEW_SECRET = 'nEw-s3cret-of-the-new-address';

/** A connector with addresses under names of its own, one of them as secret as a key. */
function defineOther(opened: SyncerConfig[]): SyncerDefinition {
  const field = (name: string, kind: 'url' | 'password', secret: boolean) => ({
    name,
    label: name,
    labelZh: name,
    kind,
    required: false,
    secret,
    help: '',
    helpZh: '',
  });
  return {
    type: 'Other',
    title: text('Other', '其他'),
    fields: [
      field('apiBase', 'url', false),
      field('robot', 'url', true),
      field('appSecret', 'password', true),
      field('callbackToken', 'password', true),
    ],
    bindingColumn: 'lark',
    check: () => undefined,
    open: (config) => {
      opened.push(config);
      const report: ConnectionReport = { ok: true, checks: [], departments: 0, members: 0, withheldFields: [] };
      return {
        type: 'Other',
        testConnection: async () => report,
        async *fetchUsers() {},
        mapUser: () => {
          throw new Error('nobody is read');
        },
      };
    },
  };
}

/** Somebody who answers as a WeCom that nobody may sign in to, and remembers each address that was called. */
class Listener {
  readonly calls: string[] = [];
  readonly #server = createServer((request, response) => {
    this.calls.push(request.url ?? '');
    response.end('{"errcode":40001,"errmsg":"invalid credential"}');
  });

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  received(secret: string): boolean {
    return this.calls.some((call) => call.includes(secret));
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

for (const kind of DATABASE_KINDS) {
  describe(`secrets of a host on ${kind}`, function () {
    this.timeout(60_000);
    const SECRET_KEY = 'kEy-0f-tHe-sEcReT-bOx-0123456789';
    const [oldHost, newHost] = [new Listener(), new Listener()];
    const opened: SyncerConfig[] = [];
    let database: TestDatabase;
    let sandbox: Sandbox;
    let host: Host;
    let client: Client;
    let names = 0;

    const start = async (settings: Readonly<Record<string, string>> = {}): Promise<void> => {
      host = await createHost(
        parseSettings({
          DATABASE_URL: database.url,
          SECRET_KEY,
          PORT: '0',
          ADMIN_PASSWORD,
          CLIENT_ID,
          CLIENT_SECRET,
          WECOM_API_URL: sandbox.url,
          WECOM_ALLOWED_HOSTS: `${oldHost.url},${newHost.url},one.example,two.example,robot.example`,
          ...settings,
        }),
        { log: pino({ level: 'silent' }), definitions: [defineOther(opened)] },
      );
      await host.listen();
      client = withCredential(host.url);
    };

    before(async function () {
      const made = await createTestDatabase(kind);
      if (!made) this.skip();
      database = made;
      sandbox = await Sandbox.start({ members: 3, departments: 1 });
      await oldHost.start();
      await newHost.start();
      await start();
      await client.post('/api/add-organization', { name: 'acme', displayName: 'acme' });
    });
    after(async () => {
      await host?.close();
      await sandbox?.close();
      if (!database) return;
      await oldHost.close();
      await newHost.close();
      await database.drop();
    });
    beforeEach(() => {
      for (const { calls } of [oldHost, newHost]) calls.length = 0;
      opened.length = 0;
    });

    /** Answers the body of a syncer that was added, with what is asked for. */
    async function added(what: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
      names += 1;
      const name = `syncer-${names}`;
      const body = { owner: 'admin', organization: 'acme', name, type: 'WeCom', user: sandbox.corpId, ...what };
      const answer = await client.post('/api/add-syncer', { ...body, isEnabled: false });
      expect(answer.status, answer.msg).to.equal('ok');
      return { ...body, isEnabled: false };
    }
    const idOf = (body: Readonly<Record<string, unknown>>): string => `acme/${String(body['name'])}`;
    const update = (body: Readonly<Record<string, unknown>>): Promise<Answer> =>
      client.post(`/api/update-syncer?id=${idOf(body)}`, body);
    const run = (body: Readonly<Record<string, unknown>>): Promise<Answer> =>
      client.post(`/api/run-syncer?id=${idOf(body)}&wait=true`);
    const writeRow = (body: Readonly<Record<string, unknown>>, row: Partial<SyncerRow>): Promise<unknown> =>
      host.database.transaction(({ manager }) =>
        manager.update(SyncerRow, { organization: 'acme', name: String(body['name']) }, row),
      );

    /** The row comes so slowly that somebody saves the syncer between its being read and its being looked at. */
    async function afterSlowRow(saved: Readonly<Record<string, unknown>>, act: () => Promise<Answer>): Promise<Answer> {
      const { syncers } = host;
      const find = syncers.find.bind(syncers);
      let isFirst = true;
      const slow = stub(syncers, 'find').callsFake(async (...called) => {
        const wasFirst = isFirst;
        isFirst = false;
        const found = await find(...called);
        if (wasFirst) {
          const answer = await update(saved);
          expect(answer.status, answer.msg).to.equal('ok');
        }
        return found;
      });
      try {
        return await act();
      } finally {
        slow.restore();
        expect(isFirst, 'nobody looked for the syncer').to.equal(false);
      }
    }

    it('that are new never go to the old address when Sync is pressed while they are saved', async () => {
      const body = await added({ host: oldHost.url, password: OLD_SECRET });
      const saved = { ...body, host: newHost.url, password: NEW_SECRET };
      const answer = await afterSlowRow(saved, () => run(body));
      expect(answer.data, answer.msg).to.deep.include({ state: 'failed' });
      expect(oldHost.received(NEW_SECRET)).to.equal(false);
      expect(newHost.received(NEW_SECRET)).to.equal(true);
      expect(newHost.received(OLD_SECRET)).to.equal(false);
    });

    it('that are new never go to the old address when it is tested while they are saved', async () => {
      const body = await added({ host: oldHost.url, password: OLD_SECRET });
      const saved = { ...body, host: newHost.url, password: NEW_SECRET };
      const answer = await afterSlowRow(saved, () => client.post('/api/test-syncer-db', { ...body, password: '***' }));
      expect(answer.status).to.equal('error');
      expect(answer.msg).to.include('enter password again');
      expect([...oldHost.calls, ...newHost.calls]).to.deep.equal([]);
    });

    it('go nowhere when the address beside them was written into the database', async () => {
      const body = await added({ host: oldHost.url, password: OLD_SECRET });
      await writeRow(body, { settings: JSON.stringify({ user: sandbox.corpId, host: newHost.url }) });
      const answer = await run(body);
      expect(answer.data.error).to.deep.include({ code: 'config' });
      expect(answer.data.error.message).to.include('"password" cannot be opened');
      expect([...oldHost.calls, ...newHost.calls]).to.deep.equal([]);
      const again = await update({ ...body, host: newHost.url, password: NEW_SECRET });
      expect(again.status, again.msg).to.equal('ok');
      await run(body);
      expect(newHost.received(NEW_SECRET)).to.equal(true);
    });

    const ADDRESSES = { apiBase: 'https://one.example', robot: 'https://robot.example/?key=1' };
    for (const [what, change, sent] of [
      ['an address under another name', { apiBase: 'https://two.example' }, 'robot and appSecret and callbackToken'],
      ['a query of it', { apiBase: 'https://one.example/?to=two' }, 'robot and appSecret and callbackToken'],
      ['an address that is secret itself', { robot: 'https://robot.example/?key=2' }, 'appSecret and callbackToken'],
      ['an address of no web', { apiBase: 'ldap://two.example' }, 'robot and appSecret and callbackToken'],
    ] as const) {
      it(`stay where they were stored for when a body changes ${what}`, async () => {
        const body = await added({ type: 'Other', ...ADDRESSES, appSecret: OLD_SECRET, callbackToken: 'token' });
        const masked = { ...body, robot: '***', appSecret: '***', callbackToken: '***' };
        for (const answer of [
          await update({ ...masked, ...change }),
          await client.post('/api/test-syncer-db', { ...masked, ...change }),
        ]) {
          expect(answer.status).to.equal('error');
          expect(answer.msg).to.include(`enter ${sent} again`).and.include(Object.keys(change)[0]);
        }
        expect(opened).to.deep.equal([]);
        expect((await client.post('/api/test-syncer-db', masked)).status).to.equal('ok');
        expect(opened).to.have.length(1);
        expect(opened[0]).to.include({ ...ADDRESSES, appSecret: OLD_SECRET });
      });
    }

    it('that are never sent stay when the address changes', async () => {
      const keys = { callbackToken: 'token', callbackAesKey: 'k'.repeat(43) };
      const body = await added({ host: oldHost.url, password: OLD_SECRET, ...keys });
      const moved = await update({ ...body, host: newHost.url, password: NEW_SECRET, callbackToken: '***' });
      expect(moved.status, moved.msg).to.equal('ok');
      expect((await update({ ...body, host: oldHost.url, password: '***' })).status).to.equal('error');
    });

    describe('after a restart', () => {
      const restart = async (settings: Readonly<Record<string, string>> = {}): Promise<void> => {
        await host.close();
        await start(settings);
      };
      afterEach(() => restart());

      it('go to the default address that the operator moved', async () => {
        const body = await added({ host: '', password: OLD_SECRET });
        await restart({ WECOM_API_URL: newHost.url });
        await run(body);
        expect(newHost.received(OLD_SECRET)).to.equal(true);
      });

      it('go nowhere over http:// once the settings no longer say so', async () => {
        const body = await added({ host: oldHost.url, password: OLD_SECRET });
        const hosts = [oldHost, newHost].map(({ url }) => new URL(url).host).join(',');
        await restart({ WECOM_ALLOWED_HOSTS: hosts });
        const saying = `can add ${oldHost.url} to WECOM_ALLOWED_HOSTS`;
        expect((await run(body)).data.error.message).to.include(saying);
        expect((await update({ ...body, password: '***' })).msg).to.include(saying);
        const tested = await client.post('/api/test-syncer-db', { ...body, password: '***' });
        expect(tested.text).to.include(saying);
        expect(oldHost.calls).to.deep.equal([]);
      });

      it('that an earlier version stored go where they went', async () => {
        const body = await added({ host: newHost.url, password: '' });
        const record = await host.syncers.find('acme', String(body['name']), 'acme');
        const syncerId = record?.id ?? '';
        const password = new SecretBox(SECRET_KEY).seal(OLD_SECRET, { syncerId, field: 'password' });
        await writeRow(body, { secrets: JSON.stringify({ password }) });
        expect((await run(body)).data.error.message).to.include('cannot be opened');
        await restart();
        await run(body);
        expect(newHost.received(OLD_SECRET)).to.equal(true);
      });
    });
  });
}
