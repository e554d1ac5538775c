import { expect } from 'chai';
import type { Run } from '../../../../src/engine/run.ts';
import type { Group } from '../../../../src/identity/group.ts';
import { externalId, keyOf } from '../../../../src/syncer/external-id.ts';
import { MemoryIdentityStore, MemoryLeaseStore, MemoryRunStore } from '../../../../src/testing/index.ts';
import { eachDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn, type RunDifferences, type Stores } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

const LED = 4;
/** Scopes that leave these out; their accounts are not made. */
const without = (...excludeUsers: string[]): RunDifferences => ({ config: { scope: { excludeUsers } } });

function describeManagers(storesOf: () => Promise<Stores>): void {
  let world: DirectoryWorld;

  beforeEach(async () => {
    world = await DirectoryWorld.open(await storesOf(), { members: 12, departments: 2 });
    world.company.addDepartment({ id: LED, name: '研发部', parentid: 1 });
    for (const userid of ['chief', 'second']) world.company.hire({ userid, department: [LED] });
    world.company.setLeaders(LED, ['chief', 'second']);
  });
  afterEach(() => world.close());

  const manager = async (): Promise<Group['manager'] | undefined> => {
    const { identity } = world.stores;
    const { syncer } = world.request();
    const scope = { syncerId: syncer.id, organization: 'acme', source: 'acme/wecom', bindingColumn: 'wecom' };
    const lease = await world.stores.leases.acquire({ syncerId: 'look', runId: 'look', owner: 'test', ttlMs: 60_000 });
    if (!('grant' in lease)) throw new Error('somebody looks already');
    const key = keyOf(externalId(String(LED)));
    const held = await identity.page(lease.grant, (page) => page.heldGroups(scope, [key]));
    await world.stores.leases.release(lease.grant);
    return held.get(key)?.group?.manager;
  };
  const told = async (run: Run): Promise<string[]> =>
    (await world.changes(run))
      .map(({ kind, userid, user, fields }) => JSON.stringify([kind, userid, user, fields]))
      .sort();

  for (const [who, left, expected] of [
    ['the first leader', [], 'chief'],
    ['the next leader, where the first has no account', ['chief'], 'second'],
    ['nobody, where no leader has one', ['chief', 'second'], ''],
  ] as const) {
    it(`is ${who}, from the first run on and in its preview`, async () => {
      const differences = without(...left);
      const preview = await world.preview(differences);
      const run = await world.sync(differences);
      expect(await manager()).to.equal(expected);
      expect(await told(run)).to.deep.equal(await told(preview));
      expect(run.counts).to.deep.equal(preview.counts);
      const again = await world.sync(differences);
      expect(again.counts.groupsUpdated).to.equal(0);
      expect(await told(again)).to.deep.equal(await told(await world.preview(differences)));
    });
  }

  it('is whoever of them gets an account later, in that very run and in its preview', async () => {
    await world.sync(without('chief', 'second'));
    for (const [left, expected] of [
      [['chief'], 'second'],
      [[], 'chief'],
    ] as const) {
      const preview = await world.preview(without(...left));
      const run = await world.sync(without(...left));
      expect(await manager()).to.equal(expected);
      expect(await told(run)).to.deep.equal(await told(preview));
      expect((await world.sync(without(...left))).counts.groupsUpdated).to.equal(0);
    }
  });

  it('is called as his account is, also when that is made in the same run', async () => {
    const config = { accountName: '"x." + member.userid' };
    const preview = await world.preview({ config });
    const run = await world.sync({ config });
    expect(await manager()).to.equal('x.chief');
    expect(await told(run)).to.deep.equal(await told(preview));
    expect((await world.sync({ config })).counts.groupsUpdated).to.equal(0);
  });

  it('is a leader whose account another syncer of the organization made', async () => {
    const settings = { id: 'syncer-2', name: 'other', syncGroups: false };
    await world.sync({ settings });
    const run = await world.sync({ ...without('second'), settings: { linkBy: [] } });
    expect(run.state, 'each account belongs to one syncer').to.equal('partial');
    expect(await manager()).to.equal('chief');
  });

  it('stays who it was while not everybody could be read, for a leader may be among them', async () => {
    await world.sync(without('second'));
    world.company.hire({ userid: 'third', department: [LED] });
    world.company.setLeaders(LED, ['third']);
    const stop = world.sandbox.faults.add({
      path: 'user/list',
      match: { department_id: String(LED) },
      respond: { errcode: 60011 },
    });
    await world.sync(without('second'));
    stop();
    expect(await manager()).to.equal('chief');
    await world.sync(without('second'));
    expect(await manager()).to.equal('third');
  });
}

describe('the manager of a group', () => {
  describe('in memory', () =>
    describeManagers(async () => {
      const leases = new MemoryLeaseStore();
      const runs = new MemoryRunStore(leases);
      const { recordChanges } = runs;
      return { identity: new MemoryIdentityStore({ organizations: ['acme'], recordChanges }), runs, leases };
    }));

  eachDatabase((suite) =>
    describeManagers(async () => {
      const local = new LocalActs(suite.database);
      await local.clear();
      await local.addOrganization('acme');
      return storesOn(suite.database);
    }),
  );
});
