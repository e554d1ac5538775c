import { expect } from 'chai';
import { stub } from 'sinon';
import type { Run } from '../../../src/engine/run.ts';
import type { StoredChange } from '../../../src/engine/ports/run-store.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';
import { eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';
import { rejection } from '../../support/promises.ts';

describe('a preview that is applied', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 30, departments: 4 });
    });
    afterEach(() => world.close());

    /** Those who lead nobody: who leads is in a group's row, too. */
    const active = (): string[] => {
      const leaders = new Set([...world.company.departments].flatMap((department) => department.department_leader));
      return [...world.company.members]
        .filter(({ status, enable, userid }) => status === 1 && enable !== 0 && !leaders.has(userid))
        .map(({ userid }) => userid);
    };
    const apply = async (preview: Run, differences: RunDifferences = {}): Promise<Run> =>
      (await world.engine.apply(preview, world.request(differences))).ended;
    const told = ({ kind, userid, user, fields }: StoredChange) => JSON.stringify([kind, userid, user, fields]);
    const toldIn = async (run: Run, ...states: string[]): Promise<string[]> =>
      (await world.changes(run))
        .filter(({ state }) => states.includes(state))
        .map(told)
        .sort();

    it('makes the first company, groups and all', async () => {
      const preview = await world.preview();
      expect(await local.accounts('acme')).to.deep.equal([]);
      const run = await apply(preview);
      expect(run).to.deep.include({ trigger: 'approval', dryRun: false, state: 'succeeded' });
      expect(run.counts).to.deep.include({ created: 30, skipped: 0 });
      expect(await toldIn(run, 'applied')).to.deep.equal(await toldIn(preview, 'planned'));
      const again = await world.sync();
      expect(again.counts).to.deep.include({
        created: 0,
        updated: 0,
        forbidden: 0,
        groupsCreated: 0,
        groupsUpdated: 0,
      });
      expect(await world.changes(again)).to.deep.equal([]);
    });

    it('does what was seen, also what a run would hold, and nothing else', async () => {
      await world.sync();
      const left = world.company.leave(active().slice(0, 10)).map(({ userid }) => userid);
      const [disabled, renamed, moved, , later] = active();
      world.company.disable([disabled!]);
      world.company.rename({ userid: renamed!, name: '新名' });
      world.company.move(moved, [[...world.company.departments].at(-1)!.id]);
      const [hired] = world.company.hire(1);
      const department = world.company.addDepartment({ name: '新部门' });
      const preview = await world.preview();
      expect(preview.warnings.map(({ code }) => code)).to.include('would-be-held');
      // Nobody saw these.
      world.company.rename({ userid: later!, name: '后来的名' });
      const [unseen] = world.company.hire(1);
      const [goneSince] = world.company.leave([active()[6]!]);
      const run = await apply(preview);
      expect(run.state).to.equal('succeeded');
      expect(await toldIn(run, 'applied')).to.deep.equal(await toldIn(preview, 'planned'));
      expect(await toldIn(run, 'rejected', 'held', 'failed')).to.deep.equal([]);
      for (const name of [...left, disabled!]) expect((await local.account(name)).isForbidden, name).to.equal(true);
      expect((await local.account(renamed!)).displayName).to.equal('新名');
      expect((await local.account(later!)).displayName).to.not.equal('后来的名');
      expect((await local.account(goneSince!.userid)).isForbidden).to.equal(false);
      const names = (await local.accounts('acme')).map(({ name }) => name);
      expect(names).to.include(hired!.userid).and.to.not.include(unseen!.userid);
      expect((await local.groups('acme')).map(({ name }) => name)).to.include(`acme-wecom-${department.id}`);
      const next = await world.sync();
      expect(next.counts).to.deep.include({ created: 1, forbidden: 1 });
    });

    it('lists what is no longer the same, and leaves it as it is', async () => {
      await world.sync();
      const [back, promoted, renamed, byHand, kept] = active();
      const { displayName, phone } = await local.account(back!);
      world.company.leave([back!, promoted!]);
      world.company.rename({ userid: renamed!, name: '第一个名' });
      world.company.rename({ userid: byHand!, name: '通讯录的名' });
      world.company.rename({ userid: kept!, name: '不变的名' });
      const [hired] = world.company.hire(1);
      const gone = [...world.company.departments].at(-1)!;
      const preview = await world.preview();
      world.company.hire({ userid: back!, name: displayName!, mobile: phone! });
      world.company.rename({ userid: renamed!, name: '第二个名' });
      world.company.leave([hired!.userid]);
      world.company.renameDepartment(gone.id, '没人看过的名');
      await local.change(promoted!, { isAdmin: true });
      await local.change(byHand!, { displayName: '人工改的名' });
      const run = await apply(preview);
      const rejected = (await world.changes(run)).filter(({ state }) => state === 'rejected');
      expect(rejected.map(({ kind, userid }) => `${kind} ${userid}`).sort()).to.deep.equal(
        [back!, promoted!, renamed!, byHand!, hired!.userid].map((userid) => `skip ${userid}`).sort(),
      );
      expect(run.counts).to.deep.include({ skipped: 5, updated: 1, forbidden: 0, created: 0, groupsUpdated: 0 });
      expect(run.warnings.find(({ code }) => code === 'changed-since')?.count).to.equal(5);
      expect((await local.account(kept!)).displayName).to.equal('不变的名');
      expect((await local.account(byHand!)).displayName).to.equal('人工改的名');
      expect((await local.account(promoted!)).isForbidden).to.equal(false);
      expect((await local.account(back!)).isForbidden).to.equal(false);
    });

    it('keeps a group for whoever is in it and is not moved as it was seen', async () => {
      await world.sync();
      const department = world.company.addDepartment({ name: '要撤的部门' });
      const [one, other] = active();
      for (const userid of [one!, other!]) world.company.move(userid, [department.id]);
      await world.sync();
      const [first, second] = [...world.company.departments];
      for (const userid of [one!, other!]) world.company.move(userid, [first!.id]);
      world.company.removeDepartment(department.id);
      const preview = await world.preview();
      expect(preview.counts.groupsRemoved).to.equal(1);
      world.company.move(other, [second!.id]);
      await apply(preview);
      const groups = async (name: string) => JSON.parse((await local.account(name)).groups!) as string[];
      const name = `acme-wecom-${department.id}`;
      expect(await groups(one!)).to.deep.equal([`acme/acme-wecom-${first!.id}`]);
      expect(await groups(other!)).to.deep.equal([`acme/${name}`]);
      expect((await local.groups('acme')).map((group) => group.name)).to.include(name);
    });

    it('makes no group below one that is not made', async () => {
      await world.sync();
      const above = world.company.addDepartment({ name: '上级' });
      const below = world.company.addDepartment({ name: '下级', parentid: above.id });
      const preview = await world.preview();
      world.company.renameDepartment(above.id, '另一个名');
      const run = await apply(preview);
      const names = (await local.groups('acme')).map(({ name }) => name);
      expect(names).to.not.include(`acme-wecom-${above.id}`).and.to.not.include(`acme-wecom-${below.id}`);
      expect(await toldIn(run, 'rejected')).to.have.length(2);
      expect((await world.sync()).counts.groupsCreated).to.equal(2);
    });

    it('is applied once, and no other run is', async () => {
      const preview = await world.preview();
      const [member] = active();
      const { run: ofOne } = await world.member({ userid: member! }, { dryRun: true });
      world.sandbox.faults.set({ untrustedIp: '203.0.113.9' });
      const failed = await world.preview();
      world.sandbox.faults.clear();
      await apply(preview);
      const stored = await world.stores.runs.find(preview.id);
      const manual = await world.sync();
      for (const run of [preview, stored!, ofOne, failed, manual]) {
        const error = await rejection(world.engine.apply(run, world.request()));
        expect(error, run.trigger).to.have.property('name', 'ConfigError');
      }
    });

    it('stays to be applied when the directory could not be read', async () => {
      const preview = await world.preview();
      world.sandbox.faults.set({ untrustedIp: '203.0.113.9' });
      expect((await apply(preview)).state).to.equal('failed');
      world.sandbox.faults.clear();
      const stored = await world.stores.runs.find(preview.id);
      expect((await apply(stored!)).counts.created).to.equal(30);
    });

    it('decides about what waits as far as it was seen, and the rest goes on waiting', async () => {
      await world.sync();
      const left = world.company.leave(active().slice(0, 10)).map(({ userid }) => userid);
      const held = await world.sync();
      const { displayName, phone } = await local.account(left[0]!);
      world.company.hire({ userid: left[0]!, name: displayName!, mobile: phone! });
      const preview = await world.preview();
      world.company.leave([left[0]!]);
      await (
        await world.engine.apply(preview, world.request(), held)
      ).ended;
      const stored = await world.stores.runs.find(held.id);
      expect(stored?.state).to.equal('held');
      const waiting = (await world.changes(held)).filter(({ state }) => state === 'held');
      expect(waiting.map(({ userid }) => userid)).to.deep.equal([left[0]]);
      await world.engine.reject(stored!);
      expect((await world.stores.runs.find(held.id))?.state).to.equal('succeeded');
      const next = await world.sync({ trigger: 'schedule' });
      expect(next.counts.forbidden, 'a person said no').to.equal(0);
    });

    it('takes nobody’s account for another one when that account is not what was seen', async () => {
      await world.sync();
      const [userid] = active();
      world.company.setField(userid!, { mobile: '13700001234', email: 'heir@wecom.example', biz_mail: '' });
      world.company.rename({ userid: userid!, name: '另一人' });
      await world.sync();
      const questions = world.stores.questions!;
      const [question] = (await questions.list({ syncerId: 'syncer-1', organization: 'acme' }, 'open', 1, 10)).rows;
      const answer = question!.proposedName;
      const said = { keepSignIn: false, by: 'acme/eve', at: new Date().toISOString(), comment: '' };
      await questions.answer(question!.id, { ...said, state: 'created', answer, waits: 'apply' });
      const preview = await world.preview();
      const of = async (run: Run, ...states: string[]) =>
        (await toldIn(run, ...states)).map((one) => (JSON.parse(one) as string[])[0]);
      expect(await of(preview, 'planned')).to.deep.equal(['create', 'forbid', 'update']);
      await local.change(userid!, { isForbidden: true });
      const run = await apply(preview);
      expect(await of(run, 'applied')).to.deep.equal([]);
      expect(await local.find(answer)).to.equal(undefined);
      expect((await local.account(userid!)).wecom).to.equal(userid);
      expect((await questions.find(question!.id))?.waits, 'it is still to be done').to.equal('apply');
      await world.sync();
      expect((await local.account(answer)).wecom).to.equal(userid);
    });

    it('is refused when somebody else applied it a moment before, and no run tells of it', async () => {
      const preview = await world.preview();
      const { leases, runs } = world.stores;
      const acquire = leases.acquire.bind(leases);
      stub(leases, 'acquire').callsFake(async (asked) => {
        await runs.save({ ...preview, supersededBy: 'another' });
        return acquire(asked);
      });
      expect(await rejection(apply(preview))).to.be.instanceOf(ConfigError);
      expect((await runs.list(preview, 1, 1)).rows[0]?.id, 'the newest run').to.equal(preview.id);
    });
  }));
