import { expect } from 'chai';
import type { Run } from '../../../../src/engine/run.ts';
import { GroupRow } from '../../../../src/storage/entities/index.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

describe('tags that become groups', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    /** Departments 1 > 2 > 4 and 1 > 3; tag 7 has `ann` alone, tag 8 department 2 with what is below it, and `bob`. */
    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 4, departments: 2 });
      const { company } = world;
      company.addDepartment({ id: 3, name: '市场部', parentid: 1 });
      company.addDepartment({ id: 4, name: '研发部', parentid: 2 });
      for (const [userid, id] of [
        ['ann', 3],
        ['bob', 3],
        ['cid', 4],
      ] as const) {
        company.hire({ userid, department: [id] });
      }
      company.setTag({ id: 7, name: '骨干', users: ['ANN', 'nobody'], departments: [] });
      company.setTag({ id: 8, name: '项目', users: ['bob'], departments: [2] });
      expect(failure(await world.sync(tags(7, 8)))).to.equal('succeeded');
    });
    afterEach(() => world.close());

    const tags = (...syncTags: number[]): RunDifferences => ({ config: { syncTags } });
    const failure = ({ state, error, warnings }: Run): string =>
      [state, error?.message.en, ...warnings.map(({ code }) => code).filter((code) => code !== 'value-cut')]
        .filter(Boolean)
        .join(' ');
    const groupsOf = async (name: string): Promise<string[]> =>
      (JSON.parse((await local.account(name)).groups!) as string[]).map((group) =>
        group.replace('acme/acme-wecom-', ''),
      );
    const tagsOf = async (name: string): Promise<string[]> =>
      (await groupsOf(name)).filter((group) => group.startsWith('tag-'));
    const group = async (name: string): Promise<GroupRow | undefined> =>
      (await local.groups('acme')).find((row) => row.name === `acme-wecom-${name}`);
    const everybody = async (): Promise<unknown> =>
      (await local.accounts('acme')).map(({ name, groups, isForbidden }) => [name, groups, isForbidden]);
    const faulty = async (id: number, body: object, differences: RunDifferences = tags(7, 8)): Promise<Run> => {
      const stop = world.sandbox.faults.add({
        path: 'tag/get',
        match: { tagid: String(id) },
        respond: { body: JSON.stringify({ errcode: 0, errmsg: 'ok', ...body }) },
      });
      const run = await world.sync(differences);
      stop();
      return run;
    };

    it('hang below one group at the top, and have whoever carries them, also by a department above his', async () => {
      expect(await group('tag-top')).to.deep.include({ parentId: 'acme', isTopGroup: true, type: 'Virtual' });
      const below = { parentId: 'acme-wecom-tag-top', isTopGroup: false, type: 'Virtual' };
      expect(await group('tag-7')).to.deep.include({ displayName: '骨干', ...below });
      expect(await group('tag-8')).to.deep.include({ displayName: '项目', ...below });
      expect(await groupsOf('ann')).to.have.members(['3', 'tag-7']);
      expect(await groupsOf('bob')).to.have.members(['3', 'tag-8']);
      expect(await groupsOf('cid')).to.have.members(['4', 'tag-8']);
      const again = await world.sync(tags(7, 8));
      expect(again.counts).to.deep.include({ updated: 0, groupsUpdated: 0, groupsCreated: 0, groupsRemoved: 0 });
    });

    it('follow what is tagged: a name, people, departments', async () => {
      world.company.setTag({ id: 7, name: '核心', users: ['bob'], departments: [4] });
      expect(failure(await world.sync(tags(7, 8)))).to.equal('succeeded');
      expect(await group('tag-7')).to.deep.include({ displayName: '核心' });
      expect(await groupsOf('ann')).to.deep.equal(['3']);
      expect(await groupsOf('bob')).to.have.members(['3', 'tag-8', 'tag-7']);
      expect(await groupsOf('cid')).to.have.members(['4', 'tag-8', 'tag-7']);
    });

    it('that are chosen no more go with their memberships, unless somebody else is in them; others stay', async () => {
      await local.addAccount('acme', { name: 'guest', groups: JSON.stringify(['acme/acme-wecom-tag-8']) });
      const run = await world.sync(tags());
      expect(run.state).to.equal('succeeded');
      expect(run.counts.groupsRemoved).to.equal(1);
      expect([await group('tag-7'), (await group('tag-8'))?.displayName]).to.deep.equal([undefined, '项目']);
      expect(await groupsOf('cid')).to.deep.equal(['4']);
      await local.remove('guest');
      expect((await world.sync(tags(7))).counts).to.deep.include({ groupsRemoved: 1, groupsCreated: 1 });
      expect(await groupsOf('ann')).to.have.members(['3', 'tag-7']);
    });

    it('that are deleted, out of sight or broken take nobody’s membership, and say what to do', async () => {
      const before = await everybody();
      const ends: readonly (() => Promise<Run>)[] = [
        () => faulty(8, { errcode: 40068, errmsg: 'invalid tagid' }),
        () => faulty(8, { errcode: 60011, errmsg: 'no privilege' }),
        () => faulty(8, { userlist: null, partylist: [] }),
        () => faulty(8, { tagname: '项目', userlist: [], partylist: null }),
        () => faulty(8, { tagname: '项目', userlist: [{ name: 'x' }], partylist: [] }),
        () => faulty(8, { tagname: '项目', userlist: [], partylist: ['x'] }),
        () => faulty(8, { tagname: '项目', userlist: [], partylist: [99] }),
        () => {
          world.company.removeTag(8);
          return world.sync(tags(7, 8));
        },
      ];
      for (const [index, end] of ends.entries()) {
        const run = await end();
        expect(failure(run), String(index)).to.equal('partial group-unread');
        expect(run.warnings[0]).to.deep.include({ samples: ['tag:8'] });
        expect(run.warnings[0]?.message.zh).to.include('标签');
        expect(await everybody(), String(index)).to.deep.equal(before);
        expect(await group('tag-8')).to.deep.include({ displayName: '项目' });
      }
      expect((await faulty(8, { errcode: 40068, errmsg: 'invalid tagid' })).warnings[0]?.message.en).to.include(
        'syncTags',
      );
    });

    it('that are unreadable keep no leaver in, and take in nobody less', async () => {
      world.company.leave(['ann']);
      world.company.setTag({ id: 7, name: '骨干', users: ['cid'], departments: [] });
      const run = await faulty(8, { errcode: 40068, errmsg: 'invalid tagid' });
      expect(run.state).to.equal('partial');
      expect((await local.account('ann')).isForbidden).to.equal(true);
      expect(await tagsOf('cid')).to.have.members(['tag-8', 'tag-7']);
    });

    it('that name a department below which something is unreadable give, and do not take', async () => {
      const department = [...world.company.visibleDepartments()].map((one) =>
        one.id === 4 ? { ...one, parentid: null } : one,
      );
      const stop = world.sandbox.faults.add({
        path: 'department/list',
        respond: { body: JSON.stringify({ errcode: 0, errmsg: 'ok', department }) },
      });
      world.company.setTag({ id: 8, name: '项目', users: ['ann'], departments: [2] });
      expect((await world.sync(tags(7, 8))).state).to.equal('partial');
      stop();
      expect(await tagsOf('cid')).to.deep.equal(['tag-8']);
      expect(await tagsOf('bob')).to.deep.equal(['tag-8']);
      expect(await tagsOf('ann')).to.have.members(['tag-7', 'tag-8']);
    });

    it('reach a member through a department that the scope leaves out', async () => {
      world.company.move('ann', [3, 4]);
      await world.sync({ config: { syncTags: [8], scope: { departments: [3], includeChildren: false } } });
      expect(await groupsOf('ann')).to.have.members(['3', 'tag-8']);
      await world.member({ userid: 'ann' }, { config: { syncTags: [8], scope: { departments: [3] } } });
      expect(await groupsOf('ann')).to.have.members(['3', 'tag-8']);
    });

    it('bring nobody in who is not synced', async () => {
      world.company.setTag({ id: 7, name: '骨干', users: ['ann', 'cid'], departments: [2] });
      await local.remove('cid');
      await world.sync({ config: { syncTags: [7], scope: { departments: [3] } } });
      expect(await local.find('cid')).to.equal(undefined);
    });

    it('are groups where departments are none, whose groups and memberships stay', async () => {
      const alone: RunDifferences = { ...tags(7, 8), settings: { syncGroups: false, parentGroup: 'nobody' } };
      world.company.move('ann', [4]);
      world.company.setTag({ id: 7, name: '骨干', users: ['bob'], departments: [] });
      expect(failure(await world.sync(alone))).to.equal('succeeded');
      expect(await groupsOf('ann')).to.have.members(['3', 'tag-8']);
      expect(await groupsOf('bob')).to.have.members(['3', 'tag-8', 'tag-7']);
      expect(await group('3')).to.deep.include({ displayName: '市场部' });
      expect(await group('tag-top')).to.deep.include({ parentId: 'acme', isTopGroup: true });
      await world.member({ userid: 'cid' }, alone);
      expect(await groupsOf('cid')).to.have.members(['4', 'tag-8']);
      world.company.removeDepartment(3);
      expect((await world.sync(alone)).counts.groupsRemoved).to.equal(0);
      expect(await group('3')).to.deep.include({ displayName: '市场部' });
    });

    it('are known when one member is synced', async () => {
      world.company.setTag({ id: 7, name: '骨干', users: ['cid'], departments: [] });
      await world.member({ userid: 'cid' }, tags(7, 8));
      await world.member({ userid: 'ann' }, tags(7, 8));
      expect(await groupsOf('cid')).to.have.members(['4', 'tag-8', 'tag-7']);
      expect(await groupsOf('ann')).to.deep.equal(['3']);
    });

    it('whose group name a person has taken are a question, like departments', async () => {
      await suite.database.transaction(({ manager }) =>
        manager.insert(GroupRow, { owner: 'acme', name: 'acme-wecom-tag-9', displayName: 'x', parentId: 'acme' }),
      );
      world.company.setTag({ id: 9, name: '新', users: ['ann'], departments: [] });
      const run = await world.sync(tags(7, 8, 9));
      expect(failure(run)).to.equal('partial group-conflict');
      expect(await tagsOf('ann')).to.deep.equal(['tag-7']);
    });

    it('are what `member.tags` has, and a condition keeps whom it cannot decide', async () => {
      const condition = '"骨干" in member.tags || member.userid == "bob"';
      const differences = {
        config: { syncTags: [7], condition },
        settings: { excluded: 'leaver' as const, removalLimit: { percent: 100, count: 1 } },
      };
      expect((await faulty(7, { errcode: 40068, errmsg: 'x' }, differences)).counts.forbidden).to.equal(0);
      expect((await world.sync(differences)).state).to.equal('succeeded');
      const active = (await local.accounts('acme')).filter(({ isForbidden }) => !isForbidden).map(({ name }) => name);
      expect(active).to.have.members(['ann', 'bob']);
      // Neither is anything known of somebody without departments whom a tag may reach by one.
      world.company.setField('ann', { department: undefined });
      world.company.setTag({ id: 7, name: '骨干', users: [], departments: [3] });
      await world.member({ userid: 'ann' }, differences);
      expect((await local.account('ann')).isForbidden).to.equal(false);
    });
  }));
