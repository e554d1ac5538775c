import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { WriteConflictError } from '../../src/identity/identity-store.ts';
import { SecretBox } from '../../src/storage/secret-box.ts';
import { StaleRecordError, SyncerRecords, type SyncerDraft } from '../../src/storage/syncer-records.ts';
import { ConfigError, LeaseError, NotFoundError } from '../../src/syncer/errors.ts';
import { eachSharedDatabase } from '../support/databases.ts';
import { aLink } from '../support/identity-builders.ts';
import { rejection } from '../support/rejection.ts';
import { harnessOn } from '../support/database-harness.ts';

describe('SyncerRecords', () => {
  const box = new SecretBox('key of the tests');

  eachSharedDatabase((suite) => {
    let records: SyncerRecords;
    let draft: SyncerDraft;
    beforeEach(() => {
      records = new SyncerRecords(suite.database, box);
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
      expect(await records.openSecrets(id)).to.deep.equal({ password: 'corp-secret' });
    });

    it('stores no secret in clear', async () => {
      const { id } = await records.add(draft, { password: 'corp-secret' });
      const rows = await suite.database.read(({ manager }) => manager.query('SELECT * FROM directory_syncer'));
      expect(JSON.stringify(rows)).to.include(id).and.not.include('corp-secret');
    });

    it('says that the SECRET_KEY is another one', async () => {
      const { id } = await records.add(draft, { password: 'corp-secret' });
      const error = await rejection(new SyncerRecords(suite.database, new SecretBox('lost')).openSecrets(id));
      expect(error).to.be.instanceOf(ConfigError);
    });

    it('keeps secrets that are not named, replaces and removes those that are', async () => {
      const record = await records.add(draft, { password: 'one', contactsSecret: 'two', gone: 'three' });
      const saved = await records.save({ ...record, syncInterval: 60 }, { contactsSecret: 'new', gone: null });
      expect(saved.secretNames).to.have.members(['password', 'contactsSecret']);
      expect(await records.openSecrets(record.id)).to.deep.equal({ password: 'one', contactsSecret: 'new' });
      expect(await records.findById(record.id)).to.deep.equal(saved);
    });

    it('renames without losing what belongs to the syncer', async () => {
      const record = await records.add(draft, { password: 'one' });
      await records.save({ ...record, name: 'renamed' });
      expect(await records.find(draft.organization, 'wecom')).to.equal(undefined);
      expect((await records.find(draft.organization, 'renamed'))?.id).to.equal(record.id);
      expect(await records.openSecrets(record.id)).to.deep.equal({ password: 'one' });
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
      expect(await rejection(records.openSecrets(record.id))).to.be.instanceOf(NotFoundError);
    });
  });
});
