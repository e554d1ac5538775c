import { expect } from 'chai';
import { restore, stub } from 'sinon';
import type { Run } from '../../../src/engine/run.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';
import { eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';
import { rejection } from '../../support/promises.ts';

describe('a person who decides about a part of what waits', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let left: string[];
    let held: Run;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 30, departments: 3 });
      await world.sync();
      left = world.company.leave(active().slice(0, 10)).map(({ userid }) => userid);
      held = await world.sync();
      expect(held.state).to.equal('held');
    });
    afterEach(() => world.close());

    const active = (): string[] =>
      [...world.company.members]
        .filter(({ status, enable }) => status === 1 && enable !== 0)
        .map(({ userid }) => userid);
    const inNow = async (userids: readonly string[]): Promise<string[]> => {
      const accounts = await local.accounts('acme');
      return accounts.filter(({ name, isForbidden }) => userids.includes(name) && !isForbidden).map(({ name }) => name);
    };
    const idsIn = async (run: Run, state: string): Promise<string[]> =>
      (await world.changes(run)).filter((change) => change.state === state).map(({ userid }) => userid);
    const approve = (userids: readonly string[]) => world.engine.approve(held, world.request(), { userids });
    const reject = (userids: readonly string[]) => world.engine.reject(held, { userids });
    const codes = (run: Run): string[] => run.warnings.map(({ code }) => code);

    it('locks out those alone who are named, while the rest waits, until the last is decided', async () => {
      const named = left.slice(0, 4);
      const since = world.company.leave(1)[0]!.userid;
      const { approval } = await approve(named.map((userid) => userid.toUpperCase()));
      expect(approval).to.deep.include({ trigger: 'approval', state: 'succeeded' });
      expect(approval.counts.forbidden).to.equal(4);
      expect(held.state).to.equal('held');
      expect((await idsIn(held, 'held')).sort()).to.deep.equal(left.slice(4).sort());
      expect((await inNow([...left, since])).sort()).to.deep.equal([...left.slice(4), since].sort());
      expect(await idsIn(approval, 'held'), 'nobody waits twice').to.deep.equal([]);
      const rest = (await world.changes(held)).filter(({ state }) => state === 'held').map(({ seq }) => seq);
      await world.engine.reject(held, { changes: rest.slice(0, 2) });
      expect(held.state).to.equal('held');
      await world.engine.approve(held, world.request(), { changes: rest.slice(2) });
      expect(held).to.deep.include({ state: 'succeeded', error: null });
      expect(held.counts.forbidden).to.equal(8);
      expect(await inNow(left)).to.have.length(2);
      expect(await world.stores.runs.find(held.id)).to.deep.include({ state: 'succeeded' });
    });

    it('ends the run as cancelled when no lock-out of it was applied', async () => {
      await reject(left.slice(0, 9));
      expect(held.state).to.equal('held');
      await reject(left.slice(9));
      expect(held).to.deep.include({ state: 'cancelled' });
      expect(held.error?.code).to.equal('rejected');
      expect(await inNow(left)).to.have.length(10);
    });

    it('ends it as cancelled also when everybody came back before the approval', async () => {
      for (const { name, displayName, phone } of await local.accounts('acme')) {
        if (left.includes(name)) world.company.hire({ userid: name, name: displayName!, mobile: phone! });
      }
      await world.engine.approve(held, world.request());
      expect(held).to.deep.include({ state: 'cancelled' });
      expect(held.error?.code).to.equal('nothing-left');
      expect(await inNow(left)).to.have.length(10);
    });

    it('is refused when something named does not wait, or nothing is named, and nothing happens', async () => {
      const applied = (await world.changes(held)).length + 1;
      await reject(left.slice(0, 1));
      for (const selection of [
        { userids: [...left] },
        { userids: ['nobody'] },
        { changes: [applied] },
        { userids: left.slice(1, 2), changes: [applied] },
        { changes: [] },
        { userids: [], changes: [] },
      ]) {
        expect(await rejection(world.engine.reject(held, selection))).to.have.property('name', 'ConfigError');
        expect(await rejection(world.engine.approve(held, world.request(), selection))).to.have.property(
          'name',
          'ConfigError',
        );
      }
      expect(await inNow(left)).to.have.length(10);
      expect(await idsIn(held, 'held')).to.have.length(9);
    });

    it('is not overruled by a later run: the same people are not asked about again, others wait, also below the limit', async () => {
      await approve(left.slice(0, 8));
      await reject(left.slice(8));
      const same = await world.sync();
      expect(same.state).to.equal('succeeded');
      expect(codes(same)).to.include('rejected-before');
      expect(await idsIn(same, 'rejected')).to.have.members(left.slice(8));
      const preview = await world.preview();
      expect(codes(preview)).to.include('rejected-before').and.not.include('would-be-held');
      const [other] = world.company.leave([active()[0]!]);
      for (let again = 0; again < 2; again += 1) {
        const another = await world.sync({ trigger: 'schedule' });
        expect(another.state, 'another set, three people').to.equal('held');
        expect(await idsIn(another, 'held')).to.have.members([...left.slice(8), other!.userid]);
        held = another;
      }
      expect(await inNow([...left, other!.userid])).to.have.length(3);
      await world.engine.approve(held, world.request());
      expect(held.state).to.equal('succeeded');
      expect(await inNow([...left, other!.userid])).to.deep.equal([]);
    });

    it('is asked again when one of those who were rejected is back, and then no more', async () => {
      await world.engine.reject(held);
      const [back] = left;
      const { displayName, phone } = await local.account(back!);
      world.company.hire({ userid: back!, name: displayName!, mobile: phone! });
      const tolerant = { settings: { removalLimit: { percent: 20, count: 20 } } };
      const fewer = await world.sync(tolerant);
      expect(fewer.state, 'below the limit').to.equal('held');
      expect(await idsIn(fewer, 'held')).to.have.members(left.slice(1));
      await world.engine.reject(fewer);
      expect((await world.sync(tolerant)).state).to.equal('succeeded');
      expect(await inNow(left)).to.have.length(10);
    });

    it('says nothing of somebody who came back and left once more', async () => {
      await world.engine.reject(held);
      for (const { name, displayName, phone } of await local.accounts('acme')) {
        if (left.includes(name)) world.company.hire({ userid: name, name: displayName!, mobile: phone! });
      }
      await world.sync();
      world.company.leave([left[0]!]);
      expect((await world.sync()).state).to.equal('succeeded');
      expect(await inNow([left[0]!])).to.deep.equal([]);
    });

    it('is over for whoever was approved after others: back and gone again, he is locked out without a question', async () => {
      await approve(left.slice(0, 2));
      await approve(left.slice(2, 4));
      const [again] = left.slice(2) as [string];
      const { displayName, phone } = (await local.accounts('acme')).find(({ name }) => name === again)!;
      world.company.hire({ userid: again, name: displayName!, mobile: phone! });
      await world.member({ userid: again });
      expect(await inNow([again])).to.deep.equal([again]);
      world.company.leave([again]);
      const { change } = await world.member({ userid: again });
      expect(change).to.deep.include({ kind: 'forbid', state: 'applied' });
      expect(await inNow([again])).to.deep.equal([]);
    });

    it('is not overruled either where a store remembers the last rejection and nothing else', async () => {
      const { runs, ...others } = storesOn(suite.database);
      const plain = new Proxy(runs, {
        get: (target, key) => {
          const value: unknown = key === 'decisions' || key === 'keepDecisions' ? undefined : Reflect.get(target, key);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      const other = await DirectoryWorld.open({ ...others, runs: plain }, { members: 30, departments: 3 });
      try {
        await local.clear();
        await local.addOrganization('acme');
        await other.sync();
        const gone = other.company.leave(10).map(({ userid }) => userid);
        const asked = await other.sync();
        expect(asked.state).to.equal('held');
        await other.engine.reject(asked);
        expect((await other.sync({ trigger: 'schedule' })).state).to.equal('succeeded');
        expect((await inNow(gone)).length).to.be.at.least(1);
        other.company.leave(1);
        expect((await other.sync({ trigger: 'schedule' })).state, 'somebody else waits, too').to.equal('held');
      } finally {
        await other.close();
      }
    });

    it('is obeyed by a run of one member too, also when a person asks for him', async () => {
      await world.engine.reject(held);
      for (const automatic of [true, false]) {
        const { run, change } = await world.member({ userid: left[0]!, automatic });
        expect(run.state).to.equal('succeeded');
        expect(change).to.deep.include({ kind: 'forbid', state: 'rejected' });
        expect(await inNow([left[0]!])).to.have.length(1);
      }
    });

    it('does not stand in the way once the limit is switched off', async () => {
      await world.engine.reject(held);
      const run = await world.sync({ settings: { removalLimit: { percent: 100, count: 0 } } });
      expect(run.state).to.equal('succeeded');
      expect(await inNow(left)).to.deep.equal([]);
    });

    it('leaves the rest waiting in later runs, also below the limit', async () => {
      await approve(left.slice(0, 8));
      expect(held.state).to.equal('held');
      for (let again = 0; again < 2; again += 1) {
        const next = await world.sync({ trigger: 'schedule' });
        expect(next.state).to.equal('held');
        expect(await idsIn(next, 'held')).to.have.members(left.slice(8));
        held = next;
      }
      expect(await inNow(left)).to.have.length(2);
    });

    it('keeps a group for those in it who still wait', async () => {
      const { id } = [...world.company.departments].at(-1)!;
      const gone = [...world.company.members].filter(({ department }) => department.includes(id));
      world.company.leave(gone.map(({ userid }) => userid));
      world.company.removeDepartment(id);
      held = await world.sync();
      const group = (await world.changes(held)).find(({ kind }) => kind === 'removeGroup');
      expect(group).to.include({ state: 'held', userid: String(id) });
      await world.engine.approve(held, world.request(), { changes: [group!.seq] });
      expect(held.state).to.equal('held');
      const names = async () => (await local.groups('acme')).map(({ name }) => name);
      expect(await names()).to.include(`acme-wecom-${id}`);
      await world.engine.approve(held, world.request());
      expect(held.state).to.equal('succeeded');
      expect(await names()).to.not.include(`acme-wecom-${id}`);
    });

    it('is refused when somebody else decided a moment before, and no run tells of it', async () => {
      const { leases, runs } = world.stores;
      const acquire = leases.acquire.bind(leases);
      stub(leases, 'acquire').callsFake(async (asked) => {
        await runs.moveChanges(held.id, 'held', 'rejected');
        return acquire(asked);
      });
      const error = await rejection(approve(left.slice(0, 2)));
      expect(error).to.be.instanceOf(ConfigError);
      expect(await inNow(left)).to.have.length(10);
      expect((await runs.list(held, 1, 1)).rows[0]?.id, 'the newest run').to.equal(held.id);
      restore();
      expect((await world.sync()).state, 'the lease was given back').to.equal('held');
    });

    it('is refused of a run that ended as a whole while somebody looked at it', async () => {
      const asSeen = structuredClone(held);
      await world.engine.reject(held);
      const { runs } = world.stores;
      const { total } = await runs.list(held, 1, 1);
      for (const late of [
        () => world.engine.approve(structuredClone(asSeen), world.request()),
        () => world.engine.reject(structuredClone(asSeen)),
      ]) {
        const error = await rejection(late());
        expect(error).to.be.instanceOf(ConfigError);
      }
      expect((await runs.list(held, 1, 1)).total, 'no run tells of it').to.equal(total);
      expect(await inNow(left)).to.have.length(10);
    });

    it('is refused while a run goes on, which would not know of it', async () => {
      const going = await world.engine.begin(world.request());
      const error = await rejection(world.engine.reject(held));
      expect(error).to.have.property('name', 'LeaseError');
      await going.ended;
    });
  }));
