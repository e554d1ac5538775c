import type { CompletionService } from '../../service/self-service/completions.ts';
import { memberPageAddress } from '../../service/syncers/self-service.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { ok } from '../http/envelope.ts';
import { pageOf } from '../http/paging.ts';
import { list } from '../http/schema.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedSyncer } from '../runs/named-run.ts';
import { COMPLETION_TOTALS, MEMBER_COMPLETION, type MemberCompletionJson } from './self-service-schema.ts';

export interface SelfServiceRouteNeeds {
  readonly completions: CompletionService;
  readonly syncers: SyncerService;
  /** Where the page is, as far as it is known. */
  readonly pageUrl: string;
}

/** How far members have completed their own data. */
export const selfServiceRoute = ({ completions, syncers, pageUrl }: SelfServiceRouteNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-self-service',
    rule: 'organization',
    summary: 'Active members who are no administrators: who completed his own data when, and what is still empty.',
    query: { id: required('ORG/NAME of the syncer') },
    listed: [],
    answers: { data: list(MEMBER_COMPLETION.ref), data3: COMPLETION_TOTALS },
    find: (call) => namedSyncer(syncers, call),
    answer: async (call, { object: syncer }) => {
      const { members, completed, missing } = await completions.totals(syncer);
      const { rows, total } = await pageOf(call.query, (page, size) => completions.page(syncer, page, size, members));
      // Only an address with a host can be given to the directory.
      const address = /^https?:/.test(pageUrl) ? memberPageAddress(pageUrl, syncer) : '';
      return ok(rows satisfies readonly MemberCompletionJson[], {
        data2: total,
        data3: { completed, missing, address },
      });
    },
  });
