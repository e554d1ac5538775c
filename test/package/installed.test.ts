import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { installed, MANIFEST, OLD_COMPILER, succeeded, type Home } from './packed.ts';

const MINUTE_MS = 60_000;
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
const OPTIONAL = Object.keys(MANIFEST.optionalDependencies);

/** Of these packages, those that are not there. */
async function missingIn(home: Home, names: readonly string[]): Promise<readonly string[]> {
  const missing = [];
  for (const name of names) {
    const found = await readdir(join(home.path, 'node_modules', name)).catch(() => []);
    if (found.length === 0) missing.push(name);
  }
  return missing;
}

describe('the package in an empty folder', () => {
  let home: Home;
  before(async function () {
    this.timeout(5 * MINUTE_MS);
    const found = await installed('full');
    if (found === undefined) this.skip();
    home = found;
  });

  it('has everything that the program needs', async () => {
    expect(await missingIn(home, [...OPTIONAL, 'typeorm'])).to.deep.equal([]);
  });

  it('has a command that makes a database and runs', async () => {
    const command = join(home.path, 'node_modules/.bin/wecom-syncer');
    expect(succeeded(await home.run(command, ['--help']))).to.include('preview');
    succeeded(await home.run(command, ['migrate']));
    expect(await readdir(join(home.path, 'data'))).to.include('iam.db');
  });

  it('opens every door to import and to require', async function () {
    this.timeout(MINUTE_MS);
    expect(['.', './package.json', ...NAMES.slice(1).map((name) => name.replace('wecom-syncer', '.'))]).to.have.members(
      Object.keys(MANIFEST.exports),
    );
    const script = `
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const opened = {};
      for (const name of ${JSON.stringify(NAMES)}) opened[name] = Object.keys(LOAD);
      console.log(JSON.stringify(opened));`;
    for (const load of ['require(name)', 'await import(name)']) {
      const opened = JSON.parse(await home.module(script.replace('LOAD', load))) as Record<string, string[]>;
      for (const name of NAMES) expect(opened[name], `${load}: ${name}`).to.include.members([...DOORS[name]]);
    }
  });

  it('loads behind the front door no server, no store and no driver', async () => {
    const packages = await loadedBy('wecom-syncer', home);
    expect(packages).to.include('wecom-syncer').and.include('class-transformer');
    expect(packages).to.have.length.of.at.most(35);
    for (const name of ['typeorm', ...OPTIONAL]) expect(packages).to.not.include(name);
    expect(await loadedBy('wecom-syncer/wecom', home)).to.deep.equal(packages);
    // And it is looked at in the right way: what stands behind another door is seen.
    expect(await loadedBy('wecom-syncer/typeorm', home)).to.include('typeorm');
  });

  it('opens the front door in at most 0.6 of the time and memory of the host with its server', async function () {
    this.timeout(2 * MINUTE_MS);
    const server = ['fastify', 'pino', '@node-rs/argon2', 'prom-client'];
    const front: Cost[] = [];
    const whole: Cost[] = [];
    for (let round = 0; round < 4; round++) {
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
    ['node10', OLD_COMPILER, 'host.ts', '--module', 'commonjs', '--moduleResolution', 'node10'],
  ] as const) {
    it(`has types for a strict host under ${resolution}`, async function () {
      this.timeout(2 * MINUTE_MS);
      await home.write(file, CONSUMER);
      expect(await home.compile([file], ['--noEmit', ...flags], compiler)).to.equal('');
    });
  }
});

describe('the package without what is optional', () => {
  let home: Home;
  before(async function () {
    this.timeout(5 * MINUTE_MS);
    const found = await installed('plugin');
    if (found === undefined) this.skip();
    home = found;
  });

  it('opens every door all the same', async () => {
    expect(await missingIn(home, OPTIONAL)).to.deep.equal(OPTIONAL);
    const script = `for (const name of ${JSON.stringify(NAMES)}) await import(name); console.log('open');`;
    expect(await home.module(script)).to.equal('open\n');
  });

  it('has types that stand on nothing that is optional', async function () {
    this.timeout(MINUTE_MS);
    const imports = NAMES.map(
      (name, n) => `import * as door${n} from '${name}';\nexport type Door${n} = typeof door${n};`,
    );
    await home.write('doors.ts', imports.join('\n'));
    expect(await home.compile(['doors.ts'], ['--noEmit', '--module', 'nodenext', '--skipLibCheck', 'false'])).to.equal(
      '',
    );
  });

  it('names what is missing, with the command that installs it', async () => {
    const tell = '.then(() => console.log("opened"), ({ name, remedy }) => console.log(name, remedy?.en))';
    const redis = `{ url: 'redis://127.0.0.1:1', concurrency: 1, onFailure() {} }`;
    const host = `{ DATABASE_URL: 'sqlite:x.db', SECRET_KEY: '${randomBytes(32).toString('base64')}' }`;
    const range = (name: string): string =>
      `ConfigError Install it: npm install "${name}@${MANIFEST.optionalDependencies[name]}"\n`;
    expect(
      await home.module(`import { BullmqScheduler } from 'wecom-syncer/bullmq'; BullmqScheduler.open(${redis})${tell}`),
    ).to.equal(range('bullmq'));
    expect(
      await home.module(
        `import { createHost, parseSettings } from 'wecom-syncer/host'; createHost(parseSettings(${host}))${tell}`,
      ),
    ).to.equal(range('pino'));
  });

  it('has a command that says the same', async () => {
    const { code, stderr } = await home.run(join(home.path, 'node_modules/.bin/wecom-syncer'), ['--help']);
    expect(code).to.equal(1);
    expect(stderr).to.include('npm install "commander@');
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
async function loadedBy(name: string, home: Home): Promise<string[]> {
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
  const places = JSON.parse(await home.module(script)) as string[];
  const names = places.flatMap((place) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)?.[1] ?? []);
  return [...new Set(names)].sort();
}

interface Cost {
  readonly cpuMs: number;
  readonly bytes: number;
}

/** What a process pays for imports: its time is the processor's, which other work on this machine does not stretch. */
async function costOf(names: readonly string[], home: Home): Promise<Cost> {
  const script = `
    const before = { cpu: process.cpuUsage(), bytes: process.memoryUsage.rss() };
    for (const name of ${JSON.stringify(names)}) await import(name);
    const { user, system } = process.cpuUsage(before.cpu);
    console.log(JSON.stringify({ cpuMs: (user + system) / 1000, bytes: process.memoryUsage.rss() - before.bytes }));`;
  return JSON.parse(await home.module(script)) as Cost;
}
