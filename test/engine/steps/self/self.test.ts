import { expect } from 'chai';
import * as fc from 'fast-check';
import * as sinon from 'sinon';
import { planCompletion } from '../../../../src/engine/plan/users/completion.ts';
import type { MemberReport } from '../../../../src/engine/steps/sync-member.ts';
import { isActive } from '../../../../src/sandbox/company/member.ts';
import { TypeormIdentityStore } from '../../../../src/storage/identity/typeorm-identity-store.ts';
import { openDatabase } from '../../../../src/storage/open-database.ts';
import { AccountHistory } from '../../../../src/storage/history/account-history.ts';
import type { ProfileValues } from '../../../../src/syncer/profile.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

describe('what a member gives to his account', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let userids: string[];

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 30, departments: 4 });
      world.sandbox.use('hidden-fields');
      await world.sync();
      userids = [...world.company.members].filter(isActive).map((one) => one.userid);
    });
    afterEach(async () => {
      sinon.restore();
      await world.close();
    });

    const MINE = { email: 'me@acme.example', phone: '13800000001', countryCode: 'CN' };
    const give = (userid: string, values: ProfileValues, config = {}): Promise<MemberReport> =>
      world.member(
        { userid, gift: { values, earlier: new AccountHistory(suite.database) } },
        { trigger: 'self', by: `acme/${userid}`, config },
      );
    const valuesOf = async (userid: string) => {
      const { email, phone, countryCode } = await local.account(userid);
      return { email, phone, countryCode };
    };

    it('fills what is empty, and stays through runs that are told nothing', async () => {
      const [one] = userids;
      const { run, change } = await give(one!, MINE);
      expect([run.state, run.counts.updated, run.trigger]).to.deep.equal(['succeeded', 1, 'self']);
      expect(change).to.deep.include({ kind: 'update', state: 'applied', user: `acme/${one}` });
      for (let runs = 0; runs < 2; runs += 1) await world.sync();
      expect(await valuesOf(one!)).to.deep.equal(MINE);
      expect((await give(one!, MINE)).run.counts).to.include({ updated: 0, unchanged: 1 });
    });

    it('replaces what he gave before, and nothing that a person wrote', async () => {
      const [one] = userids;
      await give(one!, MINE);
      await give(one!, { phone: '13800000002', countryCode: 'CN' });
      expect(await valuesOf(one!)).to.include({ phone: '13800000002', email: MINE.email });
      await local.change(one!, { phone: '13900000009', email: '' });
      await give(one!, { ...MINE, phone: '13800000003', email: 'again@acme.example' });
      expect(await valuesOf(one!)).to.include({ phone: '13900000009', email: 'again@acme.example' });
    });

    it('leaves the country that a person set for the number, and brings that of another number along', async () => {
      const [one] = userids;
      const number = { phone: '91234567', countryCode: 'HK' };
      await give(one!, number);
      await local.change(one!, { countryCode: 'SG' });
      expect((await give(one!, number)).run.counts).to.include({ updated: 0, unchanged: 1 });
      expect(await valuesOf(one!)).to.include({ phone: '91234567', countryCode: 'SG' });
      await give(one!, { phone: '94123456', countryCode: 'HK' });
      expect(await valuesOf(one!)).to.include({ phone: '94123456', countryCode: 'HK' });
      await give(one!, { phone: '94123456', countryCode: 'MO' });
      expect(await valuesOf(one!), 'his own he corrects').to.include({ phone: '94123456', countryCode: 'MO' });
    });

    it('is not written over what a person enters while it is stored', async () => {
      const [one] = userids;
      const entered = { email: 'said@acme.example', phone: '13900000009' };
      const other = await openDatabase(suite.url);
      const person = new LocalActs(other);
      let edit: Promise<void> | undefined;
      const stub = sinon.stub(TypeormIdentityStore.prototype, 'candidates').callsFake(async function* (
        this: TypeormIdentityStore,
        ...asked
      ) {
        stub.restore();
        edit = person.change(one!, entered);
        // SQLite has one writer: there he comes after.
        if (suite.kind !== 'sqlite') await edit;
        yield* this.candidates(...asked);
      });
      const { run } = await give(one!, MINE);
      await edit;
      await other.close();
      expect([run.state, stub.callCount]).to.deep.equal(['succeeded', 1]);
      expect(await valuesOf(one!)).to.include(entered);
    });

    it('gives way to the directory where that states the field, and comes after it', async () => {
      const [one] = userids;
      await give(one!, MINE);
      world.company.setField(one!, { email: 'hr@acme.example', mobile: '13700000007' });
      world.sandbox.use('whole-corp');
      await give(one!, { email: 'other@acme.example' });
      expect(await valuesOf(one!)).to.include({ email: MINE.email });
      await world.sync();
      expect(await valuesOf(one!)).to.include({ email: 'hr@acme.example', phone: '13700000007' });
      world.sandbox.use('hidden-fields');
      await give(one!, MINE);
      await world.sync();
      expect(await valuesOf(one!)).to.include({ email: 'hr@acme.example', phone: '13700000007' });
    });

    it('is refused for administrators, forbidden and deleted accounts, and changes nothing', async () => {
      const [admin, forbidden, deleted] = userids;
      await local.change(admin!, { isAdmin: true });
      await local.change(forbidden!, { isForbidden: true });
      await local.change(deleted!, { isDeleted: true });
      for (const userid of [admin!, forbidden!, deleted!]) {
        const before = await local.account(userid);
        const { run, steps } = await give(userid, MINE);
        expect([run.state, run.counts.updated, steps.at(-1)?.ok], userid).to.deep.equal(['partial', 0, false]);
        expect(await local.account(userid)).to.deep.equal(before);
      }
    });

    it('is refused for whom this syncer does not hold, excludes, or the directory lost or disabled', async () => {
      const [excluded, gone, disabled] = userids;
      const config = { scope: { departments: [], includeChildren: true, excludeUsers: [excluded] } };
      const refused = async (userid: string, differing = {}): Promise<void> => {
        const before = await local.find(userid);
        expect((await give(userid, MINE, differing)).run.state, userid).to.equal('partial');
        expect(await local.find(userid)).to.deep.equal(before);
      };
      await refused(excluded!, config);
      world.company.leave([gone!]);
      world.company.disable([disabled!]);
      await refused(gone!);
      await refused(disabled!);
      const [hired] = world.company.hire({ userid: 'new.one' });
      await refused(hired!.userid);
    });

    it('is refused where the userid seems to be another person’s by now', async () => {
      const [one] = userids;
      await local.change(one!, {
        displayName: '李四',
        phone: '13900000001',
        countryCode: 'CN',
        email: 'li@acme.example',
      });
      world.company.rename({ userid: one!, name: '王五' });
      const { run, steps } = await give(one!, { ...MINE, gender: 'Male' });
      expect([run.state, steps.at(-1)?.ok]).to.deep.equal(['partial', false]);
      expect((await local.account(one!)).gender).to.not.equal('Male');
    });

    it('asks about an e-mail or a mobile that another account has, and writes the rest', async () => {
      const [one, other] = userids;
      await local.addAccount('acme', { name: 'stranger', phone: MINE.phone });
      await give(other!, { email: MINE.email });
      const { run, change } = await give(one!, { ...MINE, email: 'ME@acme.example', gender: 'Female' });
      expect(change?.fields.map(({ field }) => field)).to.deep.equal(['gender']);
      expect(run.warnings.map(({ code }) => code)).to.deep.equal(['value-taken']);
      expect(await valuesOf(one!)).to.include({ email: '', phone: '' });
      expect((await local.account(one!)).gender).to.equal('Female');
      const of = { syncerId: 'syncer-1', organization: 'acme' };
      const asked = async () => (await world.stores.questions!.list(of, 'open', 1, 10)).rows;
      const [question] = await asked();
      expect(question).to.include({ kind: 'value-taken', userid: one });
      expect(question?.candidates.map(({ user }) => user)).to.have.members(['acme/stranger', `acme/${other}`]);
      expect(question?.member.groups).to.have.length.greaterThan(0);
      await world.member({ userid: one! });
      await world.sync();
      expect(await asked()).to.have.length(1);
      await local.change('stranger', { phone: '' });
      await give(one!, { phone: MINE.phone, countryCode: 'CN' });
      expect(await valuesOf(one!)).to.include({ phone: MINE.phone });
      expect(await asked(), 'another account has the e-mail').to.have.length(1);
      await give(one!, { gender: 'Male' });
      expect(await asked()).to.have.length(1);
      await give(one!, { email: 'own@acme.example' });
      expect(await asked(), 'he gave another one').to.have.length(1);
      await local.change(other!, { email: '' });
      await give(one!, { email: MINE.email });
      expect(await asked()).to.have.length(0);
    });

    for (const [what, change] of [
      ['the other account has it no more', () => local.change('stranger', { phone: '' })],
      ['the other account is gone', () => local.remove('stranger')],
      ['it stands in his own', () => local.change(userids[0]!, { phone: MINE.phone })],
      ['he left', () => world.company.leave([userids[0]!])],
    ] as const) {
      it(`asks no more after a run that sees that ${what}`, async () => {
        const [one] = userids;
        await local.addAccount('acme', { name: 'stranger', phone: MINE.phone });
        await give(one!, { phone: MINE.phone, countryCode: 'CN' });
        const of = { syncerId: 'syncer-1', organization: 'acme' };
        const asked = async () => (await world.stores.questions!.list(of, undefined, 1, 10)).rows;
        await world.sync();
        expect(await asked()).to.have.length(1);
        await change();
        await world.sync();
        expect(await asked()).to.have.length(0);
      });
    }

    it('ends with ten accounts that have mobile and e-mail, kept over ten more runs', async () => {
      const ten = userids.slice(0, 10);
      for (const [at, userid] of ten.entries()) {
        await give(userid, { email: `m${at}@acme.example`, phone: `1380000001${at}`, countryCode: 'CN' });
      }
      for (let runs = 0; runs < 10; runs += 1) await world.sync();
      for (const [at, userid] of ten.entries()) {
        expect(await valuesOf(userid)).to.include({ email: `m${at}@acme.example`, phone: `1380000001${at}` });
      }
    });
  }));

describe('whose word stands', () => {
  const limits = { values: { email: 100, phone: 20, countryCode: 6, avatar: 500, gender: 100 } } as never;

  it('is that of the highest authority that stated one, in whatever order', () => {
    type Authority = 'directory' | 'person' | 'self';
    const RANK: Readonly<Record<Authority, number>> = { directory: 3, person: 2, self: 1 };
    const word = fc.record({
      by: fc.constantFrom<Authority>('directory', 'person', 'self'),
      value: fc.constantFrom('a@x.example', 'b@x.example', 'c@x.example'),
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        let email = '';
        let by: Authority | undefined;
        for (const said of words) {
          const expected = by === undefined || RANK[said.by] >= RANK[by] || said.by !== 'self' ? said.value : email;
          if (said.by === 'self') {
            const own = new Map(by === 'self' ? [['email', email]] : []);
            const account = { values: { email } };
            const plan = planCompletion(account, { given: { email: said.value }, stated: {}, own, limits });
            const after = plan.values.email ?? email;
            if (after !== email) by = 'self';
            email = after;
          } else [email, by] = [said.value, said.by];
          expect(email).to.equal(expected);
        }
      }),
    );
  });

  it('is the directory’s where it states the field, be it empty here', () => {
    const given = { email: 'me@x.example', phone: '138', countryCode: 'CN' };
    const account = { values: { email: '', phone: '', countryCode: '' } };
    const stated = { email: 'hr@x.example', countryCode: 'HK' };
    expect(planCompletion(account, { given, stated, own: new Map(), limits }).values).to.deep.equal({});
  });
});
