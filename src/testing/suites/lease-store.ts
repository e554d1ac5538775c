import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import type { LeaseAnswer, LeaseStore } from '../../engine/ports/lease-store.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import { assertSame } from './assertions.ts';
import { patientIt, until, type Runner } from './runner.ts';

const LONG_MS = 3_600_000;
/** A lease that has run out when it is given. */
const SPENT_MS = 0;

/**
 * What the engine relies on in every `LeaseStore`.
 *
 * @param make called before each test; syncers of its own come with each, so that all may share one store
 */
export function describeLeaseStore(runner: Runner, make: () => LeaseStore | Promise<LeaseStore>): void {
  runner.describe('as a lease store', () => {
    const it = patientIt(runner);
    let leases: LeaseStore;
    let syncerId: string;
    runner.beforeEach(async () => {
      leases = await make();
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

    const heldRuns = async (): Promise<string[]> => (await leases.holders()).map(({ runId }) => runId);

    it('gives the right to run to one, and tells the others who has it since when', async () => {
      const { since } = await take('one');
      const holder = { owner: 'one', since, runId: runOf('one') };
      assertSame(await acquire('two'), { holder });
      assertSame(await leases.holder(syncerId), holder);
    });

    it('gives it to exactly one of many who ask at once', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => acquire(`replica-${index}`)));
      assert.equal(answers.filter((answer) => 'grant' in answer).length, 1);
      const winner = await leases.holder(syncerId);
      for (const answer of answers) if ('holder' in answer) assertSame(answer.holder, winner);
    });

    it('gives it to exactly one of many when the holder stopped renewing', async () => {
      await take('one', SPENT_MS);
      const answers = await Promise.all(Array.from({ length: 8 }, (_, index) => acquire(`replica-${index}`)));
      assert.equal(answers.filter((answer) => 'grant' in answer).length, 1);
    });

    it('gives it to the next when the holder stopped renewing', async () => {
      const first = await take('one', SPENT_MS);
      assert.equal(await leases.holder(syncerId), undefined);
      const second = await take('two');
      assert.notEqual(second.grant.token, first.grant.token);
      assert.equal(await leases.renew(first.grant, LONG_MS), false);
      await leases.release(first.grant);
      assert.equal((await leases.holder(syncerId))?.owner, 'two');
    });

    it('runs out by itself', async () => {
      await take('one', 100);
      await until(async () => (await leases.holder(syncerId)) === undefined);
      await take('two');
    });

    it('lasts longer when it is renewed, from the moment at which it is', async () => {
      const { grant } = await take('one', SPENT_MS);
      assert.equal(await leases.renew(grant, LONG_MS), true);
      assert.ok('holder' in (await acquire('two')));
      assert.equal(await leases.renew(grant, SPENT_MS), true);
      await take('two');
    });

    it('can be renewed when it ran out and nobody took it', async () => {
      const { grant } = await take('one', SPENT_MS);
      assert.equal(await leases.holder(syncerId), undefined);
      assert.equal(await leases.renew(grant, LONG_MS), true);
      assert.equal((await leases.holder(syncerId))?.owner, 'one');
    });

    it('lets a revoked run write nothing more, and nobody else run before it has ended', async () => {
      const { grant } = await take('one');
      assert.equal(await leases.isRevoked(grant), false);
      assert.equal(await leases.revoke(runOf('one')), true);
      assert.equal(await leases.renew(grant, LONG_MS), false);
      assert.equal(await leases.isRevoked(grant), true);
      assert.equal(await leases.revoke(runOf('one')), true, 'once more');
      assert.ok('holder' in (await acquire('two')));
      await leases.release(grant);
      assert.equal(await leases.isRevoked(grant), false);
      await take('two');
    });

    it('has nothing to revoke of a run that ended, or stopped renewing', async () => {
      const { grant } = await take('one');
      await leases.release(grant);
      assert.equal(await leases.revoke(runOf('one')), false);
      const late = await take('two', SPENT_MS);
      assert.equal(await leases.revoke(runOf('two')), false);
      assert.equal(await leases.isRevoked(late.grant), false);
    });

    it('is free again once it is released', async () => {
      await leases.release((await take('one')).grant);
      assert.equal(await leases.holder(syncerId), undefined);
      await take('two');
    });

    it('can be taken from a run whose process is known to be dead', async () => {
      const runId = runOf('one');
      const { grant } = await take('one');
      assert.ok((await heldRuns()).includes(runId));
      await leases.evict(runId);
      assert.ok(!(await heldRuns()).includes(runId));
      await take('two');
      assert.equal(await leases.renew(grant, LONG_MS), false);
    });

    it('is not held by anybody whose time ran out', async () => {
      await take('one', SPENT_MS);
      assert.ok(!(await heldRuns()).includes(runOf('one')));
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
          assert.equal((await leases.holder(syncerId))?.owner, name);
          assert.equal(holders, 1);
          holders -= 1;
          await leases.release(answer.grant);
        }
      };
      await Promise.all(Array.from({ length: 6 }, (_, index) => replica(`replica-${index}`)));
      assert.ok(granted >= 1);
      assert.equal(await leases.holder(syncerId), undefined);
    });

    it('is one per syncer', async () => {
      await take('one');
      syncerId = randomUUID();
      await take('two');
    });
  });
}
