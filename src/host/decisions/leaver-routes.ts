import type { LeaverService } from '../../service/decisions/leavers.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { ok } from '../http/envelope.ts';
import { pageOf } from '../http/paging.ts';
import { list } from '../http/schema.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedSyncer } from '../runs/named-run.ts';
import { LEAVER, type LeaverJson } from './leaver-schema.ts';

export interface LeaverRoutesNeeds {
  readonly leavers: LeaverService;
  readonly syncers: SyncerService;
}

/** Leavers who are given time. */
export const leaverRoutes = ({ leavers, syncers }: LeaverRoutesNeeds): Route[] => [
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-leavers',
    rule: 'organization',
    summary:
      'Who is missing in the directory and given time, and what becomes of him when; the last to be missed first.',
    query: { id: required('ORG/NAME of the syncer') },
    listed: [],
    answers: { data: list(LEAVER.ref) },
    find: (call) => namedSyncer(syncers, call),
    answer: async (call, { object: record }) => {
      const { rows, total } = await pageOf(call.query, (page, size) => leavers.list(record, page, size));
      return ok(rows satisfies readonly LeaverJson[], { data2: total });
    },
  }),
];
