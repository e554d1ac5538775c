import { expect } from 'chai';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, idsOf, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

describe('a changed userid', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database));
      await world.sync();
    });
    afterEach(() => world.close());

    /** Active, and with a mobile number and a name that nobody else has. */
    const someone = () =>
      [...world.company.members].filter(
        ({ status, enable, mobile }) => status === 1 && enable !== 0 && mobile !== '',
      )[1]!;

    it('keeps the account, with name, id and what a person gave it', async () => {
      const { userid } = someone();
      await local.change(userid, { tag: 'edited' });
      world.company.changeUserid(userid, 'changed-01');
      const before = await local.account(userid);
      const run = await world.sync();
      expect(run.counts).to.deep.include({ created: 0, forbidden: 0, linked: 1, removed: 0 });
      expect(run.state).to.equal('succeeded');
      const after = await local.account(userid);
      expect(after).to.deep.include({ id: before.id, tag: 'edited', wecom: 'changed-01', groups: before.groups });
      expect(await local.find('changed-01')).to.equal(undefined);
      const [change] = (await world.changes(run)).filter(({ kind }) => kind === 'link');
      expect(change).to.deep.include({ userid: 'changed-01', user: `acme/${userid}`, state: 'applied' });
      expect(change?.reason.en).to.include(userid);

      const next = await world.sync();
      expect(next.counts).to.deep.include({ created: 0, updated: 0, linked: 0, forbidden: 0, unchanged: 40 });
      world.company.leave(['changed-01']);
      await world.sync();
      expect((await local.account(userid)).isForbidden, 'and leaves with its member').to.equal(true);
    });

    for (const [how, change] of [
      ['forbidden', { isForbidden: true }],
      ['deleted', { isDeleted: true }],
    ] as const) {
      it(`takes no account that is ${how}: it is named, and the newcomer has one of his own`, async () => {
        const { userid } = someone();
        await local.change(userid, change);
        const before = await local.account(userid);
        world.company.changeUserid(userid, 'changed-13');
        for (const act of [
          () => world.preview(),
          async () => (await world.engine.syncMember({ ...world.request(), userid: 'changed-13' })).run,
        ]) {
          const run = await act();
          expect(idsOf(await world.changes(run), 'create'), run.trigger).to.deep.equal(['changed-13']);
          const [conflict] = (await world.changes(run)).filter(({ kind }) => kind === 'conflict');
          expect(conflict).to.deep.include({ userid: 'changed-13', user: `acme/${userid}` });
        }
        await world.sync();
        expect(await local.account('changed-13')).to.deep.include({ wecom: 'changed-13', isForbidden: false });
        const { groups: _before, updatedTime: _then, ...kept } = before;
        expect(await local.account(userid)).to.deep.include(kept);
      });
    }

    it('is not seen where a company mobile went on: the newcomer gets an account, both are named', async () => {
      const { userid, mobile } = someone();
      world.company.leave([userid]);
      world.company.hire({ userid: 'successor', name: '李强', mobile, email: '' });
      const run = await world.sync();
      const changes = await world.changes(run);
      expect(idsOf(changes, 'create')).to.deep.equal(['successor']);
      expect(changes.find(({ kind }) => kind === 'conflict')).to.deep.include({
        userid: 'successor',
        user: `acme/${userid}`,
      });
      expect((await local.account(userid)).isForbidden).to.equal(true);
      expect(await local.account('successor')).to.deep.include({ displayName: '李强', isForbidden: false });
    });

    it('is foreseen by a preview', async () => {
      const { userid } = someone();
      world.company.changeUserid(userid, 'changed-02');
      const before = await local.accounts('acme');
      const preview = await world.preview();
      expect(preview.counts).to.deep.include({ created: 0, forbidden: 0, linked: 1 });
      expect(idsOf(await world.changes(preview), 'link')).to.deep.equal(['changed-02']);
      expect(await local.accounts('acme')).to.deep.equal(before);
    });

    it('of somebody disabled at the same time takes the access away, also in a preview', async () => {
      const { userid } = someone();
      world.company.changeUserid(userid, 'changed-03');
      world.company.disable(['changed-03']);
      expect((await world.preview()).counts).to.deep.include({ linked: 1, forbidden: 1, created: 0 });
      await world.sync();
      expect((await local.account(userid)).isForbidden).to.equal(true);
    });

    it('is a newcomer while a department cannot be read: who is not shown may still be there', async () => {
      const { userid, department } = someone();
      world.company.changeUserid(userid, 'changed-04');
      const other = world.company.visibleDepartments().find(({ id }) => !department.includes(id))!;
      const stop = world.sandbox.faults.add({
        path: 'user/list',
        match: { department_id: String(other.id) },
        respond: { errcode: 60003 },
      });
      const run = await world.sync();
      stop();
      expect(run.state).to.equal('partial');
      expect(idsOf(await world.changes(run), 'create')).to.include('changed-04');
      expect((await local.account(userid)).isForbidden).to.equal(false);
    });

    it('is nobody’s when two leavers have the number', async () => {
      const { userid, mobile } = someone();
      const twin = [...world.company.members].find((member) => member.userid !== userid && member.status === 1)!;
      world.company.setField(twin.userid, { mobile });
      await world.sync();
      world.company.leave([twin.userid]);
      world.company.changeUserid(userid, 'changed-05');
      const run = await world.sync();
      expect(idsOf(await world.changes(run), 'create')).to.deep.equal(['changed-05']);
      expect(run.counts.linked).to.equal(0);
      expect(run.warnings.find(({ code }) => code === 'rename-suggested')?.count).to.equal(2);
      expect((await local.account('changed-05')).isForbidden).to.equal(false);
      expect((await local.account(userid)).isForbidden).to.equal(true);
    });

    it('does not give an account to whoever got the number of somebody who stays', async () => {
      const { userid, mobile } = someone();
      const [hired] = world.company.hire({ userid: 'hired-06', mobile });
      const run = await world.sync();
      expect(idsOf(await world.changes(run), 'create')).to.deep.equal([hired!.userid]);
      expect(run.warnings.map(({ code }) => code)).to.not.include('rename-suggested');
      expect((await local.account(userid)).wecom).to.equal(userid);
    });

    it('does not give an administrator’s account away, but asks', async () => {
      const { userid } = someone();
      await local.change(userid, { isAdmin: true });
      world.company.changeUserid(userid, 'changed-07');
      const run = await world.sync();
      expect(idsOf(await world.changes(run), 'create')).to.deep.equal(['changed-07']);
      expect(idsOf(await world.changes(run), 'conflict')).to.deep.equal(['changed-07']);
      expect((await local.account(userid)).wecom).to.equal(userid);
    });

    it('is found although the account was linked by e-mail and has a name of its own', async () => {
      const { userid } = someone();
      const email = 'alice@example.com';
      world.company.setField(userid, { email });
      await local.remove(userid);
      await local.addAccount('acme', { name: 'alice', email });
      const settings = { linkBy: ['email'] as const };
      world.company.changeUserid(userid, 'changed-08');
      await world.sync({ settings });
      expect((await local.account('alice')).wecom).to.equal('changed-08');
      world.company.changeUserid('changed-08', 'changed-09');
      const run = await world.sync({ settings });
      expect(run.counts).to.deep.include({ conflicts: 0, linked: 1, created: 0 });
      expect(await local.account('alice')).to.deep.include({ wecom: 'changed-09', isForbidden: false });
    });

    it('is only suggested when mobile and e-mail are hidden', async () => {
      const { userid } = someone();
      world.sandbox.use('hidden-fields');
      await local.clear();
      await local.addOrganization('acme');
      await world.sync();
      world.company.changeUserid(userid, 'changed-10');
      const run = await world.sync();
      expect(run.state).to.equal('partial');
      const [warning] = run.warnings.filter(({ code }) => code === 'rename-suggested');
      expect(warning).to.deep.include({ count: 1, samples: [`${userid} → changed-10`] });
      const [suggestion] = (await world.changes(run)).filter(({ kind }) => kind === 'conflict');
      expect(suggestion).to.deep.include({ userid: 'changed-10', user: `acme/${userid}`, state: 'failed' });
      expect((await local.account('changed-10')).isForbidden, 'the newcomer is in').to.equal(false);
      expect((await local.account(userid)).isForbidden, 'the leaver is out').to.equal(true);
      expect((await world.sync()).state, 'and it is said once').to.equal('succeeded');
    });

    it('is noticed when this member alone is synced, by asking the directory for the former one', async () => {
      const { userid, mobile } = someone();
      const twin = 'changed-12';
      world.company.changeUserid(userid, twin);
      const foreseen = await world.engine.syncMember({ ...world.request(), userid: twin, dryRun: true });
      expect(foreseen.change).to.deep.include({ kind: 'link', user: `acme/${userid}` });
      const report = await world.engine.syncMember({ ...world.request(), userid: twin });
      expect(report.run.counts).to.deep.include({ linked: 1, created: 0 });
      expect((await local.account(userid)).wecom).to.equal(twin);
      world.company.hire({ userid: 'heir-12', mobile });
      const heir = await world.engine.syncMember({ ...world.request(), userid: 'heir-12' });
      expect(heir.run.counts, 'the other one is still there').to.deep.include({ linked: 0, created: 1 });
      expect((await local.account(userid)).wecom).to.equal(twin);
    });

    it('that a callback told is followed at once, when the directory agrees', async () => {
      const { userid } = someone();
      world.company.hire({ userid: 'hired-11' });
      const lie = await world.engine.syncMember({ ...world.request(), userid: 'hired-11', formerUserid: userid });
      expect(lie.run.counts, 'the former one is still there').to.deep.include({ linked: 0, created: 1 });
      expect((await local.account(userid)).wecom).to.equal(userid);
      world.company.changeUserid(userid, 'changed-11');
      const report = await world.engine.syncMember({ ...world.request(), userid: 'changed-11', formerUserid: userid });
      expect(report.run.counts).to.deep.include({ linked: 1, created: 0 });
      expect((await local.account(userid)).wecom).to.equal('changed-11');
      expect((await world.sync()).counts).to.deep.include({ created: 0, forbidden: 0, linked: 0 });
    });
  }));
