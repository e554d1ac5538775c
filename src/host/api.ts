/**
 * What the host's HTTP calls answer, as types, and what fields are called: all that the page in `src/web` knows of the
 * server. Texts in answers are in the language of the request.
 */
export type { RunCounts, RunState } from '../engine/run.ts';
export type { ChangeKind, ChangeState, FieldChange, FieldValue } from '../identity/change.ts';
export { MASK } from '../syncer/definition.ts';
export { propertyKey, refusesKey } from '../syncer/property.ts';
export { FIELD_TITLES, type Authority, type ProfileField } from '../syncer/profile.ts';
export { ROSTER_RANGE, ROSTER_SECONDS } from '../service/syncers/intervals.ts';
export type { AuditAction } from '../service/audit/audit-action.ts';
export type { AuditEntryJson, HistoryEntryJson, Origin, OriginsJson } from './decisions/history-schema.ts';
export type {
  ConfigurationChangeJson,
  ConfigurationChangesJson,
  ConfigurationDriftJson,
  ConfigurationJson,
} from './configuration/configuration-schema.ts';
export type { LeaverJson } from './decisions/leaver-schema.ts';
export type { ProtectionJson } from './decisions/protection-schema.ts';
export type { QuestionJson } from './decisions/question-schema.ts';
export type { ReportDayJson, ReportJson } from './decisions/report-schema.ts';
export { REPORT_NUMBERS, type ReportNumber } from '../storage/history/report-number.ts';
export type { GroupNodeJson } from './groups/group-json.ts';
export type { AccountJson, UserJson } from './accounts/user-schema.ts';
export type { Envelope } from './http/envelope.ts';
export type { OrganizationJson } from './organizations/organization-json.ts';
export type { ChangeJson, MemberReportJson, RunJson } from './runs/run-schema.ts';
export type { ConnectionReportJson } from './syncers/connection-report-schema.ts';
export { memberPageAddress, MOST_NUDGES_PER_DAY, SELF_SERVICE_FIELDS } from '../service/syncers/self-service.ts';
export type { CompletionTotalsJson, MemberCompletionJson } from './syncers/self-service-schema.ts';
export type { MappingTrialJson } from './syncers/mapping-trial-schema.ts';
export type { ColumnJson, SyncerHealth, SyncerJson, WindowJson } from './syncers/syncer-schema.ts';
export type { FormFieldJson, SyncerTypeJson } from './syncers/syncer-type-json.ts';
