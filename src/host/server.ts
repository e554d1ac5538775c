import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { loadOptional } from '../package-json.ts';
import { networkOf } from './auth/address.ts';
import { pathOf } from './http/incoming.ts';
import type { Logger } from './log.ts';
import { HEALTH_PATHS } from './monitoring/health-routes.ts';
import { send } from './mount/fastify-site.ts';
import { nothingHere, troubled } from './request/site.ts';

/** What clients may take up of the host. */
export interface ServerLimits {
  /** A client that sends the head of its request, or nothing at all, slower than this is let go. */
  readonly headMs: number;
  /** The same for all of a request, so that a body which comes in drops ends too. */
  readonly requestMs: number;
  /** How often they are looked at. */
  readonly checkMs: number;
  /** At one time; not counted where proxies stand in front, whose connections are everybody's. */
  readonly connectionsPerAddress: number;
}

export const SERVER_LIMITS: ServerLimits = {
  headMs: 10_000,
  requestMs: 30_000,
  checkMs: 1_000,
  connectionsPerAddress: 200,
};

/**
 * A server that speaks envelopes: also for an address that is none, and where nothing is.
 *
 * @param trustedHops so many entries of `X-Forwarded-For` are believed, from the right: each proxy in front adds one
 */
export async function createServer(
  log: Logger,
  trustedHops = 0,
  limits: ServerLimits = SERVER_LIMITS,
): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = log;
  const { fastify, LogController } = await loadOptional(() => import('fastify'));
  const app = fastify({
    loggerInstance,
    // Requests are logged below, without their queries: those carry credentials of some SDKs.
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: limits.requestMs,
    http: { headersTimeout: limits.headMs, connectionsCheckingInterval: limits.checkMs },
    // Counted, not judged by the kind of address: in a private network every client could write what it likes.
    trustProxy: trustedHops > 0 ? (_address, hop) => hop < trustedHops : false,
    // Requests that come while the host closes are answered, not dropped.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      // An address with escapes that mean nothing: it names nothing, either.
      const isNowhere = error.code === 'FST_ERR_BAD_URL';
      return void send(reply, isNowhere ? nothingHere(request) : troubled(error, request, log));
    },
  });
  if (trustedHops === 0) boundConnections(app, log, limits.connectionsPerAddress);
  app.addHook('onResponse', async (request, reply) => {
    const path = pathOf(request.url);
    const level = HEALTH_PATHS.has(path) ? 'trace' : 'debug';
    request.log[level]({ method: request.method, path, status: reply.statusCode, ms: reply.elapsedTime }, 'answered');
  });
  app.setErrorHandler((error, request, reply) => send(reply, troubled(error, request, log)));
  app.setNotFoundHandler((request, reply) => send(reply, nothingHere(request)));
  return app;
}

/** Nobody takes all the connections that there are: those beyond the bound are closed at once. */
function boundConnections(app: FastifyInstance, log: Logger, most: number): void {
  const open = new Map<string, number>();
  app.server.on('connection', (socket) => {
    const network = networkOf(socket.remoteAddress ?? '');
    const count = (open.get(network) ?? 0) + 1;
    if (count > most) {
      log.debug({ address: socket.remoteAddress }, 'too many connections from one address');
      socket.destroy();
      return;
    }
    open.set(network, count);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  });
}
