import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { periodOf } from '../../host/decisions/period.ts';
import { reportOf, reportPeriod, reportTable } from '../../host/decisions/report-route.ts';
import { CommandError, EXIT, type ExitCode } from '../exit-code.ts';
import { orWrong } from '../failure.ts';
import { withHost } from '../open-host.ts';

export interface ReportOptions {
  readonly from: string;
  readonly to: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** How many people came, moved and left. */
export async function report(
  organization: string,
  { from, to, csv = false, json = false }: ReportOptions,
): Promise<ExitCode> {
  if (csv && json) throw new CommandError('Choose one of --csv and --json.', EXIT.usage);
  const period = await orWrong(async () => reportPeriod(periodOf(from, to), organization));
  return withHost(async ({ lookingBack, organizations }) => {
    await orWrong(() => organizations.require(organization));
    if (csv) {
      const { content } = reportTable(lookingBack, period, ({ en }) => en);
      if (content instanceof Readable) await pipeline(content, process.stdout, { end: false });
      return EXIT.done;
    }
    const told = await reportOf(lookingBack.reports, period);
    if (json) process.stdout.write(`${JSON.stringify({ organization, ...told })}\n`);
    else {
      for (const [what, people] of Object.entries(told.report)) {
        process.stdout.write(`${what.padEnd(10)} ${people}\n`);
      }
    }
    return EXIT.done;
  });
}
