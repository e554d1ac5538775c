import { expect } from 'chai';
import { RosterMemory, type RosterCheck } from '../../../src/engine/roster-check.ts';
import type { Run } from '../../../src/engine/run.ts';
import type { StoredChange } from '../../../src/engine/ports/run-store.ts';
import { TypeormProtectionStore } from '../../../src/storage/decisions/typeorm-protection-store.ts';
import { eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, idsOf, storesOn, type RunDifferences } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';

const GUARD_OFF = { percent: 100, count: 0 };

describe('a roster check between full runs', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let memory: RosterMemory;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      memory = new RosterMemory();
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 30, departments: 5 });
    });
    afterEach(() => world.close());

    const settled = (differences: RunDifferences): RunDifferences => ({
      ...differences,
      config: { contactsSecret: world.sandbox.contactsSecret, ...differences.config },
    });
    const sync = (differences: RunDifferences = {}): Promise<Run> => world.sync(settled(differences));
    const check = (differences: RunDifferences = {}, tells = false): Promise<RosterCheck> =>
      world.engine.checkRoster(world.request(settled(differences)), memory, tells);
    const active = (): string[] =>
      [...world.company.members]
        .filter(({ status, enable }) => status === 1 && enable !== 0)
        .map(({ userid }) => userid);
    const isIn = async (name: string): Promise<boolean> => {
      const { isForbidden, isDeleted } = await local.account(name);
      return !isForbidden && !isDeleted;
    };
    const runs = async (): Promise<readonly Run[]> =>
      (await world.stores.runs.list({ syncerId: 'syncer-1', organization: 'acme' }, 1, 100)).rows;
    const changes = ({ run }: RosterCheck): Promise<readonly StoredChange[]> => world.changes(run!);
    const calls = (): Record<string, number> => {
      const names = ['user/list', 'user/list_id', 'user/get', 'department/list'];
      return Object.fromEntries(names.map((name) => [name, world.sandbox.calls.count(name)]));
    };
    const others = (userid: string): number[] => {
      const { department } = world.company.member(userid)!;
      return [[...world.company.departments].map(({ id }) => id).findLast((id) => !department.includes(id))!];
    };

    /** What `user/list_id` answers from now on. */
    const answers = (respond: Parameters<DirectoryWorld['sandbox']['faults']['add']>[0]['respond'], times?: number) =>
      world.sandbox.faults.add({ path: 'user/list_id', respond, ...(times !== undefined && { times }) });
    const rows = (userids: readonly string[]) =>
      userids.flatMap((userid) =>
        world.company.member(userid)!.department.map((department) => ({ userid, department })),
      );
    const everybody = (): string[] => [...world.company.members].map(({ userid }) => userid);
    const body = (dept_user: unknown, next_cursor = '') =>
      ({ body: JSON.stringify({ errcode: 0, errmsg: 'ok', next_cursor, dept_user }) }) as const;

    it('finds a leaver, a newcomer and a mover without reading one department', async () => {
      await sync();
      const [leaver, mover] = active();
      const [newcomer] = world.company.hire({ status: 1, enable: 1, department: [1] });
      world.company.leave([leaver!]);
      world.company.move(mover, others(mover!));
      const before = calls();
      const found = await check();
      expect(found).to.deep.include({ found: 'changes' });
      expect(found.tooMany).to.equal(undefined);
      expect(found.run).to.deep.include({ trigger: 'roster', state: 'succeeded', error: null });
      const after = calls();
      expect(after['user/list']).to.equal(before['user/list']);
      expect(after['user/list_id']).to.equal(before['user/list_id']! + 1);
      expect(await isIn(leaver!)).to.equal(false);
      expect(await isIn(newcomer!.userid)).to.equal(true);
      const listed = await changes(found);
      expect(idsOf(listed, 'forbid')).to.deep.equal([leaver]);
      expect(idsOf(listed, 'create')).to.deep.equal([newcomer!.userid]);
      expect(idsOf(listed, 'update')).to.deep.equal([mover]);
      // A run of everybody finds nothing more to do.
      const full = await sync();
      expect(full.counts).to.deep.include({ created: 0, updated: 0, forbidden: 0, restored: 0 });
    });

    it('leaves no run where nothing has changed, also about whom the directory disabled', async () => {
      world.company.disable(3);
      await sync();
      const before = calls();
      for (let times = 0; times < 3; times += 1) expect(await check()).to.include({ found: 'nothing' });
      expect(await runs()).to.have.length(1);
      expect(calls()['user/get']).to.equal(before['user/get']);
    });

    it('lets whoever is back in again', async () => {
      await sync();
      const [gone] = active();
      const { department, name } = world.company.member(gone!)!;
      world.company.leave([gone!]);
      await check();
      expect(await isIn(gone!)).to.equal(false);
      world.company.hire({ userid: gone!, name, department, status: 1, enable: 1 });
      memory = new RosterMemory();
      expect((await check()).run).to.deep.include({ state: 'succeeded' });
      expect(await isIn(gone!)).to.equal(true);
    });

    it('lets whoever is back in again where groups are not synced', async () => {
      const settings = { syncGroups: false };
      await sync({ settings });
      const [gone] = active();
      const { department, name } = world.company.member(gone!)!;
      world.company.leave([gone!]);
      await check({ settings });
      await check({ settings });
      world.company.hire({ userid: gone!, name, department, status: 1, enable: 1 });
      await check({ settings });
      expect(await isIn(gone!)).to.equal(true);
    });

    it('moves an account on to a new userid', async () => {
      await sync();
      const [former] = active();
      world.company.changeUserid(former!, 'renamed.one');
      const found = await check();
      expect(found.run?.counts).to.deep.include({ created: 0, forbidden: 0 });
      expect(await isIn(former!)).to.equal(true);
      expect((await sync()).counts).to.deep.include({ created: 0, updated: 0, forbidden: 0 });
    });

    describe('does nothing, with the limit switched off, where the roster', () => {
      let kept: string[];
      let leaver: string;
      let stop: () => void;

      beforeEach(async () => {
        await sync();
        kept = active();
        leaver = kept.shift()!;
        world.company.leave([leaver]);
        world.company.hire({ status: 1, enable: 1, department: [1] });
        stop = () => undefined;
      });

      const cases: Readonly<Record<string, () => void>> = {
        'fails on a page': () => {
          answers(body(rows(everybody().slice(0, 10)), 'c1'), 1);
          stop = answers({ errcode: 60020 });
        },
        'gives a cursor twice': () => {
          answers(body(rows(everybody().slice(0, 10)), 'c1'), 1);
          stop = answers(body(rows(everybody().slice(10, 12)), 'c1'));
        },
        'does not end': () => {
          stop = answers({ spoil: 'endless-cursor' });
        },
        'names nobody': () => {
          stop = answers(body([]));
        },
        'lacks a department': () => {
          const left = everybody().filter((userid) => !world.company.member(userid)!.department.includes(2));
          expect(left.length).to.be.lessThan(world.company.size);
          stop = answers(body(rows(left)));
        },
        'ends after half of it': () => {
          stop = answers(body(rows(everybody().slice(0, 15))));
        },
        'says the same people on each page': () => {
          answers(body(rows(everybody().slice(0, 10)), 'c1'), 1);
          stop = answers(body(rows(everybody().slice(0, 10)), 'c2'));
        },
        'hides one whom a full read shows': () => {
          stop = answers(body(rows(everybody().filter((userid) => userid !== kept[5]))));
        },
      };
      for (const [what, spoil] of Object.entries(cases)) {
        it(what, async () => {
          spoil();
          const before = await local.accounts('acme');
          const settings = { removalLimit: GUARD_OFF };
          const quiet = await check({ settings });
          expect(quiet).to.deep.include({ found: 'incomplete' });
          expect(await runs()).to.have.length(1);
          const told = await check({ settings }, true);
          expect(told.run).to.deep.include({ trigger: 'roster', state: 'failed' });
          expect(told.run?.error?.code).to.equal('roster-incomplete');
          expect(await local.accounts('acme')).to.deep.equal(before);
          stop();
          await check({ settings });
          expect(await isIn(leaver)).to.equal(false);
          for (const userid of kept) expect(await isIn(userid), userid).to.equal(true);
        });
      }

      it('is whole, and the directory cannot be asked about who is missing', async () => {
        const stopping = world.sandbox.faults.add({ path: 'user/get', respond: { errcode: 60020 } });
        expect(await check({ settings: { removalLimit: GUARD_OFF } })).to.deep.include({ found: 'incomplete' });
        expect(await isIn(leaver)).to.equal(true);
        stopping();
      });

      it('cannot be laid beside the departments', async () => {
        const stopping = world.sandbox.faults.add({ path: 'department/list', respond: { errcode: 60020 } });
        expect(await check({ settings: { removalLimit: GUARD_OFF } })).to.deep.include({ found: 'incomplete' });
        expect(await isIn(leaver)).to.equal(true);
        stopping();
      });
    });

    it('puts many leavers before a person once, and takes no place of a run that waits', async () => {
      await sync();
      const [one, ...rest] = active();
      world.company.disable(rest.splice(0, 8));
      const full = await sync();
      expect(full.state).to.equal('held');
      world.company.leave(rest.slice(0, 9));
      const held = await check();
      expect(held.run).to.deep.include({ state: 'held' });
      memory = new RosterMemory();
      expect(await check()).to.deep.include({ found: 'nothing' });
      expect((await world.stores.runs.find(full.id))?.state).to.equal('held');
      // One more: whoever waits stands beside him, and the newer list takes the place of the older one.
      world.company.leave([one!]);
      const more = await check();
      expect(more.run).to.deep.include({ state: 'held' });
      expect(idsOf(await changes(more), 'forbid')).to.have.members([...rest.slice(0, 9), one!]);
      expect((await world.stores.runs.find(held.run!.id))?.supersededBy).to.equal(more.run!.id);
      const { approval } = await world.engine.approve(more.run!, world.request(settled({})));
      expect(approval.counts).to.deep.include({ forbidden: 10 });
      expect((await world.stores.runs.find(full.id))?.state).to.equal('held');
    });

    it('remembers whom a person said no to, and does not forget others about whom he did', async () => {
      await sync();
      const [, ...rest] = active();
      const disabled = rest.splice(0, 8);
      world.company.disable(disabled);
      const full = await sync();
      await world.engine.reject(full);
      world.company.leave(rest.slice(0, 9));
      const held = await check();
      expect(held.run?.state).to.equal('held');
      await world.engine.reject(held.run!);
      memory = new RosterMemory();
      expect(await check()).to.deep.include({ found: 'nothing' });
      const next = await sync();
      expect(next.state).to.equal('succeeded');
      for (const userid of [...disabled, ...rest.slice(0, 9)]) expect(await isIn(userid), userid).to.equal(true);
    });

    it('gives leavers their time, once', async () => {
      const settings = { graceDays: 3 };
      await sync({ settings });
      const [leaver] = active();
      world.company.leave([leaver!]);
      expect(idsOf(await changes(await check({ settings })), 'skip')).to.deep.equal([leaver]);
      expect(await isIn(leaver!)).to.equal(true);
      memory = new RosterMemory();
      expect(await check({ settings })).to.deep.include({ found: 'nothing' });
    });

    it('ends the time of whoever is back', async () => {
      const settings = { graceDays: 3 };
      await sync({ settings });
      const [leaver] = active();
      const { department, name } = world.company.member(leaver!)!;
      world.company.leave([leaver!]);
      await check({ settings });
      world.company.hire({ userid: leaver!, name, department, status: 1, enable: 1 });
      await check({ settings });
      expect(await world.stores.absences!.of('syncer-1')).to.deep.equal([]);
    });

    it('waits in a freeze, and comes back to whoever left in it', async () => {
      await sync();
      const [leaver] = active();
      world.company.leave([leaver!]);
      let isFrozen = true;
      const settings = { freeze: { isFrozen: () => isFrozen, disabledToo: false } };
      expect((await changes(await check({ settings })))[0]).to.deep.include({ userid: leaver, state: 'held' });
      expect(await check({ settings })).to.deep.include({ found: 'nothing' });
      expect(await isIn(leaver!)).to.equal(true);
      isFrozen = false;
      await check({ settings });
      expect(await isIn(leaver!)).to.equal(false);
    });

    it('leaves alone whom a person protects, and tells of it once', async () => {
      await sync();
      const [leaver] = active();
      await new TypeormProtectionStore(suite.database).protect({
        owner: 'acme',
        kind: 'userid',
        value: leaver!,
        accountId: '',
        syncerId: '',
        reason: 'abroad',
        until: '2099-12-31',
        endsAt: new Date('2100-01-01T00:00:00Z'),
        by: 'acme/boss',
      });
      world.company.leave([leaver!]);
      expect(idsOf(await changes(await check()), 'skip')).to.deep.equal([leaver]);
      expect(await check()).to.deep.include({ found: 'nothing' });
      expect(await isIn(leaver!)).to.equal(true);
    });

    it('reads a newcomer whom the condition leaves out once', async () => {
      const config = { condition: 'member.position != "guest"' };
      await sync({ config });
      world.company.hire({ userid: 'guest.one', position: 'guest', status: 1, enable: 1, department: [1] });
      await check({ config });
      const before = calls();
      expect(await check({ config })).to.deep.include({ found: 'nothing' });
      expect(calls()['user/get']).to.equal(before['user/get']);
    });

    it('reads a hundred one by one, and asks for a full run of more', async () => {
      await sync();
      world.company.hire(100);
      const before = calls()['user/get'] ?? 0;
      const found = await check();
      expect(found).to.deep.include({ found: 'changes' });
      expect(found.tooMany).to.equal(undefined);
      expect(calls()['user/get']).to.equal(before + 100);
      world.company.hire(101);
      expect(await check()).to.deep.equal({ found: 'nothing', tooMany: 'present' });
      expect(calls()['user/get']).to.equal(before + 100);
      expect(await check(), 'no news').to.deep.equal({ found: 'nothing' });
    });

    it('locks leavers out first where a hundred do not suffice for all', async () => {
      await sync();
      world.company.hire(100);
      const [leaver] = world.company.leave([active()[0]!]);
      const found = await check();
      expect(found).to.deep.include({ found: 'changes', tooMany: 'present' });
      expect((await changes(found)).map(({ kind, userid }) => ({ kind, userid }))).to.deep.equal([
        { kind: 'forbid', userid: leaver!.userid },
      ]);
    });

    it('leaves more than a hundred leavers to a full run', async () => {
      world.company.hire(150);
      await sync();
      const before = calls()['user/get'];
      world.company.leave(101);
      expect(await check()).to.deep.equal({ found: 'nothing', tooMany: 'missing' });
      expect(calls()['user/get']).to.equal(before);
    });

    it('keeps away while another run goes on', async () => {
      await sync();
      await world.engine.exclusively('syncer-1', async () => {
        expect(await check()).to.deep.include({ found: 'busy' });
      });
    });
  }));
