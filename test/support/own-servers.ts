import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chown, constants, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { Client } from 'pg';
import { until } from './promises.ts';

const run = promisify(execFile);

/** How to make and serve a database of one kind with the programs that the machine has. */
interface Recipe {
  /** The account that its packages make; the servers refuse to work for root. */
  readonly user: string;
  /** Folders that distributions put the programs in, beside those of the PATH. */
  readonly folders: () => Promise<readonly string[]>;
  readonly creator: string;
  readonly server: string;
  readonly creation: (folder: string) => readonly string[];
  readonly serving: (folder: string, port: number) => readonly string[];
  /** Ends the server at once, in the middle of whatever it does. */
  readonly signal: NodeJS.Signals;
  readonly url: (port: number, database: string) => string;
  readonly ask: (url: string, statement: string) => Promise<void>;
}

const RECIPES = {
  postgres: {
    user: 'postgres',
    folders: async () => {
      const root = '/usr/lib/postgresql';
      const versions = await readdir(root).catch(() => []);
      return versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(root, version, 'bin'));
    },
    creator: 'initdb',
    server: 'postgres',
    creation: (folder) => [
      `--pgdata=${join(folder, 'data')}`,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    serving: (folder, port) => [
      `-D${join(folder, 'data')}`,
      `-k${folder}`,
      `-p${port}`,
      '-h127.0.0.1',
      '-cfsync=off',
      '-cfull_page_writes=off',
      '-cshared_buffers=16MB',
    ],
    // "Immediate": its processes quit without a word to anybody, and the next start recovers from the log.
    signal: 'SIGQUIT',
    url: (port, database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    ask: async (url, statement) => {
      const client = new Client({ connectionString: url, connectionTimeoutMillis: 3000 });
      // A connection that is refused while the server starts is told twice.
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.query(statement);
      } finally {
        await client.end();
      }
    },
  },
  mysql: {
    user: 'mysql',
    folders: async () => ['/usr/sbin', '/usr/libexec'],
    creator: 'mariadb-install-db',
    server: 'mariadbd',
    creation: (folder) => [
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      '--skip-test-db',
      '--skip-name-resolve',
      '--auth-root-authentication-method=normal',
    ],
    serving: (folder, port) => [
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      `--socket=${join(folder, 'socket')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--innodb-flush-log-at-trx-commit=2',
    ],
    signal: 'SIGKILL',
    url: (port, database) => `mysql://root@127.0.0.1:${port}/${database}`,
    ask: async (url, statement) => {
      const connection = await mysql.createConnection({ uri: url, connectTimeout: 3000 });
      try {
        await connection.query(statement);
      } finally {
        await connection.end();
      }
    },
  },
} satisfies Record<string, Recipe>;

/** Whom a server works for; nobody in particular unless the tests run as root. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** A database server of its own, to stop and start in the middle of things; what was committed outlives that. */
export class OwnDatabase {
  readonly #recipe: Recipe;
  readonly #program: string;
  readonly #folder: string;
  readonly #port: number;
  readonly #account: Account;
  #server: ChildProcess | undefined;

  private constructor(recipe: Recipe, program: string, folder: string, port: number, account: Account) {
    this.#recipe = recipe;
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
    this.#account = account;
  }

  /** Undefined when its programs are not installed here; with REQUIRE_SERVICES=1 that is an error. */
  static async start(kind: keyof typeof RECIPES): Promise<OwnDatabase | undefined> {
    const recipe: Recipe = RECIPES[kind];
    const folders = [...(await recipe.folders()), ...(process.env['PATH'] ?? '').split(delimiter)];
    const [creator, server] = [await find(recipe.creator, folders), await find(recipe.server, folders)];
    if (creator === undefined || server === undefined) {
      const hint = `${recipe.creator} or ${recipe.server} is not installed: the suites that stop and start one are skipped.`;
      if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(hint);
      console.log(hint);
      return undefined;
    }
    const account = process.getuid?.() === 0 ? await accountOf(recipe.user) : {};
    const folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-'));
    if (account.uid !== undefined && account.gid !== undefined) await chown(folder, account.uid, account.gid);
    await run(creator, [...recipe.creation(folder)], { ...account, cwd: folder });
    const own = new OwnDatabase(recipe, server, folder, await freePort(), account);
    await own.start();
    return own;
  }

  /** Makes an empty database; answers its URL. */
  async create(database: string): Promise<string> {
    await this.#recipe.ask(this.#url(this.#recipe.user), `CREATE DATABASE ${database}`);
    return this.#url(database);
  }

  async start(): Promise<void> {
    const { user, ask } = this.#recipe;
    this.#server = spawn(this.#program, [...this.#recipe.serving(this.#folder, this.#port)], {
      ...this.#account,
      cwd: this.#folder,
      stdio: 'ignore',
    });
    await until(() => ask(this.#url(user), 'SELECT 1').then(...YES_OR_NO));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(this.#recipe.signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #url(database: string): string {
    return this.#recipe.url(this.#port, database);
  }
}

async function find(program: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, program);
    if (await access(path, constants.X_OK).then(...YES_OR_NO)) return path;
  }
  return undefined;
}

const YES_OR_NO = [() => true, () => false] as const;

async function accountOf(user: string): Promise<Account> {
  const idOf = async (option: string): Promise<number> => Number((await run('id', [option, user])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
