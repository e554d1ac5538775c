// wecom-syncer/service: stored syncers with their runs and schedule, for a host of any kind.
export type * from '../engine/run.ts';
export type { MemberStep } from '../engine/steps/sync-member.ts';
export type * from '../identity/index.ts';
export type * from '../syncer/index.ts';
export type { Perform, ScheduledTask, Scheduler } from '../scheduler/scheduler.ts';
export { createSyncService, type ServiceEvent, type SyncServiceOptions } from './create-sync-service.ts';
export type {
  ApplyConfigurationOptions,
  CompareOptions,
  ServiceConfiguration,
} from './configuration/service-configuration.ts';
export type { DriftObject } from './configuration/configuration-drift.ts';
export type { ConfigurationChangeObject } from './configuration/configuration-change.ts';
export type { SecretReference } from './configuration/secret-reference.ts';
export type { ReferenceReader, SettingChange } from './configuration/syncer-difference.ts';
export type { LinkInput, DecisionOptions, QuestionOptions, ServiceDecisions } from './decisions/service-decisions.ts';
export type { DecisionInput, QuestionObject } from './decisions/questions.ts';
export type * from '../engine/question.ts';
export type { ProtectionInput, ProtectionObject } from './decisions/protections.ts';
export type { ServiceLog } from './log.ts';
export type { PageOptions, Rows } from './pages.ts';
export { Refusal } from './refusal.ts';
export type { ChangeSelection } from './runs/change-selection.ts';
export type { ServiceEventType } from './service-event.ts';
export type { ChangeObject, MemberObject, ReportObject, RunObject, SyncerObject } from './service-object.ts';
export type {
  ApplyOptions,
  BeginOptions,
  BegunRunObject,
  ChangeOptions,
  ServiceRuns,
  ServiceSyncers,
  SyncerInput,
  SyncService,
  UndoOptions,
} from './sync-service.ts';
export { HEALTHS, StaleRecordError, type Health } from './syncers/syncer-record.ts';
