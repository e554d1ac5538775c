// What an embedder tests his own connector, stores and schedule with.
export { Sandbox } from '../sandbox/sandbox.ts';
export { MemoryIdentityStore, type MemoryIdentityOptions } from './memory-identity-store.ts';
export { MemoryLeaseStore } from './memory-lease-store.ts';
export { MemoryRunStore } from './memory-run-store.ts';
export { describeIdentityStore } from './suites/identity-store.ts';
export type { IdentityStoreSubject } from './suites/identity-world.ts';
export { describeLeaseStore } from './suites/lease-store.ts';
export { describeRunStore, type RunStoreSubject } from './suites/run-store.ts';
export type { Runner } from './suites/runner.ts';
export { describeScheduler } from './suites/scheduler.ts';
export { describeSyncer, type SyncerSubject } from './suites/syncer.ts';
