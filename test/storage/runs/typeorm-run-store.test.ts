import type { Run } from '../../../src/engine/run.ts';
import type { Change } from '../../../src/identity/change.ts';
import { describeRunStore } from '../../../src/testing/index.ts';
import { harnessOn, eachSharedDatabase } from '../../support/databases.ts';
import { MOCHA } from '../../support/mocha-runner.ts';

describe('TypeormRunStore', () => {
  eachSharedDatabase((suite) => {
    describeRunStore(MOCHA, () => {
      const { store, runs, leases } = harnessOn(suite.database);
      const record = async (run: Run, changes: readonly Change[]): Promise<void> => {
        const request = { syncerId: run.syncerId, runId: run.id, owner: 'test', ttlMs: 60_000 };
        const taken = await leases.acquire(request);
        if (!('grant' in taken)) throw new Error('somebody else holds the lease of a test');
        const scope = { syncerId: run.syncerId, organization: 'acme', source: 'acme/wecom', bindingColumn: 'wecom' };
        await store.page(taken.grant, (page) => page.write(scope, { runId: run.id, changes }));
        await leases.release(taken.grant);
      };
      return { runs, leases, record };
    });
  });
});
