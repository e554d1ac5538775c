import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './own-servers.ts';
import { until } from './promises.ts';

const run = promisify(execFile);

/** How a server is given the configuration of `docs/beside-casdoor`. */
interface Recipe {
  /** Of that configuration. */
  readonly file: string;
  /** What installs it on Debian. */
  readonly package: string;
  /** The site of that configuration, and what it is in a test. */
  readonly site: string;
  readonly listening: (port: number) => string;
  /** What stands around a site, in a file of the program's own. */
  readonly whole: (site: string, folder: string) => string;
  readonly serving: (folder: string) => readonly string[];
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

const RECIPES = {
  nginx: {
    file: 'nginx.conf',
    package: 'nginx-light',
    site: 'listen 80;',
    listening: (port) => `listen 127.0.0.1:${port};`,
    whole: (site, folder) =>
      `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${folder}/pid; error_log stderr;
       events {} http { access_log off; ${TEMPORARY.map((what) => `${what}_temp_path ${folder}/${what};`).join(' ')} ${site} }`,
    serving: (folder) => ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'],
  },
  caddy: {
    file: 'Caddyfile',
    package: 'caddy',
    site: 'iam.example {',
    listening: (port) => `http://127.0.0.1:${port} {`,
    whole: (site) => `{\nadmin off\nauto_https off\n}\n${site}`,
    serving: (folder) => ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
  },
} satisfies Record<string, Recipe>;

export type ProxyKind = keyof typeof RECIPES;
export const PROXY_KINDS: readonly ProxyKind[] = ['nginx', 'caddy'];

const isInstalled = (program: string): Promise<boolean> =>
  run('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );

/** Whoever lacks one is told once. */
const told = new Set<ProxyKind>();

/** A real nginx or Caddy with the configuration that operators are given, in front of a Casdoor and of a host. */
export class ReverseProxy {
  readonly #kind: ProxyKind;
  readonly #recipe: Recipe;
  readonly #port: number;
  #folder: string | undefined;
  #child: ChildProcess | undefined;

  private constructor(kind: ProxyKind, port: number) {
    this.#kind = kind;
    this.#recipe = RECIPES[kind];
    this.#port = port;
  }

  /** Knows its origin, which a host has to be told, and serves nothing yet; skips the suite where it is not installed. */
  static async reserve(kind: ProxyKind, suite: Mocha.Context): Promise<ReverseProxy> {
    if (!(await isInstalled(kind))) {
      const hint = `${kind} is not installed: its tests are skipped. Install it (Debian: ${RECIPES[kind].package}).`;
      if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(hint);
      if (!told.has(kind)) console.log(hint);
      told.add(kind);
      suite.skip();
    }
    return new ReverseProxy(kind, await freePort());
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** @param casdoor and `host`: where the two listen */
  async serve(casdoor: string, host: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), `wecom-syncer-${this.#kind}-`));
    this.#folder = folder;
    const { file, site, listening, whole, serving } = this.#recipe;
    const given = await readFile(new URL(`../../docs/beside-casdoor/${file}`, import.meta.url), 'utf8');
    const servers = given
      .replaceAll('casdoor:8000', new URL(casdoor).host)
      .replaceAll('host:8000', new URL(host).host)
      .replace(site, listening(this.#port));
    await writeFile(join(folder, file), whole(servers, folder));
    const child = spawn(this.#kind, [...serving(folder)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // What it keeps for itself, it keeps there.
      env: { PATH: process.env['PATH'], HOME: folder },
    });
    this.#child = child;
    let said = '';
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    await until(() => {
      if (child.exitCode !== null) throw new Error(`${this.#kind} ended: ${said}`);
      return fetch(this.origin).then(
        () => true,
        () => false,
      );
    });
  }

  async close(): Promise<void> {
    if (this.#child && this.#child.exitCode === null) {
      this.#child.kill();
      await once(this.#child, 'exit');
    }
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}
