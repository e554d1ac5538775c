import { once } from 'node:events';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openHost, withHost } from '../open-host.ts';
import { say } from '../outcome.ts';
import { readSettings } from '../read-settings.ts';

/** Serves until SIGINT or SIGTERM. */
export async function serve(): Promise<ExitCode> {
  const host = await openHost(readSettings());
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
  await withHost(async () => say('The database is up to date.'));
  return EXIT.done;
}
