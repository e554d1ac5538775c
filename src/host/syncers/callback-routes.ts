import type { Call } from '../request/call.ts';
import type { CallbackAnswer, CallbackService } from '../../service/callback-service.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import type { Route } from '../request/route.ts';
import { queryOf } from '../http/incoming.ts';
import { PlainReply } from '../http/reply.ts';
import { TEXT } from '../http/schema.ts';

/** An event with a whole profile is a few kilobytes. */
const LONGEST_BODY = 64 * 1024;

const QUERY = {
  msg_signature: 'SHA-1 over token, timestamp, nonce and the encrypted message',
  timestamp: 'seconds',
  nonce: 'any',
};

/** Which syncer is meant, and what came in, undecoded: the signature is over what was sent. */
const read = ({ request, places, sent, address }: Call) => {
  const { organization = '', name = '' } = places;
  const call = {
    query: queryOf(request.url),
    body: typeof sent === 'string' ? sent : '',
  };
  return [organization, name, call, address] as const;
};

const reply = ({ status, text }: CallbackAnswer): PlainReply =>
  new PlainReply('text/plain; charset=utf-8', text, { status });

export interface CallbackRoutesNeeds {
  readonly callbacks: CallbackService;
  readonly registry: SyncerRegistry;
}

/** What directories call. They authenticate themselves by signature, and want plain text within a second. */
export const callbackRoutes = ({ callbacks, registry }: CallbackRoutesNeeds): Route[] => {
  const titles = new Map<string, string>();
  for (const { callbackPath, title } of registry.list()) {
    if (callbackPath !== undefined && !titles.has(callbackPath)) titles.set(callbackPath, title.en);
  }
  return [...titles].flatMap(([path, title]) => routesAt(`/api/${path}/:organization/:name`, title, callbacks));
};

const routesAt = (path: string, title: string, callbacks: CallbackService): Route[] => [
  {
    method: 'GET',
    path,
    // The directory authenticates itself by signature.
    rule: 'public',
    operation: 'confirmCallback',
    summary: `${title} tests the callback address of a syncer: answers the decrypted echostr.`,
    query: { ...QUERY, echostr: 'the encrypted message' },
    answers: {
      contentType: 'text/plain',
      says: 'The decrypted echostr',
      otherwise: { 403: `Whoever is not ${title}` },
    },
    answer: async (call) => reply(await callbacks.confirm(...read(call))),
  },
  {
    method: 'POST',
    path,
    // The directory authenticates itself by signature.
    rule: 'public',
    operation: 'receiveCallback',
    summary: `${title} tells of a change in the directory: members are synced a moment later, the rest by an early full run.`,
    query: QUERY,
    body: TEXT,
    raw: { longest: LONGEST_BODY },
    answers: { contentType: 'text/plain', says: 'success', otherwise: { 403: `Whoever is not ${title}` } },
    answer: async (call) => reply(await callbacks.receive(...read(call))),
  },
];
