import { expect } from 'chai';
import type { Run } from '../../../../src/engine/run.ts';
import { GroupRow } from '../../../../src/storage/entities/index.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

describe('departments below a chosen group', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      for (const name of ['acme', 'beta']) await local.addOrganization(name);
      await add('staff', 'acme');
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 8, departments: 3 });
    });
    afterEach(() => world.close());

    const add = (name: string, parentId: string, owner = 'acme'): Promise<unknown> =>
      suite.database.transaction(({ manager }) =>
        manager.insert(GroupRow, { owner, name, displayName: name, parentId, isTopGroup: parentId === owner }),
      );
    const below = (parentGroup: string): RunDifferences => ({ settings: { parentGroup } });
    const tree = async (): Promise<Record<string, string>> =>
      Object.fromEntries(
        (await local.groups('acme')).map(({ name, parentId, isTopGroup }) => [name, `${parentId} ${isTopGroup}`]),
      );
    const failure = ({ state, error }: Run): string => `${state}: ${error?.message.en} ${error?.message.zh}`;

    it('hang there with what is below them, and are moved back when none is chosen', async () => {
      expect((await world.sync()).state).to.equal('succeeded');
      const atTop = await tree();
      expect(atTop['acme-wecom-1']).to.equal('acme true');
      const preview = await world.preview(below('staff'));
      const run = await world.sync(below('staff'));
      expect(run.state).to.equal('succeeded');
      expect(preview.counts.groupsUpdated).to.equal(1);
      expect(run.counts).to.deep.include({ groupsUpdated: 1, groupsCreated: 0, updated: 0 });
      expect(await tree()).to.deep.equal({ ...atTop, 'acme-wecom-1': 'staff false' });
      expect((await world.sync(below('staff'))).counts.groupsUpdated).to.equal(0);
      await world.sync(below(''));
      expect(await tree()).to.deep.equal(atTop);
    });

    it('begin there, also one whose parent WeCom does not tell in a usable way', async () => {
      const department = [...world.company.visibleDepartments(), { id: 77, name: '新部门', parentid: 'x' }];
      const body = JSON.stringify({ errcode: 0, errmsg: 'ok', department });
      world.sandbox.faults.add({ path: 'department/list', respond: { body } });
      await world.sync(below('staff'));
      expect(await tree()).to.deep.include({ 'acme-wecom-1': 'staff false', 'acme-wecom-77': 'staff false' });
    });

    it('stay where they are, and the run fails and names the group, when it is gone, renamed or elsewhere', async () => {
      await add('abroad', 'beta', 'beta');
      await world.sync(below('staff'));
      const before = await tree();
      for (const name of ['nobody', 'Staff', 'abroad']) {
        const run = await world.sync(below(name));
        expect(failure(run)).to.match(new RegExp(`^failed: .*\\(parentGroup\\) "${name}" does not exist.*不存在`));
        expect(await tree()).to.deep.equal(before);
      }
    });

    it('stay where they are when the group hangs below one of theirs', async () => {
      await world.sync();
      await add('inner', 'acme-wecom-1');
      const before = await tree();
      expect(failure(await world.sync(below('inner')))).to.match(/^failed: .*"inner" hangs below a group that this/);
      expect(failure(await world.sync(below('acme-wecom-1')))).to.match(/^failed: .*was made by this syncer/);
      expect(await tree()).to.deep.equal(before);
    });

    it('do not matter where departments become no groups', async () => {
      const run = await world.sync({ settings: { parentGroup: 'nobody', syncGroups: false } });
      expect(run.state).to.equal('succeeded');
    });

    it('stay where they are when the group is taken away while the run reads', async () => {
      await world.sync();
      const before = await tree();
      const gone = before;
      delete gone['staff'];
      const request = world.request(below('staff'));
      const run = await world.engine.run({
        ...request,
        open: async () => {
          const syncer = world.connect();
          const fetchGroups = syncer.fetchGroups.bind(syncer);
          syncer.fetchGroups = async function* (signal) {
            yield* fetchGroups(signal);
            await suite.database.transaction(({ manager }) => manager.delete(GroupRow, { name: 'staff' }));
          };
          return syncer;
        },
      });
      expect(failure(run)).to.match(/^failed: .*"staff" does not exist/);
      expect(await tree()).to.deep.equal(gone);
    });
  }));
