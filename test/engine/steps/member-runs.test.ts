import { expect } from 'chai';
import type { SyncerSettings } from '../../../src/engine/syncer-settings.ts';
import type { Member } from '../../../src/sandbox/company/member.ts';
import { eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';

describe('a run of one member', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 12, departments: 4 });
      await world.sync();
    });
    afterEach(() => world.close());

    const active = (): Member[] =>
      [...world.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);
    const event = (userid: string, formerUserid?: string) =>
      world.member({ userid, automatic: true, ...(formerUserid === undefined ? {} : { formerUserid }) });
    const mayEnter = async (name: string): Promise<boolean> => {
      const account = await local.find(name);
      return account !== undefined && !account.isForbidden && !account.isDeleted;
    };

    it('locks out whom the directory disabled, once', async () => {
      const [member] = active();
      world.company.disable([member!.userid]);
      const { run, change } = await event(member!.userid);
      expect(run.error).to.equal(null);
      expect(run.state).to.equal('succeeded');
      expect(run.counts.forbidden).to.equal(1);
      expect(change).to.deep.include({ kind: 'forbid', state: 'applied' });
      expect(await world.changes(run)).to.have.length(1);
      expect(await mayEnter(member!.userid)).to.equal(false);
    });

    it('locks out whom the directory disabled and changed at the same moment', async () => {
      const [member] = active();
      world.company.disable([member!.userid]);
      world.company.rename({ userid: member!.userid, name: '改名停用' });
      const { run } = await event(member!.userid);
      expect(run.state, JSON.stringify(run.error)).to.equal('succeeded');
      expect(await local.account(member!.userid)).to.deep.include({ displayName: '改名停用', isForbidden: true });
    });

    it('locks out a leaver whose account a person renamed', async () => {
      const [member] = active();
      await local.change(member!.userid, { name: 'renamed-by-hand' });
      world.company.leave([member!.userid]);
      expect((await event(member!.userid)).run.state).to.equal('succeeded');
      expect(await mayEnter('renamed-by-hand')).to.equal(false);
    });

    it('lets a leaver go, and lets whoever was disabled in again', async () => {
      const [gone, back] = active();
      world.company.leave([gone!.userid]);
      expect((await event(gone!.userid)).run.counts.forbidden).to.equal(1);
      expect(await mayEnter(gone!.userid)).to.equal(false);
      world.company.disable([back!.userid]);
      await event(back!.userid);
      world.company.enable([back!.userid]);
      expect((await event(back!.userid)).run.counts.restored).to.equal(1);
      expect(await mayEnter(back!.userid)).to.equal(true);
    });

    it('moves a member, makes a newcomer, and changes nothing when nothing changed', async () => {
      const [member] = active();
      const target = [...world.company.departments].find(({ id }) => !member!.department.includes(id))!;
      world.company.move(member!.userid, [target.id]);
      expect((await event(member!.userid)).run.counts.updated).to.equal(1);
      expect(JSON.parse((await local.account(member!.userid)).groups!)).to.have.length(1);
      const [newcomer] = world.company.hire({ userid: 'newcomer' });
      expect((await event(newcomer!.userid)).run.counts.created).to.equal(1);
      expect(await mayEnter('newcomer')).to.equal(true);
      expect(await world.changes((await event(member!.userid)).run)).to.deep.equal([]);
    });

    describe('passes no limit that a full run would not pass', () => {
      const leaveOneByOne = async (count: number, settings: Partial<SyncerSettings> = {}): Promise<string[]> => {
        const states: string[] = [];
        for (const { userid } of active().slice(0, count)) {
          world.company.leave([userid]);
          states.push((await world.member({ userid, automatic: true }, { settings })).run.state);
        }
        return states;
      };
      const inNow = async (): Promise<number> =>
        (await local.accounts('acme')).filter(({ isForbidden, isDeleted }) => !isForbidden && !isDeleted).length;

      for (const leavers of ['forbid', 'softDelete'] as const) {
        it(`and waits for a person from then on (${leavers})`, async () => {
          const before = await inNow();
          const states = await leaveOneByOne(8, { leavers });
          expect(states).to.deep.equal([...Array<string>(5).fill('succeeded'), 'held', 'held', 'held']);
          expect(await inNow()).to.equal(before - 5);
        });
      }

      it('names what waits, and lets a full run put all of it before a person', async () => {
        await leaveOneByOne(5);
        const [next, other] = active();
        world.company.disable([next!.userid, other!.userid]);
        const { run, change, steps } = await event(next!.userid);
        expect(change).to.deep.include({ kind: 'forbid', state: 'held', userid: next!.userid });
        expect(run.warnings.find(({ code }) => code === 'held')?.message.en).to.match(/^6 accounts .*last day/);
        expect(steps.at(-1)).to.deep.include({ name: 'written', ok: false });
        const second = await event(other!.userid);
        const full = await world.sync({ trigger: 'schedule' });
        expect(full.state).to.equal('held');
        expect((await world.changes(full)).filter(({ state }) => state === 'held')).to.have.length(2);
        for (const { id } of [run, second.run]) {
          expect(await world.stores.runs.find(id)).to.deep.include({ state: 'cancelled', supersededBy: full.id });
        }
        await world.engine.approve(full, world.request());
        expect(await mayEnter(next!.userid)).to.equal(false);
        const [last] = active();
        world.company.disable([last!.userid]);
        expect((await event(last!.userid)).run.state, 'a person looked: counted anew').to.equal('succeeded');
      });

      it('nor do full runs that nobody looks at, each below the limit', async () => {
        await leaveOneByOne(3);
        const states: string[] = [];
        for (let count = 0; count < 4; count += 1) {
          world.company.leave([active()[0]!.userid]);
          states.push((await world.sync({ trigger: 'schedule' })).state);
        }
        expect(states).to.deep.equal(['succeeded', 'succeeded', 'held', 'held']);
      });

      it('and does not count who was locked out and came back', async () => {
        const member = active().at(-1);
        for (let count = 0; count < 8; count += 1) {
          world.company.disable([member!.userid]);
          expect((await event(member!.userid)).run.state).to.equal('succeeded');
          world.company.enable([member!.userid]);
          expect((await event(member!.userid)).run.state).to.equal('succeeded');
        }
        expect((await leaveOneByOne(6)).filter((state) => state === 'held')).to.have.length(1);
      });

      it('but does what a person asks for by name, and counts it', async () => {
        await leaveOneByOne(5);
        const [asked, next] = active();
        world.company.disable([asked!.userid, next!.userid]);
        expect((await world.member({ userid: asked!.userid })).run.state).to.equal('succeeded');
        expect(await mayEnter(asked!.userid)).to.equal(false);
        const { run } = await event(next!.userid);
        expect(run.state).to.equal('held');
        expect(run.warnings.find(({ code }) => code === 'held')?.message.en).to.match(/^7 accounts/);
      });

      it('and previews it as it would happen', async () => {
        await leaveOneByOne(5);
        const [next] = active();
        world.company.disable([next!.userid]);
        const preview = await world.member({ userid: next!.userid, automatic: true }, { dryRun: true });
        expect(preview.change).to.deep.include({ kind: 'forbid', state: 'planned' });
        expect(preview.run.warnings.map(({ code }) => code)).to.include('would-be-held');
        expect(await mayEnter(next!.userid)).to.equal(true);
      });

      it('and leaves alone what a person rejected', async () => {
        await leaveOneByOne(5);
        const [next] = active();
        world.company.disable([next!.userid]);
        await world.engine.reject((await event(next!.userid)).run);
        const { run, change } = await event(next!.userid);
        expect(run.state).to.equal('succeeded');
        expect(change?.state).to.equal('rejected');
        expect(await mayEnter(next!.userid)).to.equal(true);
      });
    });

    describe('of somebody whose account a person deleted', () => {
      it('makes it again when a person asks, and never because of an event or a full run', async () => {
        const [member] = active();
        await local.remove(member!.userid);
        world.company.rename({ userid: member!.userid, name: '改了资料' });
        expect((await event(member!.userid)).change).to.deep.include({ kind: 'skip' });
        await world.sync({ trigger: 'schedule' });
        expect(await local.find(member!.userid)).to.equal(undefined);
        const { run } = await world.member({ userid: member!.userid });
        expect(run.state).to.equal('succeeded');
        expect(await mayEnter(member!.userid)).to.equal(true);
      });

      it('does the same where the account was only marked as deleted', async () => {
        const [member] = active();
        await local.change(member!.userid, { isDeleted: true });
        await event(member!.userid);
        await world.sync({ trigger: 'schedule' });
        expect(await mayEnter(member!.userid)).to.equal(false);
        const { run } = await world.member({ userid: member!.userid });
        expect(run.counts.restored).to.equal(1);
        expect(await mayEnter(member!.userid)).to.equal(true);
      });

      for (const how of ['taken away', 'marked'] as const) {
        it(`keeps it deleted when the userid is changed (${how})`, async () => {
          const [member] = active();
          const { userid } = member!;
          if (how === 'marked') await local.change(userid, { isDeleted: true });
          else await local.remove(userid);
          world.company.changeUserid(userid, 'another-id');
          await event('another-id', userid);
          await world.sync({ trigger: 'schedule' });
          await event('another-id');
          expect(await mayEnter('another-id')).to.equal(false);
          expect(await mayEnter(userid)).to.equal(false);
          await world.member({ userid: 'another-id' });
          expect((await mayEnter('another-id')) || (await mayEnter(userid))).to.equal(true);
        });
      }
    });
  }));
