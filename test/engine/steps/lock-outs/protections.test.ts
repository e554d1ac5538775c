import { expect } from 'chai';
import type { ProtectionDraft } from '../../../../src/engine/ports/protection-store.ts';
import type { Run } from '../../../../src/engine/run.ts';
import type { Member } from '../../../../src/sandbox/company/member.ts';
import { openDatabase } from '../../../../src/storage/open-database.ts';
import { TypeormProtectionStore } from '../../../../src/storage/decisions/typeorm-protection-store.ts';
import { eachDatabase, harnessOn, isWaiting } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';
import { until } from '../../../support/promises.ts';

const REASON = 'left alone by acme/boss, until 2099-12-31: on leave';

describe('somebody whom a person told runs to leave alone', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let protections: TypeormProtectionStore;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      await harnessOn(suite.database).addSyncer({
        syncerId: 'syncer-1',
        organization: 'acme',
        source: 'acme/wecom',
        bindingColumn: 'wecom',
      });
      protections = new TypeormProtectionStore(suite.database);
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 12, departments: 4 });
      await world.sync();
    });
    afterEach(() => world.close());

    const protect = (draft: Partial<ProtectionDraft>, store = protections) =>
      store.protect({
        owner: 'acme',
        kind: 'userid',
        value: '',
        accountId: '',
        syncerId: '',
        reason: 'on leave',
        until: '2099-12-31',
        endsAt: new Date('2100-01-01T00:00:00Z'),
        by: 'acme/boss',
        ...draft,
      });
    const active = (): Member[] =>
      world.company.visibleMembers().filter(({ status, enable }) => status === 1 && enable !== 0);
    const one = (): Member => active().find(({ department }) => department.length === 1)!;
    const about = async (run: Run, userid: string) =>
      (await world.changes(run))
        .filter((change) => change.userid === userid)
        .map(({ kind, state, reason, fields }) => [kind, state, reason.en, fields.map(({ field }) => field).join()]);
    const standing = async (name: string) => {
      const { isForbidden, isDeleted, groups } = await local.account(name);
      return { isForbidden, isDeleted, groups: JSON.parse(groups!) as string[] };
    };

    it('keeps access when that is said while the page is written that would take it', async () => {
      const { userid } = one();
      world.company.leave(userid);
      const { identity, runs } = world.stores;
      const other = await openDatabase(suite.url);
      const [page, recent] = [identity.page.bind(identity), runs.recentLockOuts.bind(runs)];
      let isDue = false;
      runs.recentLockOuts = (of) => {
        isDue = true;
        return recent(of);
      };
      let saying: Promise<unknown> | undefined;
      identity.page = (lease, work) =>
        page(lease, async (rows) => {
          if (isDue && !saying) {
            saying = protect({ value: userid }, new TypeormProtectionStore(other));
            if (suite.kind === 'sqlite') await saying;
            else await until(() => isWaiting({ ...suite, database: other }));
          }
          return work(rows);
        });
      const run = await world.sync();
      await saying;
      await other.close();
      expect(await about(run, userid)).to.deep.equal([['skip', 'applied', REASON, 'isForbidden,groups']]);
    });

    it('keeps access and memberships when gone, and the group of a department that is gone with him', async () => {
      const { userid } = one();
      const { id } = world.company.addDepartment({ name: '即将撤销' });
      world.company.move(userid, [id]);
      await world.sync();
      await protect({ value: userid });
      const before = await standing(userid);
      expect(before.groups).to.deep.equal([`acme/acme-wecom-${id}`]);
      world.company.leave(userid);
      world.company.removeDepartment(id);
      const run = await world.sync();
      expect(await about(run, userid)).to.deep.equal([['skip', 'applied', REASON, 'isForbidden,groups']]);
      expect(await standing(userid)).to.deep.equal(before);
      expect((await local.groups('acme')).map(({ name }) => `acme/${name}`)).to.include(before.groups[0]);
      expect((await world.sync()).state).to.equal('succeeded');
    });

    it('keeps access when disabled, by a run for one member, by its preview and by a full run', async () => {
      const { userid } = one();
      await protect({ kind: 'user', value: `acme/${userid}`, accountId: userid });
      world.company.disable(userid);
      const report = await world.member({ userid });
      expect(report.run.state).to.equal('succeeded');
      expect(report.steps.at(-1)?.detail.en).to.equal(REASON);
      const preview = await world.member({ userid, automatic: true }, { dryRun: true });
      expect(preview.change).to.deep.include({ kind: 'skip', state: 'planned' });
      const run = await world.sync();
      expect(run).to.deep.include({ state: 'succeeded' });
      expect(run.counts).to.include({ forbidden: 0, skipped: 1 });
      expect((await standing(userid)).isForbidden).to.equal(false);
    });

    it('is not counted by the guard, and not locked out by an approval', async () => {
      const limit = { removalLimit: { percent: 1, count: 2 } };
      const leavers = active().slice(0, 3);
      for (const { userid } of leavers) world.company.leave(userid);
      const held = await world.sync({ settings: limit });
      expect(held.state).to.equal('held');
      const [left, ...others] = leavers.map(({ userid }) => userid);
      await protect({ value: left! });
      const { held: decided } = await world.engine.approve(held, world.request({ settings: limit }));
      expect(decided.counts.forbidden).to.equal(2);
      expect((await standing(left!)).isForbidden).to.equal(false);
      for (const name of others) expect((await standing(name)).isForbidden).to.equal(true);
      // Two more would be three with the one who is left alone.
      for (const { userid } of active().slice(0, 2)) world.company.leave(userid);
      expect((await world.sync({ settings: limit })).state).to.equal('succeeded');
    });

    it('gets what else is new, and loses no membership when moved', async () => {
      const { userid, department } = one();
      await protect({ value: userid });
      const before = await standing(userid);
      const target = world.company.visibleDepartments().find(({ id }) => id !== department[0])!.id;
      world.company.move(userid, [target]);
      world.company.setField(userid, { name: '新名' });
      const run = await world.sync();
      const fields = (await about(run, userid)).map(([kind, , , changed]) => [kind, changed]);
      expect(fields).to.have.deep.members([
        ['update', 'displayName,groups'],
        ['skip', 'groups'],
      ]);
      expect((await local.account(userid)).displayName).to.equal('新名');
      expect((await standing(userid)).groups).to.have.members([...before.groups, `acme/acme-wecom-${target}`]);
      expect((await about(await world.sync(), userid)).map(([kind]) => kind)).to.deep.equal(['skip']);
      const { rows } = await protections.list('acme', 1, 10);
      await protections.remove(rows[0]!.id);
      await world.sync();
      expect((await standing(userid)).groups).to.deep.equal([`acme/acme-wecom-${target}`]);
    });

    it('is not let in by a run either', async () => {
      const { userid } = one();
      world.company.disable(userid);
      await world.sync();
      await protect({ value: userid });
      world.company.enable(userid);
      const run = await world.sync();
      expect(await about(run, userid)).to.deep.equal([['skip', 'applied', REASON, 'isForbidden']]);
      expect((await standing(userid)).isForbidden).to.equal(true);
      await protections.remove((await protections.list('acme', 1, 1)).rows[0]!.id);
      expect((await world.sync()).counts.restored).to.equal(1);
    });

    it('is left alone under the userid that the directory gives him, too', async () => {
      const { userid, department } = one();
      await protect({ value: userid });
      const before = await standing(userid);
      const target = world.company.visibleDepartments().find(({ id }) => id !== department[0])!.id;
      world.company.changeUserid(userid, 'renamed-1');
      world.company.move('renamed-1', [target]);
      await world.member({ userid: 'renamed-1', formerUserid: userid, automatic: true });
      expect((await standing(userid)).groups).to.include.members(before.groups);
      expect((await protections.list('acme', 1, 1)).rows[0]).to.include({ value: 'renamed-1' });
      world.company.leave('renamed-1');
      await world.sync();
      expect((await standing(userid)).isForbidden).to.equal(false);
    });

    it('counts with everybody in and below a department', async () => {
      const parent = world.company
        .visibleDepartments()
        .find(({ id }) => world.company.visibleDepartments().some(({ parentid }) => parentid === id))!;
      const child = world.company.visibleDepartments().find(({ parentid }) => parentid === parent.id)!;
      const [inside] = active();
      world.company.move(inside!.userid, [child.id]);
      await world.sync();
      await protect({ kind: 'department', value: String(parent.id) });
      world.company.leave(inside!.userid);
      const run = await world.sync();
      expect((await about(run, inside!.userid)).map(([kind]) => kind)).to.deep.equal(['skip']);
    });

    it('is left alone by a word that was said while the run read', async () => {
      const { userid } = one();
      world.company.leave(userid);
      const word: Promise<unknown>[] = [];
      world.sandbox.faults.afterAnswer({
        path: 'user/get',
        work: () => void word.push(protect({ value: userid })),
      });
      const run = await world.sync();
      await Promise.all(word);
      expect((await about(run, userid)).map(([kind]) => kind)).to.deep.equal(['skip']);
    });

    it('is left alone until seen active, where the lock-out was taken back', async () => {
      const { userid } = one();
      world.company.disable(userid);
      await world.sync();
      await local.change(userid, { isForbidden: false });
      await world.engine.exclusively('syncer-1', (lease) =>
        protections.protectUndone(lease, { owner: 'acme', reason: 'undone' }, [userid]),
      );
      const run = await world.sync();
      expect((await about(run, userid)).map(([kind, , reason]) => [kind, reason])).to.deep.equal([
        ['skip', 'left alone by undo: undone'],
      ]);
      world.company.enable(userid);
      await world.preview();
      expect((await protections.list('acme', 1, 10)).total).to.equal(1);
      await world.sync();
      expect((await protections.list('acme', 1, 10)).total).to.equal(0);
      world.company.disable(userid);
      expect((await world.sync()).counts.forbidden).to.equal(1);
    });
  }));
