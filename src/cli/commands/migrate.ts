import { EXIT, type ExitCode } from '../exit-code.ts';
import { withHost } from '../open-host.ts';
import { say } from '../say.ts';

/** Applies pending migrations; on a database that is up to date it changes nothing. */
export async function migrate(): Promise<ExitCode> {
  await withHost(async () => say('The database is up to date.'));
  return EXIT.done;
}
