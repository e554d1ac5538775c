import { expect } from 'chai';
import { mapMembers } from '../../../../src/engine/steps/users/map-members.ts';
import { namesOfNobody } from '../../../../src/engine/steps/users/wished-names.ts';
import { openDatabase } from '../../../../src/storage/open-database.ts';
import type { Database } from '../../../../src/storage/database.ts';
import type { Syncer } from '../../../../src/syncer/syncer.ts';
import { DirectoryWorld, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';
import { aProfile } from '../../../support/builders.ts';

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

  it('sees every department of a member, also those that the scope leaves out', async () => {
    const { company } = world;
    for (const [id, name] of [
      [903, 'Sales'],
      [904, 'Board'],
    ] as const) {
      company.addDepartment({ id, name, parentid: 1 });
    }
    company.hire({ userid: 'both', name: 'Both', department: [904, 903] });
    company.setField('both', { is_leader_in_dept: [1, 0] });
    const config = {
      scope: { departments: [903] },
      ...rows(
        { expression: 'member.departments.map(d, d.name).join(";")', casdoorName: 'Title' },
        { expression: 'member.department.map(d, string(d)).join(";")', casdoorName: 'Bio' },
        {
          expression: 'string(size(member.is_leader_in_dept)) + "/" + string(size(member.department))',
          iamName: 'tag',
        },
      ),
    };
    const run = await world.sync({ config, settings: { excluded: 'leave' } });
    expect(run.state).to.equal('succeeded');
    const { title, bio, tag, groups } = await local.account('both');
    expect({ title, bio, tag }).to.deep.equal({ title: 'Board;Sales', bio: '904;903', tag: '2/2' });
    expect(groups).to.match(/903/).and.not.to.match(/904/);
    expect((await world.member({ userid: 'both' }, { config })).change).to.equal(undefined);
  });

  const slowly = (): void => {
    const end = performance.now() + 60;
    while (performance.now() < end);
  };

  /** How often others had their turn. */
  const turnsDuring = async (work: () => Promise<void>): Promise<number> => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    await work();
    clearInterval(timer);
    return turns;
  };

  it('answers others while a page is mapped, however long that takes', async () => {
    const mapUser = (): ReturnType<typeof aProfile> => {
      slowly();
      return aProfile();
    };
    const turns = await turnsDuring(async () => {
      expect((await mapMembers([1, 2, 3, 4], { mapUser })).profiles).to.have.length(4);
    });
    expect(turns).to.be.greaterThan(0);
  });

  it('answers others while newcomers are named, and asks no more names than it needs', async () => {
    let asked = 0;
    const newcomers = Array.from({ length: 200 }, (_, at) =>
      aProfile({
        proposeName: () => {
          asked += 1;
          if (at < 4) slowly();
          return { name: `n${String(at)}` };
        },
      }),
    );
    const limits = database.columns.columnLimits('wecom');
    const syncer = { fetchUser: async () => undefined, checkScope: async () => undefined };
    const turns = await turnsDuring(async () => {
      const signal = new AbortController().signal;
      const free = await namesOfNobody(newcomers, { limits, signal, syncer: syncer as unknown as Syncer });
      expect(free).to.have.property('size', 100);
    });
    expect(asked).to.equal(100);
    expect(turns).to.be.greaterThan(0);
  });
});

describe('a run with a condition', () => {
  let database: Database;
  let world: DirectoryWorld;
  let local: LocalActs;
  let userids: string[];

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    local = new LocalActs(database);
    await local.addOrganization('acme');
    world = await DirectoryWorld.open(storesOn(database), { members: 12, departments: 4 });
    userids = [...world.company.members].map(({ userid }) => userid);
    for (const userid of userids) world.company.setField(userid, { alias: 'in', status: 1, enable: 1, position: 'x' });
  });
  afterEach(async () => {
    await world.close();
    await database.close();
  });

  const IN = { condition: 'member.alias == "in"' };
  const forbidden = async (): Promise<string[]> =>
    (await local.accounts('acme')).filter(({ isForbidden }) => isForbidden).map(({ name }) => name);

  it('makes no account of a member for whom it is false, and counts him nowhere', async () => {
    world.company.setField(userids[0]!, { alias: 'out' });
    const run = await world.sync({ config: IN });
    expect(run).to.deep.include({ state: 'succeeded', warnings: [] });
    expect(run.counts).to.deep.include({ created: userids.length - 1, members: userids.length - 1 });
    expect(await local.accounts('acme')).to.have.length(userids.length - 1);
    const { steps } = await world.member({ userid: userids[0]! }, { config: IN });
    expect(steps.find(({ name }) => name === 'inScope')).to.deep.include({ ok: false });
    expect(await local.accounts('acme')).to.have.length(userids.length - 1);
  });

  it('leaves somebody as he is who was in scope, where the excluded are left', async () => {
    await world.sync({ config: IN });
    world.company.setField(userids[0]!, { alias: 'out', name: 'Another Name' });
    const run = await world.sync({ config: IN, settings: { excluded: 'leave' } });
    expect(run.state).to.equal('succeeded');
    const changes = (await world.changes(run)).filter(({ userid }) => userid === userids[0]);
    expect(changes.map(({ kind, reason }) => [kind, reason.en])).to.deep.equal([
      ['skip', 'left alone by scope.excluded of acme/wecom'],
    ]);
    expect(await forbidden()).to.deep.equal([]);
    expect((await local.account(userids[0]!)).displayName).not.to.equal('Another Name');
    const { steps } = await world.member({ userid: userids[0]! }, { config: IN, settings: { excluded: 'leave' } });
    expect(steps.find(({ name }) => name === 'inScope')?.detail.en).to.match(/condition/);
    expect(await forbidden()).to.deep.equal([]);
  });

  for (const how of ['a full run', 'a run of this member']) {
    it(`takes access from him by ${how}, where the excluded are leavers`, async () => {
      await world.sync({ config: IN });
      world.company.setField(userids[0]!, { alias: 'out' });
      const asked = { config: IN, settings: { excluded: 'leaver' } } as const;
      const run =
        how === 'a full run' ? await world.sync(asked) : (await world.member({ userid: userids[0]! }, asked)).run;
      expect(run.counts.forbidden).to.equal(1);
      const [change] = (await world.changes(run)).filter(({ kind }) => kind === 'forbid');
      expect(change?.reason.en).to.match(/condition/);
      expect(await forbidden()).to.deep.equal([userids[0]]);
    });
  }

  it('is asked about every department of a member, also where the scope leaves one out', async () => {
    const { company } = world;
    company.addDepartment({ id: 903, name: 'Sales', parentid: 1 });
    company.addDepartment({ id: 904, name: 'Board', parentid: 1 });
    company.hire({ userid: 'chief', name: 'Chief', department: [904, 903] });
    company.hire({ userid: 'clerk', name: 'Clerk', department: [903] });
    const onBoard = 'member.departments.exists(d, d.name == "Board")';
    const asked = (condition: string) =>
      ({
        config: { condition, scope: { departments: [903] } },
        settings: { excluded: 'leaver', removalLimit: { percent: 100, count: 50 } },
      }) as const;
    await world.sync({ config: { scope: { departments: [903] } } });
    expect((await world.sync(asked(`${onBoard} || member.userid == "clerk"`))).counts.forbidden).to.equal(0);
    const alone = await world.member({ userid: 'chief' }, asked(onBoard));
    expect(alone.steps.find(({ name }) => name === 'inScope')).to.include({ ok: true });
    expect(await forbidden()).to.deep.equal([]);
    expect((await world.sync(asked(`!${onBoard}`))).counts.forbidden).to.equal(1);
    expect(await forbidden()).to.deep.equal(['chief']);
  });

  for (const excluded of ['leave', 'leaver'] as const) {
    it(`keeps whom it cannot be told of, and makes nobody, where the excluded are ${excluded}`, async () => {
      world.company.setField(userids[1]!, { alias: undefined });
      await world.sync({ config: IN });
      expect(await local.accounts('acme')).to.have.length(userids.length - 1);
      world.company.setField(userids[0]!, { alias: undefined });
      for (const run of [
        await world.sync({ config: IN, settings: { excluded } }),
        (await world.member({ userid: userids[0]! }, { config: IN, settings: { excluded } })).run,
      ]) {
        // Whoever asks for one member reads that he was not synced.
        expect(run.state).to.equal(run.trigger === 'member' ? 'partial' : 'succeeded');
        const warning = run.warnings.find(({ code }) => code === 'condition-failed');
        expect(warning?.samples, JSON.stringify(run.warnings)).to.include(userids[0]);
        expect(warning?.message.en).to.match(/no field alias/);
      }
      expect(
        (await world.sync({ config: IN })).warnings.find(({ code }) => code === 'condition-failed'),
      ).to.deep.include({ count: 2 });
      expect(await forbidden()).to.deep.equal([]);
      expect(await local.accounts('acme')).to.have.length(userids.length - 1);
      expect((await local.account(userids[0]!)).groups).not.to.deep.equal([]);
    });
  }
});

describe('the name of an account that a run makes', () => {
  let database: Database;
  let world: DirectoryWorld;
  let local: LocalActs;
  let userids: string[];

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    local = new LocalActs(database);
    await local.addOrganization('acme');
    world = await DirectoryWorld.open(storesOn(database), { members: 8, departments: 4 });
    userids = [...world.company.members].map(({ userid }) => userid);
    for (const userid of userids)
      world.company.setField(userid, { alias: `n.${userid}`, status: 1, enable: 1, position: 'x' });
  });
  afterEach(async () => {
    await world.close();
    await database.close();
  });

  const NAMED = { accountName: 'member.alias' };
  const names = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await local.accounts('acme')).map(({ id, name }) => [id, name]));
  const nameOf = async (userid: string): Promise<string | undefined> => (await names())[userid];

  it('is what the expression gives, and nobody is renamed later', async () => {
    const run = await world.sync({ config: NAMED });
    expect(run).to.deep.include({ state: 'succeeded', warnings: [] });
    expect(run.counts).to.deep.include({ created: 8, members: 8 });
    const given = Object.fromEntries(userids.map((userid) => [userid, `n.${userid}`]));
    expect(await names()).to.deep.equal(given);
    expect((await local.account(`n.${userids[0]!}`)).wecom).to.equal(userids[0]);
    for (const accountName of ['member.alias', 'member.userid + ".x"', '']) {
      const again = await world.sync({ config: { accountName } });
      expect(again.counts).to.deep.include({ created: 0, unchanged: 8, updated: 0 });
    }
    expect(await names()).to.deep.equal(given);
    world.company.setField(userids[0]!, { alias: undefined });
    expect((await world.sync({ config: NAMED })).warnings).to.deep.equal([]);
  });

  it('is the userid where it gives none that can be used, or one that is somebody’s', async () => {
    const [first, second, third, fourth, fifth, sixth, seventh, eighth] = userids as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    await local.addAccount('acme', { name: 'Local.Name', displayName: 'Local' });
    world.company.setField(first, { alias: '' });
    world.company.setField(second, { alias: '张三' });
    world.company.setField(third, { alias: 'x'.repeat(101) });
    world.company.setField(fourth, { alias: 'LOCAL.name' });
    // Whoever is shown first: the userid of another member is his.
    world.company.setField(fifth, { alias: eighth.toUpperCase() });
    world.company.setField(eighth, { alias: fifth });
    world.company.setField(sixth, { alias: 'same' });
    world.company.setField(seventh, { alias: 'Same' });
    const run = await world.sync({ config: NAMED });
    expect(run).to.deep.include({ state: 'succeeded', warnings: [] });
    for (const userid of [first, second, third, fourth, fifth, eighth]) expect(await nameOf(userid)).to.equal(userid);
    expect(
      [await nameOf(sixth), await nameOf(seventh)].filter((name) => name?.toLowerCase() === 'same'),
    ).to.have.length(1);
    expect([sixth, seventh]).to.include(
      [await nameOf(sixth), await nameOf(seventh)].find((name) => name?.toLowerCase() !== 'same'),
    );
  });

  it('is the userid where the expression fails, with a warning that is told once', async () => {
    world.company.setField(userids[0]!, { alias: undefined });
    const run = await world.sync({ config: NAMED });
    expect(run.state).to.equal('succeeded');
    expect(run.warnings.map(({ code, count, samples }) => [code, count, samples])).to.deep.equal([
      ['account-name-failed', 1, [userids[0]]],
    ]);
    expect(await nameOf(userids[0]!)).to.equal(userids[0]);
    expect((await world.sync({ config: NAMED })).warnings).to.deep.equal([]);
  });

  it('is given to a member who is synced alone, unless it is a userid', async () => {
    const [first, second] = userids as [string, string];
    world.company.setField(second, { alias: first.toUpperCase() });
    for (const userid of [first, second]) await world.member({ userid }, { config: NAMED });
    expect(await names()).to.deep.equal({ [first]: `n.${first}`, [second]: second });
  });

  it('is in nobody’s way who is called so in the directory later', async () => {
    const [first, second] = userids as [string, string];
    const late = 'late.comer';
    world.company.setField(first, { alias: late });
    await world.sync({ config: NAMED });
    expect(await nameOf(first)).to.equal(late);
    world.company.hire({
      userid: late,
      name: '新人',
      department: [...world.company.members].find(({ userid }) => userid === second)!.department,
      alias: 'n.late',
    });
    const run = await world.sync({ config: NAMED });
    expect(run.state).to.equal('succeeded');
    expect(await nameOf(late)).to.equal('n.late');
  });
});
