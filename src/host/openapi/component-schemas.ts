import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { AUDIT_ENTRY, HISTORY_ENTRY } from '../decisions/history-schema.ts';
import { PROTECTION } from '../decisions/protection-schema.ts';
import { LEAVER } from '../decisions/leaver-schema.ts';
import { QUESTION } from '../decisions/question-schema.ts';
import { REPORT } from '../decisions/report-schema.ts';
import { GROUP, GROUP_NODE } from '../groups/group-json.ts';
import { GROUP_INPUT } from '../groups/group-patch.ts';
import { ACCOUNT, USER, WHOLE_USER } from '../accounts/user-schema.ts';
import { USER_INPUT } from '../accounts/user-patch.ts';
import type { Schema } from '../http/schema.ts';
import { ORGANIZATION, ORGANIZATION_INPUT } from '../organizations/organization-json.ts';
import { CHANGE, MEMBER_REPORT, RUN } from '../runs/run-schema.ts';
import { CONNECTION_REPORT } from '../syncers/connection-report-schema.ts';
import { MAPPING_TRIAL } from '../syncers/mapping-trial-schema.ts';
import { syncerSchemas } from '../syncers/syncer-schema.ts';
import { APPLICATION } from '../sign-in/application-json.ts';
import { SESSION } from '../sign-in/session-routes.ts';
import { MEMBER_COMPLETION } from '../syncers/self-service-schema.ts';
import { SYNCER_TYPE } from '../syncers/syncer-type-json.ts';

const FIXED = [
  RUN,
  CHANGE,
  CONNECTION_REPORT,
  MAPPING_TRIAL,
  MEMBER_REPORT,
  SYNCER_TYPE,
  GROUP,
  GROUP_NODE,
  USER,
  WHOLE_USER,
  ACCOUNT,
  ORGANIZATION,
  APPLICATION,
  SESSION,
  PROTECTION,
  QUESTION,
  HISTORY_ENTRY,
  AUDIT_ENTRY,
  REPORT,
  LEAVER,
  MEMBER_COMPLETION,
  ORGANIZATION_INPUT,
  USER_INPUT,
  GROUP_INPUT,
];

export interface ComponentNeeds {
  readonly syncers: SyncerService;
}

/** Every shape that several calls speak of, by name. */
export function componentSchemas({ syncers }: ComponentNeeds): Readonly<Record<string, Schema>> {
  const syncer = syncerSchemas(syncers.fields.any);
  return {
    ...Object.fromEntries(FIXED.map(({ name, schema }) => [name, schema])),
    Syncer: syncer.whole,
    SyncerInput: syncer.sent,
  };
}
