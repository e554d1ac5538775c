import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { clientAddress } from '../auth/address.ts';
import { below } from '../http/incoming.ts';
import type { Reply } from '../http/reply.ts';
import { nothingHere, troubled, type Site } from '../request/site.ts';
import type { MountedCaller } from './host-callers.ts';
import { mountedSite, mountingIn, type MountOptions } from './mounted-site.ts';

export interface RequestHandlerOptions extends MountOptions {
  /** Who asks, by the request that the handler was given; whatever else it answers, or an error of it, is nobody. */
  authenticate(request: IncomingMessage): MountedCaller | undefined | Promise<MountedCaller | undefined>;
}

/**
 * Takes a request of Node's own, or of a framework that extends it.
 *
 * @param next called for what lies outside of the prefix; absent: that is answered with 404
 */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** What frameworks add to a request of Node's. */
interface Framed extends IncomingMessage {
  /** The address before Express took the path of a router from it. */
  readonly originalUrl?: string;
  readonly body?: unknown;
  /** Behind the proxies that the host trusts. */
  readonly ip?: string;
  readonly protocol?: string;
}

/**
 * The Syncers tab for Express, Nest, Koa or a plain server of Node, with no package beside this one.
 *
 * @throws ConfigError that names the option to change
 */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const mounting = mountingIn(options);
  const { prefix } = mounting;
  const { log } = mounting.foundation;
  const opening = mountedSite(mounting);
  // Whoever asks is told; until then nobody waits for it.
  opening.catch(() => undefined);
  const serve = async (request: Framed, response: ServerResponse, url: string | undefined): Promise<void> => {
    try {
      const reply = url === undefined ? nothingHere(request) : await answer(await opening, url, request);
      await send(response, reply);
    } catch (error) {
      // The client has gone, or its half of an answer is sent.
      if (response.headersSent || response.destroyed) response.destroy();
      else await send(response, troubled(error, { headers: request.headers, url: url ?? '' }, log));
    }
  };
  return (request: Framed, response, next) => {
    const url = below(prefix, request.originalUrl ?? request.url ?? '');
    if (url === undefined && next) next();
    else void serve(request, response, url);
  };
}

function answer(site: Site, url: string, request: Framed): Promise<Reply> {
  const { method = 'GET', headers, socket } = request;
  const isSecure = 'encrypted' in socket || request.protocol === 'https';
  const address = clientAddress(request.ip, socket);
  return site.answer({ method, url, headers, address, isSecure, body: bodyOf(request), source: request });
}

/** What a parser before us made of the body; some leave an empty object in the place of what they did not read. */
function bodyOf(request: Framed): unknown {
  const { body, readableDidRead } = request;
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0;
  return body === undefined || (isEmpty && !readableDidRead) ? request : body;
}

async function send(response: ServerResponse, { status, headers, content }: Reply): Promise<void> {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (typeof content === 'function') {
    response.flushHeaders();
    return content(response);
  }
  if (content instanceof Readable) return pipeline(content, response);
  await new Promise<void>((resolve) => {
    response.on('close', resolve);
    response.end(content, resolve);
  });
}
