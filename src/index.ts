import 'reflect-metadata';

// The contract every directory connector implements.
export type { CallbackCall, CallbackReader, DirectoryHint } from './syncer/callback.ts';
export type { ConnectionCheck, ConnectionReport } from './syncer/connection-report.ts';
export type { CallRecord, FormField, SyncerConfig, SyncerDefinition, SyncerDeps } from './syncer/definition.ts';
export {
  CallbackRefusedError,
  CancelledError,
  ConfigError,
  CredentialsError,
  GroupsHiddenError,
  IncompleteReadError,
  LeaseError,
  MappingError,
  NetworkPolicyError,
  NotFoundError,
  PermissionError,
  ProtocolError,
  RateLimitError,
  SyncError,
  UnavailableError,
  type Recovery,
  type SyncErrorOptions,
  type UnreadPart,
} from './syncer/errors.ts';
export { externalId, keyOf, type ExternalId, type ExternalKey } from './syncer/external-id.ts';
export {
  PROFILE_FIELDS,
  type Access,
  type Authority,
  type GroupProfile,
  type ProfileField,
  type ProfileNote,
  type ProfileValues,
  type UserProfile,
} from './syncer/profile.ts';
export { SyncerRegistry } from './syncer/registry.ts';
export type {
  GroupSyncer,
  MemberLookup,
  ProgressReporter,
  ReadProgress,
  ReadReporter,
  Syncer,
} from './syncer/syncer.ts';
export { text, type Text } from './syncer/text.ts';

// The WeCom connector.
export type { WeComConnection } from './wecom/api/base-url.ts';
export { defineWecomSyncer, wecomSyncer } from './wecom/definition.ts';
export { WeComSyncer, type WeComSyncerOptions } from './wecom/wecom-syncer.ts';

// The engine and its ports.
export { SyncEngine, type EngineDeps, type EngineLogger, type RunRequest } from './engine/engine.ts';
export type {
  ChangeFilter,
  LeaseAnswer,
  LeaseHolder,
  LeaseRequest,
  LeaseStore,
  Page,
  RunStore,
  StoredChange,
} from './engine/ports/run-store.ts';
export type {
  Run,
  RunCounts,
  RunError,
  RunPhase,
  RunProgress,
  RunState,
  RunTrigger,
  RunWarning,
} from './engine/run.ts';
export {
  DEFAULT_REMOVAL_LIMIT,
  type LeaverPolicy,
  type LinkRule,
  type RemovalLimit,
  type SyncerSettings,
} from './engine/syncer-settings.ts';
export type { MemberReport, MemberStep } from './engine/steps/sync-member.ts';
export type { Change, ChangeKind, ChangeState, FieldChange } from './identity/change.ts';
export type { IdentityStore } from './identity/identity-store.ts';

// The stores, for a host's own DataSource.
export { migrations } from '../migrations/index.ts';
export { Database } from './storage/database.ts';
export { entities } from './storage/entities/index.ts';
export { openDatabase } from './storage/open-database.ts';
export { TypeormIdentityStore } from './storage/identity/typeorm-identity-store.ts';
export { TypeormLeaseStore } from './storage/runs/typeorm-lease-store.ts';
export { TypeormRunStore } from './storage/runs/typeorm-run-store.ts';

// When runs happen.
export { BullmqScheduler, type BullmqOptions } from './bullmq/bullmq-scheduler.ts';
export { InProcessScheduler, type InProcessOptions } from './scheduler/in-process-scheduler.ts';
export type { Perform, ScheduledTask, Scheduler } from './scheduler/scheduler.ts';

// The whole host.
export { createHost, type Host, type HostOptions } from './host/create-host.ts';
export { parseSettings, readSettings, SettingsError, type Settings } from './host/settings.ts';
