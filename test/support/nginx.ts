import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './own-servers.ts';
import { until } from './promises.ts';

const HINT = 'nginx is not installed: its tests are skipped. Install it (Debian: nginx-light).';

const isInstalled = (): Promise<boolean> =>
  promisify(execFile)('sh', ['-c', 'command -v nginx']).then(
    () => true,
    () => false,
  );

/** A real nginx with the configuration that operators are given, in front of a Casdoor and of a host. */
export class Nginx {
  readonly #port: number;
  #folder: string | undefined;
  #child: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  /** Knows its origin, which a host has to be told, and serves nothing yet; skips the suite where there is no nginx. */
  static async reserve(suite: Mocha.Context): Promise<Nginx> {
    if (!(await isInstalled())) {
      if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(HINT);
      console.log(HINT);
      suite.skip();
    }
    return new Nginx(await freePort());
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** @param casdoor and `host`: where the two listen */
  async serve(casdoor: string, host: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-nginx-'));
    this.#folder = folder;
    const given = await readFile(new URL('../../docs/beside-casdoor/nginx.conf', import.meta.url), 'utf8');
    const servers = given
      .replace('server casdoor:8000;', `server ${new URL(casdoor).host};`)
      .replace('server host:8000;', `server ${new URL(host).host};`)
      .replace('listen 80;', `listen 127.0.0.1:${this.#port};`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (what) => `${what}_temp_path ${folder}/${what};`,
    );
    await writeFile(
      join(folder, 'nginx.conf'),
      `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${folder}/pid; error_log stderr;
       events {} http { access_log off; ${temporary.join(' ')} ${servers} }`,
    );
    this.#child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: 'ignore' });
    await until(() =>
      fetch(this.origin).then(
        () => true,
        () => false,
      ),
    );
  }

  async close(): Promise<void> {
    if (this.#child && this.#child.exitCode === null) {
      this.#child.kill();
      await once(this.#child, 'exit');
    }
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}
