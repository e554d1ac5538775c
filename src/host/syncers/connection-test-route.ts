import type { AuditedSyncers } from '../../service/audit/audited-syncers.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { failed, ok } from '../http/envelope.ts';
import { sentence } from '../http/language.ts';
import { textOf } from '../http/query.ts';
import { draftIn } from '../request/named-syncer.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { CONNECTION_REPORT } from './connection-report-schema.ts';
import { connectionReportJson } from './syncer-json.ts';
import { SYNCER_INPUT } from './syncer-schema.ts';

export interface ConnectionTestRouteNeeds {
  readonly syncers: SyncerService;
  readonly auditedSyncers: AuditedSyncers;
}

/** Test Connection, in Casdoor's words. */
export const connectionTestRoute = ({ syncers, auditedSyncers }: ConnectionTestRouteNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/test-syncer-db',
    rule: 'organization',
    summary: 'Test Connection: what works, what does not, and what to change; works before saving.',
    body: SYNCER_INPUT,
    answers: { data: CONNECTION_REPORT.ref, failed: CONNECTION_REPORT.ref },
    action: 'test-syncer',
    find: (call) => draftIn(syncers, call),
    answer: async (call, { organization = '', object: stored }) => {
      const { body } = call;
      const named = { organization, name: textOf(body, 'name') };
      const report = await auditedSyncers.test(body, stored, named, call.actor);
      const json = connectionReportJson(report, call.language);
      const problem = report.checks.find((check) => !check.ok);
      return report.ok || !problem ? ok(json) : failed(sentence(call.language, problem.detail, problem.remedy), json);
    },
  });
