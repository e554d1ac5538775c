import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from '../databases.ts';
import { freePort } from '../own-servers.ts';
import { until } from '../promises.ts';

export interface CasdoorAnswer {
  readonly status: string;
  readonly msg: string;
  // Answers are looked at key by key in assertions.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  /** The session that came with it, as a browser would send it back. */
  readonly cookie: string;
}

/** How its configuration spells a database. */
function dataSourceOf({ kind, url }: Pick<TestDatabase, 'kind' | 'url'>): Readonly<Record<string, string>> {
  if (kind === 'sqlite') {
    const file = `file:${url.slice('sqlite:'.length)}?_pragma=busy_timeout(5000)&_txlock=immediate`;
    return { driverName: 'sqlite', dataSourceName: file, dbName: 'casdoor' };
  }
  const { hostname, port, username, password, pathname } = new URL(url);
  const dbName = pathname.slice(1);
  if (kind === 'mysql') {
    const dataSourceName = `${username}:${password}@tcp(${hostname}:${port || '3306'})/`;
    return { driverName: 'mysql', dataSourceName, dbName };
  }
  const secret = password === '' ? '' : ` password=${password}`;
  const dataSourceName = `user=${username}${secret} host=${hostname} port=${port || '5432'} sslmode=disable dbname=${dbName}`;
  return { driverName: 'postgres', dataSourceName, dbName };
}

/** A real Casdoor, built by whoever runs the test: CASDOOR_BIN names the program. */
export class RunningCasdoor {
  readonly url: string;
  readonly #program: string;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;

  private constructor(program: string, url: string, folder: string, environment: NodeJS.ProcessEnv) {
    this.#program = program;
    this.url = url;
    this.#folder = folder;
    this.#environment = environment;
  }

  /** @param environment how it reaches WeCom, and what else its configuration is to say */
  static async start(
    program: string,
    database: Pick<TestDatabase, 'kind' | 'url'>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<RunningCasdoor> {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-casdoor-'));
    await mkdir(join(folder, 'conf'));
    const settings = {
      appname: 'casdoor',
      httpaddr: '127.0.0.1',
      httpport: String(port),
      runmode: 'prod',
      copyrequestbody: 'true',
      authState: 'casdoor',
      logPostOnly: 'true',
      batchSize: '100',
      defaultApplication: 'app-built-in',
      quota: '{"organization": -1, "user": -1, "application": -1, "provider": -1}',
      ...dataSourceOf(database),
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    await writeFile(join(folder, 'conf/app.conf'), lines.join('\n'));
    // Without a PATH it finds no program with which to end whoever it takes for an older self on its port.
    const casdoor = new RunningCasdoor(program, `http://127.0.0.1:${port}`, folder, { HOME: folder, ...environment });
    await casdoor.#serve();
    return casdoor;
  }

  async restart(): Promise<void> {
    await this.#stop();
    await this.#serve();
  }

  async #serve(): Promise<void> {
    const child = spawn(this.#program, [], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += String(chunk)));
    await until(() => {
      if (child.exitCode !== null) throw new Error(`Casdoor ended: ${printed}`);
      return this.call('GET', 'get-account').then(
        ({ msg }) => msg === 'Please login first',
        () => false,
      );
    });
  }

  async call(method: 'GET' | 'POST', path: string, body?: object, cookie = ''): Promise<CasdoorAnswer> {
    const isForm = body instanceof URLSearchParams;
    const response = await fetch(`${this.url}/api/${path}`, {
      method,
      headers: { ...(isForm ? {} : { 'content-type': 'application/json' }), ...(cookie && { cookie }) },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    });
    const [set = ''] = response.headers.getSetCookie().filter((one) => one.startsWith('casdoor_session_id='));
    const answer = (await response.json()) as Omit<CasdoorAnswer, 'cookie'>;
    return { ...answer, cookie: set.split(';', 1)[0] ?? '' };
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.#stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
