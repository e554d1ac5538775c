import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { ProtectionDraft } from '../../../src/engine/ports/protection-store.ts';
import { UserAccounts } from '../../../src/storage/accounts/user-accounts.ts';
import { TypeormProtectionStore } from '../../../src/storage/decisions/typeorm-protection-store.ts';
import { OneProtectionEach1795926000000 } from '../../../migrations/2026-11-29-one-protection-each.ts';
import { statement } from '../../../migrations/table-definition.ts';
import { LinkRow, ProtectionRow } from '../../../src/storage/entities/index.ts';
import { TypeormLeaseStore } from '../../../src/storage/runs/typeorm-lease-store.ts';
import { SecretAddresses } from '../../../src/service/syncers/secret-address.ts';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import { SyncerRecords } from '../../../src/storage/syncers/syncer-records.ts';
import { LeaseError } from '../../../src/syncer/errors.ts';
import { eachSharedDatabase, harnessOn } from '../../support/databases.ts';
import { anAccount } from '../../support/builders.ts';
import { rejection } from '../../support/promises.ts';

describe('the protections that are stored', () =>
  eachSharedDatabase((suite) => {
    let store: TypeormProtectionStore;
    let owner: string;
    let syncerId: string;
    const draft = (of: Partial<ProtectionDraft> = {}): ProtectionDraft => ({
      owner,
      kind: 'userid',
      value: 'ZhangSan',
      accountId: '',
      syncerId: '',
      reason: '产假 🐣',
      until: null,
      endsAt: null,
      by: 'acme/boss',
      ...of,
    });
    const link = (of: Partial<LinkRow>): Promise<unknown> =>
      suite.database.transaction(({ manager }) =>
        manager.insert(LinkRow, {
          syncerId,
          kind: 'group',
          externalKey: '7',
          externalId: '7',
          organization: owner,
          name: 'sales',
          groups: '[]',
          forbiddenBy: null,
          deletedBy: null,
          ...of,
        }),
      );
    const addSyncer = (id: string): Promise<void> =>
      harnessOn(suite.database).addSyncer({
        syncerId: id,
        organization: owner,
        source: `${owner}/${id}`,
        bindingColumn: '',
      });
    beforeEach(async () => {
      store = new TypeormProtectionStore(suite.database);
      owner = `org-${randomUUID().slice(0, 8)}`;
      syncerId = randomUUID();
      await addSyncer(syncerId);
    });

    it('come back as they were made, newest first, by organization', async () => {
      const first = await store.protect(draft({ until: '2099-12-31', endsAt: new Date('2099-12-31T16:00:00Z') }));
      const { accountId: _, endsAt: __, ...kept } = draft({ until: '2099-12-31' });
      expect(first).to.deep.include(kept);
      const second = await store.protect(draft({ value: 'LiSi' }));
      expect(await store.list(owner, 1, 10)).to.deep.equal({ rows: [second, first], total: 2 });
      expect(await store.list(owner, 2, 1)).to.deep.equal({ rows: [first], total: 2 });
      expect(await store.list(`${owner}-other`, 1, 10)).to.deep.equal({ rows: [], total: 0 });
      expect(await store.find(first.id)).to.deep.equal(first);
    });

    it('are replaced by what the same is said of again, and removed once', async () => {
      const { id } = await store.protect(draft());
      const again = await store.protect(draft({ reason: 'longer' }));
      expect(again).to.include({ id, reason: 'longer' });
      await store.protect(draft({ syncerId }));
      expect((await store.list(owner, 1, 10)).total).to.equal(2);
      expect(await store.remove(id)).to.include({ id });
      expect(await store.remove(id)).to.equal(undefined);
      expect((await store.list(owner, 1, 10)).total).to.equal(1);
    });

    it('are one for a userid in whatever spelling, and go together', async () => {
      const { id } = await store.protect(draft());
      const again = await store.protect(draft({ value: 'zhangsan' }));
      expect(again).to.include({ id, value: 'zhangsan' });
      expect((await store.list(owner, 1, 10)).total).to.equal(1);
      expect(await store.remove(id)).to.include({ id });
      expect((await store.list(owner, 1, 10)).total).to.equal(0);
    });

    it('are one, where several people say the same at one moment', async () => {
      const said = ['ZhangSan', 'zhangsan', 'ZHANGSAN'].map((value) => store.protect(draft({ value })));
      const ids = new Set((await Promise.all(said)).map(({ id }) => id));
      const { rows, total } = await store.list(owner, 1, 10);
      expect(total).to.equal(1);
      expect([...ids]).to.include(rows[0]?.id);
      const elsewhere = [draft({ syncerId }), draft({ kind: 'department', value: 'ZhangSan' }), draft({ by: 'undo' })];
      for (const other of elsewhere) await store.protect(other);
      expect((await store.list(owner, 1, 10)).total).to.equal(4);
    });

    it('become one by the step of the schema, and hold as long as the longer one', async () => {
      const runner = suite.database.dataSource.createQueryRunner();
      const step = new OneProtectionEach1795926000000();
      const [short, long, other] = [randomUUID(), randomUUID(), randomUUID()];
      const insert = statement(
        runner,
        `INSERT INTO directory_protection
          (id, owner, kind, value, account_id, syncer_id, reason, until, ends_ms, made_by, made_ms)
          VALUES (?, ?, 'user', ?, ?, '', 'x', NULL, ?, 'acme/boss', ?)`,
      );
      try {
        await step.down(runner);
        await runner.query(insert, [long, owner, `${owner}/before`, 'z-1', null, 1]);
        await runner.query(insert, [short, owner, `${owner}/after`, 'z-1', 4_000_000_000_000, 2]);
        await runner.query(insert, [other, owner, `${owner}/after`, 'z-2', null, 3]);
        await step.up(runner);
        await step.up(runner);
      } finally {
        await runner.release();
      }
      expect((await store.list(owner, 1, 10)).rows.map(({ id }) => id)).to.deep.equal([other, long]);
      const again = await store.protect(draft({ kind: 'user', value: `${owner}/after`, accountId: 'z-1' }));
      expect(again).to.include({ id: long });
      expect((await store.list(owner, 1, 10)).total).to.equal(2);
    });

    it('of a userid that becomes another which is protected, too, are the one that holds longer', async () => {
      const lease = await new TypeormLeaseStore(suite.database).acquire({
        syncerId,
        runId: 'r',
        owner: 'x',
        ttlMs: 60_000,
      });
      if (!('grant' in lease)) throw new Error('the lease is taken');
      const ending = { until: '2099-12-31', endsAt: new Date('2099-12-31T16:00:00Z') };
      const [before, there] = [
        await store.protect(draft()),
        await store.protect(draft({ value: 'ZhangS', ...ending })),
      ];
      await store.follow(lease.grant, [before.id], 'zhangs');
      expect((await store.list(owner, 1, 10)).rows).to.deep.equal([{ ...before, value: 'zhangs' }]);
      const later = await store.protect(draft({ value: 'LiSi', ...ending }));
      await store.follow(lease.grant, [later.id], 'ZhangS');
      expect((await store.list(owner, 1, 10)).rows.map(({ id }) => id)).to.deep.equal([before.id]);
      expect(there.id).to.not.equal(before.id);
      expect(await store.protect(draft({ value: 'ZhangSan' }))).to.not.include({ id: before.id });
    });

    it('follow an account that is called otherwise by now', async () => {
      await harnessOn(suite.database).putAccount(anAccount({ owner, name: 'after', id: 'z-9' }));
      const made = await store.protect(draft({ kind: 'user', value: `${owner}/before`, accountId: 'z-9' }));
      const now = { id: made.id, value: `${owner}/after` };
      expect((await store.list(owner, 1, 10)).rows[0]).to.include(now);
      expect(await store.find(made.id)).to.include(now);
      const about = (name: string) => store.about({ owner, kind: 'user', value: `${owner}/${name}` });
      expect((await about('after')).map(({ id }) => id)).to.deep.equal([made.id]);
      expect(await about('before')).to.deep.equal([]);
      await store.protect(draft({ kind: 'user', value: `${owner}/after`, accountId: 'z-9', reason: 'longer' }));
      expect((await store.list(owner, 1, 10)).rows.map(({ id, reason }) => [id, reason])).to.deep.equal([
        [made.id, 'longer'],
      ]);
    });

    it('end with the account that they name, and stay with another one of the same id', async () => {
      const put = (name: string, id: string) =>
        harnessOn(suite.database).putAccount(anAccount({ owner, name, id: `${owner}-${id}` }));
      const about = async (name: string, accountId: string) => {
        const { id } = await store.protect(draft({ kind: 'user', value: `${owner}/${name}`, accountId }));
        return id;
      };
      for (const [name, id] of [
        ['spare', 'one'],
        ['double', 'two'],
        ['twin', 'two'],
        ['other', 'three'],
      ] as const)
        await put(name, id);
      await about('spare', `${owner}-one`);
      await about('spare', '');
      const staying = [
        await about('twin', `${owner}-two`),
        await about('other', ''),
        (await store.protect(draft())).id,
      ];
      const accounts = new UserAccounts(suite.database);
      expect(await accounts.remove(owner, 'spare')).to.equal(true);
      expect(await accounts.remove(owner, 'double')).to.equal(true);
      expect((await store.list(owner, 1, 10)).rows.map(({ id }) => id)).to.have.members(staying);
    });

    it('end when the syncer that they name moves to another organization', async () => {
      const addresses = new SecretAddresses({ urls: () => [], isSent: () => false, emptyMeans: () => '' });
      const records = new SyncerRecords(suite.database, new SecretBox('key of the tests'), addresses);
      await store.protect(draft({ syncerId }));
      const { id } = await store.protect(draft());
      await records.save((await records.findById(syncerId))!);
      expect((await store.list(owner, 1, 10)).total).to.equal(2);
      await records.save({ ...(await records.findById(syncerId))!, organization: `${owner}-2` });
      expect((await store.list(owner, 1, 10)).rows.map((row) => row.id)).to.deep.equal([id]);
    });

    it('are gone when their end has come', async () => {
      const past = await store.protect(draft({ endsAt: new Date(Date.now() - 1000), until: 'past' }));
      expect(await store.find(past.id)).to.equal(undefined);
      expect(await store.list(owner, 1, 10)).to.deep.equal({ rows: [], total: 0 });
      expect(await store.standing({ organization: owner, syncerId })).to.deep.equal([]);
    });

    it('hold for the syncer that they name, with the groups of departments', async () => {
      await link({});
      const other = randomUUID();
      await addSyncer(other);
      await link({ syncerId: other, name: 'sales-2' });
      await store.protect(draft({ value: 'else', syncerId: randomUUID() }));
      await store.protect(draft({ kind: 'department', value: '7' }));
      await store.protect(draft({ kind: 'department', value: '7', syncerId }));
      await store.protect(draft({ kind: 'group', value: `${owner}/staff` }));
      const standing = await store.standing({ organization: owner, syncerId });
      expect(standing.map(({ kind, groups }) => [kind, [...groups].toSorted()])).to.have.deep.members([
        ['group', ['staff']],
        ['department', ['sales']],
        ['department', ['sales', 'sales-2']],
      ]);
    });

    it('go with the syncer that they name', async () => {
      await store.protect(draft({ syncerId }));
      const { id } = await store.protect(draft());
      const addresses = new SecretAddresses({ urls: () => [], isSent: () => false, emptyMeans: () => '' });
      await new SyncerRecords(suite.database, new SecretBox('key of the tests'), addresses).delete(syncerId);
      expect((await store.list(owner, 1, 10)).rows.map((row) => row.id)).to.deep.equal([id]);
    });

    it('name what is there', async () => {
      const harness = harnessOn(suite.database);
      await harness.putAccount(anAccount({ owner, name: 'zhang', id: 'z-1' }));
      await harness.putGroup({
        owner,
        name: `${owner}-g`,
        displayName: 'G',
        parentId: owner,
        isTopGroup: true,
        manager: '',
      });
      await link({});
      const of = (kind: ProtectionDraft['kind'], value: string) => store.subject({ owner, kind, value, syncerId: '' });
      expect(await of('user', `${owner}/zhang`)).to.deep.equal({ value: `${owner}/zhang`, accountId: 'z-1' });
      expect(await of('user', `${owner}/nobody`)).to.equal(undefined);
      expect(await of('group', `${owner}/${owner}-g`)).to.include({ value: `${owner}/${owner}-g` });
      expect(await of('group', `${owner}/none`)).to.equal(undefined);
      expect(await of('department', '7')).to.include({ value: '7' });
      expect(await of('department', '8')).to.equal(undefined);
      expect(await store.subject({ owner, kind: 'department', value: '7', syncerId: 'other' })).to.equal(undefined);
      expect(await store.groupParents(owner)).to.deep.equal(new Map([[`${owner}-g`, owner]]));
    });

    it('are made of what was taken back by the run that has the lease alone, and end the same way', async () => {
      const leases = new TypeormLeaseStore(suite.database);
      const answer = await leases.acquire({ syncerId, runId: randomUUID(), owner: 'test', ttlMs: 60_000 });
      if (!('grant' in answer)) throw new Error('no lease');
      const { grant } = answer;
      const lost = { ...grant, token: 'of somebody else' };
      await store.protect(draft({ syncerId }));
      const of = { owner, reason: 'undone' };
      expect(await rejection(store.protectUndone(lost, of, ['ZhangSan']))).to.be.instanceOf(LeaseError);
      await store.protectUndone(grant, of, ['ZhangSan', 'LiSi']);
      await store.protectUndone(grant, of, ['ZhangSan']);
      const all = async () => (await store.list(owner, 1, 10)).rows;
      const ids = (await all()).map(({ id }) => id);
      expect((await all()).map(({ by }) => by)).to.have.members(['undo', 'undo', 'acme/boss']);
      expect(await rejection(store.endUndone(lost, ids))).to.be.instanceOf(LeaseError);
      await store.endUndone(grant, ids);
      expect((await all()).map(({ by }) => by)).to.deep.equal(['acme/boss']);
      await suite.database.transaction(({ manager }) => manager.delete(ProtectionRow, { owner }));
    });
  }));
