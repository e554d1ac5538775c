/** A process that runs the suites of src/testing under node:test, as an embedder does; `broken`: with a store that forgets links. */
import { afterEach, beforeEach, describe, it } from 'node:test';
import 'reflect-metadata';
import { InProcessScheduler } from '../../../src/scheduler/in-process-scheduler.ts';
import {
  describeIdentityStore,
  describeLeaseStore,
  describeRunStore,
  describeScheduler,
  describeSyncer,
  MemoryIdentityStore,
  MemoryLeaseStore,
  MemoryRunStore,
  Sandbox,
} from '../../../src/testing/index.ts';
import { defineWecomSyncer } from '../../../src/wecom/definition.ts';

const runner = { describe, it, beforeEach, afterEach };

class ForgetfulStore extends MemoryIdentityStore {
  override async countLinks(): Promise<number> {
    return 0;
  }
}

describeIdentityStore(runner, async () => {
  const leases = new MemoryLeaseStore();
  const runs = new MemoryRunStore(leases);
  const Store = process.argv.includes('broken') ? ForgetfulStore : MemoryIdentityStore;
  const store = new Store({ holdsLease: (lease) => leases.holds(lease), recordChanges: runs.recordChanges });
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
describeLeaseStore(runner, () => new MemoryLeaseStore());
describeRunStore(runner, () => {
  const leases = new MemoryLeaseStore();
  const runs = new MemoryRunStore(leases);
  return { runs, leases, record: async (run, changes) => runs.recordChanges(run.id, changes) };
});
describeScheduler(runner, (onFailure) => new InProcessScheduler(onFailure, { retryMs: 50 }));
describeSyncer(runner, async () => {
  const sandbox = await Sandbox.start({ members: 20, departments: 4 });
  const definition = defineWecomSyncer({ baseUrl: sandbox.url });
  const deps = { concurrency: 4 };
  return {
    open: () => definition.open({ user: sandbox.corpId, password: sandbox.appSecret }, deps),
    openRefused: () => definition.open({ user: sandbox.corpId, password: 'refused-secret' }, deps),
    truth: {
      members: sandbox.company.visibleMembers().map(({ userid }) => userid),
      groups: sandbox.company.visibleDepartments().map(({ id }) => String(id)),
    },
    close: () => sandbox.close(),
  };
});
