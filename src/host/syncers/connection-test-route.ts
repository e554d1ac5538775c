import type { RunService } from '../../service/runs/run-service.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
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
  /** A test ends with the host, as runs do. */
  readonly runs: Pick<RunService, 'closing'>;
  readonly audit: AuditLog;
}

/** Test Connection, in Casdoor's words. */
export const connectionTestRoute = ({ syncers, runs, audit }: ConnectionTestRouteNeeds): Route =>
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
      const report = await audit.during(
        call.actor,
        { action: 'test-syncer', organization, target: `${organization}/${textOf(body, 'name')}` },
        () => syncers.trials.test(body, stored, runs.closing),
        ({ ok: passed }) => (passed ? 'ok' : 'failed'),
      );
      const json = connectionReportJson(report, call.language);
      const problem = report.checks.find((check) => !check.ok);
      return report.ok || !problem ? ok(json) : failed(sentence(call.language, problem.detail, problem.remedy), json);
    },
  });
