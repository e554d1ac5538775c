import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Host } from '../../host/host.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openHost, withHost } from '../open-host.ts';
import { say } from '../outcome.ts';
import { readSettings } from '../read-settings.ts';

/** Serves until SIGINT or SIGTERM. */
export async function serve(): Promise<ExitCode> {
  const host = await openHost(readSettings());
  adviseCasdoor(host);
  try {
    process.stdout.write(`listening on ${await host.listen()}\n`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    say('closing: runs end after the page they are at');
  } finally {
    await host.close();
  }
  return EXIT.done;
}

/** Applies pending migrations; on a database that is up to date it changes nothing. */
export async function migrate(): Promise<ExitCode> {
  await withHost(async (host) => {
    adviseCasdoor(host);
    say('The database is up to date.');
  });
  return EXIT.done;
}

/**
 * Casdoor's SQLite driver waits for no lock unless its address says so: beside us on one file, people could not sign in
 * there while a run writes.
 */
function adviseCasdoor({ database }: Host): void {
  const { options } = database.dataSource;
  if (options.type !== 'better-sqlite3' || !database.columns.hasTable('syncer')) return;
  const file = `file:${resolve(options.database)}?_pragma=busy_timeout(5000)&_txlock=immediate`;
  say(
    `This SQLite file is Casdoor's too. Set dataSourceName = "${file}" in its app.conf, without cache=shared: otherwise people cannot sign in there while a run writes.`,
  );
}
