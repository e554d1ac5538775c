import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { RunJson } from '../../host/api.ts';
import { getRun, runEventsUrl } from '../api/calls.ts';
import type { Answer } from '../api/request.ts';
import { isActive } from '../parts/state-tag.tsx';

/** Asked again by itself in case a proxy swallows the events. */
const WITHOUT_EVENTS_MS = 5000;

/** One run, followed by server-sent events while it is not over. */
export function useLiveRun(id: string) {
  const queries = useQueryClient();
  const run = useQuery({
    queryKey: ['run', id],
    queryFn: () => getRun(id),
    refetchInterval: ({ state }) =>
      state.data?.content && isActive(state.data.content.state) ? WITHOUT_EVENTS_MS : false,
  });
  const current = run.data?.content;
  const following = current !== undefined && current !== null && isActive(current.state);

  useEffect(() => {
    if (!following) return undefined;
    const events = new EventSource(runEventsUrl(id));
    events.addEventListener('progress', (event: MessageEvent<string>) => {
      const content = JSON.parse(event.data) as RunJson;
      queries.setQueryData<Answer<RunJson | null>>(['run', id], { content, remark: '', total: 0 });
    });
    events.addEventListener('end', () => {
      events.close();
      // Once more by an ordinary call: its sentences are in the language of the page.
      void queries.invalidateQueries({ queryKey: ['run', id] });
    });
    return () => events.close();
  }, [following, id, queries]);

  // Whatever the run changed is read anew when it is over.
  useEffect(() => {
    if (!following) return undefined;
    return () => {
      for (const key of ['changes', 'runs', 'syncers', 'syncer', 'users', 'groups']) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
    };
  }, [following, queries]);

  return run;
}
