import cookie from '@fastify/cookie';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { text } from '../syncer/text.ts';
import { ANONYMOUS, type Caller } from './auth/caller.ts';
import { failed } from './envelope.ts';
import { errorReply } from './error-reply.ts';
import { isForm, readForm } from './form-body.ts';
import { languageOf, sentence } from './language.ts';
import type { Logger } from './log.ts';
import { refuseUnstorable } from './query.ts';
import { Refusal } from './refusal.ts';

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

const BODY_LIMIT = 2 * 1024 * 1024;
/** A client that sends its request slower than this is let go. */
const REQUEST_TIMEOUT_MS = 60_000;

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
export async function createServer(log: Logger, trustedHops = 0): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = log;
  const app = fastify({
    loggerInstance,
    // Requests are logged below, without their queries: those carry credentials of some SDKs.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    // A HEAD made from a GET would run syncers.
    exposeHeadRoutes: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Counted, not judged by the kind of address: in a private network every client could write what it likes.
    trustProxy: trustedHops > 0 ? (_address, hop) => hop < trustedHops : false,
    // Requests that come while the host closes are answered, not dropped.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  app.decorateRequest('caller');
  app.decorateRequest('contentType', '');
  await app.register(cookie);
  parseBodies(app);
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

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { httpStatus, envelope, unforeseen } = errorReply(error, languageOf(request.headers['accept-language']));
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
