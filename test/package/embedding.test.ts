import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../support/databases.ts';
import { randomPrefix, REDIS_URL, redisAnswers, removeKeys } from '../support/redis.ts';
import { compileExamples } from './documents.ts';
import { installed, ROOT, type Home } from './packed.ts';

const MINUTE_MS = 60_000;

/** What a host would hand to its DataSource, for a program that is told in its environment. */
const optionsOf = ({ kind, url }: TestDatabase): Readonly<Record<string, string>> => ({
  OPTIONS: JSON.stringify(
    kind === 'sqlite' ? { type: 'better-sqlite3', database: url.slice('sqlite:'.length) } : { type: kind, url },
  ),
});

/** Before what a test tries: a company, and an organization to sync it into. */
const WORLD = `
  import { Sandbox } from 'wecom-syncer/testing';
  const options = JSON.parse(process.env.OPTIONS);
  const sandbox = await Sandbox.start({ members: 25, departments: 3 });
  const addOrganization = (dataSource) => {
    const runner = dataSource.createQueryBuilder().insert().into('organization');
    return runner.values({ owner: 'admin', name: 'acme' }).execute();
  };`;

describe('embedding, where only the package is installed', () => {
  let home: Home;

  before(async function () {
    this.timeout(5 * MINUTE_MS);
    const found = await installed('full');
    if (found === undefined) this.skip();
    home = found;
  });

  // The Chinese one shows the same (test/readme.test.ts).
  describe('as README.md shows it', function () {
    this.timeout(2 * MINUTE_MS);

    before(async () => {
      const [, code = ''] = /```ts\n([^]*?)\n```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
      await home.write(`readme/embed.ts`, code);
      expect(await home.compile([`readme/embed.ts`])).to.equal('');
    });

    for (const kind of DATABASE_KINDS) {
      it(`syncs a company into a database of ${kind}`, async function () {
        const database = await createTestDatabase(kind);
        if (!database) return this.skip();
        const script = `${WORLD}
            import { openDataSource, syncCompany } from './readme/embed.js';
            const dataSource = await openDataSource(options);
            await addOrganization(dataSource);
            const outcome = await syncCompany(dataSource, sandbox.corpId, sandbox.appSecret, sandbox.url);
            const again = await syncCompany(dataSource, sandbox.corpId, sandbox.appSecret, sandbox.url);
            await dataSource.destroy();
            await sandbox.close();
            console.log(JSON.stringify([outcome, again]));`;
        const [first, again] = JSON.parse(await home.module(script, optionsOf(database))) as object[];
        expect(first).to.include({ state: 'succeeded', members: 25, created: 25 });
        expect(again).to.include({ state: 'succeeded', members: 25, created: 0, unchanged: 25 });
        await database.drop();
      });
    }
  });

  describe('as docs/embedding.md shows it', function () {
    this.timeout(2 * MINUTE_MS);
    let database: TestDatabase;

    before(async function () {
      this.timeout(5 * MINUTE_MS);
      // The host's own, as far as the package is concerned.
      await mkdir(join(home.path, 'node_modules/@types'), { recursive: true });
      for (const name of ['express', '@types/express'])
        await symlink(join(ROOT, 'node_modules', name), join(home.path, 'node_modules', name));
      await compileExamples(home, 'embedding.md');
    });
    beforeEach(async () => {
      database = (await createTestDatabase('sqlite'))!;
    });
    afterEach(() => database.drop());

    const START = `${WORLD}
      import { start } from './embedding/host.js';
      const events = [];
      const lines = [];
      const say = (fields, message) => void lines.push(message);
      const log = { info: say, warn: say, error: say };
      const key = 'a key of thirty-two letters and digits';
      const host = await start(options, key, { baseUrl: sandbox.url }, log, (event) => void events.push(event));
      await addOrganization(host.dataSource);`;

    it('starts, adds a company, tells what happens, and stops', async () => {
      const script = `${START}
        import { addCompany } from './embedding/company.js';
        import { syncNow } from './embedding/sync-now.js';
        import { worthTelling } from './embedding/tell.js';
        console.info = () => undefined;
        const run = await addCompany(host.service, 'acme', sandbox.corpId, sandbox.appSecret);
        const said = await syncNow(host.service, 'acme/wecom');
        const unknown = await syncNow(host.service, 'acme/nobody');
        const { nextRunAt } = await host.service.syncers.get('acme/wecom');
        await host.service.syncers.update('acme/wecom', { user: 'ww0000000000000000' });
        await syncNow(host.service, 'acme/wecom');
        const told = events.map(worthTelling).filter(Boolean);
        await host.stop();
        await sandbox.close();
        console.log(JSON.stringify({ run, said, unknown, nextRunAt, told, lines, isOpen: host.dataSource.isInitialized }));`;
      const outcome = JSON.parse(await home.module(script, optionsOf(database)));
      expect(outcome.run).to.deep.include({ syncer: 'acme/wecom', state: 'succeeded' });
      expect(outcome.run.counts).to.include({ members: 25, created: 25 });
      expect(outcome).to.deep.include({ said: 'The run is succeeded.', isOpen: false });
      expect(outcome.unknown).to.include('acme/nobody');
      expect(Date.parse(outcome.nextRunAt)).to.be.above(Date.now());
      expect(outcome.told).to.have.length(1);
      expect(outcome.told[0]).to.match(/^acme\/wecom failed: .*Corp/);
      expect(outcome.lines).to.include('a run ended');
    });

    it('settles what a text says, and tells what was changed by hand since', async () => {
      const script = `${START}
        import { changedByHand, settle } from './embedding/settings-as-text.js';
        const { service } = host;
        const yaml = \`syncers: [{name: acme/wecom, type: WeCom, user: \${sandbox.corpId}, password: "\\\${env:CORP}", graceDays: 3}]\`;
        const secrets = new Map([['CORP', sandbox.appSecret]]);
        const first = await settle(service, yaml, secrets, 'acme/eve');
        const again = await settle(service, yaml, secrets, 'acme/eve');
        const wrong = await settle(service, 'users: []', secrets, 'acme/eve');
        await service.syncers.update('acme/wecom', { graceDays: 5 });
        const byHand = await changedByHand(service, 'acme');
        await service.syncers.add({ organization: 'acme', name: 'other', type: 'WeCom' });
        const pruned = await settle(service, yaml, secrets, 'acme/eve');
        await host.stop();
        await sandbox.close();
        console.log(JSON.stringify({ first, again, wrong, byHand, pruned }));`;
      expect(JSON.parse(await home.module(script, optionsOf(database)))).to.deep.equal({
        first: ['add acme/wecom'],
        again: [],
        wrong: ['Line 1, column 1: The key "users" is not known here: leave it out.'],
        byHand: ['acme/wecom: graceDays'],
        pruned: ['a person has to look at this first'],
      });
    });

    it('shares a schedule on Redis', async function () {
      if (!(await redisAnswers())) return this.skip();
      const prefix = randomPrefix();
      const script = `
        import { sharedSchedule } from './embedding/replicas.js';
        const schedule = await sharedSchedule(process.env.REDIS, process.env.PREFIX, console.error);
        const dueAt = new Date(Date.now() + 3_600_000);
        await schedule.put({ id: 'a', everyMs: 3_600_000, dueAt });
        console.log(Math.abs((await schedule.dueAt('a')).getTime() - dueAt.getTime()) < 5_000);
        await schedule.close();`;
      expect(await home.module(script, { REDIS: REDIS_URL, PREFIX: prefix })).to.equal('true\n');
      await removeKeys(prefix);
    });

    it('mounts the Syncers tab in Fastify, Express and Nest, for whom the host’s own sign-in knows', async () => {
      const script = `${START}
        import { createServer } from 'node:http';
        import express from 'express';
        import { inExpress } from './embedding/in-express.js';
        import { inFastify } from './embedding/in-fastify.js';
        import { inNest, SyncShutdown } from './embedding/in-nest.js';
        const sessions = async (cookie) =>
          ({ 'sid=staff': { name: 'root' }, 'sid=chief': { name: 'chief', company: 'acme' } })[cookie];
        const listening = (app) => new Promise((resolve) => {
          const server = createServer(app).listen(0, '127.0.0.1', () => resolve(server));
        });
        const nest = express();
        inNest(nest, host.service, sessions);
        const servers = [await listening(inExpress(host.service, sessions)), await listening(nest)];
        const fastify = await inFastify(host.service, sessions);
        const urls = servers.map((server) => 'http://127.0.0.1:' + server.address().port);
        urls.push(await fastify.listen({ host: '127.0.0.1', port: 0 }));
        const answers = [];
        for (const url of urls) {
          const page = await fetch(url + '/admin/sync/', { headers: { accept: 'text/html' } });
          const names = [];
          for (const cookie of ['sid=staff', 'sid=chief', 'sid=nobody']) {
            const account = await fetch(url + '/admin/sync/api/get-account', { headers: { cookie } });
            const { status, data } = await account.json();
            names.push(status === 'ok' ? data.name : status);
          }
          answers.push([page.status, (await page.text()).includes('<div id="root">'), ...names]);
        }
        for (const server of servers) { server.closeAllConnections(); server.close(); }
        fastify.server.closeAllConnections();
        await fastify.close();
        await new SyncShutdown(host.service).onApplicationShutdown();
        await host.stop();
        await sandbox.close();
        console.log(JSON.stringify(answers));`;
      const served = [200, true, 'root', 'chief', 'error'];
      expect(JSON.parse(await home.module(script, optionsOf(database)))).to.deep.equal([served, served, served]);
    });
  });
});
