import { openBare } from './bare-database.ts';
import { DepartmentFeed } from './department-feed.ts';
import { startWatch } from './stopwatch.ts';
import { readStoredRows } from './stored-rows.ts';
import type { Outcome, Task } from './task.ts';

/** As many as the product puts into one page. */
const PAGE = 500;

/**
 * LOAD: FETCH, and for every 500 members who were not shown before one transaction with their rows, through the bare
 * driver. Nothing is looked up, compared or checked.
 */
export async function loadFloor(task: Extract<Task, { kind: 'load' }>): Promise<Outcome> {
  const source = await openBare(task.database, task.sourceUrl);
  const stored = await readStoredRows(source);
  await source.close();
  const target = await openBare(task.database, task.targetUrl);
  const feed = new DepartmentFeed(task.directory, task.concurrency);
  const seen = new Set<string>();
  let page: string[] = [];
  let written: Promise<void> = Promise.resolve();
  const stop = startWatch();
  if (stored.departments.length > 0) await target.insert(stored.departments);
  await feed.read(async (list) => {
    for (const { userid } of list) {
      const known = seen.size;
      if (seen.add(userid).size > known) page.push(userid);
    }
    if (page.length < PAGE) return;
    const full = page.splice(0, PAGE);
    // One connection: pages wait for each other.
    written = written.then(() => target.insert(stored.pageOf(full)));
    await written;
  });
  await written;
  for (; page.length > 0; page = page.slice(PAGE)) await target.insert(stored.pageOf(page.slice(0, PAGE)));
  const watch = stop();
  await target.close();
  return { ...watch, members: seen.size };
}
