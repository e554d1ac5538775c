import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { LeaseAnswer, LeaseStore } from '../../src/engine/ports/run-store.ts';
import type { LeaseGrant } from '../../src/identity/identity-store.ts';
import { until } from '../support/until.ts';

const LONG_MS = 3_600_000;
/** A lease that has run out when it is given. */
const SPENT_MS = 0;

/** What every `LeaseStore` must do. */
export function describeLeaseStore(open: () => LeaseStore): void {
  let leases: LeaseStore;
  let syncerId: string;
  beforeEach(() => {
    leases = open();
    syncerId = randomUUID();
  });

  const runOf = (owner: string): string => `${owner} ${syncerId.slice(0, 8)}`;
  const acquire = (owner: string, ttlMs = LONG_MS): Promise<LeaseAnswer> =>
    leases.acquire({ syncerId, runId: runOf(owner), owner, ttlMs });
  const take = async (owner: string, ttlMs = LONG_MS): Promise<{ grant: LeaseGrant; since: string }> => {
    const taken = await acquire(owner, ttlMs);
    if (!('grant' in taken)) throw new Error(`${taken.holder.owner} holds the lease`);
    return taken;
  };

  it('gives the right to run to one, and tells the others who has it since when', async () => {
    const { since } = await take('one');
    const holder = { owner: 'one', since, runId: runOf('one') };
    expect(await acquire('two')).to.deep.equal({ holder });
    expect(await leases.holder(syncerId)).to.deep.equal(holder);
  });

  it('gives it to exactly one of many who ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => acquire(`replica-${index}`)));
    expect(answers.filter((answer) => 'grant' in answer)).to.have.lengthOf(1);
    const winner = await leases.holder(syncerId);
    for (const answer of answers) if ('holder' in answer) expect(answer.holder).to.deep.equal(winner);
  });

  it('gives it to exactly one of many when the holder stopped renewing', async () => {
    await take('one', SPENT_MS);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => acquire(`replica-${index}`)));
    expect(answers.filter((answer) => 'grant' in answer)).to.have.lengthOf(1);
  });

  it('gives it to the next when the holder stopped renewing', async () => {
    const first = await take('one', SPENT_MS);
    expect(await leases.holder(syncerId)).to.equal(undefined);
    const second = await take('two');
    expect(second.grant.token).to.not.equal(first.grant.token);
    expect(await leases.renew(first.grant, LONG_MS)).to.equal(false);
    await leases.release(first.grant);
    expect((await leases.holder(syncerId))?.owner).to.equal('two');
  });

  it('runs out by itself', async () => {
    await take('one', 100);
    await until(async () => (await leases.holder(syncerId)) === undefined);
    await take('two');
  });

  it('lasts longer when it is renewed, from the moment at which it is', async () => {
    const { grant } = await take('one', SPENT_MS);
    expect(await leases.renew(grant, LONG_MS)).to.equal(true);
    expect(await acquire('two')).to.have.property('holder');
    expect(await leases.renew(grant, SPENT_MS)).to.equal(true);
    await take('two');
  });

  it('can be renewed when it ran out and nobody took it', async () => {
    const { grant } = await take('one', SPENT_MS);
    expect(await leases.holder(syncerId)).to.equal(undefined);
    expect(await leases.renew(grant, LONG_MS)).to.equal(true);
    expect((await leases.holder(syncerId))?.owner).to.equal('one');
  });

  it('lets a revoked run write nothing more, and nobody else run before it has ended', async () => {
    const { grant } = await take('one');
    expect(await leases.isRevoked(grant)).to.equal(false);
    expect(await leases.revoke(runOf('one'))).to.equal(true);
    expect(await leases.renew(grant, LONG_MS)).to.equal(false);
    expect(await leases.isRevoked(grant)).to.equal(true);
    expect(await leases.revoke(runOf('one')), 'once more').to.equal(true);
    expect(await acquire('two')).to.have.property('holder');
    await leases.release(grant);
    expect(await leases.isRevoked(grant)).to.equal(false);
    await take('two');
  });

  it('has nothing to revoke of a run that ended, or stopped renewing', async () => {
    const { grant } = await take('one');
    await leases.release(grant);
    expect(await leases.revoke(runOf('one'))).to.equal(false);
    const late = await take('two', SPENT_MS);
    expect(await leases.revoke(runOf('two'))).to.equal(false);
    expect(await leases.isRevoked(late.grant)).to.equal(false);
  });

  it('is free again once it is released', async () => {
    await leases.release((await take('one')).grant);
    expect(await leases.holder(syncerId)).to.equal(undefined);
    await take('two');
  });

  it('can be taken from a run whose process is known to be dead', async () => {
    const runId = runOf('one');
    const { grant } = await take('one');
    expect((await leases.holders()).map((holder) => holder.runId)).to.include(runId);
    await leases.evict(runId);
    expect((await leases.holders()).map((holder) => holder.runId)).to.not.include(runId);
    await take('two');
    expect(await leases.renew(grant, LONG_MS)).to.equal(false);
  });

  it('is not held by anybody whose time ran out', async () => {
    await take('one', SPENT_MS);
    expect((await leases.holders()).map(({ runId }) => runId)).to.not.include(runOf('one'));
  });

  it('is given, refused and given back among many at once without an error', async () => {
    let holders = 0;
    let granted = 0;
    const replica = async (name: string): Promise<void> => {
      for (let n = 0; n < 25; n += 1) {
        const answer = await acquire(name);
        if (!('grant' in answer)) continue;
        holders += 1;
        granted += 1;
        expect((await leases.holder(syncerId))?.owner).to.equal(name);
        expect(holders).to.equal(1);
        holders -= 1;
        await leases.release(answer.grant);
      }
    };
    await Promise.all(Array.from({ length: 6 }, (_, index) => replica(`replica-${index}`)));
    expect(granted).to.be.at.least(1);
    expect(await leases.holder(syncerId)).to.equal(undefined);
  });

  it('is one per syncer', async () => {
    await take('one');
    syncerId = randomUUID();
    await take('two');
  });
}
