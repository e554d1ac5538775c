// wecom-syncer/testing: what an embedder tests his own connector, stores and schedule with.
export type * from '../engine/ports/lease-store.ts';
export type * from '../engine/ports/run-store.ts';
export type * from '../engine/run.ts';
export type * from '../identity/index.ts';
export type { Perform, ScheduledTask, Scheduler } from '../scheduler/scheduler.ts';
export type * from '../syncer/index.ts';
export { Sandbox, type SandboxOptions } from '../sandbox/sandbox.ts';
export { MemoryIdentityStore, type MemoryIdentityOptions } from './memory-identity-store.ts';
export { MemoryLeaseStore } from './memory-lease-store.ts';
export { MemoryRunStore } from './memory-run-store.ts';
export { describeIdentityStore } from './suites/identity-store.ts';
export type { IdentityStoreSubject } from './suites/identity-world.ts';
export { describeLeaseStore } from './suites/lease-store.ts';
export { describeRunStore, type RunStoreSubject } from './suites/run-store.ts';
export type { Runner } from './suites/runner.ts';
export { describeScheduler } from './suites/scheduler.ts';
export { describeSyncer, type DirectoryTruth, type SyncerSubject } from './suites/syncer.ts';
