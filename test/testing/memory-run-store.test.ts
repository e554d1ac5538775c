import { MemoryLeaseStore } from '../../src/testing/memory-lease-store.ts';
import { MemoryRunStore } from '../../src/testing/memory-run-store.ts';
import { describeRunStore } from '../conformance/run-store.ts';

describe('MemoryRunStore', () => {
  describeRunStore(() => {
    const leases = new MemoryLeaseStore();
    const runs = new MemoryRunStore(leases);
    return { runs, leases, record: async (run, changes) => runs.recordChanges(run.id, changes) };
  });
});
