import { MemoryLeaseStore } from '../../src/engine/memory-lease-store.ts';
import { MemoryRunStore } from '../../src/engine/memory-run-store.ts';
import { describeRunStore } from '../conformance/run-store.ts';

describe('MemoryRunStore', () => {
  describeRunStore(() => {
    const leases = new MemoryLeaseStore();
    const runs = new MemoryRunStore(leases);
    return { runs, leases, record: async (run, changes) => runs.recordChanges(run.id, changes) };
  });
});
