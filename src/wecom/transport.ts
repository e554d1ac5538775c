import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { got, type Got } from 'got';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { ConfigError, ProtocolError, throwIfAborted } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import { isObject, type JsonObject } from './loose.ts';
import { notJson, statusError, tooLarge, translateTransportError } from './transport-error.ts';

/** Bounds of one exchange, in milliseconds and bytes. */
export interface TransportLimits {
  readonly connectMs: number;
  /** Until the first byte of the answer. */
  readonly responseMs: number;
  /** The whole exchange. */
  readonly requestMs: number;
  /** Of one answer, after decompression. */
  readonly maxAnswerBytes: number;
}

/** A department holds 30,000 nodes at most, so one answer can be some thirty megabytes. */
export const TRANSPORT_LIMITS: TransportLimits = {
  connectMs: 10_000,
  responseMs: 20_000,
  requestMs: 90_000,
  maxAnswerBytes: 64 * 1_048_576,
};

/** One call, as it goes over the wire. Every call of this connector reads, so each may be repeated. */
export interface Exchange {
  /** Such as `user/list`. */
  readonly endpoint: string;
  readonly query: Readonly<Record<string, string>>;
  /** Set: POST with this as JSON. */
  readonly body?: JsonObject;
}

const makeAgents = (proxyUrl: string | undefined, sockets: number) => {
  const options = { keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets, scheduling: 'lifo' as const };
  if (!proxyUrl) return { http: new HttpAgent(options), https: new HttpsAgent(options) };
  try {
    const proxy = new URL(proxyUrl);
    return { http: new HttpProxyAgent({ ...options, proxy }), https: new HttpsProxyAgent({ ...options, proxy }) };
  } catch {
    throw new ConfigError(text('WECOM_PROXY_URL is not a URL.', 'WECOM_PROXY_URL 不是有效的 URL。'));
  }
};

/** Speaks HTTP with one base URL over kept-alive connections; knows JSON, not WeCom's codes. */
export class Transport {
  readonly #baseUrl: string;
  readonly #host: string;
  readonly #limits: TransportLimits;
  readonly #got: Got;
  #clockSkewMs: number | undefined;

  constructor(baseUrl: string, sockets: number, proxyUrl?: string, limits: TransportLimits = TRANSPORT_LIMITS) {
    this.#baseUrl = baseUrl;
    this.#host = new URL(baseUrl).host;
    this.#limits = limits;
    this.#got = got.extend({
      agent: makeAgents(proxyUrl, sockets),
      retry: { limit: 0 },
      // A redirect would carry the secret, which is in the query, to another host.
      followRedirect: false,
      throwHttpErrors: false,
      timeout: { connect: limits.connectMs, response: limits.responseMs, request: limits.requestMs },
    });
  }

  get baseUrl(): string {
    return this.#baseUrl;
  }

  /**
   * How far the clock of this server is ahead of the other side's (behind: negative), by the `Date` of the last answer,
   * in milliseconds; undefined as long as nobody told. The header knows whole seconds.
   */
  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs;
  }

  /**
   * @returns the answer's JSON object, its meaning unchecked
   * @throws UnavailableError when there was no answer, or none that is JSON
   * @throws ProtocolError when something else than WeCom's API answered, or too much
   * @throws CancelledError when the signal aborted
   */
  async exchange(call: Exchange, signal: AbortSignal): Promise<JsonObject> {
    throwIfAborted(signal);
    const place = `${this.#host} ${call.endpoint}`;
    const body = await this.#read(call, place, signal);
    let answer: unknown;
    try {
      answer = JSON.parse(body);
    } catch {
      // JSON.parse quotes what it could not read, and a gateway page may quote our URL.
      throw notJson(place);
    }
    if (isObject(answer)) return answer;
    throw new ProtocolError(text(`${place} sent JSON that is not an object.`, `${place} 返回的 JSON 不是对象。`));
  }

  async #read(call: Exchange, place: string, signal: AbortSignal): Promise<string> {
    const query = new URLSearchParams(call.query).toString();
    const url = `${this.#baseUrl}/${call.endpoint}${query ? `?${query}` : ''}`;
    const stream = this.#got.stream(url, call.body ? { method: 'POST', json: call.body } : {});
    // Not got's own `signal` option: it destroys even a finished request when the signal aborts later, which ends the
    // process with an unhandled error, and leaves a listener on the run's signal for every call of the run.
    const abandon = (): void => void stream.destroy();
    signal.addEventListener('abort', abandon, { once: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        bytes += chunk.length;
        // Counted here, after decompression: got's own progress events stop at the compressed length.
        if (bytes > this.#limits.maxAnswerBytes) break;
      }
    } catch (error) {
      throwIfAborted(signal);
      throw translateTransportError(error, place);
    } finally {
      signal.removeEventListener('abort', abandon);
    }
    const theirs = Date.parse(stream.response?.headers.date ?? '');
    if (!Number.isNaN(theirs)) this.#clockSkewMs = Date.now() - theirs;
    const status = stream.response?.statusCode ?? 0;
    if (status !== 200) throw statusError(status, place);
    if (bytes > this.#limits.maxAnswerBytes) throw tooLarge(place, this.#limits.maxAnswerBytes);
    return Buffer.concat(chunks, bytes).toString('utf8');
  }
}
