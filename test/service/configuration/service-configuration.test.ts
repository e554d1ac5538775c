import { expect } from 'chai';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSyncService, type ReferenceReader, type SyncService } from '../../../src/service/index.ts';
import { AuditRow, OrganizationRow } from '../../../src/storage/entities/index.ts';
import { SyncerRegistry } from '../../../src/syncer/registry.ts';
import { defineWecomSyncer } from '../../../src/wecom/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { rejection } from '../../support/promises.ts';

describe('settings as a text, in a host of any kind', function () {
  this.timeout(120_000);

  eachDatabase((suite) => {
    let sandbox: Sandbox;
    let service: SyncService;

    before(async () => {
      sandbox = await Sandbox.start({ members: 3, departments: 1 });
      await suite.database.transaction(({ manager }) =>
        manager.insert(OrganizationRow, { owner: 'admin', name: 'acme' }),
      );
      service = await createSyncService({
        dataSource: suite.database.dataSource,
        registry: new SyncerRegistry().register(defineWecomSyncer({ baseUrl: sandbox.url })),
        secretKey: 'a key of the tests, of thirty-two characters or more',
      });
    });
    after(async () => {
      await service.close();
      await sandbox.close();
    });

    const read: ReferenceReader = async ({ kind, name }) => (kind === 'env' ? sandbox.appSecret : name);
    const text = (graceDays: number): string =>
      [
        `syncers: [{name: acme/wecom, type: WeCom, user: ${sandbox.corpId}, password: "\${env:ANY}", graceDays: ${graceDays}}]`,
        'protections: [{owner: acme, kind: userid, value: u1, reason: on leave}]',
      ].join('\n');
    const named = (changes: readonly { action: string; name: string }[]) =>
      changes.map(({ action, name }) => `${action} ${name}`);

    it('is compared, applied in somebody’s name, exported, drifts, heals and prunes', async () => {
      const { configuration, syncers } = service;
      const reviewed = await configuration.compare(text(3), { read });
      expect(named(reviewed)).to.deep.equal(['add acme/wecom', 'add userid acme/u1']);
      expect(await syncers.list('acme')).to.deep.equal([]);
      expect(await configuration.apply(text(3), { read, reviewed, by: 'acme/eve' })).to.deep.equal(reviewed);
      expect(await configuration.apply(text(3), { read })).to.deep.equal([]);
      const yaml = await configuration.export('acme');
      expect(yaml).to.include('password: "***"').and.not.include(sandbox.appSecret);
      expect(await configuration.compare(yaml, { prune: true })).to.deep.equal([]);

      await syncers.update('acme/wecom', { graceDays: 9 });
      const [drift] = await configuration.drift('acme');
      expect(drift).to.deep.include({ organization: 'acme', by: 'app/service' });
      expect(drift?.changes).to.deep.equal([
        {
          kind: 'syncer',
          name: 'acme/wecom',
          action: 'update',
          fields: [{ field: 'graceDays', before: 3, after: 9 }],
        },
      ]);
      const stale = await rejection(configuration.apply(text(3), { read, reviewed }));
      expect((stale as Error).message).to.match(/look at the difference again/);
      expect(named(await configuration.apply(text(3), { read }))).to.deep.equal(['update acme/wecom']);
      expect((await configuration.drift('acme'))[0]?.changes).to.deep.equal([]);

      await syncers.add({ organization: 'acme', name: 'old', type: 'WeCom' });
      const bare = text(3).replace(/protections.*/, 'protections: []');
      expect(named(await configuration.apply(bare, { read, prune: true, by: 'acme/eve' }))).to.deep.equal([
        'delete acme/old',
        'delete userid acme/u1',
      ]);
      expect((await syncers.list('acme')).map(({ name }) => name)).to.deep.equal(['wecom']);
      const rows = await suite.database.read(({ manager }) => manager.find(AuditRow, { order: { createdMs: 'ASC' } }));
      expect(
        rows.filter(({ actor }) => actor === 'acme/eve').map(({ action, target }) => `${action} ${target}`),
      ).to.have.members([
        'apply-config acme',
        'apply-config acme/wecom',
        'protect-user u1',
        'apply-config acme',
        'apply-config acme/old',
        'unprotect-user u1',
      ]);
    });

    it('is refused where a reference has no reader, and for what is of a wrong kind', async () => {
      const { configuration } = service;
      const wrong = (value: unknown): never => value as never;
      for (const [work, words] of [
        [() => configuration.apply(text(4)), /^Line 1, column \d+: References/],
        [() => configuration.compare(wrong(undefined)), /"yaml"/],
        [() => configuration.apply('syncers: []', { prune: wrong('yes') }), /prune/],
        [() => configuration.apply('syncers: []', { reviewed: wrong({}) }), /reviewed/],
        [() => configuration.apply('syncers: []', { by: wrong({}) }), /by/],
        [() => configuration.apply('syncers: []', wrong(null)), /options/],
        [() => configuration.compare('syncers: []', { read: wrong('env') }), /read/],
        [() => configuration.export(wrong({})), /organization/],
        [() => configuration.export(''), /organization/],
        [() => configuration.drift(wrong(['acme'])), /organization/],
        [() => configuration.drift(''), /organization/],
      ] as const) {
        expect(((await rejection(work())) as Error).message).to.match(words);
      }
    });
  });
});
