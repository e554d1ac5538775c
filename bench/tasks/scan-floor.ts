import { openBare } from './bare-database.ts';
import { DepartmentFeed } from './department-feed.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

/**
 * SCAN: FETCH, and beside it one reading of all accounts and their links with a digest of each, through the bare driver.
 * Nothing is mapped or compared: no run that looks at every account can take less.
 */
export async function scanFloor(task: Extract<Task, { kind: 'scan' }>): Promise<Outcome> {
  const database = await openBare(task.database, task.databaseUrl);
  const feed = new DepartmentFeed(task.directory, task.concurrency);
  const seen = new Set<string>();
  const stop = startWatch();
  const [digests] = await Promise.all([
    database.digests(),
    feed.read((list) => {
      for (const { userid } of list) seen.add(userid);
    }),
  ]);
  const watch = stop();
  await database.close();
  if (digests < seen.size) throw new Error(`${digests} digests of ${seen.size} members.`);
  return { ...watch, members: seen.size };
}
