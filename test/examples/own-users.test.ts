import { expect } from 'chai';
import type { DataSource } from 'typeorm';
import peopleSuite from '../../examples/own-users.suite.ts';
import { Company, PeopleStore, Person, Team, Tie } from '../../examples/own-users.ts';
import { runMigrations } from '../../migrations/index.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSyncService } from '../../src/service/index.ts';
import { runEntities } from '../../src/storage/entities/index.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { SyncerRegistry } from '../../src/syncer/registry.ts';
import { defineWecomSyncer } from '../../src/wecom/definition.ts';
import { createTestDatabase, DATABASE_KINDS } from '../support/databases.ts';
import { hostSource } from '../support/host-source.ts';
import { MOCHA } from '../support/mocha-runner.ts';

describe('a store of a host with people of his own', () => {
  peopleSuite(MOCHA);
});

describe('a service over people of a host’s own', function () {
  this.timeout(60_000);

  for (const kind of DATABASE_KINDS) {
    it(`syncs them, previews, holds, takes away and deletes on ${kind}`, async function () {
      const fresh = await createTestDatabase(kind);
      if (!fresh) this.skip();
      const sandbox = await Sandbox.start({ members: 30, departments: 4 });
      const entities = [Company, Person, Team, Tie, ...runEntities];
      const dataSource: DataSource = await hostSource(fresh, {
        entities,
        migrations: [...runMigrations],
        synchronize: true,
      }).initialize();
      await migrate(dataSource);
      await dataSource.getRepository(Company).insert({ name: 'acme' });
      const service = await createSyncService({
        dataSource,
        identity: new PeopleStore(dataSource),
        registry: new SyncerRegistry().register(defineWecomSyncer({ baseUrl: sandbox.url })),
        secretKey: 'a key of the tests, of thirty-two characters or more',
      });
      const finish = async () => (await service.runs.begin('acme/wecom')).ended;
      const count = (where: object): Promise<number> => dataSource.getRepository(Person).countBy(where);
      try {
        const credentials = { user: sandbox.corpId, password: sandbox.appSecret };
        await service.syncers.add({ organization: 'acme', name: 'wecom', type: 'WeCom', ...credentials });
        const preview = await (await service.runs.begin('acme/wecom', { dryRun: true })).ended;
        expect([preview.counts.created, await count({})]).to.deep.equal([30, 0]);
        const run = await finish();
        expect([run.state, run.error]).to.deep.equal(['succeeded', null]);
        expect([run.counts.created, await count({ company: 'acme' })]).to.deep.equal([30, 30]);
        expect(await dataSource.getRepository(Team).count()).to.equal(4);
        expect((await finish()).counts).to.deep.include({ created: 0, updated: 0, forbidden: 0, conflicts: 0 });
        const [first, ...others] = [...sandbox.company.members].map(({ userid }) => userid);
        const active = await count({ active: true });
        sandbox.company.leave([first!]);
        await finish();
        expect(await count({ login: first!, active: false })).to.equal(1);
        const { change } = await service.runs.syncMember('acme/wecom', others[0]!);
        expect(change?.kind ?? 'unchanged').to.be.oneOf(['unchanged', 'skip']);
        sandbox.company.leave(others.slice(1, 20));
        const held = await finish();
        expect([held.state, await count({ active: true })]).to.deep.equal(['held', active - 1]);
        await service.runs.approve(held.id);
        expect(await count({ active: true })).to.be.lessThan(active - 1);
        await service.syncers.delete('acme/wecom');
      } finally {
        await service.close();
        await dataSource.destroy();
        await sandbox.close();
        await fresh.drop();
      }
    });
  }
});
