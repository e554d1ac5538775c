import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { installed, ROOT, succeeded, type Home } from './packed.ts';

const MINUTE_MS = 60_000;
/** What a host has of its own; the package brings none of it. */
const OWN = ['fastify', 'express', 'better-sqlite3', '@types'];

describe('the plugin of the package, in servers that are there already', () => {
  let home: Home;
  before(async function () {
    this.timeout(5 * MINUTE_MS);
    const found = await installed('plugin');
    if (found === undefined) this.skip();
    home = found;
    await mkdir(join(home.path, 'mount/node_modules'), { recursive: true });
    for (const name of OWN)
      await symlink(join(ROOT, 'node_modules', name), join(home.path, 'mount/node_modules', name));
    await home.write('mount/host.ts', HOST);
    await home.write('mount/example.ts', readFileSync(join(ROOT, 'examples/mount.ts'), 'utf8'));
  });

  it('is mounted by a strict host in Fastify and in Express', async function () {
    this.timeout(2 * MINUTE_MS);
    expect(
      await home.compile(['mount/host.ts', 'mount/example.ts'], ['--module', 'nodenext', '--outDir', 'mount']),
    ).to.equal('');
  });

  it('answers there, without a package that is optional', async function () {
    this.timeout(2 * MINUTE_MS);
    const said = succeeded(await home.run(process.execPath, ['mount/host.js']));
    const answers = ['ok root', 'ok chief', 'error Please login first', 'page /admin/sync'].join(', ');
    expect(said).to.equal(`fastify: ${answers}\nexpress: ${answers}\n`);
  });

  it('asks the compiler of a host without Fastify for none', async function () {
    this.timeout(2 * MINUTE_MS);
    await home.write('plain.ts', PLAIN);
    const said = await home.compile(['plain.ts'], ['--module', 'nodenext', '--noEmit', '--skipLibCheck', 'false']);
    expect(said.split('\n').filter((line) => /fastify|plain\.ts|mount/.test(line))).to.deep.equal([]);
  });
});

const HOST = `
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import Sqlite from 'better-sqlite3';
import express, { type Request } from 'express';
import { fastify, type FastifyRequest } from 'fastify';
import { DataSource } from 'typeorm';
import { defineWecomSyncer, SyncerRegistry } from 'wecom-syncer';
import { createRequestHandler, syncerPlugin, type MountedCaller, type SyncerPluginOptions } from 'wecom-syncer/host';
import { createSyncService } from 'wecom-syncer/service';
import { entities, migrate, migrations } from 'wecom-syncer/typeorm';

const callerOf = ({ cookie }: IncomingHttpHeaders): MountedCaller | undefined => {
  if (cookie === 'session=1') return { kind: 'global', name: 'root' };
  return cookie === 'session=2' ? { kind: 'organization', organization: 'acme', name: 'chief' } : undefined;
};

const dataSource = new DataSource({
  type: 'better-sqlite3',
  driver: Sqlite,
  database: 'mount/host.db',
  entities: [...entities],
  migrations: [...migrations],
});
await dataSource.initialize();
await migrate(dataSource);
const service = await createSyncService({
  dataSource,
  secretKey: 'thirty-two letters and digits, or more',
  registry: new SyncerRegistry().register(defineWecomSyncer({})),
});
await service.start();

// With a logger of its own, as most hosts have: its types are others than those of a plain one.
const app = fastify({ logger: { level: 'silent' } });
await app.register(syncerPlugin, {
  prefix: '/admin/sync/',
  service,
  authenticate: async (request) => callerOf(request.headers),
});
const annotated: SyncerPluginOptions = {
  prefix: '/elsewhere',
  service,
  page: false,
  publicUrl: 'https://example.com',
  authenticate: (request: FastifyRequest) => callerOf(request.raw.headers),
};
await app.register(syncerPlugin, annotated);

const server = express();
server.use(express.json());
server.use(
  createRequestHandler({
    prefix: '/admin/sync',
    service,
    authenticate: (request: Request) => (request.ip === undefined ? undefined : callerOf(request.headers)),
  }),
);
server.use('/unannotated', createRequestHandler({ prefix: '/unannotated', service, authenticate: (request) => callerOf(request.headers) }));
// @ts-expect-error a caller is of a kind: types that resolved to nothing would let this pass
createRequestHandler({ prefix: '/sync', service, authenticate: () => ({ kind: 'anybody', name: 'x' }) });

const listening = createServer(server).listen(0, '127.0.0.1');
const urls = {
  fastify: await app.listen({ host: '127.0.0.1', port: 0 }),
  express: \`http://127.0.0.1:\${(listening.address() as AddressInfo).port}\`,
};
for (const [kind, url] of Object.entries(urls)) {
  const said: string[] = [];
  for (const cookie of ['session=1', 'session=2', 'session=3']) {
    const answer = await fetch(\`\${url}/admin/sync/api/get-account\`, { headers: { cookie } });
    const { status, msg, data } = (await answer.json()) as { status: string; msg: string; data: { name?: string } };
    said.push(\`\${status} \${data.name ?? msg}\`);
  }
  const page = await (await fetch(\`\${url}/admin/sync\`, { headers: { accept: 'text/html' } })).text();
  said.push(\`page \${/name="prefix" content="([^"]*)"/.exec(page)?.[1]}\`);
  console.log(\`\${kind}: \${said.join(', ')}\`);
}
process.exit(0);
`;

const PLAIN = `
import { createServer } from 'node:http';
import { createRequestHandler } from 'wecom-syncer/host';
import type { SyncService } from 'wecom-syncer/service';

export const serve = (service: SyncService) =>
  createServer(createRequestHandler({ prefix: '/sync', service, authenticate: () => ({ kind: 'global', name: 'me' }) }));
`;
