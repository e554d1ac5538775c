import { expect } from 'chai';
import type { Run } from '../../../../src/engine/run.ts';
import type { GroupRow } from '../../../../src/storage/entities/index.ts';
import type { FaultResponse } from '../../../../src/sandbox/faults/faults.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

/** One entry of a department list, as WeCom sends it. */
type Entry = Readonly<Record<string, unknown>>;

/** Ways in which an entry names no department that anybody could tell. */
const WITHOUT_ID: readonly unknown[] = [undefined, null, 'vier', '', {}, 0, -4, 4.5];
const WITHOUT_NAME: readonly unknown[] = [undefined, null, '', '  ', {}, [], '\u200b\u0000'];
const WITHOUT_PARENT: readonly unknown[] = [undefined, null, '', 'x', {}, -2, 1.5];

describe('a tree of departments that cannot be read whole', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    /** Departments 1 > 2 > 4 > 5, 1 > 3; `both` is in 2 and 4, `deep` in 4 alone. */
    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 12, departments: 2 });
      const { company } = world;
      company.addDepartment({ id: 3, name: '市场部', parentid: 1 });
      company.addDepartment({ id: 4, name: '研发部', parentid: 2 });
      company.addDepartment({ id: 5, name: '测试组', parentid: 4 });
      company.hire({ userid: 'both', department: [2, 4] });
      company.hire({ userid: 'deep', department: [4] });
      expect((await world.sync()).state).to.equal('succeeded');
      expect(await groupsOf('both')).to.have.members(['acme/acme-wecom-2', 'acme/acme-wecom-4']);
    });
    afterEach(() => world.close());

    const groupsOf = async (name: string): Promise<string[]> => JSON.parse((await local.account(name)).groups!);
    const group = async (id: number): Promise<GroupRow> =>
      (await local.groups('acme')).find(({ name }) => name === `acme-wecom-${id}`)!;
    const tree = async (): Promise<unknown> =>
      (await local.groups('acme')).map(({ name, displayName, parentId, isTopGroup }) => [
        name,
        displayName,
        parentId,
        isTopGroup,
      ]);
    const entries = (): Entry[] => [...world.company.visibleDepartments()].map((department) => ({ ...department }));
    /** The department list with some entries otherwise; undefined takes the key away. */
    const listing = (change: (entry: Entry) => Entry | undefined): FaultResponse => ({
      body: JSON.stringify({ errcode: 0, errmsg: 'ok', department: entries().flatMap((entry) => change(entry) ?? []) }),
    });
    const syncWith = async (respond: FaultResponse, differences: RunDifferences = {}): Promise<Run> => {
      const stop = world.sandbox.faults.add({ path: 'department/list', respond });
      const run = await world.sync(differences);
      stop();
      return run;
    };
    const spoiling =
      (id: number, fields: Entry) =>
      (entry: Entry): Entry =>
        entry['id'] === id ? { ...entry, ...fields } : entry;
    const warned = ({ warnings }: Run, code: string): string[] | undefined =>
      warnings.find((warning) => warning.code === code)?.samples;

    it('takes no membership of a department whose entry has no usable id', async () => {
      for (const id of WITHOUT_ID) {
        const run = await syncWith(listing(spoiling(4, { id })));
        expect(run.state, String(id)).to.equal('partial');
        expect(await groupsOf('both'), String(id)).to.have.members(['acme/acme-wecom-2', 'acme/acme-wecom-4']);
        expect(await groupsOf('deep')).to.deep.equal(['acme/acme-wecom-4']);
        expect(warned(run, 'unread')).to.have.lengthOf(1);
        expect(await group(4)).to.deep.include({ displayName: '研发部', parentId: 'acme-wecom-2' });
      }
    });

    it('takes the membership once the list is whole and the member has moved', async () => {
      await syncWith(listing(spoiling(4, { id: null })));
      world.company.move('both', [2]);
      expect((await world.sync()).state).to.equal('succeeded');
      expect(await groupsOf('both')).to.deep.equal(['acme/acme-wecom-2']);
    });

    it('lets a member go who has left the unreadable department, and nobody else', async () => {
      world.company.move('both', [2]);
      await syncWith(listing(spoiling(4, { id: null })));
      expect(await groupsOf('both')).to.deep.equal(['acme/acme-wecom-2']);
      expect(await groupsOf('deep')).to.deep.equal(['acme/acme-wecom-4']);
    });

    it('takes no membership from a member without a list of departments while one is unreadable', async () => {
      for (const department of [undefined, null, []]) {
        world.company.setField('both', { department });
        await syncWith(listing(spoiling(4, { id: null })));
        expect(await groupsOf('both')).to.have.members(['acme/acme-wecom-2', 'acme/acme-wecom-4']);
      }
    });

    it('keeps group and memberships of a department that the list lacks while members name it, and says so', async () => {
      const run = await syncWith(listing((entry) => (entry['id'] === 4 ? undefined : entry)));
      expect(await groupsOf('both')).to.have.members(['acme/acme-wecom-2', 'acme/acme-wecom-4']);
      expect(await group(4)).to.deep.include({ parentId: 'acme-wecom-2' });
      expect(warned(run, 'department-not-listed')).to.deep.equal(['4']);
    });

    it('takes no membership of a department whose group the database refuses', async () => {
      world.company.renameDepartment(4, '市场部');
      const table = suite.kind === 'mysql' ? '`group`' : '"group"';
      const { dataSource } = suite.database;
      await dataSource.query(`CREATE UNIQUE INDEX no_twins ON ${table} (display_name)`);
      try {
        const run = await world.sync();
        expect(run.warnings.map(({ code }) => code)).to.include('write-refused');
        expect(await groupsOf('both')).to.have.members(['acme/acme-wecom-2', 'acme/acme-wecom-4']);
      } finally {
        await dataSource.query(`DROP INDEX no_twins${suite.kind === 'mysql' ? ` ON ${table}` : ''}`);
      }
    });

    it('moves nothing to the top whose parent is unreadable', async () => {
      const before = await tree();
      for (const id of WITHOUT_ID) {
        await syncWith(listing(spoiling(2, { id })));
        expect(await tree(), String(id)).to.deep.equal(before);
      }
    });

    it('moves nothing whose own parent came in no usable way, and names it', async () => {
      const before = await tree();
      for (const parentid of WITHOUT_PARENT) {
        const run = await syncWith(listing(spoiling(4, { parentid })));
        expect(await tree(), String(parentid)).to.deep.equal(before);
        expect(warned(run, 'department-parent-unknown')).to.deep.equal(['4']);
      }
    });

    it('makes a top group of a department whose parent is out of sight', async () => {
      world.company.scope = { departments: [4] };
      await world.sync({ settings: { removalLimit: { percent: 100, count: 1000 } } });
      expect(await group(4)).to.deep.include({ parentId: 'acme', isTopGroup: true });
      expect(await group(5)).to.deep.include({ parentId: 'acme-wecom-4', isTopGroup: false });
    });

    it('moves nothing when parents lead back to themselves', async () => {
      const before = await tree();
      const circle = listing((entry) => spoiling(2, { parentid: 5 })(entry));
      const run = await syncWith(circle);
      expect(await tree()).to.deep.equal(before);
      expect(warned(run, 'department-parent-unknown')).to.have.members(['2', '4', '5']);
    });

    it('closes no circle of groups when one department moves below another whose parent is unknown', async () => {
      await syncWith(listing((entry) => spoiling(2, { parentid: 4 })(spoiling(4, { parentid: null })(entry))));
      expect(await group(4)).to.deep.include({ parentId: 'acme-wecom-2' });
      expect(await group(2)).to.deep.include({ parentId: 'acme-wecom-1' });
      world.company.moveDepartment(4, 1);
      world.company.moveDepartment(2, 4);
      await world.sync();
      await world.sync();
      expect(await group(2)).to.deep.include({ parentId: 'acme-wecom-4' });
    });

    it('keeps names that did not come, and calls a new group by its id', async () => {
      for (const [index, name] of WITHOUT_NAME.entries()) {
        const fresh = 60 + index;
        world.company.addDepartment({ id: fresh, name: `x${index}`, parentid: 4 });
        const run = await syncWith(
          listing((entry) =>
            spoiling(4, { name, name_en: undefined })(spoiling(fresh, { name, name_en: undefined })(entry)),
          ),
        );
        expect(await group(4), String(name)).to.deep.include({ displayName: '研发部' });
        expect(await group(fresh)).to.deep.include({ displayName: String(fresh), parentId: 'acme-wecom-4' });
        expect(warned(run, 'department-nameless')).to.include.members(['4', String(fresh)]);
      }
    });

    it('keeps a name also when only the English one came', async () => {
      world.company.addDepartment({ id: 60, name: 'x', parentid: 4 });
      const onlyEnglish = { name: '', name_en: 'R&D' };
      await syncWith(listing((entry) => spoiling(4, onlyEnglish)(spoiling(60, onlyEnglish)(entry))));
      expect(await group(4)).to.deep.include({ displayName: '研发部' });
      expect(await group(60)).to.deep.include({ displayName: 'R&D' });
    });

    it('is led by the first leader who has an account, from the first run on', async () => {
      const { company } = world;
      company.hire({ userid: 'chief', department: [4] });
      company.hire({ userid: 'second', department: [4] });
      company.setLeaders(4, ['chief', 'second', 'both']);
      const without = { config: { scope: { excludeUsers: ['chief'] } } };
      expect((await world.sync(without)).state).to.equal('succeeded');
      expect(await group(4), 'whose account came after the groups').to.deep.include({ manager: 'second' });
      expect((await world.sync(without)).counts.groupsUpdated).to.equal(0);
      company.addDepartment({ id: 6, name: '新', parentid: 1 });
      for (const userid of ['new1', 'new2']) company.hire({ userid, department: [6] });
      company.setLeaders(6, ['new1', 'new2']);
      await world.sync({ config: { scope: { excludeUsers: ['chief', 'new1'] } } });
      expect(await group(6)).to.deep.include({ manager: 'new2' });
      await world.sync();
      expect(await group(4)).to.deep.include({ manager: 'chief' });
      expect(await group(6)).to.deep.include({ manager: 'new1' });
    });

    it('is led by nobody where no leader has an account, whoever is called like one', async () => {
      const { company } = world;
      for (const [id, userid] of [
        [70, 'clash'],
        [71, 'excluded'],
      ] as const) {
        company.addDepartment({ id, name: `部门 ${id}`, parentid: 1 });
        company.hire({ userid, department: [id] });
        company.setLeaders(id, [userid]);
      }
      await local.addAccount('acme', { name: 'clash' });
      const scope = { config: { scope: { excludeUsers: ['excluded'] } } };
      await world.sync(scope);
      expect(await group(70), 'an account that is not his').to.deep.include({ manager: '' });
      expect(await group(71), 'no account at all').to.deep.include({ manager: '' });
      expect((await world.sync(scope)).counts.groupsUpdated).to.equal(0);
      await world.sync();
      expect(await group(71)).to.deep.include({ manager: 'excluded' });
    });

    it('is led by the account that its leader gets, whatever that is called', async () => {
      const { company } = world;
      company.addDepartment({ id: 72, name: '部门 72', parentid: 1 });
      company.hire({ userid: 'named', department: [72] });
      company.setLeaders(72, ['named']);
      const named = { config: { accountName: '"own." + member.userid' } };
      await world.sync(named);
      expect(await group(72)).to.deep.include({ manager: 'own.named' });
      expect((await world.sync(named)).counts.groupsUpdated).to.equal(0);
    });

    it('keeps the leader while the list of leaders is absent or cannot be read', async () => {
      world.company.setLeaders(4, ['both']);
      await world.sync();
      expect(await group(4)).to.deep.include({ manager: 'both' });
      for (const department_leader of [undefined, null, [null, 'deep'], 'deep']) {
        await syncWith(listing(spoiling(4, { department_leader })));
        expect(await group(4)).to.deep.include({ manager: 'both' });
      }
    });

    it('believes neither of two entries of one id that disagree, in whichever order they come', async () => {
      const before = await tree();
      const twin = { id: 4, name: '假部门', parentid: 3 };
      for (const department of [
        [twin, ...entries()],
        [...entries(), twin],
      ]) {
        await syncWith({ body: JSON.stringify({ errcode: 0, department }) });
        expect(await tree()).to.deep.equal(before);
      }
    });

    it('is previewed as it then happens', async () => {
      const respond = listing((entry) => spoiling(2, { id: null })(spoiling(4, { name: null })(entry)));
      const preview = await syncWith(respond, { trigger: 'preview', dryRun: true });
      expect(await world.changes(preview)).to.deep.equal([]);
    });

    describe('with a scope of some departments', () => {
      const config = { scope: { departments: [2], includeChildren: true, excludeUsers: [] } };
      beforeEach(async () => {
        await world.sync({ config, settings: { removalLimit: { percent: 100, count: 1000 } } });
        expect(await groupsOf('both')).to.have.members(['acme/acme-wecom-2', 'acme/acme-wecom-4']);
      });

      it('keeps everybody below a department of which nobody can tell whether it belongs', async () => {
        for (const fields of [{ parentid: null }, { id: null }]) {
          const run = await syncWith(listing(spoiling(4, fields)), { config });
          expect(run.state).to.equal('partial');
          expect(await groupsOf('both')).to.have.members(['acme/acme-wecom-2', 'acme/acme-wecom-4']);
          expect((await local.account('deep')).isForbidden).to.equal(false);
          expect(await group(5)).to.deep.include({ parentId: 'acme-wecom-4' });
        }
      });

      it('moves nothing to the top below a department of the scope that is not listed', async () => {
        await syncWith(
          listing((entry) => (entry['id'] === 2 ? undefined : entry)),
          { config },
        );
        expect(await group(4)).to.deep.include({ parentId: 'acme-wecom-2', isTopGroup: false });
      });

      it('takes memberships of departments that are certainly left out', async () => {
        world.company.move('both', [2, 3]);
        await world.sync({ config });
        expect(await groupsOf('both')).to.deep.equal(['acme/acme-wecom-2']);
      });
    });

    describe('when one member is synced', () => {
      it('keeps the membership of the unreadable department', async () => {
        world.sandbox.faults.add({ path: 'department/list', respond: listing(spoiling(4, { id: null })) });
        expect((await world.member({ userid: 'both' })).run.state).to.equal('succeeded');
        expect(await groupsOf('both')).to.have.members(['acme/acme-wecom-2', 'acme/acme-wecom-4']);
      });

      it('locks nobody out who may be in the unreadable department', async () => {
        world.sandbox.faults.add({ path: 'department/list', respond: listing(spoiling(4, { id: null })) });
        const { run } = await world.member({ userid: 'deep' });
        expect(run.state).to.not.equal('succeeded');
        expect((await local.account('deep')).isForbidden).to.equal(false);
      });
    });
  }));
