import { DepartmentFeed } from './department-feed.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

/** FETCH: reads every department and parses the answers, and does nothing with them. */
export async function fetchFloor({ directory, concurrency }: Extract<Task, { kind: 'fetch' }>): Promise<Outcome> {
  const feed = new DepartmentFeed(directory, concurrency);
  let members = 0;
  const stop = startWatch();
  await feed.read((list) => {
    members += list.length;
  });
  return { ...stop(), members };
}
