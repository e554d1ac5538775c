import type { ConnectionReportJson } from '../../host/syncers/connection-report-schema.ts';
import { connectionReportJson } from '../../host/syncers/syncer-json.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { SHELL, withHost } from '../open-host.ts';
import { findSyncer } from '../syncer-id.ts';

export interface TestOptions {
  readonly json?: boolean;
}

/** Tries the connection of a stored syncer and says what to change. */
export async function test(id: string, { json }: TestOptions): Promise<ExitCode> {
  return withHost(async (host, stopped) => {
    const record = await findSyncer(host, id);
    const report = connectionReportJson(await host.auditedSyncers.test({}, record, record, SHELL, stopped), 'en');
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${[...reportLines(report)].join('\n')}\n`);
    return report.ok ? EXIT.done : EXIT.failed;
  });
}

function* reportLines(report: ConnectionReportJson): Generator<string> {
  for (const { name, ok, detail, remedy } of report.checks) {
    yield `${ok ? '✔' : '✘'} ${name}: ${detail}`;
    if (remedy) yield `    → ${remedy}`;
  }
  yield '';
  yield `departments ${report.departments}, members sampled ${report.members}`;
  if (report.sample) yield `for example ${report.sample.userid} (${report.sample.name})`;
  if (report.withheldFields.length > 0) yield `withheld by WeCom: ${report.withheldFields.join(', ')}`;
  if (report.egressIp) yield `WeCom sees this server as ${report.egressIp}`;
}
