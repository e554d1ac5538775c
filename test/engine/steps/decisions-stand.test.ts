import { expect } from 'chai';
import type { Selection } from '../../../src/engine/lifecycle/selection.ts';
import type { Run } from '../../../src/engine/run.ts';
import { UserAccounts } from '../../../src/storage/accounts/user-accounts.ts';
import { TypeormProtectionStore } from '../../../src/storage/decisions/typeorm-protection-store.ts';
import { eachDatabase } from '../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';

describe('what people and later runs decided', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(
        storesOn(suite.database),
        { members: 30, departments: 4 },
        { protections: new TypeormProtectionStore(suite.database) },
      );
      await world.sync();
    });
    afterEach(() => world.close());
    const active = () =>
      [...world.company.members]
        .filter(({ status, enable }) => status === 1 && enable !== 0)
        .map(({ userid }) => userid);
    const undo = async (run: Run, selection: Selection = {}): Promise<Run> =>
      (await world.engine.undo(run, world.request(), selection)).ended;
    const told = async (run: Run) =>
      (await world.changes(run)).map(
        ({ kind, userid, state, fields }) => `${kind}:${userid}:${state}:${fields.map(({ field }) => field).join()}`,
      );
    const isForbidden = async (name: string) => (await local.account(name)).isForbidden;
    it('is not undone with a link: whom the undone run let in is locked out, and stays his member’s', async () => {
      const [x] = active();
      world.company.disable([x!]);
      await world.sync();
      await world.engine.unlinkAccount(world.request().syncer, x!);
      world.company.enable([x!]);
      const { run } = await world.member({ userid: x!, account: x!, keepSignIn: true });
      await undo(run);
      expect(await isForbidden(x!)).to.equal(true);
    });
    it('is not undone with a changed userid: whom the undone run let in is locked out under the former one', async () => {
      const [x] = active();
      world.company.disable([x!]);
      await world.sync();
      world.company.changeUserid(x!, 'new-id');
      world.company.enable(['new-id']);
      const run = await world.sync();
      await undo(run, { userids: ['new-id'] });
      expect(await isForbidden(x!)).to.equal(true);
    });
    it('stands against the undo of an earlier run, and is undone by itself', async () => {
      const [x, y] = active();
      world.company.disable([x!]);
      world.company.rename({ userid: y!, name: '新' });
      const r1 = await world.sync();
      world.company.enable([x!]);
      await world.sync();
      world.company.leave([x!]);
      const r3 = await world.sync();
      const u = await undo(r1);
      expect(await isForbidden(x!)).to.equal(true);
      expect((await told(u)).sort()).to.deep.equal(
        [`skip:${x}:rejected:isForbidden`, `update:${y}:applied:displayName`].sort(),
      );
      await undo(r3);
      expect(await isForbidden(x!)).to.equal(false);
    });
    it('is undone with the run that waited for it', async () => {
      const left = world.company.leave(active().slice(0, 10)).map(({ userid }) => userid);
      const held = await world.sync();
      await world.engine.approve(held, world.request());
      await undo(held);
      expect((await Promise.all(left.map(isForbidden))).filter(Boolean)).to.have.length(0);
    });
    it('is not forgotten when the run of one member is decided about', async () => {
      const left = world.company.leave(active().slice(0, 10)).map(({ userid }) => userid);
      await world.engine.reject(await world.sync());
      const [g] = world.company.leave(active().slice(0, 1)).map(({ userid }) => userid);
      const m = (
        await world.member({ userid: g!, automatic: true }, { settings: { removalLimit: { percent: 0, count: 0 } } })
      ).run;
      await world.engine.reject(m);
      for (const { name, displayName, phone } of await local.accounts('acme'))
        if ([...left.slice(0, 5), g!].includes(name))
          world.company.hire({ userid: name, name: displayName!, mobile: phone! });
      const later = await world.sync({ settings: { removalLimit: { percent: 50, count: 20 } } });
      expect(later.state).to.equal('held');
      expect((await Promise.all([...left, g!].map(isForbidden))).filter(Boolean)).to.have.length(0);
    });
    it('is all that an approval of a part does, and tells how the run ends that waited', async () => {
      const leave = active().slice(0, 10);
      await local.change(leave[0]!, { isForbidden: true });
      const left = world.company.leave(leave).map(({ userid }) => userid);
      const held = await world.sync();
      const { approval } = await world.engine.approve(held, world.request(), { userids: [left[1]!] });
      expect((await told(approval)).length).to.equal(1);
      await world.sync();
      expect((await world.stores.runs.find(held.id))!.state).to.equal('succeeded');
    });

    it('is found again with an account that was renamed since', async () => {
      const [x] = active();
      world.company.leave([x!]);
      const run = await world.sync();
      const edit = { name: `${x}-renamed`, texts: {}, flags: {} };
      await new UserAccounts(suite.database).update('acme', x!, () => edit);
      expect((await told(await undo(run)))[0]).to.match(new RegExp(`^restore:${x}:applied:isForbidden`));
      expect(await isForbidden(`${x}-renamed`)).to.equal(false);
    });
    it('is remembered when a link by hand is taken back: no run links the two again', async () => {
      const [x] = active();
      await world.engine.unlinkAccount(world.request().syncer, x!);
      const { run } = await world.member({ userid: x!, account: x!, keepSignIn: true });
      expect((await local.account(x!)).wecom).to.equal(x);
      await undo(run);
      const linkBy = ['name', 'email', 'phone'] as const;
      // He may lead a department, whose group is nobody's then.
      const changes = (await told(await world.sync({ settings: { linkBy } }))).filter((one) => !one.includes('Group:'));
      expect(changes).to.deep.equal([`conflict:${x}:failed:candidates`]);
      expect((await local.account(x!)).wecom).to.equal('');
    });

    it('is the last word: a link by hand is not taken back by what was to be undone before', async () => {
      const [x] = active();
      const of = { syncerId: 'syncer-1', organization: 'acme' };
      const questions = world.stores.questions!;
      await world.engine.unlinkAccount(world.request().syncer, x!);
      const [asked] = (await questions.list(of, 'open', 1, 10)).rows;
      const said = { keepSignIn: true, by: 'acme/eve', at: new Date().toISOString(), comment: '' };
      await questions.answer(asked!.id, { ...said, state: 'linked', answer: x!, waits: 'apply' });
      await world.member({ userid: x! }, { trigger: 'decision' });
      // Opened again; and the process ends before that is carried out, or after it and before that is noted.
      for (const wasUndone of [false, true]) {
        await questions.reopen({ id: asked!.id, state: 'linked' }, 'undo');
        if (wasUndone) await world.engine.unlinkAccount(world.request().syncer, x!);
        await world.member({ userid: x!, account: x!, keepSignIn: true });
        await world.sync();
        expect((await local.account(x!)).wecom, String(wasUndone)).to.equal(x);
        await world.engine.unlinkAccount(world.request().syncer, x!);
        const again = (await questions.list(of, 'open', 1, 10)).rows[0]!;
        await questions.answer(again.id, { ...said, state: 'linked', answer: x!, waits: 'apply' });
        await world.member({ userid: x! }, { trigger: 'decision' });
        asked!.id === again.id || Object.assign(asked!, again);
      }
    });
  }));
