import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { restore, useFakeTimers } from 'sinon';
import { TypeormLeaseStore } from '../../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../../src/storage/runs/typeorm-run-store.ts';
import { describeLeaseStore } from '../../../src/testing/index.ts';
import { MOCHA } from '../../support/mocha-runner.ts';
import { eachSharedDatabase } from '../../support/databases.ts';

const HOUR = 3_600_000;

describe('TypeormLeaseStore', () => {
  eachSharedDatabase((suite) => {
    describeLeaseStore(MOCHA, () => new TypeormLeaseStore(suite.database));

    describe('in processes whose clocks are hours apart', () => {
      /** Steps the clock of this process; those of the databases are elsewhere. */
      const stepTo = (ms: number): void => {
        restore();
        useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
      };
      const request = (syncerId: string, owner: string, ttlMs = HOUR / 60) => ({
        syncerId,
        runId: `${owner} ${syncerId.slice(0, 8)}`,
        owner,
        ttlMs,
      });

      it('gives what somebody holds to nobody who comes from the future', async () => {
        const leases = new TypeormLeaseStore(suite.database);
        const syncerId = randomUUID();
        await leases.acquire(request(syncerId, 'one'));
        stepTo(10 * HOUR);
        expect(await leases.acquire(request(syncerId, 'two'))).to.have.nested.property('holder.owner', 'one');
        expect((await leases.holder(syncerId))?.owner).to.equal('one');
        expect((await leases.holders()).map(({ runId }) => runId)).to.include(`one ${syncerId.slice(0, 8)}`);
      });

      it('keeps the lease of somebody who comes from the past, and as long as anybody’s', async () => {
        const leases = new TypeormLeaseStore(suite.database);
        const syncerId = randomUUID();
        stepTo(-10 * HOUR);
        const taken = await leases.acquire(request(syncerId, 'one'));
        if (!('grant' in taken)) throw new Error('the lease is taken');
        stepTo(10 * HOUR);
        expect(await leases.acquire(request(syncerId, 'two'))).to.have.nested.property('holder.owner', 'one');
        stepTo(-10 * HOUR);
        expect(await leases.renew(taken.grant, HOUR / 60)).to.equal(true);
        stepTo(10 * HOUR);
        expect(await leases.acquire(request(syncerId, 'two'))).to.have.nested.property('holder.owner', 'one');
      });

      it('gives what ran out to whoever asks, also to somebody who comes from the past', async () => {
        const leases = new TypeormLeaseStore(suite.database);
        const syncerId = randomUUID();
        stepTo(10 * HOUR);
        await leases.acquire(request(syncerId, 'one', 0));
        stepTo(-10 * HOUR);
        expect(await leases.acquire(request(syncerId, 'two'))).to.have.property('grant');
      });

      it('tells the time of the database, to all of them the same', async () => {
        const [leases, runs] = [new TypeormLeaseStore(suite.database), new TypeormRunStore(suite.database)];
        const truth = Date.now();
        stepTo(10 * HOUR);
        const taken = await leases.acquire(request(randomUUID(), 'one'));
        if (!('grant' in taken)) throw new Error('the lease is taken');
        // The servers of the tests may run on a machine whose clock differs a little.
        expect(Math.abs(Date.parse(taken.since) - truth)).to.be.lessThan(HOUR);
        expect((await runs.now()).getTime() - Date.parse(taken.since)).to.be.within(0, HOUR);
      });
    });
  });
});
