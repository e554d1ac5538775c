import { expect } from 'chai';
import type { Member } from '../../../../src/sandbox/company/member.ts';
import { GroupEdits } from '../../../../src/storage/accounts/group-edits.ts';
import { UserAccounts } from '../../../../src/storage/accounts/user-accounts.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

const NOTHING = { texts: {}, flags: {} };

describe('a name that a deleted account had', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    let accounts: UserAccounts;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      accounts = new UserAccounts(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 12, departments: 4 });
      await world.sync();
    });
    afterEach(() => world.close());

    const someone = (at = 0): Member =>
      [...world.company.members].filter(
        ({ status, enable, mobile, email }) => status === 1 && enable !== 0 && mobile && email,
      )[at]!;
    const remove = (name: string): Promise<boolean> => accounts.remove('acme', name);
    const rename = (name: string, to: string): Promise<boolean> =>
      accounts.update('acme', name, () => ({ ...NOTHING, name: to }));

    const displayNameOf = async (group: string): Promise<string | null | undefined> =>
      (await local.groups('acme')).find(({ name }) => name === group)?.displayName;

    /** Each gives the name of a member's account that was deleted to somebody else, and says how he is called then. */
    const heirs: Readonly<Record<string, (name: string) => Promise<string>>> = {
      'an administrator who is renamed': async (name) => {
        await local.addAccount('acme', { name: 'chief', id: 'c-1', displayName: '', isAdmin: true });
        await remove(name);
        await rename('chief', name);
        return name;
      },
      'an account that is added': async (name) => {
        await remove(name);
        await accounts.add('acme', name, () => NOTHING, '');
        return name;
      },
      'an account in another spelling': async (name) => {
        await remove(name);
        await accounts.add('acme', name.toUpperCase(), () => NOTHING, '');
        return name.toUpperCase();
      },
      'an account that another program makes': async (name) => {
        await remove(name);
        await local.addAccount('acme', { name, id: 'c-1', displayName: '', isAdmin: true });
        return name;
      },
      'an account that another program makes in place of the one it deletes': async (name) => {
        await local.remove(name);
        await local.addAccount('acme', { name, id: 'c-1', displayName: '', isAdmin: true });
        return name;
      },
      'an account that is added where another program deleted': async (name) => {
        await local.remove(name);
        await accounts.add('acme', name, () => NOTHING, '');
        return name;
      },
    };

    for (const [who, pass] of Object.entries(heirs)) {
      it(`is nothing of the member's any more: ${who} is left as he is`, async () => {
        const { userid } = someone();
        const name = await pass(userid);
        const before = await local.account(name);
        const run = await world.sync();
        expect(await local.account(name)).to.deep.equal(before);
        const [change] = (await world.changes(run)).filter((one) => one.userid === userid);
        expect(change?.kind).to.equal('skip');
        // Where a person asks for the member, it is in the way, unless the database tells spellings apart.
        const asked = await world.member({ userid });
        if (name === userid) expect(asked.change).to.deep.include({ kind: 'conflict' });
        expect(await local.account(name)).to.deep.equal(before);
        world.company.leave([userid]);
        expect((await world.sync()).state).to.equal('succeeded');
        expect(await local.account(name)).to.deep.equal(before);
      });
    }

    it("is another member's who has it as his userid", async () => {
      const { userid } = someone();
      await rename(userid, 'zz');
      await remove('zz');
      world.company.hire({ userid: 'zz', name: '新人' });
      expect((await world.sync()).state).to.equal('succeeded');
      expect(await local.account('zz')).to.deep.include({ wecom: 'zz', displayName: '新人' });
      expect(await local.find(userid)).to.equal(undefined);
    });

    it("is a member's of another syncer", async () => {
      const { userid } = someone();
      await remove(userid);
      const settings = { id: 'syncer-2', name: 'second' };
      await world.sync({ settings });
      expect(await local.account(userid)).to.deep.include({ wecom: userid });
    });

    it('is another member’s where another program renamed and deleted', async () => {
      const { userid } = someone();
      await rename(userid, 'zz');
      await local.remove('zz');
      world.company.hire({ userid: 'zz', name: '新人' });
      expect((await world.sync()).state).to.equal('succeeded');
      expect(await local.account('zz')).to.deep.include({ wecom: 'zz', displayName: '新人' });
      expect((await world.sync()).state).to.equal('succeeded');
      expect(await local.find(userid)).to.equal(undefined);
    });

    it('goes with an account that a person links by hand', async () => {
      const [{ userid }, other] = [someone(0), someone(1)];
      for (const name of [userid, other.userid]) await local.remove(name);
      await local.addAccount('acme', { name: userid, id: 'c-1', displayName: '' });
      const { run, change } = await world.member({ userid: other.userid, account: userid });
      expect(change, JSON.stringify(run.error)).to.deep.include({ kind: 'link' });
      expect((await world.sync()).state).to.equal('succeeded');
      expect(await local.account(userid)).to.deep.include({ wecom: other.userid });
    });

    it('can be given to an account that is held', async () => {
      const [gone, other] = [someone(0).userid, someone(1).userid];
      await remove(gone);
      await rename(other, gone);
      expect((await world.sync()).state).to.equal('succeeded');
      expect(await local.account(gone)).to.deep.include({ wecom: other, isForbidden: false });
      world.company.leave([other]);
      await world.sync();
      expect(await local.account(gone)).to.deep.include({ isForbidden: true });
    });

    it('leaves the member without an account until a person asks', async () => {
      const { userid } = someone();
      await remove(userid);
      await world.sync();
      expect(await local.find(userid)).to.equal(undefined);
      await world.member({ userid });
      expect(await local.account(userid)).to.deep.include({ wecom: userid, isForbidden: false });
      expect((await world.sync()).state).to.equal('succeeded');
    });

    it("stays the account's whose name is only spelt otherwise", async () => {
      const { userid } = someone();
      await rename(userid, userid.toUpperCase());
      world.company.leave([userid]);
      await world.sync();
      expect(await local.account(userid.toUpperCase())).to.deep.include({ isForbidden: true });
    });

    it('is nothing of the department’s any more: a group that a person makes is left as it is', async () => {
      const groups = new GroupEdits(suite.database);
      const name = 'acme-wecom-900';
      world.company.addDepartment({ id: 900, name: 'Sales', parentid: 1 });
      await world.sync();
      await groups.remove('acme', name);
      await groups.add('acme', name, { displayName: 'Mine', type: 'Virtual' });
      const run = await world.sync();
      expect(await displayNameOf(name)).to.equal('Mine');
      const [change] = (await world.changes(run)).filter((one) => one.userid === '900');
      expect(change).to.deep.include({ kind: 'conflict', user: `acme/${name}` });
    });

    it('can be given to another group, and the department gets one again', async () => {
      const groups = new GroupEdits(suite.database);
      for (const id of [900, 901]) world.company.addDepartment({ id, name: `Team ${id}`, parentid: 1 });
      await world.sync();
      await groups.remove('acme', 'acme-wecom-900');
      expect(await groups.update('acme', 'acme-wecom-901', { name: 'acme-wecom-900' })).to.equal(true);
      expect((await world.sync()).error).to.equal(null);
      expect(await displayNameOf('acme-wecom-900')).to.equal('Team 901');
      const all = await local.groups('acme');
      expect(all.filter(({ displayName }) => displayName === 'Team 900')).to.have.length(1);
    });
  }));
