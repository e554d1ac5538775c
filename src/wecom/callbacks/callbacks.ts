import type { CallbackCall, CallbackReader, DirectoryMessage } from '../../syncer/callback.ts';
import { CallbackRefusedError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import { CallbackCrypto, type CallbackCredentials, type Signed } from './callback-crypto.ts';
import { readEvent } from './callback-event.ts';
import { readFlatXml } from './flat-xml.ts';

/** A message that was recorded and is sent again later is not heard; clocks may differ by minutes. */
const OLDEST_MS = 10 * 60_000;
const LONGEST_QUERY = 4_096;

const refuse = (en: string, zh: string): CallbackRefusedError => new CallbackRefusedError(text(en, zh));

/**
 * Decoded by hand: an unencoded `+` of the base64 in `echostr` arrives as it is, and the usual parsers make a blank of
 * it.
 */
const readQuery = (query: string): ReadonlyMap<string, string> => {
  if (query.length > LONGEST_QUERY) throw refuse('The query is too long.', '查询串过长。');
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    if (at < 1) continue;
    try {
      parameters.set(pair.slice(0, at), decodeURIComponent(pair.slice(at + 1)));
    } catch {
      throw refuse('The query is not encoded as a URL is.', '查询串编码错误。');
    }
  }
  return parameters;
};

/** Reads what WeCom sends to the callback address of the Sync of Contacts (docs 90930, 90968). */
export class WeComCallbacks implements CallbackReader {
  readonly #crypto: CallbackCrypto;
  readonly #now: () => number;

  constructor(credentials: CallbackCredentials, now: () => number = Date.now) {
    this.#crypto = new CallbackCrypto(credentials);
    this.#now = now;
  }

  confirm({ query }: CallbackCall): string {
    const parameters = readQuery(query);
    return this.#open(parameters, parameters.get('echostr') ?? '');
  }

  read({ query, body }: CallbackCall): DirectoryMessage {
    const encrypted = readFlatXml(body).get('Encrypt') ?? '';
    const parameters = readQuery(query);
    const hints = readEvent(readFlatXml(this.#open(parameters, encrypted)));
    // The signature covers time, nonce and content: another one is another message. A time that lies ahead by as much as
    // clocks may differ is read for twice as long.
    return { id: parameters.get('msg_signature') ?? '', validMs: 2 * OLDEST_MS, hints };
  }

  #open(parameters: ReadonlyMap<string, string>, encrypted: string): string {
    const at = (name: string): string => parameters.get(name) ?? '';
    const signed: Signed = {
      signature: at('msg_signature'),
      timestamp: at('timestamp'),
      nonce: at('nonce'),
      encrypted,
    };
    this.#crypto.verify(signed);
    const sentAt = /^\d{1,12}$/.test(signed.timestamp) ? Number(signed.timestamp) * 1_000 : Number.NaN;
    if (!(Math.abs(this.#now() - sentAt) <= OLDEST_MS)) {
      throw refuse(
        'The message was sent too long ago, or the clock of this server is wrong.',
        '消息已过期，或本服务器时钟不准。',
      );
    }
    return this.#crypto.decrypt(encrypted);
  }
}
