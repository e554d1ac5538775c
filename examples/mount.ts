import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import { fastify, type FastifyInstance } from 'fastify';
import { createRequestHandler, syncerPlugin, type MountedCaller } from 'wecom-syncer/host';
import type { SyncService } from 'wecom-syncer/service';

/** The host's own sign-in: who has a session, by the cookie that this host sets. */
export type SignedIn = (
  cookie: string | undefined,
) => Promise<{ readonly name: string; readonly company?: string } | undefined>;

/** Administrators of this host administer all; those of a customer, what is their company's. */
async function callerOf(signedIn: SignedIn, cookie: string | undefined): Promise<MountedCaller | undefined> {
  const person = await signedIn(cookie);
  if (!person) return undefined;
  const { name, company } = person;
  return company === undefined ? { kind: 'global', name } : { kind: 'organization', organization: company, name };
}

export async function inFastify(service: SyncService, signedIn: SignedIn): Promise<FastifyInstance> {
  const app = fastify();
  await app.register(syncerPlugin, {
    prefix: '/admin/sync',
    service,
    authenticate: (request) => callerOf(signedIn, request.headers.cookie),
  });
  return app;
}

export function inExpress(service: SyncService, signedIn: SignedIn): Express {
  const app = express();
  app.use(
    createRequestHandler({
      prefix: '/admin/sync',
      service,
      authenticate: (request) => callerOf(signedIn, request.headers.cookie),
    }),
  );
  return app;
}

/** Whatever is not the syncers' is answered with 404: there is nothing else. */
export const inNode = (service: SyncService, signedIn: SignedIn): Server =>
  createServer(
    createRequestHandler({
      prefix: '/admin/sync',
      service,
      authenticate: (request) => callerOf(signedIn, request.headers.cookie),
    }),
  );
