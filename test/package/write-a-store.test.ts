import { expect } from 'chai';
import { createTestDatabase } from '../support/databases.ts';
import { compileExamples } from './documents.ts';
import { installed, succeeded, type Home } from './packed.ts';

const MINUTE_MS = 60_000;

describe('docs/write-a-store.md', function () {
  this.timeout(MINUTE_MS);
  let home: Home;

  before(async function () {
    this.timeout(5 * MINUTE_MS);
    const found = await installed('full');
    if (found === undefined) this.skip();
    home = found;
    await compileExamples(home, 'write-a-store.md');
  });

  it('shows the suite of a store', async () => {
    await home.write(
      'write-a-store/run.js',
      `import { afterEach, beforeEach, describe, it } from 'node:test';
       import suite from './my-store.suite.js';
       suite({ describe, it, beforeEach, afterEach });`,
    );
    const said = succeeded(await home.run(process.execPath, ['--test-reporter', 'tap', 'write-a-store/run.js']));
    expect(said).to.match(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(said)?.[1])).to.be.at.least(30);
  });

  it('shows a service over a store of somebody’s own, and pages in his transactions', async () => {
    const database = (await createTestDatabase('sqlite'))!;
    const script = `
      import { defineWecomSyncer, SyncerRegistry } from 'wecom-syncer';
      import { MemoryIdentityStore, Sandbox } from 'wecom-syncer/testing';
      import { TypeormLeaseStore, Database } from 'wecom-syncer/typeorm';
      import { serviceWith } from './write-a-store/my-service.js';
      import { inPages } from './write-a-store/pages.js';
      const sandbox = await Sandbox.start({ members: 12, departments: 3 });
      const identity = new MemoryIdentityStore({ organizations: ['acme'] });
      const registry = new SyncerRegistry().register(defineWecomSyncer({ baseUrl: sandbox.url }));
      const options = { type: 'better-sqlite3', database: process.env.FILE };
      const key = 'a key of thirty-two letters and digits';
      const { dataSource, service } = await serviceWith(options, identity, registry, key);
      const { corpId: user, appSecret: password } = sandbox;
      await service.syncers.add({ organization: 'acme', name: 'wecom', type: 'WeCom', user, password });
      const run = await (await service.runs.begin('acme/wecom')).ended;
      const database = await Database.over(dataSource);
      const leases = new TypeormLeaseStore(database);
      const { grant } = await leases.acquire({ syncerId: 's', runId: run.id, owner: 'me', ttlMs: 60_000 });
      const written = [];
      const page = inPages(dataSource, () => ({ write: async (scope, write) => void written.push(write.runId) }));
      const change = { kind: 'skip', userid: 'u', user: '', fields: [], reason: { en: 'x', zh: 'x' }, state: 'applied' };
      await page(grant, (one) => one.write({}, { runId: run.id, changes: [change] }));
      const refused = await page({ ...grant, token: 'other' }, (one) => one.write({}, { runId: 'never' }))
        .catch(({ name }) => name);
      const { total } = await service.runs.changes(run.id, { userid: 'u' });
      await database.close();
      await service.close();
      await dataSource.destroy();
      await sandbox.close();
      const people = identity.accounts('acme').length;
      console.log(JSON.stringify({ run: run.state, people, total, written: written.length, refused }));`;
    expect(JSON.parse(await home.module(script, { FILE: database.url.slice('sqlite:'.length) }))).to.deep.equal({
      run: 'succeeded',
      people: 12,
      total: 1,
      written: 1,
      refused: 'LeaseError',
    });
    await database.drop();
  });
});
