import type { ScheduleService } from '../../service/runs/schedule-service.ts';
import { Refusal } from '../../service/refusal.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { text } from '../../syncer/text.ts';
import { ok } from '../http/envelope.ts';
import { list, TIME } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedSyncer } from './named-run.ts';

const MOST = 100;
const BY_DEFAULT = 10;

export interface NextRunsRouteNeeds {
  readonly syncers: SyncerService;
  readonly schedule: ScheduleService;
}

/** When a syncer will run by itself: what a schedule with windows comes to is hard to see otherwise. */
export const nextRunsRoute = ({ syncers, schedule }: NextRunsRouteNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-next-runs',
    rule: 'organization',
    summary: 'The times at which a syncer will run by itself; none when it is not enabled.',
    query: { id: required('ORG/NAME'), count: `1 to ${MOST}; ${BY_DEFAULT} when it is left out` },
    answers: { data: list(TIME) },
    find: (call) => namedSyncer(syncers, call),
    answer: async (call, { object: record }) => ok(await schedule.nextRuns(record, countIn(call))),
  });

/** @throws Refusal for what is no count */
function countIn(call: Call): number {
  const given = call.text('count');
  const count = given === '' ? BY_DEFAULT : Number(given);
  if (/^\d*$/.test(given) && count >= 1 && count <= MOST) return count;
  throw new Refusal(text(`"count" must be a whole number from 1 to ${MOST}.`, `“count”必须是 1 至 ${MOST} 的整数。`));
}
