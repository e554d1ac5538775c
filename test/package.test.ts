import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { emptyFolder } from './support/command.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ADDON = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';
const MINUTE_MS = 60_000;

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe('the package', () => {
  let folder: Awaited<ReturnType<typeof emptyFolder>>;
  let packed: Packed;

  before(async function () {
    this.timeout(MINUTE_MS);
    folder = await emptyFolder();
    const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder.path];
    const { stdout } = await run('npm', args, { cwd: ROOT });
    [packed] = JSON.parse(stdout) as [Packed];
  });
  after(() => folder.remove());

  it('ships the program, its types, the Syncers tab and the documents', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).to.include.members([
      'dist/src/cli/main.js',
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/web/index.html',
      'docs/operations.md',
      'README.md',
      'README.zh-CN.md',
      'LICENSE',
    ]);
  });

  it('ships no sources, tests, settings or data', () => {
    const strangers = packed.files
      .map(({ path }) => path)
      .filter(
        (path) => !/^(dist|docs)\/|^[A-Z]+(\.zh-CN)?(\.md)?$|^package\.json$/.test(path) || /\.env|\.db/.test(path),
      );
    expect(strangers).to.deep.equal([]);
  });

  it('installs in an empty folder, and its command makes a database and runs', async function () {
    this.timeout(5 * MINUTE_MS);
    const home = join(folder.path, 'installed');
    await mkdir(home);
    const tarball = join(folder.path, packed.filename);
    // Scripts off, and the compiled addon copied: compiling better-sqlite3 again takes minutes and tests nothing of ours.
    const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-save'];
    try {
      await run('npm', ['install', ...flags, '--prefix', home, tarball], { cwd: home });
    } catch (error) {
      if (process.env['REQUIRE_SERVICES'] === '1') throw error;
      console.log('npm cannot install the package here (no registry?): its test is skipped.');
      this.skip();
    }
    await mkdir(dirname(join(home, ADDON)), { recursive: true });
    await copyFile(join(ROOT, ADDON), join(home, ADDON));

    const command = join(home, 'node_modules/.bin/wecom-syncer');
    const { PATH, HOME } = process.env;
    const options = { cwd: home, env: { PATH, HOME } };
    expect((await run(command, ['--help'], options)).stdout).to.include('preview');
    await run(command, ['migrate'], options);
    expect(await readdir(join(home, 'data'))).to.include('iam.db');
    const probe = "import('wecom-syncer').then(({ wecomSyncer }) => console.log(wecomSyncer.type))";
    expect((await run(process.execPath, ['-e', probe], options)).stdout.trim()).to.equal('WeCom');
  });
});
