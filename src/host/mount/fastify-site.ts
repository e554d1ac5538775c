import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { clientAddress } from '../auth/address.ts';
import { below } from '../http/incoming.ts';
import type { Reply } from '../http/reply.ts';
import { nothingHere, type Site } from '../request/site.ts';

/** A site as a plugin of Fastify, to be registered under its prefix. */
export const fastifySite =
  (site: Site): FastifyPluginAsync =>
  async (app) => {
    const contentTypes = new WeakMap<IncomingMessage, string>();
    const streams = new Set<ServerResponse>();
    // Whoever follows a run would keep the server open until it ends.
    app.addHook('preClose', async () => {
      for (const response of streams) response.destroy();
    });
    // The site reads bodies itself, once it knows who sends them.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    for (const url of app.prefix === '' ? ['/*'] : ['', '/*']) {
      app.route({
        method: ['GET', 'POST'],
        url,
        // Nearly every body is JSON, so what a client calls it changes nothing; a malformed name would be refused unread.
        onRequest: async ({ raw }) => {
          contentTypes.set(raw, raw.headers['content-type'] ?? '');
          delete raw.headers['content-type'];
        },
        handler: async (request, reply) => {
          request.raw.headers['content-type'] = contentTypes.get(request.raw) ?? '';
          return send(reply, await answer(site, app.prefix, request), streams);
        },
      });
    }
  };

function answer(site: Site, prefix: string, request: FastifyRequest): Reply | Promise<Reply> {
  const { raw, body, ip, socket, protocol } = request;
  const { method = 'GET', headers } = raw;
  const url = below(prefix, request.url);
  // A router that compares without case, or forgives slashes, finds what is not quite ours.
  if (url === undefined) return nothingHere(raw);
  const address = clientAddress(ip, socket);
  return site.answer({ method, url, headers, address, isSecure: protocol === 'https', body, source: request });
}

/** @param streams where an answer stands that goes on for as long as it likes */
export async function send(
  reply: FastifyReply,
  { status, headers, content }: Reply,
  streams = new Set<ServerResponse>(),
): Promise<FastifyReply> {
  void reply.code(status).headers(headers);
  if (typeof content !== 'function') return reply.send(content);
  reply.hijack();
  reply.raw.writeHead(status, reply.getHeaders() as OutgoingHttpHeaders);
  streams.add(reply.raw);
  await content(reply.raw);
  streams.delete(reply.raw);
  return reply;
}
