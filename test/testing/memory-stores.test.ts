import { expect } from 'chai';
import {
  describeIdentityStore,
  describeLeaseStore,
  describeRunStore,
  MemoryIdentityStore,
  MemoryLeaseStore,
  MemoryRunStore,
} from '../../src/testing/index.ts';
import { MOCHA } from '../support/mocha-runner.ts';

describe('MemoryLeaseStore', () => {
  describeLeaseStore(MOCHA, () => new MemoryLeaseStore());
});

describe('MemoryRunStore', () => {
  describeRunStore(MOCHA, () => {
    const leases = new MemoryLeaseStore();
    const runs = new MemoryRunStore(leases);
    return { runs, leases, record: async (run, changes) => runs.recordChanges(run.id, changes) };
  });
});

describe('MemoryIdentityStore', () => {
  describeIdentityStore(MOCHA, () => {
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

  it('takes as many characters as a fresh database of Casdoor’s', () => {
    expect(new MemoryIdentityStore().columnLimits().values).to.include({ title: 100, countryCode: 6 });
  });
});
