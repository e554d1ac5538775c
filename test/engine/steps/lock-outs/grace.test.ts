import { expect } from 'chai';
import { stub } from 'sinon';
import type { Run } from '../../../../src/engine/run.ts';
import type { SyncerSettings } from '../../../../src/engine/syncer-settings.ts';
import type { Member } from '../../../../src/sandbox/company/member.ts';
import { UserAccounts } from '../../../../src/storage/accounts/user-accounts.ts';
import { TypeormAbsenceStore } from '../../../../src/storage/decisions/typeorm-absence-store.ts';
import { TypeormProtectionStore } from '../../../../src/storage/decisions/typeorm-protection-store.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

const DAY_MS = 86_400_000;

describe('a leaver who is given time', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let absences: TypeormAbsenceStore;
    let start: number;
    let day: number;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      absences = new TypeormAbsenceStore(suite.database);
      const stores = storesOn(suite.database);
      [start, day] = [Date.now(), 0];
      stub(stores.runs, 'now').callsFake(async () => new Date(start + day * DAY_MS));
      world = await DirectoryWorld.open(stores, { members: 12, departments: 4 });
      await world.sync();
    });
    afterEach(() => world.close());

    const sync = (settings: Partial<SyncerSettings>): Promise<Run> => world.sync({ settings });
    const one = (): Member =>
      world.company
        .visibleMembers()
        .find(({ status, enable, department }) => status === 1 && enable !== 0 && department.length === 1)!;
    const standing = async (name: string) => {
      const { isForbidden, isDeleted, groups } = await local.account(name);
      return { isForbidden, isDeleted, groups: JSON.parse(groups!) as string[] };
    };
    const kindsOf = async (run: Run, userid: string) =>
      (await world.changes(run)).filter((change) => change.userid === userid).map(({ kind }) => kind);
    const due = (days: number): string => new Date(start + days * DAY_MS).toISOString();
    const waiting = async () =>
      (await absences.waiting({ organization: 'acme', syncerId: 'syncer-1' }, true, 1, 10)).rows;

    it('keeps access and memberships until he is due, and the run says when that is', async () => {
      const grace = { graceDays: 7 };
      const { userid } = one();
      const { id } = world.company.addDepartment({ name: '即将撤销' });
      world.company.move(userid, [id]);
      await sync(grace);
      const before = await standing(userid);
      world.company.leave(userid);
      world.company.removeDepartment(id);
      const first = await sync(grace);
      expect(first).to.include({ state: 'succeeded' });
      expect(first.counts).to.include({ forbidden: 0, skipped: 1, groupsRemoved: 0 });
      const skip = (await world.changes(first)).find((change) => change.userid === userid);
      expect(skip).to.include({ kind: 'skip', state: 'applied', userid });
      expect(skip?.reason.en).to.equal(`No longer in the directory. The account keeps its access until ${due(7)}.`);
      expect(await standing(userid)).to.deep.equal(before);
      day = 6.9;
      expect((await sync(grace)).counts).to.include({ forbidden: 0, skipped: 1 });
      expect(await waiting()).to.have.length(1);
      day = 7;
      expect((await sync(grace)).counts).to.include({ forbidden: 1, groupsRemoved: 1 });
      expect(await standing(userid)).to.deep.equal({ isForbidden: true, isDeleted: false, groups: [] });
      expect(await waiting()).to.deep.equal([]);
    });

    it('counts from the first run that missed him, also one for him alone, and by the settings of today', async () => {
      const { userid } = one();
      world.company.leave(userid);
      const { run, steps } = await world.member({ userid, automatic: true }, { settings: { graceDays: 7 } });
      expect(run.state).to.equal('succeeded');
      expect(steps.at(-1)?.detail.en).to.include(due(7));
      day = 3;
      expect((await sync({ graceDays: 7 })).counts.forbidden).to.equal(0);
      expect((await sync({ graceDays: 5 })).counts.forbidden).to.equal(0);
      expect((await world.preview({ settings: { graceDays: 3 } })).counts.forbidden).to.equal(1);
      expect((await sync({ graceDays: 3 })).counts.forbidden).to.equal(1);
    });

    it('is forgotten when he returns, and begins anew when he leaves again', async () => {
      const grace = { graceDays: 7 };
      const { userid, department, name } = one();
      world.company.leave(userid);
      await sync(grace);
      day = 5;
      world.company.hire({ userid, name, department: [...department] });
      expect((await sync(grace)).counts).to.include({ skipped: 0, forbidden: 0 });
      expect(await waiting()).to.deep.equal([]);
      world.company.leave(userid);
      day = 8;
      expect((await sync(grace)).counts.forbidden).to.equal(0);
      day = 14;
      expect((await sync(grace)).counts.forbidden).to.equal(0);
      day = 15;
      expect((await sync(grace)).counts.forbidden).to.equal(1);
    });

    it('is never one whom WeCom disabled, and no longer one who comes back disabled', async () => {
      const grace = { graceDays: 7 };
      const { userid, department, name } = one();
      world.company.leave(userid);
      await sync(grace);
      world.company.hire({ userid, name, department: [...department] });
      world.company.disable(userid);
      expect((await sync(grace)).counts).to.include({ forbidden: 1, skipped: 0 });
      expect(await waiting()).to.deep.equal([]);
    });

    it('is not counted by the guard before he is due, and is then', async () => {
      const grace = { graceDays: 1, removalLimit: { percent: 1, count: 2 } };
      for (let n = 0; n < 3; n += 1) world.company.leave(one().userid);
      expect((await sync(grace)).state).to.equal('succeeded');
      day = 1;
      const held = await sync(grace);
      expect(held.state).to.equal('held');
      const { held: decided } = await world.engine.approve(held, world.request({ settings: grace }));
      expect(decided.counts.forbidden).to.equal(3);
      expect(await waiting()).to.deep.equal([]);
    });

    it('does not begin to be missing in a run that read a part, nor in a preview', async () => {
      const grace = { graceDays: 7 };
      const { userid } = one();
      world.company.leave(userid);
      await world.preview({ settings: grace });
      expect(await waiting()).to.deep.equal([]);
      const last = world.company.visibleDepartments().at(-1);
      world.sandbox.faults.add({
        path: 'user/list',
        match: { department_id: String(last!.id) },
        respond: { errcode: 60011 },
      });
      const part = await sync(grace);
      world.sandbox.faults.clear();
      expect(part.state).to.not.equal('succeeded');
      expect(await waiting()).to.deep.equal([]);
    });

    it('waits on when he is due and the directory cannot be asked about him', async () => {
      const grace = { graceDays: 7 };
      const { userid } = one();
      world.company.leave(userid);
      await sync(grace);
      day = 7;
      world.sandbox.faults.add({ path: 'user/get', respond: { errcode: 60020 } });
      expect((await sync(grace)).counts.forbidden).to.equal(0);
      expect(await waiting()).to.have.length(1);
      world.sandbox.faults.clear();
      expect((await sync(grace)).counts.forbidden).to.equal(1);
    });

    it('is asked about once before he is due', async () => {
      const grace = { graceDays: 7 };
      world.company.leave(one().userid);
      const asked = (): number => world.sandbox.calls.count('user/get');
      await sync(grace);
      const first = asked();
      expect(first).to.be.greaterThan(0);
      await sync(grace);
      expect(asked()).to.equal(first);
    });

    it('is forbidden first and deleted later, and comes back whole', async () => {
      const stages = { graceDays: 2, deleteDays: 3, leavers: 'softDelete' as const };
      const { userid, department, name } = one();
      world.company.leave(userid);
      await sync(stages);
      day = 2;
      expect(await kindsOf(await sync(stages), userid)).to.deep.equal(['forbid']);
      expect(await waiting()).to.have.length(1);
      day = 4.9;
      const silent = await sync(stages);
      expect(silent.counts).to.include({ removed: 0, skipped: 0 });
      day = 5;
      expect(await kindsOf(await sync(stages), userid)).to.deep.equal(['remove']);
      expect(await standing(userid)).to.include({ isForbidden: true, isDeleted: true });
      expect(await waiting()).to.deep.equal([]);
      expect(await kindsOf(await sync(stages), userid)).to.deep.equal([]);
      world.company.hire({ userid, name, department: [...department] });
      expect(await kindsOf(await sync(stages), userid)).to.deep.equal(['restore']);
      expect(await standing(userid)).to.include({ isForbidden: false, isDeleted: false });
    });

    it('is forbidden at once and deleted later, where no grace is set', async () => {
      const stages = { deleteDays: 3, leavers: 'softDelete' as const };
      const { userid } = one();
      world.company.leave(userid);
      expect(await kindsOf(await sync(stages), userid)).to.deep.equal(['forbid']);
      day = 3;
      expect(await kindsOf(await sync(stages), userid)).to.deep.equal(['remove']);
    });

    it('waits for nothing whom a person told runs to leave alone, but since when he is missing is known', async () => {
      const protections = new TypeormProtectionStore(suite.database);
      const { userid } = one();
      const { id } = await protections.protect({
        owner: 'acme',
        kind: 'userid',
        value: userid,
        accountId: '',
        syncerId: '',
        reason: 'on leave',
        until: null,
        endsAt: null,
        by: 'acme/boss',
      });
      world.company.leave(userid);
      await sync({ graceDays: 7 });
      expect(await waiting()).to.deep.equal([]);
      await protections.remove(id);
      day = 6;
      await sync({ graceDays: 7 });
      expect((await waiting()).map(({ missingSince }) => missingSince)).to.deep.equal([start]);
      day = 7;
      expect((await sync({ graceDays: 7 })).counts.forbidden).to.equal(1);
    });

    it('is no leaver any more when the settings leave out, and leave alone, whoever is like him', async () => {
      const { userid } = one();
      const config = { scope: { excludeUsers: [userid] } };
      const leaver = await world.sync({ settings: { graceDays: 7, excluded: 'leaver' }, config });
      expect(await waiting()).to.have.length(1);
      expect((await world.changes(leaver)).map(({ reason }) => reason.en)[0]).to.include(due(7));
      const left = await world.sync({ settings: { graceDays: 7, excluded: 'leave' }, config });
      const skip = (await world.changes(left)).find((change) => change.userid === userid);
      expect(skip?.reason.en).to.equal('left alone by scope.excluded of acme/wecom');
      expect(await waiting()).to.deep.equal([]);
      day = 7;
      await world.sync({ settings: { graceDays: 7, excluded: 'leave' }, config });
      expect(await standing(userid)).to.include({ isForbidden: false });
    });

    it('is no longer listed once a person told runs to leave him alone, be it by his account or by his group', async () => {
      const protections = new TypeormProtectionStore(suite.database);
      const { userid } = one();
      world.company.leave(userid);
      await sync({ graceDays: 7 });
      const [group] = (await standing(userid)).groups;
      const { id } = await local.account(userid);
      for (const subject of [
        { kind: 'user', value: `acme/${userid}`, accountId: id! },
        { kind: 'userid', value: userid, accountId: '' },
        { kind: 'group', value: group!, accountId: '' },
      ] as const) {
        expect(await waiting(), subject.kind).to.have.length(1);
        const draft = { owner: 'acme', syncerId: '', until: null, endsAt: null, reason: 'on leave', by: 'acme/boss' };
        const made = await protections.protect({ ...draft, ...subject });
        expect(await waiting(), subject.kind).to.deep.equal([]);
        await protections.remove(made.id);
      }
    });

    it('is no longer listed once his lock-out was taken back, and as one who has access once a person let him in', async () => {
      const stages = { leavers: 'softDelete', deleteDays: 3 } as const;
      const [taken, allowed] = world.company
        .visibleMembers()
        .filter(({ status, enable }) => status === 1 && enable !== 0);
      for (const { userid } of [taken!, allowed!]) world.company.leave(userid);
      const run = await sync(stages);
      expect((await waiting()).map(({ forbiddenSince }) => forbiddenSince)).to.deep.equal([start, start]);
      await (
        await world.engine.undo(run, world.request({ settings: stages }), { userids: [taken!.userid] })
      ).ended;
      await local.change(allowed!.userid, { isForbidden: false });
      const [left, ...others] = await waiting();
      expect(others).to.deep.equal([]);
      expect(left).to.include({ accountName: allowed!.userid, forbiddenSince: null });
      expect(await kindsOf(await sync(stages), allowed!.userid)).to.deep.equal(['forbid']);
    });

    it('is no longer listed once a person forbade him, nor after the next run', async () => {
      const { userid } = one();
      world.company.leave(userid);
      await sync({ graceDays: 7 });
      await local.change(userid, { isForbidden: true });
      expect(await waiting()).to.deep.equal([]);
      expect(await kindsOf(await sync({ graceDays: 7 }), userid)).to.deep.equal(['update']);
      expect(await absences.of('syncer-1')).to.deep.equal([]);
    });

    it('is listed by the name that the account has today', async () => {
      const { userid } = one();
      world.company.leave(userid);
      await sync({ graceDays: 7 });
      const edit = { name: `${userid}-renamed`, texts: {}, flags: {} };
      await new UserAccounts(suite.database).update('acme', userid, () => edit);
      expect((await waiting()).map(({ accountName }) => accountName)).to.deep.equal([`${userid}-renamed`]);
    });

    it('is no longer listed when a person deleted the account', async () => {
      const { userid } = one();
      world.company.leave(userid);
      await sync({ graceDays: 7 });
      await local.change(userid, { isDeleted: true });
      await sync({ graceDays: 7 });
      expect(await waiting()).to.deep.equal([]);
    });
  }));
