import { expect } from 'chai';
import {
  describeIdentityStore,
  describeLeaseStore,
  describeRunStore,
  MemoryIdentityStore,
  MemoryLeaseStore,
  MemoryRunStore,
} from '../../src/testing/index.ts';
import { StaleReadError } from '../../src/identity/errors.ts';
import { rejection } from '../support/promises.ts';
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

  it('writes a value only over what was seen, where that is asked for', async () => {
    const store = new MemoryIdentityStore({ organizations: ['acme'], holdsLease: async () => true });
    const scope = { syncerId: 's', organization: 'acme', source: 'acme/wecom', bindingColumn: 'wecom' };
    const seen = { isAdmin: false, isForbidden: false, isDeleted: false, groups: [] };
    store.putAccount({
      ...seen,
      owner: 'acme',
      name: 'li',
      id: 'li',
      binding: '',
      values: { email: 'said@x.example' },
    });
    const write = (email: string): Promise<void> =>
      store.page({ syncerId: 's', token: '' }, (page) =>
        page.write(scope, {
          runId: 'r',
          updateAccounts: [{ name: 'li', values: { email: 'mine@x.example' }, seen, over: { email } }],
        }),
      );
    expect(await rejection(write(''))).to.be.instanceOf(StaleReadError);
    await write('said@x.example');
  });

  it('takes as many characters as a fresh database of Casdoor’s', () => {
    expect(new MemoryIdentityStore().columnLimits().values).to.include({ title: 100, countryCode: 6 });
  });
});
