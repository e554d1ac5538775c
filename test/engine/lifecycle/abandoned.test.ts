import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { isDead } from '../../../src/engine/lifecycle/abandoned.ts';
import { LeaseHolding } from '../../../src/engine/lifecycle/ongoing-runs.ts';
import { MemoryLeaseStore } from '../../../src/testing/memory-lease-store.ts';

const holding = (owner: string, runId = 'run-1') => ({ owner, runId, since: '2026-01-01T00:00:00.000Z' });

describe('the owner of a lease', () => {
  const deadPid = spawnSync(process.execPath, ['-e', '']).pid;

  it('is dead when its process is no more', () => {
    expect(isDead(holding(`host-1:${deadPid}`), `host-1:${process.pid}`)).to.equal(true);
  });

  it('lives while its process does, whoever it belongs to', () => {
    expect(isDead(holding(`host-1:${process.ppid}`), `host-1:${process.pid}`)).to.equal(false);
    expect(isDead(holding('host-1:1'), `host-1:${process.pid}`)).to.equal(false);
  });

  it('may live when it is on another machine', () => {
    expect(isDead(holding(`host-2:${deadPid}`), `host-1:${process.pid}`)).to.equal(false);
  });

  it('may live when its name says nothing', () => {
    for (const owner of ['host-1', 'host-1:', 'host-1:x', '']) {
      expect(isDead(holding(owner), `host-1:${process.pid}`), owner).to.equal(false);
    }
  });

  it('is dead when it has this process’s name and none of its runs, as after a container’s restart', () => {
    const owner = `host-1:${process.pid}`;
    expect(isDead(holding(owner, 'of-an-earlier-life'), owner)).to.equal(true);
    const ofThisLife = new LeaseHolding(new MemoryLeaseStore(), 'syncer-1');
    expect(isDead(holding(owner, ofThisLife.runId), owner)).to.equal(false);
    ofThisLife.end();
  });
});
