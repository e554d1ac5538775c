import { MemoryLeaseStore } from '../../src/testing/memory-lease-store.ts';
import { MemoryRunStore } from '../../src/testing/memory-run-store.ts';
import { MemoryIdentityStore } from '../../src/testing/memory-identity-store.ts';
import { describeIdentityStore } from '../conformance/identity-store.ts';

describe('MemoryIdentityStore', () => {
  describeIdentityStore(() => {
    const leases = new MemoryLeaseStore();
    const runs = new MemoryRunStore(leases);
    const store = new MemoryIdentityStore({
      holdsLease: (lease) => leases.holds(lease),
      recordChanges: runs.recordChanges,
    });
    return {
      store,
      leases,
      runs,
      foldsCase: false,
      addOrganization: async (name) => store.putOrganization(name),
      addSyncer: async () => undefined,
      putAccount: async (account) => store.putAccount(account),
      removeAccount: async (organization, name) => store.deleteAccount(organization, name),
      putGroup: async (group) => store.putGroup(group),
    };
  });
});
