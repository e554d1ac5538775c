import type { RunService } from '../../service/runs/run-service.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { ok } from '../http/envelope.ts';
import { described, list, record, TEXT, WHOLE } from '../http/schema.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedSyncer } from '../runs/named-run.ts';

export interface DirectoryRoutesNeeds {
  readonly syncers: SyncerService;
  /** A look ends with the host, as runs do. */
  readonly runs: Pick<RunService, 'closing'>;
}

const TAG = record({ id: WHOLE, name: TEXT });
const DEPARTMENT = record({ id: WHOLE, name: TEXT, parentId: described(WHOLE, '0 = none, or unknown') });

/** What a syncer sees of its directory now: whoever sets it up chooses from that. */
export const directoryRoutes = ({ syncers, runs }: DirectoryRoutesNeeds): Route[] => [
  organizationRoute({
    method: 'GET',
    path: '/api/get-directory-departments',
    rule: 'organization',
    summary: 'The departments that the app of a syncer sees now, parents first.',
    query: { id: required('ORG/NAME') },
    answers: { data: list(DEPARTMENT) },
    find: (call) => namedSyncer(syncers, call),
    answer: async (_call, { object }) =>
      ok(await syncers.trials.look(object, (view, signal) => view.seenDepartments(signal), runs.closing)),
  }),
  organizationRoute({
    method: 'GET',
    path: '/api/get-directory-tags',
    rule: 'organization',
    summary: 'The tags that the app of a syncer may use now.',
    query: { id: required('ORG/NAME') },
    answers: { data: list(TAG) },
    find: (call) => namedSyncer(syncers, call),
    answer: async (_call, { object }) =>
      ok(await syncers.trials.look(object, (view, signal) => view.seenTags(signal), runs.closing)),
  }),
];
