import { expect } from 'chai';
import { GroupRow, UserRow } from '../../src/storage/entities/index.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../support/databases.ts';
import { SECRET_KEY, TestHost, type Answer, type Client } from '../host/test-host.ts';

for (const kind of DATABASE_KINDS) {
  describe(`deleting a syncer, on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let test: TestHost;
    let admin: Client;
    let serial = 0;
    let org: string;

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      const settings = { DATABASE_URL: database.url, SECRET_KEY };
      test = await TestHost.start({ members: 12, departments: 4, settings });
      admin = await test.signedIn();
    });
    after(async () => {
      await test?.close();
      await database?.drop();
    });

    beforeEach(async () => {
      serial += 1;
      org = `acme-${serial}`;
      await test.addOrganization(org);
      await add();
    });

    const add = (name = 'wecom', more: object = {}): Promise<Answer> =>
      admin.post('/api/add-syncer', { ...test.syncer(org, name), ...more });
    const sync = (name = 'wecom'): Promise<Answer> => admin.get(`/api/run-syncer?id=${org}/${name}`);
    const remove = (more: object = {}, name = 'wecom'): Promise<Answer> =>
      admin.post('/api/delete-syncer', { owner: 'admin', organization: org, name, ...more });
    const accounts = (): Promise<UserRow[]> =>
      test.host.database.read(({ manager }) =>
        manager.find(UserRow, { where: { owner: org, registerType: 'Add Users' }, order: { name: 'ASC' } }),
      );
    const groups = (): Promise<GroupRow[]> =>
      test.host.database.read(({ manager }) =>
        manager.find(GroupRow, { where: { owner: org }, order: { name: 'ASC' } }),
      );
    const groupNames = async (): Promise<string[]> => (await groups()).map(({ name }) => name);
    const groupsOf = async (name: string): Promise<string[]> =>
      JSON.parse((await accounts()).find((account) => account.name === name)!.groups!);
    const change = (name: string, to: Partial<UserRow>): Promise<unknown> =>
      test.host.database.transaction(({ manager }) => manager.update(UserRow, { owner: org, name }, to));
    const members = () => [...test.sandbox.company.members];
    const departments = () => [...test.sandbox.company.departments];
    /** Moves a member of one department into another; answers both. */
    const moveSomebody = () => {
      const member = members().find(({ department }) => department.length === 1)!;
      const [from = 0] = member.department;
      const to = departments().find(({ id }) => id !== from)!.id;
      test.sandbox.company.move(member.userid, [to]);
      return { userid: member.userid, from, to };
    };

    it('says how many accounts and groups it leaves with nobody', async () => {
      await sync();
      const answer = await remove();
      expect(answer.data).to.equal('Affected');
      expect(answer.msg).to.include(`${members().length} accounts and ${departments().length} groups stay`);
      expect((await admin.get(`/api/get-syncer?id=${org}/wecom`)).data).to.equal(null);
    });

    it('is as if it had never been once it is added again: all groups adopted, and a member moves', async () => {
      await sync();
      const before = [await accounts(), await groups()];
      await remove();
      const added = await add();
      expect(added.msg).to.include(`${members().length} accounts and ${departments().length} groups`);
      const again = await sync();
      expect(again.data.state, again.text).to.equal('succeeded');
      expect(again.data.counts).to.deep.include({
        created: 0,
        updated: 0,
        linked: 0,
        conflicts: 0,
        groupsCreated: 0,
        groupsUpdated: 0,
        groupsRemoved: 0,
      });
      expect([await accounts(), await groups()]).to.deep.equal(before);
      const { userid, to } = moveSomebody();
      await sync();
      expect(await groupsOf(userid)).to.deep.equal([`${org}/${org}-wecom-${to}`]);
    });

    it('is remembered when the new one gets its Corp ID later', async () => {
      await sync();
      await remove();
      expect((await add('wecom', { user: '' })).msg).to.equal('');
      const body = { owner: 'admin', organization: org, name: 'wecom', user: test.sandbox.corpId };
      expect((await admin.post(`/api/update-syncer?id=${org}/wecom`, body)).msg).to.include('deleted syncer');
      expect((await sync()).data.counts).to.deep.include({ linked: 0, conflicts: 0, groupsCreated: 0 });
    });

    it('forgets nothing about who forbade whom', async () => {
      await sync();
      const [first, second] = members().filter(({ status, enable }) => status === 1 && enable !== 0);
      test.sandbox.company.disable([first!.userid]);
      await change(second!.userid, { isForbidden: true });
      await sync();
      await remove();
      await add();
      test.sandbox.company.enable([first!.userid]);
      await sync();
      const stored = new Map((await accounts()).map(({ name, isForbidden }) => [name, isForbidden]));
      expect(stored.get(first!.userid)).to.equal(false);
      expect(stored.get(second!.userid)).to.equal(true);
    });

    it('knows of whom a person locked out, or renamed, while nobody held him', async () => {
      await sync();
      const { userid } = members().find(({ status, enable }) => status === 1 && enable !== 0)!;
      test.sandbox.company.disable([userid]);
      await sync();
      await remove();
      for (const edit of [{ isForbidden: false }, { isForbidden: true, name: `${userid}-renamed` }]) {
        const columns = Object.keys(edit).join();
        const edited = await admin.post(`/api/update-user?id=${org}/${userid}&columns=${columns}`, edit);
        expect(edited.status, edited.text).to.equal('ok');
      }
      await add();
      test.sandbox.company.enable([userid]);
      expect((await sync()).data.counts).to.include({ created: 0, restored: 0, conflicts: 0 });
      const stored = new Map((await accounts()).map(({ name, isForbidden }) => [name, isForbidden]));
      expect(stored.get(`${userid}-renamed`)).to.equal(true);
    });

    it('gives nothing to a syncer of this name for another company', async () => {
      await sync();
      await remove();
      const other = await add('wecom', { user: 'ww-another-company' });
      expect(other.data).to.equal('Affected');
      expect(other.msg).to.equal('');
    });

    it('gives nothing to a syncer of this name in another organization', async () => {
      await sync();
      const before = [await accounts(), await groups()];
      await remove();
      const stranger = `${org}-stranger`;
      await test.addOrganization(stranger);
      expect((await admin.post('/api/add-syncer', test.syncer(stranger))).msg).to.equal('');
      await admin.get(`/api/run-syncer?id=${stranger}/wecom`);
      expect([await accounts(), await groups()]).to.deep.equal(before);
    });

    it('leaves alone what another syncer took meanwhile, and hands over the rest', async () => {
      await sync();
      await remove();
      await add('other');
      await sync('other');
      const answer = await add();
      expect(answer.msg).to.include(`0 accounts and ${departments().length} groups`);
      const run = await sync('other');
      expect(run.data.counts).to.deep.include({ conflicts: 0, updated: 0 });
    });

    describe('and handing over what it made', () => {
      it('gives another syncer everything; one tree is left, and a member moves', async () => {
        await sync();
        const before = [await accounts(), await groups()];
        await add('other');
        const answer = await remove({ leavings: 'handover', handoverTo: 'other' });
        expect(answer.data, answer.text).to.equal('Affected');
        expect(answer.msg).to.include(`other holds ${members().length} accounts and ${departments().length} groups`);
        const run = await sync('other');
        expect(run.data.counts).to.deep.include({ created: 0, linked: 0, conflicts: 0, groupsCreated: 0, updated: 0 });
        expect([await accounts(), await groups()]).to.deep.equal(before);
        const { userid, to } = moveSomebody();
        await sync('other');
        expect(await groupsOf(userid)).to.deep.equal([`${org}/${org}-wecom-${to}`]);
      });

      it('leaves one tree also when the other one has made its own', async () => {
        await admin.post(`/api/update-syncer?id=${org}/wecom`, {
          ...test.syncer(org),
          removalLimit: { percent: 100, count: 1000 },
        });
        await sync();
        await add('other', { removalLimit: { percent: 100, count: 1000 } });
        await sync('other');
        expect(await groupNames()).to.have.lengthOf(2 * departments().length);
        await remove({ leavings: 'handover', handoverTo: 'other' });
        await sync('other');
        expect(await groupNames()).to.deep.equal(
          departments()
            .map(({ id }) => `${org}-other-${id}`)
            .sort(),
        );
        for (const { userid, department } of members()) {
          expect(await groupsOf(userid), userid).to.have.members(department.map((id) => `${org}/${org}-other-${id}`));
        }
      });

      it('is refused for anybody who could not do it, and then nothing is deleted', async () => {
        await sync();
        await add('foreign', { user: 'ww-another-company' });
        for (const wish of [
          { leavings: 'handover' },
          { leavings: 'handover', handoverTo: 'wecom' },
          { leavings: 'handover', handoverTo: 'nobody' },
          { leavings: 'handover', handoverTo: 'foreign' },
          { handoverTo: 'foreign' },
          { leavings: 'burn' },
        ]) {
          expect((await remove(wish)).status, JSON.stringify(wish)).to.equal('error');
        }
        expect((await admin.get(`/api/get-syncer?id=${org}/wecom`)).data).to.not.equal(null);
        expect((await sync()).data.state).to.equal('succeeded');
      });

      it('waits for nobody: while the other one runs it is refused', async () => {
        await sync();
        await add('other');
        const stop = test.sandbox.faults.add({ respond: { delayMs: 600 } });
        const { data: run } = await admin.post(`/api/run-syncer?id=${org}/other`);
        const answer = await remove({ leavings: 'handover', handoverTo: 'other' });
        stop();
        expect(answer.status).to.equal('error');
        expect((await admin.get(`/api/get-syncer?id=${org}/wecom`)).data).to.not.equal(null);
        await admin.post(`/api/cancel-sync-run?id=${run.id}`);
      });
    });

    describe('and taking away what it made', () => {
      it('removes its groups and memberships, and nobody’s account or access', async () => {
        await sync();
        const before = await accounts();
        const answer = await remove({ leavings: 'remove' });
        expect(answer.msg).to.include(`${departments().length} groups and `);
        expect(await groups()).to.deep.equal([]);
        const after = await accounts();
        const access = ({ name, isForbidden, isDeleted, wecom }: UserRow) => [name, isForbidden, isDeleted, wecom];
        expect(after.map(access)).to.deep.equal(before.map(access));
        for (const { name, groups: left } of after) expect(left, name).to.equal('[]');
      });

      it('leaves what others made: their memberships, and the groups that they use', async () => {
        await sync();
        const [first, ...rest] = await accounts();
        const group = `${org}-wecom-${departments().at(-1)!.id}`;
        const outsider = rest.find(({ groups: own }) => !own!.includes(`"${org}/${group}"`))!;
        await change(outsider.name, { groups: JSON.stringify([`${org}/by-hand`, `${org}/${group}`]) });
        await change(first!.name, { groups: JSON.stringify([`${org}/by-hand`]) });
        const answer = await remove({ leavings: 'remove' });
        expect(answer.msg).to.include('because somebody else is in them');
        expect(await groupNames()).to.include(group);
        expect(await groupsOf(outsider.name)).to.deep.equal([`${org}/by-hand`, `${org}/${group}`]);
        expect(await groupsOf(first!.name)).to.deep.equal([`${org}/by-hand`]);
      });

      it('lets the same syncer begin anew', async () => {
        await sync();
        await remove({ leavings: 'remove' });
        await add();
        const run = await sync();
        expect(run.data.counts).to.deep.include({ created: 0, conflicts: 0, groupsCreated: departments().length });
      });

      it('ends a run that goes on first', async () => {
        await sync();
        const stop = test.sandbox.faults.add({ respond: { delayMs: 300 } });
        await admin.post(`/api/run-syncer?id=${org}/wecom`);
        const answer = await remove({ leavings: 'remove' });
        stop();
        expect(answer.data, answer.text).to.equal('Affected');
        expect(await groups()).to.deep.equal([]);
      });
    });
  });
}
