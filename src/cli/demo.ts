import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createHost } from '../host/create-host.ts';
import type { Host } from '../host/host.ts';
import { runJson } from '../host/runs/run-json.ts';
import type { RunJson } from '../host/runs/run-schema.ts';
import { parseSettings, type Settings } from '../host/settings.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { CommandError, EXIT, exitCodeOf, type ExitCode } from './exit-code.ts';
import { conclude, say } from './outcome.ts';
import { openProgress } from './progress-bar.ts';
import { runSummary } from './run-summary.ts';

const ORGANIZATION = 'acme';
const SYNCER = 'wecom';
const COMPANY = { members: 2000, departments: 40, seed: 7 };

/**
 * A company of 2,000 arrives: the sandbox plays WeCom, the host writes into a fresh SQLite file in a temporary folder
 * (or into DATABASE_URL), the first sync shows its progress, and everything stays up for a look around.
 */
async function demo(): Promise<ExitCode> {
  const { once: endsAtOnce } = readArguments();
  const folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-demo-'));
  const sandbox = await Sandbox.start(COMPANY);
  const settings = demoSettings(sandbox, folder);
  let host: Host | undefined;
  try {
    host = await createHost(settings);
    say(`A fictitious WeCom with ${sandbox.company.size} members runs on ${sandbox.url}.`);
    const run = await firstSync(host, sandbox);
    process.stdout.write(`\n${runSummary(run)}\n\n`);
    if (!endsAtOnce) await stayUp(host, sandbox, settings);
    return exitCodeOf(run.state);
  } finally {
    await host?.close();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function readArguments(): { readonly once: boolean } {
  try {
    const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
    return values;
  } catch {
    throw new CommandError('The only option is --once: end after the first sync.', EXIT.usage);
  }
}

function demoSettings(sandbox: Sandbox, folder: string): Settings {
  const own = process.env['DATABASE_URL'];
  return parseSettings({
    ...process.env,
    DATABASE_URL: own || `sqlite:${join(folder, 'iam.db')}`,
    ADMIN_PASSWORD: process.env['ADMIN_PASSWORD'] || randomBytes(9).toString('base64url'),
    // A key that ends with the demo: what it encrypts are the sandbox's own secrets.
    SECRET_KEY: process.env['SECRET_KEY'] || randomBytes(32).toString('base64url'),
    WECOM_API_URL: sandbox.url,
    WECOM_ALLOWED_HOSTS: new URL(sandbox.url).host,
    WECOM_PROXY_URL: undefined,
    REDIS_URL: undefined,
    PORT: process.env['PORT'] || '0',
    LOG_LEVEL: process.env['LOG_LEVEL'] || 'warn',
  });
}

/** Adds the organization and an enabled syncer, as an administrator would, and syncs. */
async function firstSync(host: Host, sandbox: Sandbox): Promise<RunJson> {
  const { organizations, runs, syncers } = host;
  if (!(await organizations.find(ORGANIZATION))) {
    await organizations.add({ name: ORGANIZATION, displayName: 'Acme 示例公司' });
  }
  const body = {
    organization: ORGANIZATION,
    name: SYNCER,
    type: 'WeCom',
    user: sandbox.corpId,
    password: sandbox.appSecret,
    syncInterval: 3600,
    isEnabled: true,
  };
  const stored = await syncers.find(ORGANIZATION, SYNCER, '');
  const { record } = stored ? await syncers.update(stored, body) : await syncers.add(body);
  const progress = openProgress(process.stderr);
  const { run, ended } = await runs.begin(record, 'manual');
  const stop = runs.listen(run.id, (now) => progress.show(runJson(now, 'en')));
  try {
    return runJson(await ended, 'en');
  } finally {
    stop();
    progress.end();
  }
}

async function stayUp(host: Host, sandbox: Sandbox, settings: Settings): Promise<void> {
  const url = await host.listen();
  const first = host.firstAdministrator;
  const signIn = first
    ? `organization built-in, user admin, password ${settings.adminPassword}`
    : 'the administrator that this database has already';
  process.stdout.write(
    [
      `listening on ${url}`,
      `  Syncers tab   ${url}${settings.basePath}/syncers`,
      `  sign in as    ${signIn}`,
      '',
      '  Let ten people go, disable three, rename five, and press Sync:',
      `  curl -X POST ${sandbox.url}/control/leave   -d '{"count":10}'`,
      `  curl -X POST ${sandbox.url}/control/disable -d '{"count":3}'`,
      `  curl -X POST ${sandbox.url}/control/rename  -d '{"count":5}'`,
      '',
      '  Ctrl+C ends the demo; nothing is left behind.',
      '',
    ].join('\n'),
  );
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

await conclude(demo);
