import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Got } from 'got';
import { ConfigError, ProtocolError, throwIfAborted } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import { processBytes, type ByteBudget, type ByteShare } from './byte-budget.ts';
import { isObject, type JsonObject } from './json-object.ts';
import { ownTurn } from './own-turn.ts';
import { notJson, statusError, tooLarge, tooManyValues, translateTransportError } from './transport-error.ts';

/** Bounds of one exchange, in milliseconds and bytes. */
export interface TransportLimits {
  readonly connectMs: number;
  /** Until the first byte of the answer. */
  readonly responseMs: number;
  /** The whole exchange. */
  readonly requestMs: number;
  /** Of one answer, after decompression. */
  readonly maxAnswerBytes: number;
  /** Of one answer: values that JSON.parse makes of it. */
  readonly maxAnswerValues: number;
}

/** A department holds 30,000 nodes at most, so one answer can be some thirty megabytes, with a hundred values each. */
export const TRANSPORT_LIMITS: TransportLimits = {
  connectMs: 10_000,
  responseMs: 20_000,
  requestMs: 90_000,
  maxAnswerBytes: 64 * 1_048_576,
  maxAnswerValues: 3_000_000,
};

/** Answers below this are parsed in a moment, whatever they hold. */
const LARGE_BYTES = 1_048_576;

/** One call, as it goes over the wire. Every call of this connector reads, so each may be repeated. */
export interface Exchange {
  /** Such as `user/list`. */
  readonly endpoint: string;
  readonly query: Readonly<Record<string, string>>;
  /** Set: POST with this as JSON. */
  readonly body?: JsonObject;
}

const proxyOf = (proxyUrl: string | undefined): URL | undefined => {
  try {
    return proxyUrl ? new URL(proxyUrl) : undefined;
  } catch {
    throw new ConfigError(text('WECOM_PROXY_URL is not a URL.', 'WECOM_PROXY_URL 不是有效的 URL。'));
  }
};

const makeAgents = async (proxy: URL | undefined, sockets: number) => {
  const options = { keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets, scheduling: 'lifo' as const };
  if (!proxy) return { http: new HttpAgent(options), https: new HttpsAgent(options) };
  const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent');
  return { http: new HttpProxyAgent({ ...options, proxy }), https: new HttpsProxyAgent({ ...options, proxy }) };
};

/**
 * At least as many as the values in this JSON: each stands behind one of these characters. Looked at before parsing, for
 * sixty megabytes of empty objects are a gigabyte in memory.
 */
const countValues = (json: Buffer): number => {
  let count = 1;
  for (const byte of json) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) count += 1;
  return count;
};

/** Speaks HTTP with one base URL over kept-alive connections; knows JSON, not WeCom's codes. */
export class Transport {
  readonly #baseUrl: string;
  readonly #host: string;
  readonly #limits: TransportLimits;
  readonly #sockets: number;
  readonly #proxy: URL | undefined;
  readonly #budget: ByteBudget;
  #opened: Promise<Got> | undefined;
  #clockSkewMs: number | undefined;

  constructor(
    baseUrl: string,
    sockets: number,
    proxyUrl?: string,
    limits: TransportLimits = TRANSPORT_LIMITS,
    budget: ByteBudget = processBytes,
  ) {
    this.#budget = budget;
    this.#baseUrl = baseUrl;
    this.#host = new URL(baseUrl).host;
    this.#limits = limits;
    this.#sockets = sockets;
    this.#proxy = proxyOf(proxyUrl);
  }

  /** Loads got with the first call: whoever only defines or lists connectors does not wait for it. */
  async #open(): Promise<Got> {
    const { got } = await import('got');
    const { connectMs: connect, responseMs: response, requestMs: request } = this.#limits;
    return got.extend({
      agent: await makeAgents(this.#proxy, this.#sockets),
      retry: { limit: 0 },
      // A redirect would carry the secret, which is in the query, to another host.
      followRedirect: false,
      throwHttpErrors: false,
      timeout: { connect, response, request },
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

  /** For an answer that is looked at for longer than the call lasts. */
  openShare(): ByteShare {
    return this.#budget.open();
  }

  /**
   * @param share whoever passes one clears it once the answer is used up; without one the answer stops counting here
   * @returns the answer's JSON object, its meaning unchecked
   * @throws UnavailableError when there was no answer, or none that is JSON
   * @throws ProtocolError when something else than WeCom's API answered, or too much
   * @throws CancelledError when the signal aborted
   */
  async exchange(call: Exchange, signal: AbortSignal, share?: ByteShare): Promise<JsonObject> {
    throwIfAborted(signal);
    const place = `${this.#host} ${call.endpoint}`;
    const counted = share ?? this.#budget.open();
    let isUsed = false;
    try {
      const answer = await this.#parsed(await this.#read(call, place, signal, counted), place);
      isUsed = share !== undefined;
      return answer;
    } finally {
      if (!isUsed) counted.clear();
    }
  }

  async #parsed(body: Buffer, place: string): Promise<JsonObject> {
    if (body.length > LARGE_BYTES) {
      await ownTurn();
      if (countValues(body) > this.#limits.maxAnswerValues) throw tooManyValues(place, this.#limits.maxAnswerValues);
    }
    let answer: unknown;
    try {
      answer = JSON.parse(body.toString('utf8'));
    } catch {
      // JSON.parse quotes what it could not read, and a gateway page may quote our URL.
      throw notJson(place);
    }
    if (isObject(answer)) return answer;
    throw new ProtocolError(text(`${place} sent JSON that is not an object.`, `${place} 返回的 JSON 不是对象。`));
  }

  async #read(call: Exchange, place: string, signal: AbortSignal, share: ByteShare): Promise<Buffer> {
    const query = new URLSearchParams(call.query).toString();
    const url = `${this.#baseUrl}/${call.endpoint}${query ? `?${query}` : ''}`;
    const got = await (this.#opened ??= this.#open());
    throwIfAborted(signal);
    const stream = got.stream(url, call.body ? { method: 'POST', json: call.body } : {});
    // Not got's own `signal` option: it destroys even a finished request when the signal aborts later, which ends the
    // process with an unhandled error, and leaves a listener on the run's signal for every call of the run.
    const abandon = (): void => void stream.destroy();
    signal.addEventListener('abort', abandon, { once: true });
    // Whoever waits for room must not miss that the time was up meanwhile.
    const closed = new AbortController();
    stream.once('close', () => closed.abort());
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        // Nobody looks into the body of a refusal, however long it is.
        if (stream.response?.statusCode !== 200) break;
        await share.grow(chunk.length, closed.signal);
        chunks.push(chunk);
        // Counted here, after decompression: got's own progress events stop at the compressed length.
        if (share.bytes > this.#limits.maxAnswerBytes) break;
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
    if (share.bytes > this.#limits.maxAnswerBytes) throw tooLarge(place, this.#limits.maxAnswerBytes);
    return Buffer.concat(chunks, share.bytes);
  }
}
