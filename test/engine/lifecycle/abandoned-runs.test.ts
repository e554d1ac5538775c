import { expect } from 'chai';
import { MemoryLeaseStore } from '../../../src/testing/memory-lease-store.ts';
import { MemoryRunStore } from '../../../src/testing/memory-run-store.ts';
import type { Run } from '../../../src/engine/run.ts';
import { MemoryIdentityStore } from '../../../src/testing/memory-identity-store.ts';
import { DirectoryWorld } from '../../support/directory-world.ts';
import { until } from '../../support/promises.ts';

const HOUR = 3_600_000;

describe('a run that lost its process, or the database', () => {
  let leases: MemoryLeaseStore;
  let runs: MemoryRunStore;
  let world: DirectoryWorld;
  /** How far the clock of the stores is ahead. */
  let ahead: number;

  const open = async (leaseTtlMs = HOUR): Promise<void> => {
    const clock = (): Date => new Date(Date.now() + ahead);
    leases = new MemoryLeaseStore(clock);
    runs = new MemoryRunStore(leases, clock);
    const identity = new MemoryIdentityStore({
      holdsLease: (lease) => leases.holds(lease),
      recordChanges: runs.recordChanges,
    });
    identity.putOrganization('acme');
    world = await DirectoryWorld.open({ identity, runs, leases }, {}, { leaseTtlMs });
  };

  /** The record of a run that another process began before it died. */
  const leftBehind = async (syncerId: string): Promise<Run> => {
    const done = await world.sync({ settings: { id: syncerId } });
    const left: Run = { ...structuredClone(done), id: `left by ${syncerId}`, state: 'running', finishedAt: null };
    await runs.create(left);
    return left;
  };

  beforeEach(() => {
    ahead = 0;
  });
  afterEach(() => world.close());

  it('counts as failed once its lease ran out, and would write nothing more', async () => {
    await open();
    const left = await leftBehind('syncer-1');
    const request = { syncerId: 'syncer-1', runId: left.id, owner: 'elsewhere:1', ttlMs: HOUR };
    const taken = await leases.acquire(request);
    if (!('grant' in taken)) throw new Error('the lease is taken');
    expect(await world.engine.closeAbandoned()).to.deep.equal([]);
    ahead = 2 * HOUR;
    const [closed] = await world.engine.closeAbandoned();
    expect(closed).to.include({ id: left.id, state: 'failed' });
    expect(closed?.error?.code).to.equal('abandoned');
    expect(Date.parse(closed?.finishedAt ?? '') - Date.now()).to.be.within(HOUR, 3 * HOUR);
    expect(await leases.renew(taken.grant, HOUR), 'a process that wakes up').to.equal(false);
    expect(await world.engine.closeAbandoned()).to.deep.equal([]);
  });

  it('is ended by the next run of its syncer, which leaves other syncers’ to those who tell of them', async () => {
    await open();
    const [own, other] = [await leftBehind('syncer-1'), await leftBehind('syncer-2')];
    await world.sync();
    expect((await runs.find(own.id))?.state).to.equal('failed');
    expect((await runs.find(other.id))?.state).to.equal('running');
    expect((await world.engine.closeAbandoned()).map(({ id }) => id)).to.deep.equal([other.id]);
  });

  it('goes on, and does not count as failed, when it only could not renew for long', async () => {
    await open();
    const run = await world.engine.run({
      ...world.request(),
      open: () => {
        const syncer = world.connect();
        const whole = syncer.fetchUsers.bind(syncer);
        syncer.fetchUsers = async function* (signal) {
          ahead = 10 * HOUR;
          expect(await leases.holder('syncer-1')).to.equal(undefined);
          expect(await world.engine.closeAbandoned()).to.deep.equal([]);
          yield* whole(signal);
        };
        return syncer;
      },
    });
    expect(run.state).to.equal('succeeded');
    expect((await runs.find(run.id))?.state).to.equal('succeeded');
  });

  it('lets go of its lease when its end cannot be stored', async () => {
    await open(90);
    const save = runs.save.bind(runs);
    let isAway = false;
    runs.save = async (run) => {
      if (isAway) throw new Error('the database does not answer');
      await save(run);
    };
    const run = await world.sync({
      onProgress: ({ progress }) => {
        if (progress.membersSeen > 0) isAway = true;
      },
    });
    expect(run.state).to.equal('failed');
    isAway = false;
    await until(async () => (await leases.holder('syncer-1')) === undefined);
    expect((await world.engine.closeAbandoned()).map(({ id }) => id)).to.deep.equal([run.id]);
    expect((await runs.find(run.id))?.error?.code).to.equal('abandoned');
  });
});
