import type { Got, Request } from 'got';
import { ConfigError, ProtocolError, throwIfAborted } from '../syncer/errors.ts';
import { present } from '../syncer/present.ts';
import { text } from '../syncer/text.ts';
import { processBytes, type ByteBudget, type ByteShare } from './byte-budget.ts';
import { yieldToEventLoop } from './event-loop.ts';
import { openHttp, readBody, type ExchangeLimits } from './open-http.ts';
import {
  notJson,
  statusError,
  tooLarge,
  tooDeep,
  tooManyValues,
  translateTransportError,
  type TransportAdvice,
} from './transport-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Bounds of one exchange, in milliseconds, bytes and values. */
export interface TransportLimits extends ExchangeLimits {
  /** Of one answer, after decompression. */
  readonly maxAnswerBytes: number;
  /** Of one answer: values that JSON.parse makes of it. */
  readonly maxAnswerValues: number;
}

/** A list of 30,000 members with a hundred values each is some thirty megabytes. */
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

/** What a transport is told besides its address. */
export interface TransportOptions {
  /** Connections at one time. */
  readonly sockets: number;
  readonly advice: TransportAdvice;
  readonly proxyUrl?: string;
  readonly limits?: TransportLimits;
  readonly budget?: ByteBudget;
}

/** Answers have a handful of levels; parsing takes longer with each. */
const MOST_LEVELS = 100;

/**
 * At least as many as the values in this JSON, for each stands behind a comma or a bracket, and how deep they are nested.
 * Looked at before parsing, for sixty megabytes of empty objects are a gigabyte in memory.
 */
function measure(json: Buffer): { readonly values: number; readonly levels: number } {
  let values = 1;
  let levels = 0;
  let level = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === 0x22) at = endOfText(json, at);
    else if (byte === 0x2c) values += 1;
    else if (byte === 0x5b || byte === 0x7b) {
      values += 1;
      level += 1;
      if (level > levels) levels = level;
    } else if (byte === 0x5d || byte === 0x7d) level -= 1;
  }
  return { values, levels };
}

/** Where the text ends that begins here: what looks like a bracket in it is none. */
function endOfText(json: Buffer, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    if (json[at] === 0x5c) at += 1;
    else if (json[at] === 0x22) return at;
  }
  return json.length;
}

/** Aborts when an answer breaks off: whoever waits for room must not miss that the time was up meanwhile. */
const closing = (stream: Request): AbortSignal => {
  const closed = new AbortController();
  if (stream.destroyed) closed.abort();
  else stream.once('close', () => closed.abort());
  return closed.signal;
};

/** Speaks HTTP with one base URL over kept-alive connections; knows JSON, and no vendor. */
export class Transport {
  readonly #baseUrl: string;
  readonly #host: string;
  readonly #limits: TransportLimits;
  readonly #advice: TransportAdvice;
  readonly #http: () => Promise<Got>;
  readonly #budget: ByteBudget;
  #clockSkewMs: number | undefined;

  /** @throws ConfigError when the address of the proxy is none */
  constructor(
    baseUrl: string,
    { sockets, advice, proxyUrl, limits = TRANSPORT_LIMITS, budget = processBytes }: TransportOptions,
  ) {
    this.#budget = budget;
    this.#baseUrl = baseUrl;
    this.#host = new URL(baseUrl).host;
    this.#limits = limits;
    this.#advice = advice;
    const agents = { keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets, scheduling: 'lifo' as const };
    try {
      this.#http = openHttp({ limits, agents, ...present({ proxyUrl }) });
    } catch {
      throw new ConfigError(advice.proxyIsNoUrl);
    }
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
   * @throws ProtocolError when something else than the API answered, or too much
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
      await yieldToEventLoop();
      const { values, levels } = measure(body);
      if (values > this.#limits.maxAnswerValues) {
        throw tooManyValues(place, this.#limits.maxAnswerValues, this.#advice);
      }
      if (levels > MOST_LEVELS) throw tooDeep(place, MOST_LEVELS, this.#advice);
    }
    let answer: unknown;
    try {
      answer = JSON.parse(body.toString('utf8'));
    } catch {
      // JSON.parse quotes what it could not read, and a gateway page may quote our URL.
      throw notJson(place, this.#advice);
    }
    if (isObject(answer)) return answer;
    throw new ProtocolError(text(`${place} sent JSON that is not an object.`, `${place} 返回的 JSON 不是对象。`));
  }

  async #read(call: Exchange, place: string, signal: AbortSignal, share: ByteShare): Promise<Buffer> {
    const query = new URLSearchParams(call.query).toString();
    const url = `${this.#baseUrl}/${call.endpoint}${query ? `?${query}` : ''}`;
    const got = await this.#http();
    const stream = got.stream(url, call.body ? { method: 'POST', json: call.body } : {});
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of readBody(stream, signal)) {
        // Nobody looks into the body of a refusal, however long it is.
        if (stream.response?.statusCode !== 200) break;
        await share.grow(chunk.length, () => closing(stream));
        chunks.push(chunk);
        // Counted here, after decompression: got's own progress events stop at the compressed length.
        if (share.bytes > this.#limits.maxAnswerBytes) break;
      }
    } catch (error) {
      throwIfAborted(signal);
      throw translateTransportError(error, place, this.#advice);
    }
    const theirs = Date.parse(stream.response?.headers.date ?? '');
    if (!Number.isNaN(theirs)) this.#clockSkewMs = Date.now() - theirs;
    const status = stream.response?.statusCode ?? 0;
    if (status !== 200) throw statusError(status, place, this.#advice);
    if (share.bytes > this.#limits.maxAnswerBytes) throw tooLarge(place, this.#limits.maxAnswerBytes, this.#advice);
    return Buffer.concat(chunks, share.bytes);
  }
}
