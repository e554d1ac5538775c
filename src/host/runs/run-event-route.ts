import { required } from '../request/query-parameter.ts';
import type { Run } from '../../engine/run.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import { administers, type CallerSource } from '../auth/caller.ts';
import { PlainReply, type Live } from '../http/reply.ts';
import type { Call } from '../request/call.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedRun } from './named-run.ts';
import { streamRun } from './run-stream.ts';
import type { StreamSlots } from './stream-slots.ts';

export interface RunEventRouteNeeds {
  readonly runs: RunService;
  readonly streams: StreamSlots;
  readonly callers: CallerSource;
}

/** Nothing between the host and its reader may keep events back, or press them together. */
const STREAM_HEADERS = { 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no' };

/** A run, watched. */
export const runEventRoute = ({ runs, streams, callers }: RunEventRouteNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/sync-run-events',
    rule: 'organization',
    summary: 'Server-sent events: "progress" with the run, until "end".',
    query: { id: required('the run') },
    answers: { contentType: 'text/event-stream', says: 'The run, as often as it changes' },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object: run }) => {
      const giveBack = streams.take(call.caller);
      const stream = streamRun(runs, run, call.language, () => mayStillSee(callers, call, run));
      const content: Live = (response) => stream(response).finally(giveBack);
      return new PlainReply('text/event-stream; charset=utf-8', content, { headers: STREAM_HEADERS });
    },
  });

/** Whether whoever follows a run may do so now: he may have signed out, been locked out or demoted meanwhile. */
async function mayStillSee(callers: CallerSource, { request }: Call, { organization }: Run): Promise<boolean> {
  const caller = await callers.callerOf(request);
  return administers(caller, organization);
}
