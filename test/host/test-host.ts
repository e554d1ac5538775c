import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { pino } from 'pino';
import { createHost } from '../../src/host/create-host.ts';
import type { Host } from '../../src/host/host.ts';
import { parseSettings, type Settings } from '../../src/host/settings.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Scheduler } from '../../src/scheduler/scheduler.ts';
import type { Dialect } from '../../src/storage/dialect.ts';
import type { SyncerDefinition } from '../../src/syncer/definition.ts';
import { createTestDatabase } from '../support/databases.ts';
import type { HostOrder } from '../support/processes/host-process.ts';

export const ADMIN_PASSWORD = 'correct horse battery';
/** The same in every host of a test that shares a database. */
export const SECRET_KEY = 'mwbN0tkqiVnVmcXoiGTP1cLVgLWv8uUqC2KJ9Q+Hy3E=';
export const CLIENT_ID = 'test-client';
export const CLIENT_SECRET = 'test-client-secret-0123456789';

/** An answer in the host's shape, or whatever came instead. */
export interface Answer {
  readonly httpStatus: number;
  readonly headers: Headers;
  readonly text: string;
  readonly status: string;
  readonly msg: string;
  // Answers are looked at key by key in assertions; their shapes are what is tested.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data2: any;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

/** A client of the host: a browser's session, an SDK's credential, or nobody. */
export class Client {
  cookie = '';
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#headers = headers;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send('GET', path, undefined, headers);
  }

  post(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send('POST', path, body === undefined || typeof body === 'string' ? body : JSON.stringify(body), {
      'content-type': 'application/json',
      ...headers,
    });
  }

  async signIn(organization: string, username: string, password: string): Promise<Answer> {
    const answer = await this.post('/api/login', { type: 'login', organization, username, password });
    this.cookie = (answer.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '';
    return answer;
  }

  async #send(
    method: string,
    path: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    // As the browser says of our own page; a test that says where it comes from is taken at its word.
    const isSilent = !['sec-fetch-site', 'origin', 'referer'].some((name) => name in headers);
    const session = { cookie: this.cookie, ...(isSilent ? { 'sec-fetch-site': 'same-origin' } : {}) };
    const response = await fetch(this.#url + path, {
      method,
      headers: { ...this.#headers, ...(this.cookie ? session : {}), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const json = text.startsWith('{') ? JSON.parse(text) : {};
    return {
      httpStatus: response.status,
      headers: response.headers,
      text,
      json,
      status: json.status,
      msg: json.msg,
      data: json.data,
      data2: json.data2,
    };
  }
}

export interface TestHostOptions {
  readonly members?: number;
  readonly departments?: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly scheduler?: Scheduler;
  readonly definitions?: readonly SyncerDefinition[];
}

/** A real host on a fresh SQLite file, or on another database, with the sandbox as WeCom. */
export class TestHost {
  readonly host: Host;
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** Everything that the host logged. */
  readonly log: string[];
  readonly settings: Settings;
  /** What a test leaves behind beside the host itself. */
  #afterwards = (): Promise<void> => Promise.resolve();

  private constructor(host: Host, sandbox: Sandbox, folder: string, log: string[], settings: Settings) {
    this.host = host;
    this.sandbox = sandbox;
    this.folder = folder;
    this.log = log;
    this.settings = settings;
  }

  static async start(options: TestHostOptions = {}): Promise<TestHost> {
    const sandbox = await Sandbox.start({ members: options.members ?? 30, departments: options.departments ?? 5 });
    const folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-host-'));
    const settings = parseSettings({
      DATABASE_URL: `sqlite:${join(folder, 'iam.db')}`,
      PORT: '0',
      ADMIN_PASSWORD,
      CLIENT_ID,
      CLIENT_SECRET,
      WECOM_API_URL: sandbox.url,
      WECOM_OAUTH_URL: sandbox.url,
      ...options.settings,
    });
    const log: string[] = [];
    const host = await createHost(settings, {
      log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }),
      ...(options.scheduler ? { scheduler: options.scheduler } : {}),
      ...(options.definitions ? { definitions: options.definitions } : {}),
    });
    await host.listen();
    return new TestHost(host, sandbox, folder, log, settings);
  }

  /**
   * The same on a fresh database of this kind, which is dropped with the host.
   * @returns undefined where no such server answers: the suite is skipped.
   */
  static async on(kind: Dialect, options: TestHostOptions = {}): Promise<TestHost | undefined> {
    const database = await createTestDatabase(kind);
    if (!database) return undefined;
    const settings = { DATABASE_URL: database.url, SECRET_KEY, ...options.settings };
    const test = await TestHost.start({ ...options, settings });
    test.#afterwards = () => database.drop();
    return test;
  }

  anonymous(headers: Readonly<Record<string, string>> = {}): Client {
    return new Client(this.host.url, headers);
  }

  /** As the SDKs for Node, Go and Java send their credential. */
  credential(): Client {
    return withCredential(this.host.url);
  }

  async signedIn(organization = 'built-in', username = 'admin', password = ADMIN_PASSWORD): Promise<Client> {
    const client = new Client(this.host.url);
    const answer = await client.signIn(organization, username, password);
    expect(answer.status, answer.msg).to.equal('ok');
    return client;
  }

  /** An organization with an administrator and a plain user, whose passwords are the administrator's. */
  async addOrganization(name: string): Promise<void> {
    const client = this.credential();
    expect((await client.post('/api/add-organization', { name, displayName: name })).msg).to.equal('');
    const people = [
      { name: 'chief', isAdmin: true },
      { name: 'plain', isAdmin: false },
    ];
    for (const person of people) {
      const answer = await client.post('/api/add-user', { owner: name, password: ADMIN_PASSWORD, ...person });
      expect(answer.status, answer.msg).to.equal('ok');
    }
  }

  /** The body of a WeCom syncer that works. */
  syncer(organization: string, name = 'wecom'): Record<string, unknown> {
    return {
      owner: 'admin',
      name,
      organization,
      type: 'WeCom',
      user: this.sandbox.corpId,
      password: this.sandbox.appSecret,
      host: '',
      syncInterval: 3600,
      isEnabled: false,
    };
  }

  async close(): Promise<void> {
    await this.host.close();
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true });
    await this.#afterwards();
  }
}

/** As a service that has the host's client id and secret. */
export function withCredential(url: string): Client {
  const basic = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');
  return new Client(url, { authorization: `Basic ${basic}` });
}

/** An organization, and a WeCom syncer in it that works and runs every hour. */
export async function addTenant(
  client: Client,
  sandbox: Sandbox,
  organization: string,
  isEnabled: boolean,
): Promise<void> {
  await client.post('/api/add-organization', { name: organization, displayName: organization });
  const answer = await client.post('/api/add-syncer', {
    owner: 'admin',
    name: 'wecom',
    organization,
    type: 'WeCom',
    user: sandbox.corpId,
    password: sandbox.appSecret,
    syncInterval: 3600,
    isEnabled,
  });
  expect(answer.status, answer.msg).to.equal('ok');
}

const HOST_PROCESS = fileURLToPath(new URL('../support/processes/host-process.ts', import.meta.url));
const OWN_CLOCK = new URL('../support/processes/own-clock.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A host in a process of its own, to set its clock and to kill. */
export class OwnHost {
  readonly client: Client;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.client = withCredential(url);
  }

  /** @param stepMs how far its clock is ahead */
  static async start(order: HostOrder, stepMs = 0): Promise<OwnHost> {
    const child = fork(HOST_PROCESS, [JSON.stringify(order)], {
      execArgv: ['--import', 'tsx', '--import', OWN_CLOCK],
      cwd: ROOT,
      env: { ...process.env, CLOCK_STEP_MS: String(stepMs) },
    });
    const [told] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('a host ended before it listened');
      }),
    ])) as [{ readonly url: string }];
    return new OwnHost(child, told.url);
  }

  /** As it stands in the owner of a lease. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  setClock(stepMs: number): void {
    this.#child.send({ stepMs });
  }

  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  async close(): Promise<void> {
    await this.#end(() => this.#child.send('close'));
  }

  async #end(tell: () => unknown): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    tell();
    await ended;
  }
}
