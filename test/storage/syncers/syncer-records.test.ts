import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { WriteConflictError } from '../../../src/identity/errors.ts';
import { SecretAddresses } from '../../../src/service/syncers/secret-address.ts';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import { StaleRecordError, type SyncerDraft } from '../../../src/service/syncers/syncer-record.ts';
import { SyncerRecords } from '../../../src/storage/syncers/syncer-records.ts';
import { ConfigError, LeaseError, NotFoundError } from '../../../src/syncer/errors.ts';
import { SyncerRow } from '../../../src/storage/entities/index.ts';
import { eachSharedDatabase, harnessOn } from '../../support/databases.ts';
import { aLink } from '../../support/builders.ts';
import { rejection } from '../../support/promises.ts';

describe('SyncerRecords', () => {
  const box = new SecretBox('key of the tests');
  const addresses = new SecretAddresses({
    urls: () => ['apiBase'],
    isSent: (_type, secret) => secret !== 'callbackToken',
    emptyMeans: (_type, url) => (url === 'host' ? 'https://default.example' : ''),
  });

  eachSharedDatabase((suite) => {
    let records: SyncerRecords;
    let draft: SyncerDraft;
    const secretsOf = async (id: string): Promise<unknown> => (await records.open(id))?.secrets;
    beforeEach(() => {
      records = new SyncerRecords(suite.database, box, addresses);
      draft = {
        organization: `org-${randomUUID().slice(0, 8)}`,
        name: 'wecom',
        type: 'WeCom',
        isEnabled: true,
        syncInterval: 3600,
        settings: { user: 'ww123', scope: { departments: [1] }, notActivated: 'forbid' },
        leftovers: { databaseType: 'mysql', port: 3306 },
      };
    });

    it('gives back what was configured, without the secrets', async () => {
      const { id } = await records.add(draft, { password: 'corp-secret' });
      const record = await records.find(draft.organization, 'wecom');
      expect(record).to.deep.include({ ...draft, id, secretNames: ['password'], version: 1, health: 'ok' });
      expect(JSON.stringify(record)).to.not.include('corp-secret');
      expect(await records.findById(id)).to.deep.equal(record);
      expect(await records.list(draft.organization)).to.deep.equal([record]);
      expect(await secretsOf(id)).to.deep.equal({ password: 'corp-secret' });
    });

    it('stores no secret in clear', async () => {
      const { id } = await records.add(draft, { password: 'corp-secret' });
      const rows = await suite.database.read(({ manager }) => manager.query('SELECT * FROM directory_syncer'));
      expect(JSON.stringify(rows)).to.include(id).and.not.include('corp-secret');
    });

    it('says that the SECRET_KEY is another one', async () => {
      const { id } = await records.add(draft, { password: 'corp-secret' });
      const error = await rejection(new SyncerRecords(suite.database, new SecretBox('lost')).open(id));
      expect(error).to.be.instanceOf(ConfigError);
    });

    it('keeps secrets that are not named, replaces and removes those that are', async () => {
      const record = await records.add(draft, { password: 'one', contactsSecret: 'two', gone: 'three' });
      const saved = await records.save({ ...record, syncInterval: 60 }, { contactsSecret: 'new', gone: null });
      expect(saved.secretNames).to.have.members(['password', 'contactsSecret']);
      expect(await secretsOf(record.id)).to.deep.equal({ password: 'one', contactsSecret: 'new' });
      expect(await records.findById(record.id)).to.deep.equal(saved);
    });

    it('gives settings and secrets of one moment', async () => {
      const record = await records.add({ ...draft, settings: { host: 'https://old.example' } }, { password: 'old' });
      const saved = await records.save({ ...record, settings: { host: 'https://new.example' } }, { password: 'new' });
      expect(await records.open(record.id)).to.deep.equal({ record: saved, secrets: { password: 'new' } });
    });

    describe('when somebody writes to the database', () => {
      const AT = { host: 'https://a.example', apiBase: 'https://api.example/v1' };
      const put = (id: string, row: Partial<SyncerRow>): Promise<unknown> =>
        suite.database.transaction(({ manager }) => manager.update(SyncerRow, { id }, row));
      const rowOf = async (id: string): Promise<SyncerRow> =>
        suite.database.read(({ manager }) => manager.findOneByOrFail(SyncerRow, { id }));
      /** As they were stored before secrets had an address. */
      const unbound = (id: string, secrets: Readonly<Record<string, string>>): string =>
        JSON.stringify(
          Object.fromEntries(
            Object.entries(secrets).map(([field, secret]) => [field, box.seal(secret, { syncerId: id, field })]),
          ),
        );

      for (const [what, change] of [
        ['another host', { settings: JSON.stringify({ ...AT, host: 'https://b.example' }) }],
        ['no host', { settings: JSON.stringify({ apiBase: AT.apiBase }) }],
        ['another scheme', { settings: JSON.stringify({ ...AT, host: 'http://a.example' }) }],
        ['another port', { settings: JSON.stringify({ ...AT, host: 'https://a.example:8443' }) }],
        [
          'another address of the connector’s own',
          { settings: JSON.stringify({ ...AT, apiBase: 'https://api.example/v2' }) },
        ],
        ['another type', { type: 'Other' }],
      ] as const) {
        it(`opens no secret for ${what}`, async () => {
          const { id } = await records.add({ ...draft, settings: AT }, { password: 'secret' });
          expect(await secretsOf(id)).to.deep.equal({ password: 'secret' });
          await put(id, change);
          expect(await rejection(records.open(id))).to.be.instanceOf(ConfigError);
        });
      }

      it('opens what is the same address in another spelling, and what is never sent', async () => {
        const { id } = await records.add({ ...draft, settings: AT }, { password: 'secret' });
        await put(id, { settings: JSON.stringify({ ...AT, host: 'A.example:443/' }) });
        expect(await secretsOf(id)).to.deep.equal({ password: 'secret' });
        const other = await records.add({ ...draft, name: 'other', settings: AT }, { callbackToken: 'token' });
        await put(other.id, { settings: '{}' });
        expect(await secretsOf(other.id)).to.deep.equal({ callbackToken: 'token' });
      });

      it('opens no secret of another syncer', async () => {
        const one = await records.add(draft, { password: 'secret' });
        const two = await records.add({ ...draft, name: 'two' }, { password: 'other' });
        await put(two.id, { secrets: (await rowOf(one.id)).secrets });
        expect(await rejection(records.open(two.id))).to.be.instanceOf(ConfigError);
      });

      it('binds what was stored for no address at start, once, and opens no such text afterwards', async () => {
        const { id } = await records.add({ ...draft, settings: AT });
        const old = unbound(id, { password: 'secret', callbackToken: 'token' });
        await put(id, { secrets: old });
        expect(await records.bindSecrets()).to.not.include(id);
        expect(await secretsOf(id)).to.deep.equal({ password: 'secret', callbackToken: 'token' });
        expect((await rowOf(id)).secrets).to.not.include('v1:');

        await put(id, { settings: JSON.stringify({ ...AT, host: 'https://b.example' }) });
        expect(await rejection(records.open(id))).to.be.instanceOf(ConfigError);
        await put(id, { secrets: old });
        expect(await rejection(records.open(id))).to.be.instanceOf(ConfigError);
      });

      it('leaves what another SECRET_KEY sealed as it is, and names it', async () => {
        const { id } = await records.add(draft);
        const old = unbound(id, { password: 'secret' });
        await put(id, { secrets: old });
        const stranger = new SyncerRecords(suite.database, new SecretBox('lost'), addresses);
        expect(await stranger.bindSecrets()).to.include(id);
        expect((await rowOf(id)).secrets).to.equal(old);
        await records.bindSecrets();
        expect(await secretsOf(id)).to.deep.equal({ password: 'secret' });
      });
    });

    it('keeps a secret where the default address is written out, and sends it nowhere else', async () => {
      const secrets = { password: 'secret', callbackToken: 'token' };
      const record = await records.add({ ...draft, settings: { host: '' } }, secrets);
      const named = await records.save({ ...record, settings: { host: 'https://default.example' } });
      expect(await secretsOf(record.id)).to.deep.equal(secrets);
      for (const settings of [{ host: 'https://b.example' }, { apiBase: 'https://b.example' }]) {
        expect(await rejection(records.save({ ...named, settings }))).to.be.instanceOf(ConfigError);
      }
      expect(await secretsOf(record.id)).to.deep.equal(secrets);
      await records.save({ ...named, settings: { host: 'https://b.example' } }, { password: 'new' });
      expect(await secretsOf(record.id)).to.deep.equal({ password: 'new', callbackToken: 'token' });
    });

    it('renames without losing what belongs to the syncer', async () => {
      const record = await records.add(draft, { password: 'one' });
      await records.save({ ...record, name: 'renamed' });
      expect(await records.find(draft.organization, 'wecom')).to.equal(undefined);
      expect((await records.find(draft.organization, 'renamed'))?.id).to.equal(record.id);
      expect(await secretsOf(record.id)).to.deep.equal({ password: 'one' });
    });

    it('refuses a name that the organization has, and takes it in another one', async () => {
      const record = await records.add(draft);
      expect(await rejection(records.add(draft))).to.be.instanceOf(WriteConflictError);
      const other = await records.add({ ...draft, name: 'other' });
      expect(await rejection(records.save({ ...other, name: record.name }))).to.be.instanceOf(WriteConflictError);
      await records.add({ ...draft, organization: `${draft.organization}-2` });
    });

    it('refuses to save over what somebody else saved', async () => {
      const record = await records.add(draft);
      await records.save({ ...record, isEnabled: false });
      expect(await rejection(records.save({ ...record, syncInterval: 1 }))).to.be.instanceOf(StaleRecordError);
      expect(await records.findById(record.id)).to.deep.include({ isEnabled: false, syncInterval: 3600, version: 2 });
    });

    it('notes what a run found without touching what a person configured', async () => {
      const record = await records.add(draft);
      await records.note(record.id, { health: 'failing', failures: 3, errorText: '密钥错误', nextRunAt: null });
      expect(await records.findById(record.id)).to.deep.equal({
        ...record,
        health: 'failing',
        failures: 3,
        errorText: '密钥错误',
      });
      await records.save({ ...record, syncInterval: 60 });
      expect(await records.findById(record.id)).to.deep.include({ health: 'failing', failures: 3 });
    });

    it('deletes with links and runs, and stops a run that is under way', async () => {
      const { store, leases } = harnessOn(suite.database);
      const record = await records.add(draft);
      const scope = {
        syncerId: record.id,
        organization: draft.organization,
        source: `${draft.organization}/wecom`,
        bindingColumn: 'wecom',
      };
      const taken = await leases.acquire({ syncerId: record.id, runId: 'r', owner: 'x', ttlMs: 60_000 });
      if (!('grant' in taken)) throw new Error('the lease is taken');
      const write = () => store.page(taken.grant, (page) => page.write(scope, { runId: 'r', links: [aLink()] }));
      await write();
      await records.delete(record.id);
      expect(await records.findById(record.id)).to.equal(undefined);
      expect(await store.countLinks(scope)).to.equal(0);
      expect(await rejection(write())).to.be.instanceOf(LeaseError);
      expect(await rejection(records.save(record))).to.be.instanceOf(NotFoundError);
      expect(await records.open(record.id)).to.equal(undefined);
    });
  });
});
