import { expect } from 'chai';
import { spy } from 'sinon';
import type { Run } from '../../../../src/engine/run.ts';
import type { StoredChange } from '../../../../src/engine/ports/run-store.ts';
import type { CallParams } from '../../../../src/sandbox/faults/faults.ts';
import type { Member } from '../../../../src/sandbox/company/member.ts';
import { LinkRow } from '../../../../src/storage/entities/index.ts';
import { WeComSyncer } from '../../../../src/wecom/wecom-syncer.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, idsOf, storesOn, type RunDifferences } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

describe('somebody who was held and is not shown', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 30, departments: 5 });
    });
    afterEach(() => world.close());

    const active = (): Member[] =>
      world.company.visibleMembers().filter(({ status, enable }) => status === 1 && enable !== 0);
    const mayEnter = async (name: string): Promise<boolean> => !(await local.account(name)).isForbidden;
    const groupsOf = async (name: string): Promise<string[]> =>
      (JSON.parse((await local.account(name)).groups!) as string[]).sort();
    const leftOut = async (run: Run): Promise<StoredChange[]> =>
      (await world.changes(run)).filter(({ kind }) => kind === 'skip');
    /** In one of the last departments that are read, to be moved into the first once that has been read. */
    const late = (): { member: Member; first: number } => {
      const [first = 1, ...others] = [...world.company.departments].map(({ id }) => id);
      for (const id of others.toReversed()) {
        const member = active().find(({ department }) => department.length === 1 && department[0] === id);
        if (member) return { member, first };
      }
      throw new Error('nobody can be moved');
    };

    describe('because of a move while the run read', () => {
      it('keeps access, and is in the new group at once', async () => {
        await world.sync();
        const { member, first } = late();
        world.sandbox.faults.afterAnswer({
          path: 'user/list',
          match: { department_id: String(first) },
          work: () => world.company.move(member.userid, [first]),
        });
        const run = await world.sync({ concurrency: 1 });
        expect(run.state).to.equal('succeeded');
        expect(run.counts).to.deep.include({ members: 30, forbidden: 0, updated: 1 });
        expect(await mayEnter(member.userid)).to.equal(true);
        expect(await groupsOf(member.userid)).to.deep.equal([`acme/acme-wecom-${first}`]);
        expect((await world.sync()).counts).to.deep.include({ unchanged: 30, updated: 0, forbidden: 0 });
      });

      it('keeps access also when a preview and a run with the Contacts Secret read', async () => {
        await world.sync();
        const { member, first } = late();
        const home = member.department;
        for (const differences of [
          { trigger: 'preview', dryRun: true },
          { config: { contactsSecret: world.sandbox.contactsSecret } },
        ] satisfies RunDifferences[]) {
          world.company.move(member.userid, home);
          world.sandbox.faults.afterAnswer({
            path: 'user/list',
            match: { department_id: String(first) },
            work: () => world.company.move(member.userid, [first]),
          });
          const run = await world.sync({ concurrency: 1, ...differences });
          expect(idsOf(await world.changes(run), 'forbid')).to.deep.equal([]);
          expect(idsOf(await world.changes(run), 'update')).to.deep.equal([member.userid]);
          expect(await mayEnter(member.userid)).to.equal(true);
        }
      });

      it('is locked out when the move came with being disabled, and passes the guard for that', async () => {
        await world.sync();
        const { member, first } = late();
        world.sandbox.faults.afterAnswer({
          path: 'user/list',
          match: { department_id: String(first) },
          work: () => {
            world.company.move(member.userid, [first]);
            world.company.disable([member.userid]);
          },
        });
        const run = await world.sync({ concurrency: 1 });
        expect(idsOf(await world.changes(run), 'forbid')).to.deep.equal([member.userid]);
        expect((await world.changes(run))[0]?.reason.en).to.not.include('No longer');
        expect(await mayEnter(member.userid)).to.equal(false);
      });

      it('does not hand the account to a newcomer with the same number', async () => {
        await world.sync();
        const { member, first } = late();
        const { name, mobile, email, biz_mail } = member;
        world.company.hire({ userid: 'u77', name, mobile, email, biz_mail, department: [first] });
        world.sandbox.faults.afterAnswer({
          path: 'user/list',
          match: { department_id: String(first) },
          work: () => world.company.move(member.userid, [first]),
        });
        await world.sync({ concurrency: 1 });
        expect((await local.account(member.userid)).wecom).to.equal(member.userid);
        expect(await mayEnter(member.userid)).to.equal(true);
        expect(await local.find('u77')).to.not.equal(undefined);
      });
    });

    it('is a leaver when the directory says so, and only then', async () => {
      await world.sync();
      const [gone] = world.company.leave(1);
      const run = await world.sync();
      expect((await world.changes(run)).map(({ kind, userid, reason }) => [kind, userid, reason.en])).to.deep.equal([
        ['forbid', gone!.userid, 'No longer in the directory.'],
      ]);
      world.sandbox.calls.clear();
      await world.sync();
      expect(world.sandbox.calls.counts()['user/get'], 'asked about once').to.equal(undefined);
    });

    it('stays, and is listed, when these credentials may not see him any more', async () => {
      await world.sync();
      const [only] = [...world.company.departments].filter(({ id }) => id !== 1);
      world.company.scope = {
        departments: [...world.company.departments].map(({ id }) => id).filter((id) => id !== 1 && id !== only!.id),
      };
      const hidden = [...world.company.members].filter((member) => !world.company.visibleMembers().includes(member));
      const run = await world.sync({ settings: { removalLimit: { percent: 100, count: 0 } } });
      expect(run.counts.forbidden).to.equal(0);
      const expected = hidden.filter(({ status, enable }) => status === 1 && enable !== 0).map(({ userid }) => userid);
      expect((await leftOut(run)).map(({ userid }) => userid).sort()).to.include.members(expected.sort());
      for (const userid of expected) expect(await mayEnter(userid)).to.equal(true);
    });

    it('is put before a person once, when most are out of sight', async () => {
      await world.sync();
      for (const { id } of world.company.departments) {
        world.company.scope = { departments: [id] };
        if (active().length > 0 && active().length < 15) break;
      }
      const before = (await local.accounts('acme')).filter(({ isForbidden }) => !isForbidden).length;
      const held = await world.sync();
      expect(held.state).to.equal('held');
      const { approval } = await world.engine.approve(held, world.request());
      expect(approval.counts.forbidden).to.equal(0);
      expect((await local.accounts('acme')).filter(({ isForbidden }) => !isForbidden)).to.have.length(before);
      const again = await world.sync();
      expect(again.state).to.not.equal('held');
      expect(again.counts.forbidden).to.equal(0);
    });

    for (const respond of [{ errcode: -1 }, { errcode: 60020 }, { broken: 'reset' }, { httpStatus: 500 }] as const) {
      it(`stays when nobody can tell (${JSON.stringify(respond)}), and the run is partial`, async () => {
        await world.sync();
        const [gone, other] = world.company.leave(2);
        const stop = world.sandbox.faults.add({ path: 'user/get', match: { userid: gone!.userid }, respond });
        const run = await world.sync();
        expect(run.state).to.equal('partial');
        expect(await mayEnter(gone!.userid)).to.equal(true);
        expect(await mayEnter(other!.userid)).to.equal(false);
        expect(run.warnings.find(({ code }) => code === 'member-unread')?.samples).to.deep.equal([gone!.userid]);
        stop();
        expect((await world.sync()).state).to.equal('succeeded');
        expect(await mayEnter(gone!.userid)).to.equal(false);
      });
    }

    it('is not asked about while too many are missing, and is when a person approves', async () => {
      await world.sync();
      const leaving = active().slice(0, 12);
      world.company.leave(leaving.map(({ userid }) => userid));
      world.sandbox.calls.clear();
      const held = await world.sync();
      expect(held.state).to.equal('held');
      expect(world.sandbox.calls.counts()['user/get']).to.equal(undefined);
      const [moved, ...gone] = leaving;
      world.company.hire({ ...moved!, department: [moved!.department[0]!] });
      const { first } = { first: [...world.company.departments][0]!.id };
      const home = [...world.company.departments].at(-1)!.id;
      world.company.move(moved!.userid, [home]);
      world.sandbox.faults.afterAnswer({
        path: 'user/list',
        match: { department_id: String(first) },
        work: () => world.company.move(moved!.userid, [first]),
      });
      await world.engine.approve(held, world.request({ concurrency: 1 }));
      expect(await mayEnter(moved!.userid)).to.equal(true);
      for (const { userid } of gone) expect(await mayEnter(userid)).to.equal(false);
    });

    describe('because the scope leaves him out', () => {
      const excluding = (excluded: 'leave' | 'leaver', scope: Record<string, unknown>): RunDifferences => ({
        settings: { excluded },
        config: { scope },
      });

      it('stays as he is, when the syncer is set to', async () => {
        await world.sync();
        const [member] = active();
        world.company.rename({ userid: member!.userid, name: '不该写入' });
        const run = await world.sync(excluding('leave', { excludeUsers: [member!.userid.toUpperCase()] }));
        expect(run.state).to.equal('succeeded');
        expect((await leftOut(run)).map(({ userid, reason }) => [userid, reason.en])).to.deep.equal([
          [member!.userid, 'left alone by scope.excluded of acme/wecom'],
        ]);
        expect(await mayEnter(member!.userid)).to.equal(true);
        expect((await local.account(member!.userid)).displayName).to.not.equal('不该写入');
        await world.member(
          { userid: member!.userid, automatic: true },
          excluding('leave', { excludeUsers: [member!.userid] }),
        );
        expect((await local.account(member!.userid)).displayName).to.not.equal('不该写入');
      });

      it('stays as he is, also when he is one of most of the company', async () => {
        await world.sync();
        const departments = [...world.company.departments].map(({ id }) => id);
        const narrowed = { departments: [departments.at(-1)], includeChildren: false };
        const run = await world.sync(excluding('leave', narrowed));
        expect(run.state).to.equal('succeeded');
        expect(run.counts.forbidden).to.equal(0);
        const outside = active().filter(({ department }) => !department.includes(departments.at(-1)!));
        expect((await leftOut(run)).map(({ userid }) => userid)).to.include.members(
          outside.map(({ userid }) => userid),
        );
        const [gone] = outside;
        world.company.leave([gone!.userid]);
        expect(idsOf(await world.changes(await world.sync(excluding('leave', narrowed))), 'forbid')).to.deep.equal([
          gone!.userid,
        ]);
      });

      it('has no department read for him when he is named', async () => {
        const [member] = active();
        const scope = { departments: [member!.department[0]!], includeChildren: false };
        await world.sync({ config: { scope } });
        const read = spy(WeComSyncer.prototype, 'fetchExcluded');
        await world.sync(excluding('leave', scope));
        read.restore();
        expect(read.callCount, 'nobody is missing').to.equal(0);
        world.sandbox.calls.clear();
        const run = await world.sync(excluding('leave', { ...scope, excludeUsers: [member!.userid] }));
        expect((await leftOut(run)).map(({ userid }) => userid)).to.include(member!.userid);
        expect(world.sandbox.calls.counts()['user/list'], 'that of the scope').to.equal(1);
      });

      it('is locked out for that reason, when he is to count as a leaver', async () => {
        await world.sync();
        const [one, other] = active();
        const scope = { excludeUsers: [one!.userid, other!.userid] };
        const { change } = await world.member({ userid: other!.userid }, excluding('leaver', scope));
        const run = await world.sync(excluding('leaver', scope));
        for (const found of [change, (await world.changes(run))[0]]) {
          expect(found?.kind).to.equal('forbid');
          expect(found?.reason.en).to.match(/^Excluded by the scope of this syncer/);
        }
        expect(await mayEnter(one!.userid)).to.equal(false);
      });

      it('reads so at once where he waits for a person with most of the company, and not of who is gone', async () => {
        await world.sync();
        const departments = [...world.company.departments].map(({ id }) => id);
        const [gone, named] = active().filter(({ department }) => !department.includes(departments.at(-1)!));
        const narrowed = excluding('leaver', {
          departments: [departments.at(-1)],
          includeChildren: false,
          excludeUsers: [named!.userid.toUpperCase()],
        });
        const reasons = (changes: readonly StoredChange[]): Map<string, string> =>
          new Map(changes.map(({ userid, reason }) => [userid, reason.en]));
        for (const way of ['a preview', 'a run'] as const) {
          const run = await (way === 'a run' ? world.sync(narrowed) : world.preview(narrowed));
          const told = reasons((await world.changes(run)).filter(({ kind }) => kind === 'forbid'));
          expect(told.size, way).to.be.greaterThan(10);
          expect(told.get(named!.userid), way).to.include('excludeUsers');
          expect(told.get(gone!.userid), way).to.match(
            /^Excluded by the scope .* none of the departments of the scope/,
          );
        }
        world.company.leave([gone!.userid]);
        const held = await world.sync(narrowed);
        expect(held.state).to.equal('held');
        expect(reasons(await world.changes(held)).get(gone!.userid), 'he may be gone').to.include('is asked about');
        const { approval } = await world.engine.approve(held, world.request(narrowed));
        const done = reasons(await world.changes(approval));
        expect(done.get(gone!.userid)).to.equal('No longer in the directory.');
        expect(done.get(named!.userid)).to.include('excludeUsers');
      });

      it('waits for the same people when whom the scope leaves out cannot be read', async () => {
        await world.sync();
        const departments = [...world.company.departments].map(({ id }) => id);
        const narrowed = excluding('leaver', { departments: [departments.at(-1)], includeChildren: false });
        const isOutside = ({ department_id: id }: CallParams): boolean => id !== String(departments.at(-1));
        world.sandbox.faults.add({ path: 'user/list', when: isOutside, respond: { errcode: 60011 } });
        const run = await world.sync(narrowed);
        expect(run.state).to.equal('held');
        const held = (await world.changes(run)).filter(({ kind }) => kind === 'forbid');
        expect(held).to.have.length.greaterThan(5);
        for (const { reason } of held) expect(reason.en).to.include('is asked about');
      });
    });

    it('stays in a run of that member alone when it is merely out of sight', async () => {
      await world.sync();
      const [member] = active().filter(({ department }) => !department.includes(1));
      world.company.scope = {
        departments: [...world.company.departments]
          .map(({ id }) => id)
          .filter((id) => id !== 1 && !member!.department.includes(id)),
      };
      const { run, change } = await world.member({ userid: member!.userid, automatic: true });
      expect(run.counts.forbidden).to.equal(0);
      expect(change?.kind).to.equal('skip');
      expect(await mayEnter(member!.userid)).to.equal(true);
    });

    describe('because the key of the link was changed by hand', () => {
      /** Answers whose link has this key now. */
      const part = async (externalKey?: string): Promise<string> => {
        await world.sync();
        const [{ userid } = { userid: '' }] = active();
        const key = userid.toLowerCase();
        await suite.database.transaction(({ manager }) =>
          manager.update(LinkRow, { kind: 'user', externalKey: key }, { externalKey: externalKey ?? `${key}-x` }),
        );
        world.sandbox.calls.clear();
        return userid;
      };

      it('is asked about once, and keeps access', async () => {
        const userid = await part();
        const run = await world.sync();
        expect(run.state).to.equal('succeeded');
        expect(idsOf(await world.changes(run), 'forbid')).to.deep.equal([]);
        expect(await mayEnter(userid)).to.equal(true);
      });

      it('is left alone without a question where the scope leaves out his id', async () => {
        const userid = await part();
        const run = await world.sync({
          settings: { excluded: 'leave' },
          config: { scope: { excludeUsers: [userid] } },
        });
        expect(idsOf(await world.changes(run), 'forbid')).to.deep.equal([]);
        expect(await mayEnter(userid)).to.equal(true);
        expect(world.sandbox.calls.counts()['user/get']).to.equal(undefined);
      });

      it('reads why he waits where the scope leaves out his id', async () => {
        const userid = await part();
        const run = await world.sync({
          settings: { excluded: 'leaver', removalLimit: { percent: 1, count: 0 } },
          config: { scope: { excludeUsers: [userid, active()[1]!.userid] } },
        });
        expect(run.state).to.equal('held');
        const waits = (await world.changes(run)).find((change) => change.userid === userid);
        expect(waits?.reason.en).to.include('excludeUsers');
      });

      it('is a leaver where the scope leaves out somebody who has that key for an id', async () => {
        const userid = await part('somebody-else');
        world.company.leave([userid]);
        const scope = { excludeUsers: ['somebody-else'] };
        const run = await world.sync({ settings: { excluded: 'leave' }, config: { scope } });
        expect(idsOf(await world.changes(run), 'forbid')).to.deep.equal([userid]);
        expect(await mayEnter(userid)).to.equal(false);
      });
    });
  }));
