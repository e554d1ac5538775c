import { once } from 'node:events';
import { Sandbox } from '../../sandbox/sandbox.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

export interface SandboxCommandOptions {
  readonly port: number;
  readonly members: number;
  readonly departments: number;
  readonly seed: number;
}

/** Runs a fictitious WeCom until SIGINT or SIGTERM. Its credentials open nothing but itself. */
export async function sandbox(options: SandboxCommandOptions): Promise<ExitCode> {
  const running = await Sandbox.start(options);
  process.stdout.write(
    [
      `sandbox on ${running.url}`,
      `  ${running.company.size} members`,
      `  Corp ID          ${running.corpId}`,
      `  Corp Secret      ${running.appSecret}`,
      `  Contacts Secret  ${running.contactsSecret}`,
      `  Agent ID         ${running.agentId}`,
      '',
      `  WECOM_API_URL=${running.url} wecom-syncer serve`,
      `  curl -X POST ${running.url}/control/leave -d '{"count":10}'`,
      '',
    ].join('\n'),
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await running.close();
  return EXIT.done;
}
