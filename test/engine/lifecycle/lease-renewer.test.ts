import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { LeaseRenewer } from '../../../src/engine/lifecycle/lease-renewer.ts';
import { MemoryLeaseStore } from '../../../src/testing/memory-lease-store.ts';
import { LeaseError } from '../../../src/syncer/errors.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const request = (owner: string) => ({ syncerId: 'syncer-1', runId: `run of ${owner}`, owner, ttlMs: MINUTE });

describe('the renewer of a lease', () => {
  let clock: SinonFakeTimers;
  let leases: MemoryLeaseStore;
  let isAway: boolean;
  let renewer: LeaseRenewer;

  beforeEach(async () => {
    clock = useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
    isAway = false;
    // Its own clock is that of a server; only the tests that say so set the clock of this process.
    leases = new MemoryLeaseStore(() => new Date(performance.now()));
    const renew = leases.renew.bind(leases);
    leases.renew = async (...given) => {
      if (isAway) throw new Error('the database does not answer');
      return renew(...given);
    };
    const taken = await leases.acquire(request('one'));
    if (!('grant' in taken)) throw new Error('the lease is taken');
    renewer = new LeaseRenewer(taken, leases, MINUTE);
  });
  afterEach(() => renewer.stop());

  it('keeps it for as long as the run goes on, and gives it back', async () => {
    await clock.tickAsync(10 * HOUR);
    expect((await leases.holder('syncer-1'))?.owner).to.equal('one');
    await renewer.release();
    expect(await leases.holder('syncer-1')).to.equal(undefined);
    expect(renewer.signal.aborted).to.equal(false);
  });

  it('ends the run when it is another’s, and asks no more', async () => {
    await leases.evict('run of one');
    await leases.acquire(request('two'));
    await clock.tickAsync(MINUTE / 2);
    expect(renewer.signal.reason).to.be.instanceOf(LeaseError);
    await renewer.release();
    expect((await leases.holder('syncer-1'))?.owner).to.equal('two');
  });

  it('goes on when the database was away, and nobody took it meanwhile', async () => {
    isAway = true;
    await clock.tickAsync(HOUR);
    expect(await leases.holder('syncer-1')).to.equal(undefined);
    isAway = false;
    await clock.tickAsync(MINUTE);
    expect(renewer.signal.aborted).to.equal(false);
    expect((await leases.holder('syncer-1'))?.owner).to.equal('one');
  });

  it('lets it run out once it is told to stop', async () => {
    renewer.stop();
    await clock.tickAsync(2 * MINUTE);
    expect(await leases.holder('syncer-1')).to.equal(undefined);
  });

  it('loses it to no clock that is set, and tells the time of the store all the same', async () => {
    for (const step of [10 * HOUR, -20 * HOUR]) {
      clock.setSystemTime(Date.now() + step);
      await clock.tickAsync(MINUTE);
      expect((await leases.holder('syncer-1'))?.owner).to.equal('one');
    }
    expect(renewer.signal.aborted).to.equal(false);
    expect(renewer.now()).to.equal(new Date(2 * MINUTE).toISOString());
  });
});
