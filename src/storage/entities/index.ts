import { AbsenceRow } from './decisions/absence-row.ts';
import { AppliedConfigurationRow } from './applied-configuration-row.ts';
import { AuditRow } from './audit-row.ts';
import { OrganizationRow, UserRow } from './casdoor/casdoor-rows.ts';
import { ChangeRow } from './change-row.ts';
import { DecisionRow } from './decisions/decision-row.ts';
import { GroupRow } from './group-row.ts';
import { HeardCallbackRow } from './heard-callback-row.ts';
import { AccountRenameRow, RunOriginRow } from './history-row.ts';
import { LeaseRow } from './lease-row.ts';
import { LeavingRow } from './leaving-row.ts';
import { LinkRow } from './link-row.ts';
import { MemberVisitRow } from './member-visit-row.ts';
import { MemberCompletionRow, MemberNudgeRow } from './member-rows.ts';
import { ProtectionRow } from './decisions/protection-row.ts';
import { QuestionRow } from './decisions/question-row.ts';
import { LockOutDecisionRow, RejectionRow, RunRow } from './run-row.ts';
import { SessionRow } from './session-row.ts';
import { SignOutRow } from './sign-out-row.ts';
import { SyncerRow } from './syncer-row.ts';

export { AbsenceRow } from './decisions/absence-row.ts';
export { AppliedConfigurationRow } from './applied-configuration-row.ts';
export { AuditRow } from './audit-row.ts';
export { OrganizationRow, UserRow } from './casdoor/casdoor-rows.ts';
export { ChangeRow } from './change-row.ts';
export { DecisionRow } from './decisions/decision-row.ts';
export { GroupRow } from './group-row.ts';
export { HeardCallbackRow } from './heard-callback-row.ts';
export { AccountRenameRow, RunOriginRow } from './history-row.ts';
export { LeaseRow } from './lease-row.ts';
export { LeavingRow } from './leaving-row.ts';
export { LinkRow } from './link-row.ts';
export { MemberVisitRow } from './member-visit-row.ts';
export { MemberCompletionRow, MemberNudgeRow } from './member-rows.ts';
export { ProtectionRow } from './decisions/protection-row.ts';
export { QuestionRow } from './decisions/question-row.ts';
export { LockOutDecisionRow, RejectionRow, RunRow } from './run-row.ts';
export { SessionRow } from './session-row.ts';
export { SignOutRow } from './sign-out-row.ts';
export { SyncerRow } from './syncer-row.ts';

/** Our own tables alone, for a host that brings its own users: nothing here needs `user`, `group` or `organization`. */
export const runEntities: (new () => object)[] = [
  SyncerRow,
  LinkRow,
  DecisionRow,
  LeavingRow,
  RunRow,
  ChangeRow,
  LeaseRow,
  RejectionRow,
  LockOutDecisionRow,
  AuditRow,
  SessionRow,
  HeardCallbackRow,
  MemberVisitRow,
  SignOutRow,
  ProtectionRow,
  AbsenceRow,
  QuestionRow,
  RunOriginRow,
  AccountRenameRow,
  AppliedConfigurationRow,
  MemberCompletionRow,
  MemberNudgeRow,
];

/** For a host's own `DataSource`. TypeORM never synchronizes their tables, whatever that one says. */
export const entities: (new () => object)[] = [UserRow, GroupRow, OrganizationRow, ...runEntities];
