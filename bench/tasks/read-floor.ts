import { openBare } from './bare-database.ts';
import { DepartmentFeed } from './department-feed.ts';
import { startWatch } from './stopwatch.ts';
import type { Outcome, Task } from './task.ts';

/** As many as the product puts into one page. */
const PAGE = 500;
const LINK_COLUMNS = ['external_key', 'external_id', 'name', 'forbidden_by', 'deleted_by', 'groups'];
const ACCESS_COLUMNS = ['name', 'id', 'wecom', 'is_admin', 'is_forbidden', 'is_deleted', 'groups'];
const PROFILE_COLUMNS = ['display_name', 'avatar', 'email', 'phone', 'country_code', 'title', 'gender'];
const ACCOUNT_COLUMNS = [...ACCESS_COLUMNS, ...PROFILE_COLUMNS];

/**
 * READ: FETCH, and for every 500 members who were not shown before the rows that a comparison field by field needs, by
 * key through the bare driver. Nothing is mapped or compared: no run that looks at every account can take less.
 */
export async function readFloor(task: Extract<Task, { kind: 'read' }>): Promise<Outcome> {
  const database = await openBare(task.database, task.databaseUrl);
  const feed = new DepartmentFeed(task.directory, task.concurrency);
  const seen = new Set<string>();
  let page: string[] = [];
  let found = 0;
  let turn: Promise<void> = Promise.resolve();
  const lookUp = async (userids: readonly string[]): Promise<void> => {
    const keys = userids.map((userid) => userid.toLowerCase());
    await database.lookUp('directory_link', 'external_key', keys, LINK_COLUMNS);
    found += (await database.lookUp('user', 'name', userids, ACCOUNT_COLUMNS)).length;
  };
  const stop = startWatch();
  await feed.read(async (list) => {
    for (const { userid } of list) {
      const known = seen.size;
      if (seen.add(userid).size > known) page.push(userid);
    }
    if (page.length < PAGE) return;
    const full = page.splice(0, PAGE);
    turn = turn.then(() => lookUp(full));
    await turn;
  });
  await turn;
  for (; page.length > 0; page = page.slice(PAGE)) await lookUp(page.slice(0, PAGE));
  const watch = stop();
  await database.close();
  return { ...watch, members: found };
}
