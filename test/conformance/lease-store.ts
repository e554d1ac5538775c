import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { LeaseStore } from '../../src/engine/run-store.ts';
import type { LeaseGrant } from '../../src/identity/identity-store.ts';

/** What every `LeaseStore` must do. */
export function describeLeaseStore(open: () => LeaseStore): void {
  const start = new Date('2026-01-01T00:00:00.000Z');
  const after = (ms: number): Date => new Date(start.getTime() + ms);
  let leases: LeaseStore;
  let syncerId: string;
  beforeEach(() => {
    leases = open();
    syncerId = randomUUID();
  });

  const acquire = (owner: string, now: Date) =>
    leases.acquire({ syncerId, runId: `run of ${owner}`, owner, ttlMs: 1000 }, now);
  const take = async (owner: string, now: Date): Promise<LeaseGrant> => {
    const taken = await acquire(owner, now);
    if (!('grant' in taken)) throw new Error(`${taken.holder.owner} holds the lease`);
    return taken.grant;
  };

  it('gives the right to run to one, and tells the others who has it since when', async () => {
    await take('one', start);
    const holder = { owner: 'one', since: start.toISOString(), runId: 'run of one' };
    expect(await acquire('two', after(999))).to.deep.equal({ holder });
    expect(await leases.holder(syncerId, after(999))).to.deep.equal(holder);
  });

  it('gives it to exactly one of many who ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => acquire(`replica-${index}`, start)));
    expect(answers.filter((answer) => 'grant' in answer)).to.have.lengthOf(1);
    const winner = await leases.holder(syncerId, start);
    for (const answer of answers) if ('holder' in answer) expect(answer.holder).to.deep.equal(winner);
  });

  it('gives it to the next when the holder stopped renewing', async () => {
    const first = await take('one', start);
    expect(await leases.holder(syncerId, after(1000))).to.equal(undefined);
    const second = await take('two', after(1000));
    expect(second.token).to.not.equal(first.token);
    expect(await leases.renew(first, 1000, after(1001))).to.equal(false);
    await leases.release(first);
    expect((await leases.holder(syncerId, after(1001)))?.owner).to.equal('two');
  });

  it('lasts longer when it is renewed', async () => {
    const grant = await take('one', start);
    expect(await leases.renew(grant, 1000, after(900))).to.equal(true);
    expect(await acquire('two', after(1500))).to.have.property('holder');
    expect(await leases.renew(grant, 1000, after(1500))).to.equal(true);
  });

  it('can be renewed when it ran out and nobody took it', async () => {
    const grant = await take('one', start);
    expect(await leases.renew(grant, 1000, after(5000))).to.equal(true);
    expect((await leases.holder(syncerId, after(5500)))?.owner).to.equal('one');
  });

  it('is free again once it is released', async () => {
    await leases.release(await take('one', start));
    expect(await leases.holder(syncerId, start)).to.equal(undefined);
    await take('two', start);
  });

  it('can be taken from a run whose process is known to be dead', async () => {
    const first = await take('one', start);
    expect((await leases.holders(start)).map(({ runId }) => runId)).to.include('run of one');
    await leases.evict('run of one');
    expect((await leases.holders(start)).map(({ runId }) => runId)).to.not.include('run of one');
    await take('two', start);
    expect(await leases.renew(first, 1000, after(1))).to.equal(false);
  });

  it('is one per syncer', async () => {
    await take('one', start);
    syncerId = randomUUID();
    await take('two', start);
  });
}
