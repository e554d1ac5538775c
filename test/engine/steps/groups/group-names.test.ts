import { expect } from 'chai';
import { GroupRow } from '../../../../src/storage/entities/index.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

describe('group names of several organizations and syncers', () =>
  eachDatabase((suite) => {
    let world: DirectoryWorld;
    let local: LocalActs;
    const first = { settings: { id: 'syncer-1', organization: 'acme', name: 'cn-corp' } };
    const second = { settings: { id: 'syncer-2', organization: 'acme-cn', name: 'corp' } };

    beforeEach(async () => {
      local = new LocalActs(suite.database);
      await local.clear();
      for (const name of ['acme', 'acme-cn']) await local.addOrganization(name);
      world = await DirectoryWorld.open(storesOn(suite.database), { members: 12, departments: 4 });
    });
    afterEach(() => world.close());

    const names = async (owner: string): Promise<string[]> => (await local.groups(owner)).map(({ name }) => name);
    const departments = (): number => [...world.company.visibleDepartments()].length;

    it('that come to the same name each get groups of their own, with their members in them', async () => {
      await world.sync(first);
      const before = await names('acme');
      const run = await world.sync(second);
      expect(run.state).to.equal('succeeded');
      expect(run.counts).to.deep.include({ groupsCreated: departments(), conflicts: 0 });
      expect(await names('acme'), 'nothing is renamed').to.deep.equal(before);
      const own = await names('acme-cn');
      expect(own).to.have.lengthOf(departments());
      for (const account of await local.accounts('acme-cn')) {
        const groups: string[] = JSON.parse(account.groups!);
        expect(groups, account.name).to.not.be.empty;
        for (const group of groups) expect(own.map((name) => `acme-cn/${name}`)).to.include(group);
      }
      const parents = (await local.groups('acme-cn')).map(({ parentId }) => parentId);
      for (const parent of parents) expect(['acme-cn', ...own]).to.include(parent);
    });

    it('stay what they are in the next run, also when the other organization is gone', async () => {
      await world.sync(first);
      await world.sync(second);
      const before = await names('acme-cn');
      await suite.database.transaction(({ manager }) => manager.delete(GroupRow, { owner: 'acme' }));
      const run = await world.sync(second);
      expect(run.counts).to.deep.include({ groupsCreated: 0, groupsUpdated: 0, groupsRemoved: 0, updated: 0 });
      expect(await names('acme-cn')).to.deep.equal(before);
    });

    it('are previewed as they then become', async () => {
      await world.sync(first);
      const user = ({ user: name }: { readonly user: string }): string => name;
      const preview = (await world.changes(await world.preview(second))).map(user);
      expect(preview).to.deep.equal((await world.changes(await world.sync(second))).map(user));
    });

    it('that a person of another organization took beforehand stop nobody', async () => {
      await suite.database.transaction(({ manager }) =>
        manager.insert(GroupRow, { owner: 'acme-cn', name: 'acme-cn-corp-1', displayName: 'x', parentId: 'acme-cn' }),
      );
      const run = await world.sync(first);
      expect(run.state).to.equal('succeeded');
      expect(await names('acme')).to.have.lengthOf(departments());
    });

    it('that a person of this organization took are reported with what to do', async () => {
      await suite.database.transaction(({ manager }) =>
        manager.insert(GroupRow, { owner: 'acme', name: 'acme-cn-corp-1', displayName: 'x', parentId: 'acme' }),
      );
      const run = await world.sync(first);
      expect(run.state).to.equal('partial');
      const warning = run.warnings.find(({ code }) => code === 'group-conflict');
      expect(warning?.samples).to.deep.equal(['1']);
      expect(warning?.message.en, 'what to do').to.include('rename or delete');
      expect(run.state).to.equal('partial');
    });
  }));
