import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { fastify } from 'fastify';
import {
  createRequestHandler,
  syncerPlugin,
  type MountedCaller,
  type RequestHandlerOptions,
} from '../../../src/host/index.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSyncService, type ServiceLog, type SyncService } from '../../../src/service/index.ts';
import type { Database } from '../../../src/storage/database.ts';
import { OrganizationRow } from '../../../src/storage/entities/index.ts';
import { openDatabase } from '../../../src/storage/open-database.ts';
import type { SyncerDefinition } from '../../../src/syncer/definition.ts';
import { SyncerRegistry } from '../../../src/syncer/registry.ts';
import { defineWecomSyncer } from '../../../src/wecom/definition.ts';
import { createTestDatabase, type TestDatabase } from '../../support/databases.ts';
import { Client } from '../test-host.ts';

/** Kinds of servers that somebody may have. `express.json` reads bodies before we see them. */
export const SERVERS = ['fastify', 'express', 'express.json', 'node'] as const;
export type ServerKind = (typeof SERVERS)[number];

export const GLOBAL: MountedCaller = { kind: 'global', name: 'root' };
export const CHIEF: MountedCaller = { kind: 'organization', organization: 'acme', name: 'chief' };

export type Mounted = Partial<RequestHandlerOptions> & { readonly prefix?: string };

/** Says who somebody is, as the sign-in of a host would: by a header, or by the cookie that its page has. */
const authenticate: RequestHandlerOptions['authenticate'] = async ({ headers }) => {
  const told = headers['x-who'] ?? /(?:^|; *)who=([^;]+)/.exec(headers.cookie ?? '')?.[1];
  return told === undefined ? undefined : (JSON.parse(decodeURIComponent(String(told))) as MountedCaller);
};

export const written = (caller: unknown): string => encodeURIComponent(JSON.stringify(caller));

/** Somebody's own server, with a page of his own, that has the syncers below a prefix. */
export class MountedHost {
  readonly sandbox: Sandbox;
  readonly service: SyncService;
  readonly database: Database;
  /** What the service logged. */
  readonly log: string[];
  readonly #file: TestDatabase;
  readonly #closings: (() => Promise<unknown>)[] = [];

  private constructor(sandbox: Sandbox, service: SyncService, database: Database, file: TestDatabase, log: string[]) {
    this.sandbox = sandbox;
    this.service = service;
    this.database = database;
    this.#file = file;
    this.log = log;
  }

  static async start(
    definitions: readonly SyncerDefinition[] = [],
    { pageUrl }: { readonly pageUrl?: string } = {},
  ): Promise<MountedHost> {
    const sandbox = await Sandbox.start({ members: 20, departments: 3 });
    const file = (await createTestDatabase('sqlite'))!;
    const database = await openDatabase(file.url);
    for (const name of ['acme', 'other', ...SERVERS]) {
      await database.transaction(({ manager }) =>
        manager.insert(OrganizationRow, { owner: 'admin', name, displayName: name.toUpperCase() }),
      );
    }
    const registry = new SyncerRegistry().register(defineWecomSyncer({ baseUrl: sandbox.url }));
    for (const definition of definitions) registry.register(definition);
    const log: string[] = [];
    const say = (fields: unknown, message: string): void => void log.push(`${message} ${JSON.stringify(fields)}`);
    const service = await createSyncService({
      dataSource: database.dataSource,
      registry,
      secretKey: 'a key of the tests, of thirty-two characters or more',
      log: { info: say, warn: say, error: say } satisfies ServiceLog,
      ...(pageUrl !== undefined && { pageUrl }),
    });
    await service.start();
    return new MountedHost(sandbox, service, database, file, log);
  }

  /** @returns the address of a server of this kind, which has the syncers below `/admin/sync` unless said otherwise */
  async serve(kind: ServerKind, mounted: Mounted = {}): Promise<string> {
    const options = { prefix: '/admin/sync', service: this.service, authenticate, ...mounted };
    if (kind === 'fastify') {
      const app = fastify();
      app.get('/', () => 'the host’s own page');
      app.post('/echo', ({ body }) => body);
      await app.register(syncerPlugin, {
        ...options,
        authenticate: (request) => options.authenticate(request.raw),
      });
      this.#closings.push(() => {
        // Those that never asked for anything would be waited for.
        app.server.closeAllConnections();
        return app.close();
      });
      return app.listen({ host: '127.0.0.1', port: 0 });
    }
    const handler = createRequestHandler(options);
    if (kind === 'node') return this.listen(createServer(handler));
    const app = express();
    if (kind === 'express.json') app.use(express.json({ limit: '4mb' }), express.text());
    app.use(options.prefix === '/' ? '/' : '/admin', handler);
    app.get('/', (_request, response) => void response.send('the host’s own page'));
    return this.listen(createServer(app));
  }

  async listen(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#closings.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The body of a syncer that works. */
  syncer(organization: string, name = 'wecom'): Record<string, unknown> {
    const { corpId, appSecret } = this.sandbox;
    return { owner: 'admin', organization, name, type: 'WeCom', user: corpId, password: appSecret };
  }

  async close(): Promise<void> {
    for (const close of this.#closings) await close();
    await this.service.close();
    await this.database.close();
    await this.sandbox.close();
    await this.#file.drop();
  }
}

/** Somebody who calls below the prefix. */
export const as = (url: string, caller: unknown, prefix = '/admin/sync'): Client =>
  new Client(url + prefix, caller === undefined ? {} : { 'x-who': written(caller) });
