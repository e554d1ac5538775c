import { setTimeout as pause } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { Goal } from '../goals.ts';
import { measure } from '../processes/child.ts';
import { createTarget } from '../processes/database-target.ts';
import { Directory } from '../processes/directory.ts';
import type { Figures } from '../tasks/task.ts';

const MEMBERS = 20_000;
/** A host that is busy, and not one that does nothing else. */
const EVERY_MS = 1;

/** An unchanged run, beside somebody who writes to the same SQLite file and waits for no lock. */
export async function writerGoal(concurrency: number): Promise<Goal> {
  const directory = await Directory.start({ members: MEMBERS, departments: MEMBERS / 50 });
  const target = await createTarget('sqlite');
  try {
    await measure({ kind: 'migrate', databaseUrl: target.url });
    const sync = (): Promise<Figures> =>
      measure({
        kind: 'sync',
        directory: directory.credentials,
        concurrency,
        databaseUrl: target.url,
        dryRun: false,
      });
    await sync();
    const writer = new Sqlite(target.url.slice('sqlite:'.length), { timeout: 0 });
    writer.exec('CREATE TABLE host_note (n INTEGER)');
    const insert = writer.prepare('INSERT INTO host_note VALUES (1)');
    let writes = 0;
    let refused = 0;
    const run = { goesOn: true };
    const [figures] = await Promise.all([
      sync().finally(() => (run.goesOn = false)),
      (async () => {
        for (; run.goesOn; await pause(EVERY_MS)) {
          try {
            insert.run();
          } catch {
            refused += 1;
          }
          writes += 1;
        }
      })(),
    ]);
    writer.close();
    if (figures.counts?.['unchanged'] !== MEMBERS)
      throw new Error('The run beside the writer was not an unchanged one.');
    return {
      row: `unchanged run of ${MEMBERS.toLocaleString('en')} on SQLite beside ${writes.toLocaleString('en')} writes that wait for no lock`,
      measured: refused,
      unit: 'refused',
      must: 0,
    };
  } finally {
    await target.drop();
    await directory.close();
  }
}
