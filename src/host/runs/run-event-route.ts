import type { Run } from '../../engine/run.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { administers } from '../auth/caller.ts';
import type { Call } from '../request/call.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedRun } from './named-run.ts';
import { streamRun } from './run-stream.ts';
import type { StreamSlots } from './stream-slots.ts';

export interface RunEventRouteNeeds {
  readonly runs: RunService;
  readonly streams: StreamSlots;
  readonly authenticator: Authenticator;
}

/** A run, watched. */
export const runEventRoute = ({ runs, streams, authenticator }: RunEventRouteNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/sync-run-events',
    rule: 'organization',
    summary: 'Server-sent events: "progress" with the run, until "end".',
    query: { id: 'RUN' },
    answers: { contentType: 'text/event-stream', says: 'The run, as often as it changes' },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object: run }) => {
      const giveBack = streams.take(call.caller);
      try {
        await streamRun(runs, run, call, () => mayStillSee(authenticator, call, run));
      } finally {
        giveBack();
      }
      return undefined;
    },
  });

/** Whether whoever follows a run may do so now: he may have signed out, been locked out or demoted meanwhile. */
async function mayStillSee(authenticator: Authenticator, { request }: Call, { organization }: Run): Promise<boolean> {
  const caller = await authenticator.callerOf(request);
  return administers(caller, organization);
}
