// wecom-syncer/service: stored syncers with their runs and schedule, for a host of any kind.
export type * from '../engine/run.ts';
export type * from '../identity/index.ts';
export type * from '../syncer/index.ts';
export type { Scheduler } from '../scheduler/scheduler.ts';
export { createSyncService, type ServiceEvent, type SyncServiceOptions } from './create-sync-service.ts';
export type { ServiceLog } from './log.ts';
export { Refusal } from './refusal.ts';
export type { ServiceEventType } from './service-event.ts';
export type { ChangeObject, MemberObject, ReportObject, RunObject, SyncerObject } from './service-object.ts';
export type {
  BegunRunObject,
  ChangeOptions,
  PageOptions,
  Rows,
  ServiceRuns,
  ServiceSyncers,
  SyncerInput,
  SyncService,
} from './sync-service.ts';
export { StaleRecordError } from './syncers/syncer-record.ts';
