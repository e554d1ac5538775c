import { expect } from 'chai';
import type { Selection } from '../../../src/engine/lifecycle/selection.ts';
import type { Run } from '../../../src/engine/run.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';
import { TypeormProtectionStore } from '../../../src/storage/decisions/typeorm-protection-store.ts';
import { LinkRow } from '../../../src/storage/entities/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';
import { rejection } from '../../support/promises.ts';

describe('what a run did, taken back', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let protections: TypeormProtectionStore;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      protections = new TypeormProtectionStore(suite.database);
      for (const { id } of (await protections.list('acme', 1, 100)).rows) await protections.remove(id);
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 30, departments: 4 }, { protections });
    });
    afterEach(() => world.close());

    const active = (): string[] =>
      [...world.company.members]
        .filter(({ status, enable }) => status === 1 && enable !== 0)
        .map(({ userid }) => userid);
    /** Those of them who have an address and a number. */
    const reachable = async (): Promise<string[]> => {
      const accounts = new Map((await local.accounts('acme')).map((account) => [account.name, account]));
      return active().filter((userid) => accounts.get(userid)?.email && accounts.get(userid)?.phone);
    };
    const undo = async (run: Run, selection: Selection = {}, differences: RunDifferences = {}): Promise<Run> =>
      (await world.engine.undo(run, world.request(differences), selection)).ended;
    const isIn = async (name: string): Promise<boolean> => {
      const { isForbidden, isDeleted } = await local.account(name);
      return !isForbidden && !isDeleted;
    };
    const kept = async (): Promise<string[]> => {
      const { rows } = await protections.list('acme', 1, 100);
      return rows.map(({ kind, value, by }) => `${kind} ${value} ${by}`).sort();
    };
    /** All that a run writes about the accounts. */
    const accounts = async () =>
      (await local.accounts('acme')).map((account) => ({
        ...account,
        updatedTime: '',
        groups: [...(JSON.parse(account.groups!) as string[])].sort(),
      }));
    const links = () =>
      suite.database.read(({ manager }) => manager.find(LinkRow, { order: { kind: 'ASC', externalKey: 'ASC' } }));

    it('returns names, departments and access, lets whoever was locked out alone, and finds nothing again', async () => {
      await world.sync();
      const [left, disabled, renamed, moved] = active();
      const before = { accounts: await accounts(), links: await links() };
      world.company.leave([left!]);
      world.company.disable([disabled!]);
      world.company.rename({ userid: renamed!, name: '新名' });
      world.company.move(moved, [[...world.company.departments].at(-1)!.id]);
      const run = await world.sync();
      expect(run.counts).to.deep.include({ forbidden: 2 });
      const changed = { accounts: await accounts(), links: await links() };
      const preview = await undo(run, {}, { dryRun: true });
      expect({ accounts: await accounts(), links: await links() }).to.deep.equal(changed);
      const undone = await undo(run);
      expect(undone).to.deep.include({ trigger: 'undo', state: 'succeeded' });
      expect(undone.counts).to.deep.include({ restored: 2, skipped: 0, forbidden: 0 });
      expect(await accounts()).to.deep.equal(before.accounts);
      expect(await links()).to.deep.equal(before.links);
      const told = async (of: Run) =>
        (await world.changes(of)).map(({ kind, userid, fields }) => ({ kind, userid, fields }));
      expect(await told(preview)).to.deep.equal(await told(undone));
      expect((await world.changes(preview)).every(({ state }) => state === 'planned')).to.equal(true);
      expect(await kept()).to.deep.equal([`userid ${disabled} undo`, `userid ${left} undo`].sort());
      const again = await undo(run);
      expect(again.state).to.equal('succeeded');
      expect(await world.changes(again)).to.deep.equal([]);
      // The directory still says so; but nobody is locked out once more.
      const next = await world.sync();
      expect(next.counts).to.deep.include({ forbidden: 0 });
      expect(await isIn(left!)).to.equal(true);
      expect(await isIn(disabled!)).to.equal(true);
      expect((await local.account(renamed!)).displayName).to.equal('新名');
      world.company.enable([disabled!]);
      await world.sync();
      expect(await kept()).to.deep.equal([`userid ${left} undo`]);
    });

    it('leaves what was changed since, and says so', async () => {
      await world.sync();
      const [renamed, forbidden, gone, promoted] = active();
      world.company.rename({ userid: renamed!, name: '新名' });
      world.company.setField(renamed!, { position: '新职位' });
      world.company.disable([forbidden!]);
      world.company.rename({ userid: gone!, name: '没了' });
      world.company.setField(promoted!, { mobile: '13900001234' });
      const run = await world.sync();
      await local.change(renamed!, { displayName: '人工改的名' });
      await suite.database.transaction(({ manager }) =>
        manager.update(LinkRow, { externalKey: forbidden!.toLowerCase(), kind: 'user' }, { forbiddenBy: 'person' }),
      );
      await local.remove(gone!);
      await local.change(promoted!, { isAdmin: true });
      const undone = await undo(run);
      const changes = await world.changes(undone);
      const rejected = changes.filter(({ state }) => state === 'rejected');
      expect(rejected.every(({ kind }) => kind === 'skip')).to.equal(true);
      expect(rejected.map(({ userid }) => userid).sort()).to.deep.equal(
        [renamed!, forbidden!, gone!, promoted!].sort(),
      );
      expect(undone.counts.skipped).to.equal(4);
      expect(changes.filter(({ state }) => state === 'applied').map(({ userid }) => userid)).to.deep.equal([renamed]);
      const { displayName, title } = await local.account(renamed!);
      expect(displayName).to.equal('人工改的名');
      expect(title).to.not.equal('新职位');
      expect(await isIn(forbidden!)).to.equal(false);
      expect((await local.account(promoted!)).phone).to.equal('13900001234');
      expect(await kept()).to.deep.equal([]);
    });

    it('locks out whom the run made, and puts too many of them before a person', async () => {
      const first = await world.sync();
      const inNow = active().length;
      const held = await undo(first);
      expect(held.state).to.equal('held');
      expect((await world.changes(held)).filter(({ state }) => state === 'held')).to.have.length(inNow);
      for (const name of active()) expect(await isIn(name)).to.equal(true);
      const named = active().slice(0, 3);
      await world.engine.approve(held, world.request(), { userids: named });
      expect(held.state).to.equal('held');
      expect((await Promise.all(active().map(isIn))).filter((one) => !one)).to.have.length(3);
      await world.engine.approve(held, world.request());
      expect(held.state).to.equal('succeeded');
      for (const name of active()) expect(await isIn(name), name).to.equal(false);
      expect((await local.groups('acme')).length, 'groups stay').to.be.greaterThan(0);
      expect(await world.changes(await undo(first))).to.deep.equal([]);
      expect((await world.sync()).counts.restored, 'the directory lets them in').to.equal(inNow);
    });

    it('takes back what is named, of members or of single changes, and refuses what the run did not do', async () => {
      await world.sync();
      const [one, other, third] = active();
      for (const userid of [one!, other!, third!]) world.company.rename({ userid, name: `${userid} 新` });
      const run = await world.sync();
      const changes = await world.changes(run);
      const numberOf = (of: string): number => changes.find(({ userid }) => userid === of)!.seq;
      await undo(run, { userids: [one!.toUpperCase()] });
      await undo(run, { changes: [numberOf(other!)] });
      const names = async () =>
        Promise.all(
          [one!, other!, third!].map(async (name) => (await local.account(name)).displayName!.includes('新')),
        );
      expect(await names()).to.deep.equal([false, false, true]);
      for (const selection of [{ userids: ['nobody'] }, { changes: [9_999] }, { changes: [] }]) {
        expect(await rejection(undo(run, selection))).to.have.property('name', 'ConfigError');
      }
    });

    it('is refused for previews and for a run that goes on', async () => {
      const preview = await world.preview();
      expect(await rejection(undo(preview))).to.have.property('name', 'ConfigError');
      const going = await world.engine.begin(world.request());
      expect(await rejection(undo(going.run))).to.have.property('name', 'ConfigError');
      await going.ended;
      const undone = await undo(going.run, {}, { dryRun: true });
      expect(await rejection(undo(undone))).to.have.property('name', 'ConfigError');
    });

    it('needs no directory', async () => {
      await world.sync();
      const [renamed] = active();
      world.company.rename({ userid: renamed!, name: '新名' });
      const run = await world.sync();
      world.sandbox.faults.set({ untrustedIp: '203.0.113.9' });
      expect(await undo(run)).to.deep.include({ state: 'succeeded' });
      expect((await local.account(renamed!)).displayName).to.not.equal('新名');
    });

    it('gives an account that was linked back to nobody, and one whose userid changed to the former', async () => {
      await local.addAccount('acme', { name: 'by-hand', displayName: '人工', email: 'by-hand@acme.example' });
      const before = await local.account('by-hand');
      const [linked] = world.company.hire({ userid: 'linked', email: 'by-hand@acme.example', name: '人工' });
      const run = await world.sync({ settings: { linkBy: ['email'] } });
      expect((await local.account('by-hand')).wecom).to.equal(linked!.userid);
      await undo(run, { userids: ['linked'] });
      expect((await local.account('by-hand')).wecom).to.equal(before.wecom ?? '');
      expect((await links()).some(({ name }) => name === 'by-hand')).to.equal(false);
      const [renamed] = active().filter((userid) => userid !== 'linked');
      const held = (await links()).find(({ name, kind }) => kind === 'user' && name === renamed);
      world.company.changeUserid(renamed!, 'renamed-id');
      const moved = await world.sync({ settings: { linkBy: ['email'] } });
      expect((await local.account(renamed!)).wecom).to.equal('renamed-id');
      await undo(moved, { userids: ['renamed-id'] });
      expect((await local.account(renamed!)).wecom).to.equal(renamed);
      expect((await links()).find(({ name, kind }) => kind === 'user' && name === renamed)).to.deep.equal(held);
    });

    it('takes back that somebody was let in, and never locks out an administrator or who is left alone', async () => {
      await world.sync();
      const [one, admin, alone] = active();
      world.company.disable([one!, admin!, alone!]);
      await world.sync();
      world.company.enable([one!, admin!, alone!]);
      const run = await world.sync();
      expect(run.counts.restored).to.equal(3);
      await local.change(admin!, { isAdmin: true });
      const draft = { owner: 'acme', kind: 'userid', syncerId: '', until: null, endsAt: null, accountId: '' } as const;
      await protections.protect({ ...draft, value: alone!, reason: 'works here', by: 'acme/chief' });
      const undone = await undo(run);
      expect(undone.counts).to.deep.include({ forbidden: 1, skipped: 2 });
      expect(await Promise.all([one!, admin!, alone!].map(isIn))).to.deep.equal([false, true, true]);
      const link = (await links()).find(({ externalKey }) => externalKey === one!.toLowerCase());
      expect(link?.forbiddenBy).to.equal('syncer');
    });

    it('leaves whose access later runs took and gave again to the last of them', async () => {
      await world.sync();
      const [member] = active();
      const lockAndLetIn = async (): Promise<Run> => {
        world.company.disable([member!]);
        await world.sync();
        world.company.enable([member!]);
        return world.sync();
      };
      const [first, last] = [await lockAndLetIn(), await lockAndLetIn()];
      const undone = await undo(first);
      expect(undone.counts).to.deep.include({ forbidden: 0, skipped: 1 });
      expect(await isIn(member!)).to.equal(true);
      const told = (await world.changes(undone)).map(({ kind, userid, state }) => `${kind} ${userid} ${state}`);
      expect(told).to.deep.equal([`skip ${member} rejected`]);
      expect((await undo(last)).counts).to.deep.include({ forbidden: 1 });
      expect(await isIn(member!)).to.equal(false);
    });

    it('returns to no group that is gone, and takes none in its place', async () => {
      await world.sync();
      const department = world.company.addDepartment({ name: '要撤的部门' });
      const [member] = active();
      world.company.move(member, [department.id]);
      await world.sync();
      world.company.move(member, [[...world.company.departments][0]!.id]);
      world.company.removeDepartment(department.id);
      const run = await world.sync();
      expect(run.counts.groupsRemoved).to.equal(1);
      const groupsOf = async () => JSON.parse((await local.account(member!)).groups!) as string[];
      const before = await groupsOf();
      expect(before).to.have.length(1);
      const undone = await undo(run);
      expect(await groupsOf()).to.deep.equal(before);
      const kept = (await world.changes(undone)).filter(({ userid }) => userid === member);
      expect(kept.map(({ kind, state }) => `${kind} ${state}`)).to.deep.equal(['skip rejected']);
      expect(kept[0]?.reason.en).to.match(/^A group that the member was in is not there any more/);
      expect((await local.groups('acme')).map(({ name }) => name)).to.not.include(`acme-wecom-${department.id}`);
    });

    it('leaves an address alone that another account has by now, be it a member’s or a stranger’s', async () => {
      await world.sync();
      const [mine, alike, both] = await reachable();
      const address = async (name: string) => (await local.account(name)).email;
      const before = await Promise.all([mine!, alike!, both!].map(address));
      for (const userid of [mine!, alike!, both!])
        world.company.setField(userid, { email: `new-${userid}@wecom.example`, biz_mail: '' });
      const run = await world.sync();
      const [heir] = world.company.hire(1);
      world.company.setField(heir!.userid, { email: before[0]!.toUpperCase(), biz_mail: '' });
      await world.sync();
      await local.addAccount('acme', { name: 'stranger', email: before[1]! });
      const undone = await undo(run);
      expect(await Promise.all([mine!, alike!, both!].map(address))).to.deep.equal([
        `new-${mine}@wecom.example`,
        `new-${alike}@wecom.example`,
        before[2],
      ]);
      const skipped = (await world.changes(undone)).filter(({ kind }) => kind === 'skip');
      expect(skipped.map(({ userid, state }) => `${userid} ${state}`).sort()).to.deep.equal(
        [`${mine} rejected`, `${alike} rejected`].sort(),
      );
      expect(skipped[0]?.reason.en).to.match(/^Another account has this by now/);
    });

    it('gives two people back what they exchanged', async () => {
      await world.sync();
      const [one, other] = await reachable();
      const contact = async (name: string) => {
        const { email, phone, countryCode } = await local.account(name);
        return { email, phone, countryCode };
      };
      const before = [await contact(one!), await contact(other!)];
      const [a, b] = [one!, other!].map((userid) => {
        const { email, biz_mail, mobile } = world.company.member(userid)!;
        return { email, biz_mail, mobile };
      });
      world.company.setField(one!, b!);
      world.company.setField(other!, a!);
      const run = await world.sync();
      expect([await contact(one!), await contact(other!)]).to.deep.equal(before.toReversed());
      expect((await undo(run)).counts.skipped).to.equal(0);
      expect([await contact(one!), await contact(other!)]).to.deep.equal(before);
    });

    it('waits for a person once: who undoes the same again is told of the run that waits', async () => {
      const run = await world.sync();
      const strict = { settings: { removalLimit: { percent: 0, count: 0 } } };
      const [one, other] = active();
      const held = await undo(run, { userids: [one!] }, strict);
      expect(held.state).to.equal('held');
      for (const selection of [{}, { userids: [one!] }]) {
        const error = await rejection(undo(run, selection, strict));
        expect(error).to.be.instanceOf(ConfigError);
        expect(String(error)).to.include(held.id);
      }
      expect((await undo(run, {}, { ...strict, dryRun: true })).state).to.equal('succeeded');
      expect((await undo(run, { userids: [other!] }, strict)).state).to.equal('held');
      await world.engine.reject(held);
      expect((await undo(run, { userids: [one!] }, strict)).state).to.equal('succeeded');
      expect(await isIn(one!)).to.equal(true);
    });

    it('waits on while full runs come and go, and only what they look at again is replaced', async () => {
      const first = await world.sync();
      const gone = active().slice(0, 12);
      world.company.leave([gone[0]!]);
      const strict = { settings: { removalLimit: { percent: 0, count: 0 } } };
      const { run: ofMember } = await world.member({ userid: gone[0]!, automatic: true }, strict);
      expect(ofMember.state).to.equal('held');
      const undone = await undo(first);
      expect(undone.state).to.equal('held');
      world.company.leave(gone.slice(1));
      const full = await world.sync();
      expect(full.state).to.equal('held');
      const next = await world.sync();
      const stored = async ({ id }: Run) => (await world.stores.runs.find(id))!;
      expect((await stored(ofMember)).supersededBy).to.equal(full.id);
      expect((await stored(full)).supersededBy).to.equal(next.id);
      expect(await stored(undone)).to.include({ state: 'held', supersededBy: null });
      expect((await world.changes(undone)).some(({ state }) => state === 'planned')).to.equal(false);
      const stays = active().at(-1)!;
      expect((await world.engine.approve(undone, world.request(), { userids: [stays] })).held.state).to.equal('held');
      expect(await isIn(stays)).to.equal(false);
      expect((await stored(next)).state).to.equal('held');
      expect((await world.engine.reject(undone)).state).to.equal('succeeded');
    });

    it('leaves it to the question when a person gave a member another account', async () => {
      await world.sync();
      const [userid] = active();
      world.company.setField(userid!, { mobile: '13700001234', email: 'heir@wecom.example', biz_mail: '' });
      world.company.rename({ userid: userid!, name: '另一人' });
      await world.sync();
      const questions = world.stores.questions!;
      const { rows } = await questions.list({ syncerId: 'syncer-1', organization: 'acme' }, 'open', 1, 10);
      const { id, kind, proposedName } = rows.find(({ userid: of }) => of === userid)!;
      expect(kind).to.equal('handed-on');
      await questions.answer(id, {
        state: 'created',
        answer: proposedName,
        keepSignIn: false,
        by: 'acme/eve',
        at: new Date().toISOString(),
        comment: '',
        waits: 'apply',
      });
      const { run } = await world.member({ userid: userid! }, { trigger: 'decision' });
      expect([await isIn(proposedName), await isIn(userid!)]).to.deep.equal([true, false]);
      const undone = await undo(run);
      expect([await isIn(proposedName), await isIn(userid!)]).to.deep.equal([true, false]);
      expect((await world.changes(undone)).map(({ kind: of, state }) => `${of} ${state}`)).to.deep.equal([
        'skip rejected',
        'skip rejected',
      ]);
    });
  }));
