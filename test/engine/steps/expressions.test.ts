import { expect } from 'chai';
import { mapMembers } from '../../../src/engine/steps/users/map-members.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import type { Database } from '../../../src/storage/database.ts';
import { DirectoryWorld, storesOn } from '../../support/directory-world.ts';
import { LocalActs } from '../../support/local-acts.ts';
import { aProfile } from '../../support/builders.ts';

const rows = (...more: readonly object[]) => ({
  tableColumns: [{ name: 'name', casdoorName: 'DisplayName' }, ...more],
});

describe('a run with expressions', () => {
  let database: Database;
  let world: DirectoryWorld;
  let local: LocalActs;

  before(async () => {
    database = await openDatabase('sqlite::memory:');
    local = new LocalActs(database);
    await local.addOrganization('acme');
    world = await DirectoryWorld.open(storesOn(database), { members: 12, departments: 4 });
  });
  after(async () => {
    await world.close();
    await database.close();
  });

  it('keeps a value whose expression fails, tells for whom, and succeeds', async () => {
    const [first, second, ...others] = [...world.company.members].map(({ userid }) => userid);
    for (const { userid } of world.company.members) world.company.setField(userid, { alias: 'kept' });
    const config = rows({ expression: 'member.alias', casdoorName: 'Title' });
    expect((await world.sync({ config })).warnings.filter(({ code }) => code === 'expression-failed')).to.deep.equal(
      [],
    );
    for (const userid of [first!, second!]) world.company.setField(userid, { alias: undefined });
    for (const userid of others) world.company.setField(userid, { alias: '' });

    // Nobody of them is changed, and the second time nobody at all.
    for (const updated of [others.length, 0]) {
      const run = await world.sync({ config });
      expect(run.state).to.equal('succeeded');
      expect(run.counts.updated).to.equal(updated);
      const [warning, ...more] = run.warnings.filter(({ code }) => code === 'expression-failed');
      expect(more).to.deep.equal([]);
      expect(warning).to.deep.include({ count: 2 });
      expect(warning?.samples).to.have.members([first, second]);
      expect(warning?.message.en).to.match(/title.*alias/);
    }
    expect((await local.account(first!)).title).to.equal('kept');
    expect((await local.account(others[0]!)).title).to.equal('');
  });

  it('gives a member who is synced alone what a full run gives him', async () => {
    const config = rows({ expression: 'member.departments.map(d, d.path).join("; ")', casdoorName: 'Title' });
    await world.sync({ config });
    const { userid, department } = [...world.company.members].find(({ department }) => department.length > 0)!;
    const { title } = await local.account(userid);
    expect(title?.split('; ')).to.have.length(department.length);
    const { change } = await world.member({ userid }, { config });
    expect(change).to.equal(undefined);
  });

  it('answers others while a page is mapped, however long that takes', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    const slow = (): ReturnType<typeof aProfile> => {
      const end = performance.now() + 60;
      while (performance.now() < end);
      return aProfile();
    };
    const { profiles } = await mapMembers([1, 2, 3, 4], { mapUser: slow });
    clearInterval(timer);
    expect(profiles).to.have.length(4);
    expect(turns).to.be.greaterThan(0);
  });
});
