import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { loadOptional } from '../package-json.ts';
import { text } from '../syncer/text.ts';
import { networkOf } from './auth/address.ts';
import { ANONYMOUS, type Caller } from './auth/caller.ts';
import { failed } from './http/envelope.ts';
import { errorReply } from './http/error-reply.ts';
import { isForm, readForm } from './http/form-body.ts';
import { languageOf, sentence } from './http/language.ts';
import type { Logger } from './log.ts';
import { refuseUnstorable } from './http/query.ts';
import { Refusal } from '../service/refusal.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
    /** What the client called its body. */
    contentType: string;
  }
  interface FastifyContextConfig {
    takesForm?: boolean;
    takesText?: boolean;
  }
}

/** What strangers send is a sign-in, or to no call at all. */
const PUBLIC_BODY_LIMIT = 16 * 1024;

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

const NOT_JSON = text('The request body is not valid JSON.', '请求内容不是有效的 JSON。');
const NO_ROUTE = text('There is no such call.', '没有该接口。');

/**
 * Nothing but what the host itself serves is loaded, and nobody frames it. The Syncers tab comes with a policy of its
 * own (static-page.ts).
 */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const;

/**
 * A server that speaks envelopes: also for what is no JSON, too large, nested too deep, or no call at all.
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
  const { fastifyCookie } = await loadOptional(() => import('@fastify/cookie'));
  const app = fastify({
    loggerInstance,
    // Requests are logged below, without their queries: those carry credentials of some SDKs.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: PUBLIC_BODY_LIMIT,
    // A HEAD made from a GET would run syncers.
    exposeHeadRoutes: false,
    requestTimeout: limits.requestMs,
    http: { headersTimeout: limits.headMs, connectionsCheckingInterval: limits.checkMs },
    // Counted, not judged by the kind of address: in a private network every client could write what it likes.
    trustProxy: trustedHops > 0 ? (_address, hop) => hop < trustedHops : false,
    // Requests that come while the host closes are answered, not dropped.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  app.decorateRequest('caller');
  app.decorateRequest('contentType', '');
  await app.register(fastifyCookie);
  parseBodies(app);
  if (trustedHops === 0) boundConnections(app, log, limits.connectionsPerAddress);
  app.addHook('onRequest', async (request, reply) => {
    request.caller = ANONYMOUS;
    // Nearly every body is JSON, so what a client calls it changes nothing; a malformed name would be refused unread.
    request.contentType = request.headers['content-type'] ?? '';
    delete request.headers['content-type'];
    void reply.headers(SECURITY_HEADERS);
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
    refuseUnstorable(request.query);
  });
  app.addHook('preValidation', async (request) => refuseUnstorable(request.body));
  app.addHook('onResponse', async (request, reply) => {
    const [path] = request.url.split('?', 1);
    const level = path === '/healthz' || path === '/readyz' || path === '/metrics' ? 'trace' : 'debug';
    request.log[level]({ method: request.method, path, status: reply.statusCode, ms: reply.elapsedTime }, 'answered');
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(failed(sentence(languageOf(request.headers['accept-language']), NO_ROUTE))),
  );
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

function tooLarge(bytes: number): Refusal {
  const size = bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} KB` : `${Math.floor(bytes / 1024 / 1024)} MB`;
  return new Refusal(text(`The request body is larger than ${size}.`, `请求内容超过 ${size}。`));
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const isTooLarge = (error as { code?: unknown } | null)?.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
  const { httpStatus, envelope, unforeseen } = errorReply(
    isTooLarge ? tooLarge(request.routeOptions.bodyLimit ?? PUBLIC_BODY_LIMIT) : error,
    languageOf(request.headers['accept-language']),
  );
  if (unforeseen) request.log.error({ err: error, path: request.url.split('?', 1)[0] }, 'a call failed');
  // Fastify closes the connection under a body that is too large; the client would see a reset, not the answer.
  void reply.removeHeader('connection');
  return reply.code(httpStatus).type('application/json; charset=utf-8').headers(SECURITY_HEADERS).send(envelope);
}

/**
 * As JSON, whatever the content type says: older pages and the Java SDK send `text/plain`, the Python SDK none. Calls
 * that Casdoor's clients send forms to take those too.
 */
function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser('remove', 'remove');
  app.addContentTypeParser('*', { parseAs: 'string' }, async (request: FastifyRequest, body: string) => {
    const { takesText, takesForm } = request.routeOptions.config;
    if (body.trim() === '') return undefined;
    if (takesText) return body;
    if (takesForm && isForm(request.contentType, body)) return readForm(body, request.contentType);
    return new Promise((resolve, reject) => {
      void parse(request, body, (error, parsed) => (error ? reject(new Refusal(NOT_JSON)) : resolve(parsed)));
    });
  });
}
