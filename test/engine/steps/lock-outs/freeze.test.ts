import { expect } from 'chai';
import type { Run } from '../../../../src/engine/run.ts';
import type { SyncerSettings } from '../../../../src/engine/syncer-settings.ts';
import type { Member } from '../../../../src/sandbox/company/member.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, idsOf, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

describe('a freeze window', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let frozen: boolean;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 16, departments: 4 });
      frozen = false;
      await world.sync();
      frozen = true;
    });
    afterEach(() => world.close());

    const freeze = { isFrozen: () => frozen, disabledToo: false };
    const sync = (settings: Partial<SyncerSettings> = {}): Promise<Run> =>
      world.sync({ settings: { freeze, ...settings } });
    const request = () => world.request({ settings: { freeze } });
    const active = (): readonly Member[] =>
      world.company.visibleMembers().filter(({ status, enable }) => status === 1 && enable !== 0);
    const leave = (count: number): readonly string[] => {
      const gone = active()
        .slice(0, count)
        .map(({ userid }) => userid);
      for (const userid of gone) world.company.leave(userid);
      return gone;
    };
    const standing = async (name: string) => {
      const { isForbidden, isDeleted, groups } = await local.account(name);
      return { isForbidden, isDeleted, groups };
    };
    const frozenIn = async (run: Run): Promise<readonly string[]> => {
      const changes = (await world.changes(run)).filter(({ state }) => state === 'held');
      for (const { reason } of changes) expect([reason.en, reason.zh]).to.deep.equal(['freeze', '冻结']);
      return changes.map(({ userid }) => userid).toSorted();
    };
    const out = async (userids: readonly string[]): Promise<readonly boolean[]> =>
      Promise.all(
        userids.map(async (userid) => {
          const { isForbidden, isDeleted } = await standing(userid);
          return isForbidden === true || isDeleted === true;
        }),
      );

    for (const leavers of ['forbid', 'softDelete'] as const) {
      it(`lets nobody be locked out (${leavers}), and the first run after it finds them anew`, async () => {
        const [userid] = leave(1);
        const before = await standing(userid!);
        const run = await sync({ leavers });
        expect(run).to.include({ state: 'succeeded', lockOutDigest: '' });
        expect(run.counts).to.include({ forbidden: 0, removed: 0, skipped: 0 });
        expect(run.warnings).to.deep.include({
          code: 'freeze',
          message: run.warnings.find(({ code }) => code === 'freeze')?.message,
          count: 1,
          samples: [userid],
        });
        expect(await frozenIn(run)).to.deep.equal([userid]);
        expect(await standing(userid!)).to.deep.equal(before);
        frozen = false;
        const after = await sync({ leavers });
        expect(after.counts.forbidden + after.counts.removed).to.equal(1);
        expect(await out([userid!])).to.deep.equal([true]);
      });
    }

    it('leaves a run that nobody can approve or reject', async () => {
      leave(1);
      const run = await sync();
      expect(await world.stores.runs.held(run)).to.equal(undefined);
      for (const decide of [() => world.engine.approve(run, request()), () => world.engine.reject(run)]) {
        const error = await decide().then(
          () => undefined,
          (refused: unknown) => refused,
        );
        expect(error).to.have.property('code', 'config');
      }
    });

    it('leaves the guard to the first run after it', async () => {
      const gone = leave(8);
      expect((await sync()).state).to.equal('succeeded');
      frozen = false;
      expect((await sync()).state).to.equal('held');
      expect(await out(gone)).to.deep.equal(gone.map(() => false));
    });

    it('locks out whom somebody disabled in WeCom, and nobody else whom WeCom does not let in', async () => {
      const [disabled, switchedOff, inactive, quit] = active();
      world.company.setField(disabled!.userid, { status: 2 });
      world.company.setField(switchedOff!.userid, { enable: 0 });
      world.company.setField(inactive!.userid, { status: 4 });
      world.company.setField(quit!.userid, { status: 5 });
      const all = [disabled, switchedOff, inactive, quit].map((member) => member!.userid);
      const waiting = await sync({ freeze: { ...freeze, disabledToo: true } });
      expect(await frozenIn(waiting)).to.have.members(all);
      expect(await out(all)).to.deep.equal([false, false, false, false]);
      const run = await sync();
      expect(run).to.include({ state: 'succeeded' });
      expect(run.counts).to.include({ forbidden: 2 });
      expect(await frozenIn(run)).to.have.members(all.slice(2));
      expect(await out(all)).to.deep.equal([true, true, false, false]);
    });

    it('counts for one member alone, too', async () => {
      const [userid] = leave(1);
      const { run, steps, change } = await world.member({ userid: userid! }, { settings: { freeze } });
      expect(run.state).to.equal('succeeded');
      expect(change).to.deep.include({ kind: 'forbid', state: 'held', userid });
      expect(steps.at(-1)).to.deep.include({ name: 'written', ok: true });
      expect(steps.at(-1)?.detail.en).to.contain('freeze window');
      expect(await out([userid!])).to.deep.equal([false]);
    });

    it('lets what was approved wait, which can be approved again after it', async () => {
      frozen = false;
      const gone = leave(8);
      const held = await sync();
      expect(held.state).to.equal('held');
      frozen = true;
      const { approval, held: still } = await world.engine.approve(held, request());
      expect(approval.state).to.equal('succeeded');
      expect(await frozenIn(approval)).to.have.members([...gone]);
      expect(still.state).to.equal('held');
      expect(await out(gone)).to.deep.equal(gone.map(() => false));
      frozen = false;
      expect((await world.engine.approve(held, request())).held.state).to.equal('succeeded');
      expect(await out(gone)).to.deep.equal(gone.map(() => true));
    });

    it('puts nothing of it before a person beside what waits for him', async () => {
      const gone = leave(2);
      const disabled = active()
        .slice(0, 8)
        .map(({ userid }) => userid);
      for (const userid of disabled) world.company.setField(userid, { status: 2 });
      const held = await sync();
      expect(held.state).to.equal('held');
      frozen = false;
      const { held: decided, approval } = await world.engine.approve(held, request());
      expect(decided.state).to.equal('succeeded');
      expect(approval.counts.forbidden).to.equal(8);
      expect(await out(gone)).to.deep.equal([false, false]);
    });

    it('that begins in the middle of a run stops it before the page', async () => {
      const [userid] = leave(1);
      let asked = 0;
      // Open while the run plans, closed when it applies.
      const late = { isFrozen: () => (asked += 1) > 3, disabledToo: false };
      const run = await sync({ freeze: late });
      expect(asked).to.be.above(3);
      expect(await frozenIn(run)).to.deep.equal([userid]);
      expect(await out([userid!])).to.deep.equal([false]);
    });

    it('that ends in the middle of a run lets nobody be locked out who passed no guard', async () => {
      const gone = leave(8);
      let asked = 0;
      const early = { isFrozen: () => (asked += 1) === 1, disabledToo: false };
      const run = await sync({ freeze: early });
      expect(run.state).to.equal('succeeded');
      expect(await out(gone)).to.deep.equal(gone.map(() => false));
    });

    it('keeps the group of a department that went with its members', async () => {
      const [member] = active().filter(({ department }) => department.length === 1);
      const { id } = world.company.addDepartment({ name: '即将撤销' });
      world.company.move(member!.userid, [id]);
      await sync();
      world.company.leave(member!.userid);
      world.company.removeDepartment(id);
      const run = await sync();
      expect(run.counts).to.include({ groupsRemoved: 0, forbidden: 0 });
      frozen = false;
      expect((await sync()).counts).to.include({ groupsRemoved: 1, forbidden: 1 });
    });

    it('shows in a preview, which locks nobody out who waited in it', async () => {
      const [userid] = leave(1);
      const preview = await world.preview({ settings: { freeze } });
      expect(await frozenIn(preview)).to.deep.equal([userid]);
      expect(preview.counts).to.include({ forbidden: 0 });
      frozen = false;
      const applied = await (await world.engine.apply(preview, request())).ended;
      expect(idsOf(await world.changes(applied), 'forbid')).to.deep.equal([]);
      expect(await out([userid!])).to.deep.equal([false]);
    });

    const undo = async (run: Run, dryRun = false): Promise<Run> =>
      (await world.engine.undo(run, { ...request(), dryRun })).ended;
    const told = async (run: Run): Promise<readonly string[]> =>
      (await world.changes(run)).map(({ kind, state, userid }) => `${kind} ${state} ${userid}`);

    it('counts for who came by a run that is taken back, which is to be done again after it', async () => {
      const [{ userid }] = world.company.hire() as [Member];
      const created = await sync();
      expect(created.counts).to.include({ created: 1 });
      for (const dryRun of [true, false]) {
        const undone = await undo(created, dryRun);
        expect(undone.state).to.equal('partial');
        expect(undone.warnings.map(({ code, samples }) => [code, samples])).to.deep.equal([['undo-frozen', [userid]]]);
        expect(await told(undone)).to.deep.equal([`skip rejected ${userid}`]);
      }
      expect(await out([userid])).to.deep.equal([false]);
      frozen = false;
      expect(await undo(created)).to.include({ state: 'succeeded' });
      expect(await out([userid])).to.deep.equal([true]);
    });

    it('lets an undo that was approved wait, which can be approved again after it', async () => {
      const [first] = (await world.stores.runs.list({ syncerId: 'syncer-1', organization: 'acme' }, 1, 1)).rows;
      frozen = false;
      const everybody = active().map(({ userid }) => userid);
      const held = await undo(first!);
      expect(held.state).to.equal('held');
      frozen = true;
      const { approval, held: still } = await world.engine.approve(held, request());
      expect(approval.state).to.equal('partial');
      expect(await told(approval)).to.have.members(everybody.map((userid) => `skip rejected ${userid}`));
      expect(still.state).to.equal('held');
      expect(await out(everybody)).to.deep.equal(everybody.map(() => false));
      frozen = false;
      expect((await world.engine.approve(held, request())).held.state).to.equal('succeeded');
      expect(await out(everybody)).to.deep.equal(everybody.map(() => true));
    });
  }));
