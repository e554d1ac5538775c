import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { DataSource, EntityManager } from 'typeorm';
import { runMigrations } from '../../../migrations/index.ts';
import type { LeaseGrant } from '../../../src/identity/identity-store.ts';
import { Database } from '../../../src/storage/database.ts';
import { runEntities } from '../../../src/storage/entities/index.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { assertLease, recordChanges } from '../../../src/storage/runs/own-transaction.ts';
import { TypeormLeaseStore } from '../../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../../src/storage/runs/typeorm-run-store.ts';
import { LeaseError } from '../../../src/syncer/errors.ts';
import { describeLeaseStore } from '../../../src/testing/suites/lease-store.ts';
import { describeRunStore } from '../../../src/testing/suites/run-store.ts';
import { aChange } from '../../../src/testing/suites/identity-world.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { hostSource } from '../../support/host-source.ts';
import { MOCHA } from '../../support/mocha-runner.ts';
import { rejection } from '../../support/promises.ts';

describe('a host with users of his own', () => {
  for (const kind of DATABASE_KINDS) {
    describe(`on ${kind}`, () => {
      let fresh: TestDatabase;
      let host: DataSource;
      let database: Database;
      let runs: TypeormRunStore;
      let leases: TypeormLeaseStore;
      before(async function () {
        const created = await createTestDatabase(kind);
        if (!created) this.skip();
        fresh = created;
        host = await hostSource(fresh, { entities: [...runEntities], migrations: [...runMigrations] }).initialize();
        await migrate(host);
        database = await Database.over(host);
        runs = new TypeormRunStore(database);
        leases = new TypeormLeaseStore(database);
      });
      after(async () => {
        await database?.close();
        await host?.destroy();
        await fresh?.drop();
      });

      const take = async (runId: string, ttlMs = 60_000): Promise<LeaseGrant> => {
        const taken = await leases.acquire({ syncerId: randomUUID(), runId, owner: 'test', ttlMs });
        if (!('grant' in taken)) throw new Error('the lease is taken');
        return taken.grant;
      };
      const inPage = <T>(lease: LeaseGrant, work: (manager: EntityManager) => Promise<T>): Promise<T> =>
        host.transaction(async (manager) => {
          await assertLease(manager, lease);
          return work(manager);
        });

      describeLeaseStore(MOCHA, () => leases);
      describeRunStore(MOCHA, () => ({
        runs,
        leases,
        record: async (run, changes) => {
          const lease = await take(run.id);
          await inPage(lease, (manager) => recordChanges(manager, { runId: run.id, changes }));
          await leases.release(lease);
        },
      }));

      it('records the changes of a page with it, or not at all', async () => {
        const runId = randomUUID();
        const lease = await take(runId);
        await inPage(lease, async (manager) => {
          await recordChanges(manager, { runId, changes: [aChange({ userid: 'One 🚀' })] });
          await recordChanges(manager, { runId });
          await recordChanges(manager, { runId, changes: [aChange(), aChange()] });
        });
        const error = await rejection(
          inPage(lease, async (manager) => {
            await recordChanges(manager, { runId, changes: [aChange()] });
            throw new RangeError('as the host likes');
          }),
        );
        expect(error).to.be.instanceOf(RangeError);
        const { rows } = await runs.changes(runId, {}, 1, 10);
        expect(rows.map(({ seq }) => seq)).to.deep.equal([1, 2, 3]);
        expect(rows[0]?.userid).to.equal('One 🚀');
      });

      it('writes nothing once the lease is somebody else’s, or revoked', async () => {
        const [lost, revoked] = [randomUUID(), randomUUID()];
        const grants = [await take(lost), await take(revoked)];
        await leases.evict(lost);
        await leases.revoke(revoked);
        for (const lease of grants) {
          let went = false;
          const error = await rejection(inPage(lease, async () => (went = true)));
          expect(error).to.be.instanceOf(LeaseError);
          expect(went).to.equal(false);
        }
      });

      it('keeps the lease until the page has ended', async () => {
        const runId = randomUUID();
        const lease = await take(runId);
        const order: string[] = [];
        let evicting: Promise<unknown> = Promise.resolve();
        await inPage(lease, async (manager) => {
          evicting = leases.evict(runId).then(() => order.push('evicted'));
          await sleep(50);
          await recordChanges(manager, { runId, changes: [aChange()] });
          order.push('written');
        });
        await evicting;
        expect(order).to.deep.equal(['written', 'evicted']);
      });

      it('says that it needs a transaction', async () => {
        const lease = await take(randomUUID());
        expect(String(await rejection(assertLease(host.manager, lease)))).to.match(/transaction/);
        expect(String(await rejection(recordChanges(host.manager, { runId: 'x' })))).to.match(/transaction/);
      });
    });
  }
});
