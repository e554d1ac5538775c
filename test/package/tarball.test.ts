import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { expect } from 'chai';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { fileBehind } from '../../scripts/check-imports.ts';
import { emptyFolder } from '../support/command.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ADDON = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';
const MINUTE_MS = 60_000;

const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
};
/** Of each door what somebody would import there. */
const DOORS = {
  'wecom-syncer': ['SyncEngine', 'SyncerRegistry', 'wecomSyncer', 'InProcessScheduler', 'StaleReadError'],
  'wecom-syncer/wecom': ['WeComSyncer', 'defineWecomSyncer', 'wecomSyncer'],
  'wecom-syncer/typeorm': ['Database', 'entities', 'migrate', 'migrations', 'TypeormIdentityStore'],
  'wecom-syncer/bullmq': ['BullmqScheduler'],
  'wecom-syncer/service': ['createSyncService', 'Refusal'],
  'wecom-syncer/host': ['createHost', 'parseSettings'],
  'wecom-syncer/testing': ['Sandbox', 'MemoryIdentityStore', 'describeSyncer', 'describeIdentityStore'],
} as const;
const NAMES = Object.keys(DOORS) as (keyof typeof DOORS)[];

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

  /** The package in a folder of its own; undefined when there is no registry to install from. */
  async function installed(name: string, ...flags: readonly string[]): Promise<string | undefined> {
    const home = join(folder.path, name);
    await mkdir(home);
    await writeFile(join(home, 'package.json'), '{ "private": true }');
    const tarball = join(folder.path, packed.filename);
    // Scripts off, and the compiled addon copied: compiling better-sqlite3 again takes minutes and tests nothing of ours.
    const common = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--no-save'];
    try {
      await run('npm', ['install', ...common, ...flags, tarball], { cwd: home });
    } catch (error) {
      if (process.env['REQUIRE_SERVICES'] === '1') throw error;
      console.log('npm cannot install the package here (no registry?): its test is skipped.');
      return undefined;
    }
    return home;
  }

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
    expect(packed.files.filter(({ path }) => /\.(png|jpe?g|webp)$/.test(path))).to.deep.equal([]);
  });

  it('has source maps that carry their sources', async () => {
    const map = JSON.parse(await readFile(join(ROOT, 'dist/src/engine/engine.js.map'), 'utf8')) as {
      readonly sourcesContent?: readonly string[];
    };
    expect(map.sourcesContent?.[0]).to.include('class SyncEngine');
  });

  it('leaves publint nothing to say', async () => {
    const { messages, pkg } = await publint({ pkgDir: ROOT, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).to.deep.equal([]);
  });

  it('leaves arethetypeswrong nothing to say, but that require() loads ES modules', async function () {
    this.timeout(2 * MINUTE_MS);
    const tarball = await readFile(join(folder.path, packed.filename));
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
    const problems = 'problems' in analysis ? analysis.problems : [];
    expect('problems' in analysis).to.equal(true);
    // Every Node that the package runs on can (`engines`), and TypeScript knows it under `nodenext`.
    expect(problems.filter(({ kind }) => kind !== 'CJSResolvesToESM')).to.deep.equal([]);
  });

  it('opens the doors that its compiler and its table of imports know', () => {
    const { paths } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')).compilerOptions as {
      readonly paths: Readonly<Record<string, readonly [string]>>;
    };
    for (const [door, target] of Object.entries(MANIFEST.exports)) {
      if (typeof target === 'string') continue;
      const name = door.replace(/^\./, 'wecom-syncer');
      const [source] = paths[name] ?? [paths['wecom-syncer/*']?.[0]?.replace('*', door.slice(2)) ?? ''];
      expect(target.default, name).to.equal(source?.replace(/^\.\/(.*)\.ts$/, './dist/$1.js'));
      expect(fileBehind(name), name).to.equal(source?.replace('./', ''));
    }
    expect(NAMES.map((name) => name.replace('wecom-syncer', '.'))).to.have.members(
      Object.keys(MANIFEST.exports).filter((door) => door !== './package.json'),
    );
  });

  describe('in an empty folder', () => {
    let home: string;
    let options: { cwd: string; env: NodeJS.ProcessEnv };
    before(async function () {
      this.timeout(5 * MINUTE_MS);
      const found = await installed('full');
      if (found === undefined) this.skip();
      home = found;
      await mkdir(dirname(join(home, ADDON)), { recursive: true });
      await copyFile(join(ROOT, ADDON), join(home, ADDON));
      const { PATH, HOME } = process.env;
      options = { cwd: home, env: { PATH, HOME } };
    });

    it('has everything that the program needs', async () => {
      const missing = [];
      for (const name of [...Object.keys(MANIFEST.optionalDependencies), 'typeorm']) {
        const found = await readdir(join(home, 'node_modules', name)).catch(() => []);
        if (found.length === 0) missing.push(name);
      }
      expect(missing).to.deep.equal([]);
    });

    it('has a command that makes a database and runs', async () => {
      const command = join(home, 'node_modules/.bin/wecom-syncer');
      expect((await run(command, ['--help'], options)).stdout).to.include('preview');
      await run(command, ['migrate'], options);
      expect(await readdir(join(home, 'data'))).to.include('iam.db');
    });

    it('opens every door to import and to require', async () => {
      for (const name of NAMES) {
        for (const load of [`import('${name}')`, `Promise.resolve(require('${name}'))`]) {
          const probe = `${load}.then((door) => console.log(Object.keys(door).join()))`;
          const { stdout } = await run(process.execPath, ['-e', probe], options);
          expect(stdout.trim().split(','), load).to.include.members([...DOORS[name]]);
        }
      }
    });

    it('loads behind the front door no server, no store and no driver', async () => {
      const packages = await loadedBy('wecom-syncer', home);
      expect(packages).to.include('wecom-syncer').and.include('class-validator');
      expect(packages).to.have.length.of.at.most(35);
      expect(packages).to.not.include.members(['typeorm']);
      for (const name of Object.keys(MANIFEST.optionalDependencies)) expect(packages).to.not.include(name);
      expect(await loadedBy('wecom-syncer/wecom', home)).to.deep.equal(packages);
      // And it is looked at in the right way: what stands behind another door is seen.
      expect(await loadedBy('wecom-syncer/typeorm', home)).to.include('typeorm');
    });

    it('opens the front door in at most 0.6 of the time and memory of the host with its server', async function () {
      this.timeout(2 * MINUTE_MS);
      const server = ['fastify', 'pino', '@node-rs/argon2', 'prom-client'];
      const front: Cost[] = [];
      const whole: Cost[] = [];
      for (let round = 0; round < 7; round++) {
        front.push(await costOf(['wecom-syncer'], home));
        whole.push(await costOf(['wecom-syncer/host', ...server], home));
      }
      for (const figure of ['cpuMs', 'bytes'] as const) {
        const [least = NaN, most = NaN] = [front, whole].map((costs) => Math.min(...costs.map((cost) => cost[figure])));
        expect(least / most, figure).to.be.at.most(0.6);
      }
    });

    for (const [resolution, compiler, file, ...flags] of [
      ['nodenext', 'typescript', 'host.mts', '--module', 'nodenext'],
      ['nodenext, in CommonJS', 'typescript', 'host.cts', '--module', 'nodenext'],
      ['bundler', 'typescript', 'host.ts', '--module', 'preserve', '--moduleResolution', 'bundler'],
      ['node10', 'typescript-5', 'host.ts', '--module', 'commonjs', '--moduleResolution', 'node10'],
    ] as const) {
      it(`has types for a strict host under ${resolution}`, async function () {
        this.timeout(2 * MINUTE_MS);
        await writeFile(join(home, file), CONSUMER);
        const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc');
        const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--target', 'es2022'];
        const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
        const said = await run(process.execPath, [tsc, ...strict, ...types, ...flags, file], options).then(
          () => '',
          (error: { stdout: string }) => error.stdout,
        );
        expect(said).to.equal('');
      });
    }
  });

  describe('without what is optional', () => {
    let home: string;
    before(async function () {
      this.timeout(5 * MINUTE_MS);
      const found = await installed('plugin', '--omit=optional');
      if (found === undefined) this.skip();
      home = found;
    });

    const said = async (script: string): Promise<string> =>
      (await run(process.execPath, ['--input-type=module', '-e', script], { cwd: home })).stdout;

    it('opens every door all the same', async () => {
      for (const name of Object.keys(MANIFEST.optionalDependencies))
        expect(await readdir(join(home, 'node_modules', name)).catch(() => []), name).to.deep.equal([]);
      for (const name of NAMES)
        expect(await said(`await import('${name}'); console.log('open')`), name).to.equal('open\n');
    });

    it('names what is missing, with the command that installs it', async () => {
      const tell = '.then(() => console.log("opened"), ({ name, remedy }) => console.log(name, remedy?.en))';
      const redis = `{ url: 'redis://127.0.0.1:1', concurrency: 1, onFailure() {} }`;
      const host = `{ DATABASE_URL: 'sqlite:x.db', SECRET_KEY: '${randomBytes(32).toString('base64')}' }`;
      const range = (name: string): string =>
        `ConfigError Install it: npm install "${name}@${MANIFEST.optionalDependencies[name]}"\n`;
      expect(
        await said(`import { BullmqScheduler } from 'wecom-syncer/bullmq'; BullmqScheduler.open(${redis})${tell}`),
      ).to.equal(range('bullmq'));
      expect(
        await said(
          `import { createHost, parseSettings } from 'wecom-syncer/host'; createHost(parseSettings(${host}))${tell}`,
        ),
      ).to.equal(range('pino'));
    });

    it('has a command that says the same', async () => {
      const failure = await run(join(home, 'node_modules/.bin/wecom-syncer'), ['--help'], { cwd: home }).then(
        () => undefined,
        (error: { code: number; stderr: string }) => error,
      );
      expect(failure?.code).to.equal(1);
      expect(failure?.stderr).to.include('npm install "commander@');
    });
  });
});

/** A module of a host that compiles strictly; each door gives something to name. */
const CONSUMER = `
import { SyncEngine, SyncerRegistry, InProcessScheduler, defineWecomSyncer, type SyncerDefinition } from 'wecom-syncer';
import type { IdentityStore, IdentityPage, PageWrite, RunStore, LeaseStore, Run, Syncer, SyncError } from 'wecom-syncer';
import { wecomSyncer, type WeComConnection } from 'wecom-syncer/wecom';
import { TypeormIdentityStore, TypeormLeaseStore, TypeormRunStore, type Database } from 'wecom-syncer/typeorm';
import { BullmqScheduler, type BullmqOptions } from 'wecom-syncer/bullmq';
import { createSyncService, type SyncService, type SyncServiceOptions } from 'wecom-syncer/service';
import { createHost, parseSettings, type Settings } from 'wecom-syncer/host';
import { MemoryIdentityStore, Sandbox, describeSyncer } from 'wecom-syncer/testing';

export const storesOf = (database: Database): { identity: IdentityStore; runs: RunStore; leases: LeaseStore } => ({
  identity: new TypeormIdentityStore(database),
  runs: new TypeormRunStore(database),
  leases: new TypeormLeaseStore(database),
});
export const engineOf = (database: Database): SyncEngine => new SyncEngine({ ...storesOf(database), owner: 'me' });
export const write = (page: IdentityPage, done: PageWrite): Promise<void> =>
  page.write({ syncerId: '1', organization: 'acme', source: 'acme/wecom', bindingColumn: 'wecom' }, done);
const connection: WeComConnection = { baseUrl: 'https://qyapi.weixin.qq.com' };
const definition: SyncerDefinition = defineWecomSyncer(connection);
export const registry = new SyncerRegistry().register(definition);
export const open = (options: BullmqOptions) => BullmqScheduler.open(options);
export const settings: Settings = parseSettings({});
export const serve = (options: SyncServiceOptions): Promise<SyncService> => createSyncService(options);
export type Told = readonly [Run, Syncer, SyncError];
export const rest = [InProcessScheduler, wecomSyncer, createHost, MemoryIdentityStore, Sandbox, describeSyncer];
// @ts-expect-error an engine wants its stores: types that resolved to nothing would let this pass
new SyncEngine({});
`;

/** Names of the packages that an import loads, from ES modules and from CommonJS. */
async function loadedBy(name: string, home: string): Promise<string[]> {
  const script = `
    import { createRequire, register } from 'node:module';
    import { MessageChannel } from 'node:worker_threads';
    const { port1, port2 } = new MessageChannel();
    const urls = new Set();
    port1.on('message', (url) => urls.add(url)).unref();
    const hooks = 'let port; export const initialize = (given) => { port = given; };' +
      'export const load = (url, context, next) => { port.postMessage(url); return next(url, context); };';
    register('data:text/javascript,' + encodeURIComponent(hooks), { data: port2, transferList: [port2] });
    await import('${name}');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const required = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify([...urls, ...required]));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: home });
  const places = JSON.parse(stdout) as string[];
  const names = places.flatMap((place) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1] ?? []);
  return [...new Set(names)].sort();
}

interface Cost {
  readonly cpuMs: number;
  readonly bytes: number;
}

/** What a process pays for imports: its time is the processor's, which other work on this machine does not stretch. */
async function costOf(names: readonly string[], home: string): Promise<Cost> {
  const script = `
    const before = { cpu: process.cpuUsage(), bytes: process.memoryUsage.rss() };
    for (const name of ${JSON.stringify(names)}) await import(name);
    const { user, system } = process.cpuUsage(before.cpu);
    console.log(JSON.stringify({ cpuMs: (user + system) / 1000, bytes: process.memoryUsage.rss() - before.bytes }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: home });
  return JSON.parse(stdout) as Cost;
}
