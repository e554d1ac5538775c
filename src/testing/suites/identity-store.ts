import assert from 'node:assert/strict';
import { LeaseError } from '../../syncer/errors.ts';
import { externalId, keyOf } from '../../syncer/external-id.ts';
import { assertInstance, assertSame, rejection } from './assertions.ts';
import { describeAccounts } from './identity-accounts.ts';
import { describeLinks } from './identity-links.ts';
import { aChange, aLink, all, IdentityWorld, type IdentityStoreSubject } from './identity-world.ts';
import { patientIt, type Runner } from './runner.ts';

/**
 * What the engine relies on in every `IdentityStore`.
 *
 * @param make called before each test; an organization, a syncer and a run of its own come with each, so that all may share one database
 */
export function describeIdentityStore(
  runner: Runner,
  make: () => IdentityStoreSubject | Promise<IdentityStoreSubject>,
): void {
  runner.describe('as an identity store', () => {
    const it = patientIt(runner);
    let world: IdentityWorld;
    runner.beforeEach(async () => {
      world = await IdentityWorld.open(await make());
    });

    describeAccounts(runner, () => world);
    describeLinks(runner, () => world);

    runner.describe('a page', () => {
      it('leaves nothing behind when it throws after writing', async () => {
        await world.bringIn(world.newcomer('stays'));
        const seen = await world.standing('stays');
        const error = await rejection(
          world.inPage(async (page) => {
            await page.write(world.scope, {
              runId: world.runId,
              createAccounts: [world.newcomer('never')],
              links: [aLink('never'), { ...aLink('stays'), forbiddenBy: 'syncer' }],
              updateAccounts: [{ name: 'stays', values: world.asked({ title: 'changed' }), isForbidden: true, seen }],
              changes: [aChange()],
            });
            throw new RangeError('planned');
          }),
        );
        assertInstance(error, RangeError);
        assertSame(await world.account('stays'), seen);
        assert.equal((await world.held('stays'))?.link.forbiddenBy, null);
        assert.equal(await world.held('never'), undefined);
        assertSame(await world.subject.runs.changes(world.runId, {}, 1, 10), { rows: [], total: 0 });
      });

      it('reads what it wrote', async () => {
        await world.inPage(async (page) => {
          await page.write(world.scope, {
            runId: world.runId,
            createAccounts: [world.newcomer('fresh')],
            links: [aLink('fresh')],
          });
          const key = keyOf(externalId('fresh'));
          assert.equal((await page.heldAccounts(world.scope, [key])).get(key)?.account?.name, 'fresh');
        });
      });

      it('stores nothing once the lease is somebody else’s', async () => {
        await world.subject.leases.evict(world.runId);
        await world.subject.leases.acquire({
          syncerId: world.scope.syncerId,
          runId: 'other',
          owner: 'thief',
          ttlMs: 60_000,
        });
        let ran = false;
        const error = await rejection(
          world.inPage(async (page) => {
            ran = true;
            await page.write(world.scope, {
              runId: world.runId,
              createAccounts: [world.newcomer('late')],
              changes: [aChange()],
            });
          }),
        );
        assertInstance(error, LeaseError);
        assert.equal(ran, false);
        assertSame(await all(world.store.candidates(world.scope)), []);
      });

      it('waits for the one before it', async () => {
        await Promise.all(
          Array.from({ length: 8 }, (_, index) =>
            world.write({ createAccounts: [world.newcomer(`p${index}`)], changes: [aChange()] }),
          ),
        );
        const { rows } = await world.subject.runs.changes(world.runId, {}, 1, 20);
        assertSame(
          rows.map((change) => change.seq),
          [1, 2, 3, 4, 5, 6, 7, 8],
        );
      });

      it('records what it did, in order', async () => {
        await world.write({ changes: [aChange({ userid: 'One' }), aChange({ kind: 'skip', state: 'planned' })] });
        await world.write({ changes: [aChange({ kind: 'forbid', state: 'held' })] });
        const { rows, total } = await world.subject.runs.changes(world.runId, {}, 1, 10);
        assert.equal(total, 3);
        assertSame(
          rows.map((change) => [change.seq, change.kind]),
          [
            [1, 'create'],
            [2, 'skip'],
            [3, 'forbid'],
          ],
        );
        assertSame(rows[0], { ...aChange({ userid: 'One' }), runId: world.runId, seq: 1 });
        assert.equal((await world.subject.runs.changes(world.runId, { userid: 'oNE' }, 1, 10)).total, 1);
      });
    });

    it('knows which organizations there are', async () => {
      const name = `Org-${world.runId.slice(0, 8)}`;
      await world.subject.addOrganization(name);
      assert.equal(await world.store.organizationExists(name), true);
      assert.equal(await world.store.organizationExists(name.toLowerCase()), false);
    });
  });
}
