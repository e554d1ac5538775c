import { expect } from 'chai';
import type { Run } from '../../src/engine/run.ts';
import type { StoredChange } from '../../src/engine/ports/run-store.ts';
import { LeaseRow } from '../../src/storage/entities/index.ts';
import { CancelledError, LeaseError } from '../../src/syncer/errors.ts';
import { eachDatabase } from '../support/databases.ts';
import { DirectoryWorld, idsOf, storesOn } from '../support/directory-world.ts';
import { LocalActs } from '../support/local-acts.ts';
import { rejection } from '../support/promises.ts';

describe('a run', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database));
    });
    afterEach(() => world.close());

    const active = () => [...world.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);

    it('brings every member once, with their true access', async () => {
      const run = await world.sync();
      expect(run.state).to.equal('succeeded');
      expect(run.counts).to.deep.include({ members: 40, created: 40, conflicts: 0, skipped: 0 });
      const accounts = await local.accounts('acme');
      expect(accounts.map(({ name }) => name).sort()).to.deep.equal(
        [...world.company.members].map(({ userid }) => userid).sort(),
      );
      const forbidden = accounts.filter(({ isForbidden }) => isForbidden).map(({ name }) => name);
      const notActive = [...world.company.members].filter((member) => !active().includes(member));
      expect(forbidden.sort()).to.deep.equal(notActive.map(({ userid }) => userid).sort());
      expect(run.counts.forbidden).to.equal(forbidden.length);
    });

    it('changes nothing when it runs again', async () => {
      await world.sync();
      const before = await local.accounts('acme');
      const again = await world.sync();
      expect(again.counts).to.deep.include({ members: 40, unchanged: 40, created: 0, updated: 0, forbidden: 0 });
      expect(again.counts).to.deep.include({ groupsCreated: 0, groupsUpdated: 0, groupsRemoved: 0 });
      expect(await world.changes(again)).to.deep.equal([]);
      expect(await local.accounts('acme')).to.deep.equal(before);
    });

    it('says exactly who left, who was disabled and who was renamed', async () => {
      await world.sync();
      const left = world.company.leave(3);
      const disabled = world.company.disable(2);
      const renamed = world.company.rename(4);
      const run = await world.sync();
      expect(run.state).to.equal('succeeded');
      expect(run.counts).to.deep.include({ updated: 4, forbidden: 5, created: 0, unchanged: 40 - 3 - 2 - 4 });
      const changes = await world.changes(run);
      expect(idsOf(changes, 'forbid').sort()).to.deep.equal([...left, ...disabled].map(({ userid }) => userid).sort());
      expect(idsOf(changes, 'update').sort()).to.deep.equal(renamed.map(({ userid }) => userid).sort());
      const change = changes.find(({ userid }) => userid === renamed[0]?.userid);
      expect(change?.fields).to.deep.equal([
        { field: 'displayName', before: renamed[0]?.before, after: renamed[0]?.after },
      ]);
    });

    it('lets a member in again whom WeCom enables again', async () => {
      await world.sync();
      const [member] = world.company.disable(1);
      await world.sync();
      expect((await local.account(member!.userid)).isForbidden).to.equal(true);
      world.company.enable([member!.userid]);
      const run = await world.sync();
      expect(run.counts).to.deep.include({ restored: 1, forbidden: 0 });
      expect((await local.account(member!.userid)).isForbidden).to.equal(false);
    });

    it('gives a returner the same account back, groups and all', async () => {
      await world.sync();
      const [member] = world.company.leave(1);
      const before = await local.account(member!.userid);
      await world.sync();
      const gone = await local.account(member!.userid);
      expect(gone).to.deep.include({ isForbidden: true, groups: '[]' });
      world.company.hire({ ...member! });
      const run = await world.sync();
      expect(run.counts).to.deep.include({ restored: 1, created: 0 });
      const after = await local.account(member!.userid);
      expect(Object.assign(after, { updatedTime: '' })).to.deep.equal(Object.assign(before, { updatedTime: '' }));
    });

    describe('when everything goes wrong upstream', () => {
      it('keeps everyone when the directory comes back empty', async () => {
        await world.sync();
        world.sandbox.use('empty-scope');
        const run = await world.sync();
        expect(run.state).to.equal('held');
        expect(run.counts.forbidden).to.equal(0);
        expect((await local.accounts('acme')).filter(({ isForbidden }) => !isForbidden)).to.have.length(
          active().length,
        );
      });

      it('locks nobody out for a department that could not be read, and names it', async () => {
        await world.sync();
        const left = world.company.leave(2);
        const [hired] = world.company.hire(1);
        const department = [...world.company.departments].find(({ id }) => !hired!.department.includes(id));
        world.sandbox.faults.add({
          path: 'user/list',
          match: { department_id: String(department!.id) },
          respond: { errcode: 60011 },
        });
        const run = await world.sync();
        expect(run.state).to.equal('partial');
        expect(run.counts.forbidden).to.equal(0);
        expect(run.warnings.find(({ code }) => code === 'unread')?.samples).to.deep.equal([
          `department ${department!.id}`,
        ]);
        for (const { userid } of left) expect((await local.account(userid)).isForbidden).to.equal(false);
        expect(await local.account(hired!.userid)).to.not.equal(undefined);
      });

      it('still locks out a member whom WeCom shows as disabled in an incomplete read', async () => {
        await world.sync();
        const [disabled] = world.company.disable(1);
        const department = [...world.company.departments].find(({ id }) => !disabled!.department.includes(id));
        world.sandbox.faults.add({
          path: 'user/list',
          match: { department_id: String(department!.id) },
          respond: { errcode: 60003 },
        });
        const run = await world.sync();
        expect(run.state).to.equal('partial');
        expect((await local.account(disabled!.userid)).isForbidden).to.equal(true);
      });

      it('fails without touching anybody when the secret was reset', async () => {
        await world.sync();
        const before = await local.accounts('acme');
        const run = await world.sync({ config: { password: 'wrong'.repeat(8) } });
        expect(run.state).to.equal('failed');
        expect(run.error?.code).to.equal('credentials');
        expect(run.error?.remedy?.zh).to.match(/Secret/);
        expect(await local.accounts('acme')).to.deep.equal(before);
      });

      it('counts a member with an unreadable record as shown, and reports it', async () => {
        await world.sync();
        const [victim] = active();
        world.company.setField(victim!.userid, { department: 'nonsense', name: { first: 'Li' } });
        const run = await world.sync();
        expect(run.counts.forbidden).to.equal(0);
        expect((await local.account(victim!.userid)).isForbidden).to.equal(false);
      });

      it('locks nobody out when a record has no userid: whoever it is was not seen', async () => {
        await world.sync();
        const before = await local.accounts('acme');
        world.sandbox.faults.add({ path: 'user/list', respond: { spoil: 'userid-unusable' } });
        const run = await world.sync();
        expect(run.state).to.equal('partial');
        expect(run.counts.skipped).to.be.greaterThan(0);
        expect(run.counts.forbidden).to.equal(0);
        expect(await local.accounts('acme')).to.deep.equal(before);
      });
    });

    describe('held lock-outs', () => {
      let held: Run;
      let left: string[];

      beforeEach(async () => {
        await world.sync();
        left = world.company.leave(20).map(({ userid }) => userid);
        held = await world.sync();
      });

      it('wait, with everybody still in', async () => {
        expect(held.state).to.equal('held');
        const changes = await world.changes(held);
        const waiting = changes.filter(({ state }) => state === 'held').map(({ userid }) => userid);
        expect(waiting).to.not.be.empty;
        for (const userid of waiting) {
          expect(left).to.include(userid);
          expect((await local.account(userid)).isForbidden).to.equal(false);
        }
      });

      it('do not stop grants and changes of the same run', async () => {
        const [hired] = world.company.hire(1);
        const [renamed] = world.company.rename(1);
        const run = await world.sync();
        expect(run.state).to.equal('held');
        expect(run.counts).to.deep.include({ created: 1, updated: 1 });
        expect((await local.account(hired!.userid)).name).to.equal(hired!.userid);
        expect((await local.account(renamed!.userid)).displayName).to.equal(renamed!.after);
      });

      it('do not pile up: a newer run takes the place of the one that waits', async () => {
        const newer = await world.sync();
        expect(newer.state).to.equal('held');
        const older = await world.stores.runs.find(held.id);
        expect(older).to.deep.include({ state: 'cancelled', supersededBy: newer.id });
        expect((await world.stores.runs.held({ syncerId: 'syncer-1', organization: 'acme' }))?.id).to.equal(newer.id);
      });

      it('are applied when a person approves them', async () => {
        const { held: settled } = await world.engine.approve(held, world.request());
        expect(settled.state).to.equal('succeeded');
        for (const userid of left) expect((await local.account(userid)).isForbidden).to.equal(true);
        expect((await world.changes(held)).filter(({ state }) => state === 'held')).to.deep.equal([]);
        expect((await world.sync()).state).to.equal('succeeded');
      });

      it('spare whoever came back before the approval', async () => {
        const waiting = (await world.changes(held)).find(({ state }) => state === 'held')!.userid;
        const { displayName, phone } = await local.account(waiting);
        world.company.hire({ userid: waiting, name: displayName!, mobile: phone! });
        const { held: settled } = await world.engine.approve(held, world.request());
        expect(settled.state).to.equal('succeeded');
        expect((await local.account(waiting)).isForbidden).to.equal(false);
        const change = (await world.changes(held)).find(({ userid }) => userid === waiting);
        expect(change?.state).to.equal('rejected');
      });

      it('keep waiting when the directory cannot be read at the approval', async () => {
        const before = await local.accounts('acme');
        world.sandbox.faults.set({ untrustedIp: '203.0.113.9' });
        const { held: settled, approval } = await world.engine.approve(held, world.request());
        expect(approval.error?.code).to.equal('network-policy');
        expect(settled.state).to.equal('held');
        expect(await local.accounts('acme')).to.deep.equal(before);
      });

      it('are left alone when a person rejects them, until the set changes', async () => {
        await world.engine.reject(held);
        const same = await world.sync();
        expect(same.state).to.equal('succeeded');
        expect(same.warnings.map(({ code }) => code)).to.include('rejected-before');
        expect(same.counts.forbidden).to.equal(0);
        world.company.leave(1);
        expect((await world.sync()).state).to.equal('held');
      });

      it('can be decided once only', async () => {
        await world.engine.reject(held);
        const error = await world.engine.approve(held, world.request()).catch((thrown: unknown) => thrown);
        expect(String(error)).to.include('does not wait for a decision');
      });
    });

    it('weighs lock-outs against those who could sign in before it: nobody whom it lets in makes the share smaller', async () => {
      await world.sync();
      const back = world.company.disable(3).map(({ userid }) => userid);
      await world.sync();
      const before = active().length;
      const left = world.company.leave(
        active()
          .slice(0, 20)
          .map(({ userid }) => userid),
      );
      world.company.enable(back);
      for (let index = 0; index < 12; index += 1) {
        world.company.hire({
          userid: `new${index}`,
          mobile: `1380000${1000 + index}`,
          email: `new${index}@acme.example`,
        });
      }
      for (const name of ['new0', 'new1']) await local.addAccount('acme', { name });
      const run = await world.sync({ settings: { linkBy: ['name'] } });
      expect(run.counts).to.deep.include({ created: 10, restored: 3, linked: 2 });
      const reason = run.warnings.find(({ code }) => code === 'held')?.message.en;
      expect(reason).to.include(`${left.length} accounts`).and.to.include(`of ${before} active accounts`);
    });

    describe('a person’s own decision', () => {
      it('wins: whoever a person forbade stays forbidden', async () => {
        await world.sync();
        const [member] = active();
        await local.change(member!.userid, { isForbidden: true });
        const run = await world.sync();
        expect(run.counts.restored).to.equal(0);
        expect((await local.account(member!.userid)).isForbidden).to.equal(true);
        expect(run.warnings.map(({ code }) => code)).to.include('forbidden-by-person');
      });

      it('does not let in whom WeCom disabled, and the change says why', async () => {
        await world.sync();
        const [member] = world.company.disable(1);
        await world.sync();
        await local.change(member!.userid, { isForbidden: false });
        const run = await world.sync();
        expect((await local.account(member!.userid)).isForbidden).to.equal(true);
        expect((await world.changes(run))[0]?.reason.en).to.include('A person had allowed');
      });

      it('keeps administrators in, and reports them', async () => {
        await world.sync();
        const [leaver, disabled] = [world.company.leave(1)[0]!, world.company.disable(1)[0]!];
        for (const { userid } of [leaver, disabled]) await local.change(userid, { isAdmin: true });
        const run = await world.sync();
        expect(run.counts).to.deep.include({ forbidden: 0, skipped: 2 });
        expect(run.warnings.find(({ code }) => code === 'admin-kept')?.count).to.equal(2);
        for (const { userid } of [leaver, disabled]) expect((await local.account(userid)).isForbidden).to.equal(false);
      });

      it('to delete an account is not undone by itself, only by syncing this member alone', async () => {
        await world.sync();
        const [member] = active();
        await local.remove(member!.userid);
        const run = await world.sync();
        expect(run.counts).to.deep.include({ created: 0, skipped: 1 });
        expect(await local.find(member!.userid)).to.equal(undefined);
        const report = await world.engine.syncMember({
          ...world.request({ trigger: 'member' }),
          userid: member!.userid,
        });
        expect(report.steps.every(({ ok }) => ok)).to.equal(true);
        expect((await local.account(member!.userid)).isForbidden).to.equal(false);
      });

      it('to rename an account does not keep a leaver in', async () => {
        await world.sync();
        const [member] = active();
        await local.change(member!.userid, { name: 'renamed-by-hand' });
        world.company.leave([member!.userid]);
        expect((await world.sync()).counts.forbidden).to.equal(1);
        expect((await local.account('renamed-by-hand')).isForbidden).to.equal(true);
      });

      it('to rename an account keeps it held under its new name', async () => {
        await world.sync();
        const [member] = active();
        await local.change(member!.userid, { name: 'renamed-by-hand' });
        const run = await world.sync();
        expect(run.counts).to.deep.include({ created: 0, linked: 1 });
        expect((await world.sync()).counts.unchanged).to.equal(40);
      });
    });

    it('makes a userid that equals a local account’s name a conflict for that member alone', async () => {
      const [first] = active();
      await local.addAccount('acme', { name: first!.userid, id: 'local-1' });
      const run = await world.sync();
      expect(run.state).to.equal('partial');
      expect(run.counts).to.deep.include({ created: 39, conflicts: 1 });
      const [conflict] = (await world.changes(run)).filter(({ kind }) => kind === 'conflict');
      expect(conflict?.userid).to.equal(first!.userid);
      expect(conflict?.fields[0]?.before).to.deep.equal([`acme/${first!.userid}`]);
      expect((await local.account(first!.userid)).id).to.equal('local-1');
    });

    it('takes over the accounts that Casdoor’s own syncer made', async () => {
      const [first] = active();
      await local.addAccount('acme', { name: first!.userid, id: first!.userid, wecom: first!.userid });
      const run = await world.sync();
      expect(run.counts).to.deep.include({ created: 39, linked: 1, conflicts: 0 });
      expect((await world.sync()).counts.unchanged).to.equal(40);
    });

    it('never fights another syncer of the organization over an account', async () => {
      await world.sync();
      const second = await world.sync({ settings: { id: 'syncer-2', name: 'second' } });
      expect(second.counts).to.deep.include({ created: 0, updated: 0, conflicts: 40 });
      expect((await world.sync()).counts.unchanged).to.equal(40);
    });

    it('never touches an account that no syncer holds', async () => {
      await local.addAccount('acme', { name: 'by-hand', id: 'local-1' });
      const before = await local.account('by-hand');
      await world.sync();
      await world.sync();
      expect(await local.account('by-hand')).to.deep.equal(before);
    });

    describe('policies', () => {
      it('keeps leavers when told to', async () => {
        await world.sync({ settings: { leavers: 'keep' } });
        const [member] = world.company.leave(1);
        const run = await world.sync({ settings: { leavers: 'keep' } });
        expect(run.warnings.map(({ code }) => code)).to.include('leavers-kept');
        expect((await local.account(member!.userid)).isForbidden).to.equal(false);
      });

      it('soft-deletes leavers when told to, and brings them back', async () => {
        await world.sync({ settings: { leavers: 'softDelete' } });
        const [member] = world.company.leave(1);
        const run = await world.sync({ settings: { leavers: 'softDelete' } });
        expect(run.counts).to.deep.include({ removed: 1, forbidden: 0 });
        const removed = await local.account(member!.userid);
        expect(removed.isDeleted).to.equal(true);
        expect(removed.deletedTime).to.match(/^\d{4}-\d\d-\d\dT/);
        world.company.hire({ ...member! });
        await world.sync({ settings: { leavers: 'softDelete' } });
        expect(await local.account(member!.userid)).to.deep.include({ isDeleted: false, deletedTime: '' });
      });

      it('lets members in who have not activated WeCom when told to', async () => {
        const [member] = world.company.deactivate(1);
        await world.sync({ config: { notActivated: 'allow' } });
        expect((await local.account(member!.userid)).isForbidden).to.equal(false);
        await world.sync();
        expect((await local.account(member!.userid)).isForbidden).to.equal(true);
      });

      it('treats leaving the scope by configuration as leaving, behind the guard', async () => {
        await world.sync();
        const [member] = active();
        const run = await world.sync({
          config: { scope: { departments: [], excludeUsers: [member!.userid.toUpperCase()] } },
        });
        expect(idsOf(await world.changes(run), 'forbid')).to.deep.equal([member!.userid]);
      });
    });

    describe('a preview', () => {
      it('writes no account, group or link, and lists what the next run does', async () => {
        await world.sync();
        world.company.leave(2);
        world.company.disable(1);
        world.company.rename(2);
        world.company.hire(2);
        const before = await local.accounts('acme');
        const preview = await world.preview();
        expect(await local.accounts('acme')).to.deep.equal(before);
        const real = await world.sync();
        const shape = (changes: readonly StoredChange[]) =>
          changes
            .map(({ kind, userid, user, fields, reason }) => JSON.stringify({ kind, userid, user, fields, reason }))
            .sort();
        expect(shape(await world.changes(preview))).to.deep.equal(shape(await world.changes(real)));
        expect(preview.counts).to.deep.equal(real.counts);
      });

      it('says that a run would be held, and holds nothing itself', async () => {
        await world.sync();
        world.company.leave(20);
        const preview = await world.preview();
        expect(preview.state).to.equal('succeeded');
        expect(preview.warnings.map(({ code }) => code)).to.include('would-be-held');
        expect(await world.stores.runs.held({ syncerId: 'syncer-1', organization: 'acme' })).to.equal(undefined);
      });
    });

    describe('groups', () => {
      it('stand for departments, below one another, and members are in them', async () => {
        await world.sync();
        const groups = await local.groups('acme');
        const departments = [...world.company.departments];
        expect(groups).to.have.length(departments.length);
        const root = groups.find(({ isTopGroup }) => isTopGroup);
        expect(root).to.deep.include({ name: 'acme-wecom-1', parentId: 'acme' });
        const [member] = active();
        const account = await local.account(member!.userid);
        expect(JSON.parse(account.groups!)).to.have.members(member!.department.map((id) => `acme/acme-wecom-${id}`));
      });

      it('keep memberships that a person made, through a move', async () => {
        await world.sync();
        const [member] = active();
        const account = await local.account(member!.userid);
        await local.change(member!.userid, {
          groups: JSON.stringify([...JSON.parse(account.groups!), 'acme/by-hand']),
        });
        const target = [...world.company.departments].find(({ id }) => !member!.department.includes(id))!;
        world.company.move(member!.userid, [target.id]);
        await world.sync();
        expect(JSON.parse((await local.account(member!.userid)).groups!)).to.have.members([
          'acme/by-hand',
          `acme/acme-wecom-${target.id}`,
        ]);
      });

      it('are not touched when the syncer is told not to', async () => {
        await world.sync({ settings: { syncGroups: false } });
        expect(await local.groups('acme')).to.deep.equal([]);
        expect((await local.account(active()[0]!.userid)).groups).to.equal('[]');
      });
    });

    it('runs once at a time, and says since when, but not where', async () => {
      const first = await world.engine.begin(world.request());
      const error = await world.engine.begin(world.request()).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(LeaseError);
      expect(String(error))
        .to.match(/goes on since \d{4}-/)
        .and.not.include(`test:${process.pid}`);
      await first.ended;
      expect((await world.sync()).state).to.equal('succeeded');
    });

    it('keeps others of its process away also when a clock says that its lease has run out', async () => {
      world.sandbox.faults.add({ path: 'department/list', respond: { delayMs: 300 } });
      const { run, ended } = await world.engine.begin(world.request());
      await suite.database.transaction(({ manager }) =>
        manager.update(LeaseRow, { syncerId: run.syncerId }, { expiresMs: 0 }),
      );
      const refused = await rejection(world.engine.begin(world.request()));
      expect(refused).to.be.instanceOf(LeaseError);
      expect((await ended).state).to.equal('succeeded');
      expect((await world.sync()).state).to.equal('succeeded');
    });

    it('ends when it is cancelled, and keeps what was done', async () => {
      const stop = new AbortController();
      const run = await world.sync({
        signal: stop.signal,
        onProgress: ({ progress }) => {
          if (progress.membersSeen > 0) stop.abort(new CancelledError());
        },
      });
      expect(run.state).to.equal('cancelled');
      expect(run.error?.code).to.equal('cancelled');
      expect(run.error?.message.en).to.include(`${run.progress.membersSeen} members were read`);
      expect((await local.accounts('acme')).length).to.equal(run.counts.created);
      expect((await world.sync()).counts.members).to.equal(40);
      expect(await local.accounts('acme')).to.have.length(40);
    });

    it('refuses to sync into built-in, and into an organization that does not exist', async () => {
      for (const organization of ['built-in', 'nowhere']) {
        const run = await world.sync({ settings: { organization } });
        expect(run.state).to.equal('failed');
        expect(run.error?.code).to.equal('config');
      }
    });
  }));
