import { required } from '../request/query-parameter.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import type { AuditLog } from '../auth/audit-log.ts';
import { ok } from '../http/envelope.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedRun } from './named-run.ts';
import { runJson } from './run-json.ts';
import { RUN } from './run-schema.ts';

export interface DecisionRoutesNeeds {
  readonly runs: RunService;
  readonly audit: AuditLog;
}

/** Runs, decided. */
export const decisionRoutes = (needs: DecisionRoutesNeeds): Route[] => [
  decision(needs, 'cancel', 'Ends a run after the page it is at.'),
  decision(needs, 'approve', 'Applies the held changes of a run, as far as they still stand today.'),
  decision(needs, 'reject', 'Leaves everything as it is.'),
];

/** A decision about one run. */
const decision = (
  { runs, audit }: DecisionRoutesNeeds,
  verb: 'cancel' | 'approve' | 'reject',
  summary: string,
): Route => {
  const action = `${verb}-run` as const;
  return organizationRoute({
    method: 'POST',
    path: `/api/${verb}-sync-run`,
    rule: 'organization',
    action,
    summary,
    query: { id: required('the run') },
    answers: { data: RUN.ref },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object: run }) => {
      const decided = await audit.during(
        call,
        { action, organization: run.organization, target: run.id },
        () => runs[verb](run),
        ({ state }) => state,
      );
      return ok(runJson(decided, call.language));
    },
  });
};
