import type { Call } from '../request/call.ts';
import type { CallbackAnswer, CallbackService } from '../../service/callback-service.ts';
import type { Route } from '../request/route.ts';
import { TEXT } from '../http/schema.ts';

const PATH = '/api/wecom-callback/:organization/:name';
/** An event with a whole profile is a few kilobytes. */
const LONGEST_BODY = 64 * 1024;

const QUERY = {
  msg_signature: 'SHA-1 over token, timestamp, nonce and the encrypted message',
  timestamp: 'seconds',
  nonce: 'any',
};

/** Which syncer is meant, and what came in, undecoded: the signature is over what was sent. */
const read = ({ request, address }: Call) => {
  const { organization = '', name = '' } = request.params as Readonly<Record<string, string>>;
  const at = request.url.indexOf('?');
  const call = {
    query: at < 0 ? '' : request.url.slice(at + 1),
    body: typeof request.body === 'string' ? request.body : '',
  };
  return [organization, name, call, address] as const;
};

const send = (call: Call, { status, text }: CallbackAnswer): unknown =>
  call.reply.code(status).type('text/plain; charset=utf-8').send(text);

export interface CallbackRoutesNeeds {
  readonly callbacks: CallbackService;
}

/** What WeCom calls. It authenticates itself by signature, and wants plain text within a second. */
export const callbackRoutes = ({ callbacks }: CallbackRoutesNeeds): Route[] => [
  {
    method: 'GET',
    path: PATH,
    // WeCom authenticates itself by signature.
    rule: 'public',
    summary: 'WeCom tests the callback address of a syncer: answers the decrypted echostr.',
    query: { ...QUERY, echostr: 'the encrypted message' },
    answers: { contentType: 'text/plain', says: 'The decrypted echostr; 403 for whoever is not WeCom' },
    answer: async (call) => send(call, await callbacks.confirm(...read(call))),
  },
  {
    method: 'POST',
    path: PATH,
    // WeCom authenticates itself by signature.
    rule: 'public',
    summary:
      'WeCom tells of a change in the directory: members are synced a moment later, the rest by an early full run.',
    query: QUERY,
    body: TEXT,
    raw: { longest: LONGEST_BODY },
    answers: { contentType: 'text/plain', says: 'success; 403 for whoever is not WeCom' },
    answer: async (call) => send(call, await callbacks.receive(...read(call))),
  },
];
