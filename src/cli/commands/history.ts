import { historyOf } from '../../host/decisions/history-routes.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { withHost } from '../open-host.ts';
import { fieldLine } from '../run-summary.ts';

export interface HistoryOptions {
  readonly json?: boolean;
}

/** More than ever happened to anybody. */
const EVERYTHING = { number: 1, size: 100_000 };

/** Everything that happened to one account. */
export async function history(user: string, { json = false }: HistoryOptions): Promise<ExitCode> {
  const [organization, name, ...more] = user.split('/');
  if (!organization || !name || more.length > 0) {
    throw new CommandError(`"${user}" is not of the form ORG/USER.`, EXIT.usage);
  }
  return withHost(async ({ lookingBack }) => {
    const told = await historyOf(lookingBack, { organization, name }, EVERYTHING, ({ en }) => en);
    if (!told) throw new CommandError(`There is no account ${user}, and nothing happened to one.`, EXIT.usage);
    const { entries, origins } = told;
    if (json) process.stdout.write(`${JSON.stringify({ user, entries, origins })}\n`);
    else {
      for (const { at, what, by, run, reason, changes } of entries) {
        process.stdout.write(`${[at, what, by, run ?? '', reason].filter((part) => part !== '').join('  ')}\n`);
        for (const change of changes) process.stdout.write(`    ${fieldLine(change)}\n`);
      }
      process.stdout.write(`${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}\n`);
    }
    return EXIT.done;
  });
}
