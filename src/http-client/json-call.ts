import type { Got } from 'got';
import { openHttp, readBody, type ExchangeLimits } from './open-http.ts';
import { reasonOf } from './transport-error.ts';
import { present } from '../syncer/present.ts';

export interface JsonRequest {
  readonly url: string;
  /** Set: POST with this as JSON. */
  readonly body?: object;
  readonly headers: Readonly<Record<string, string>>;
}

/** What came back, its meaning unchecked; or why nothing did, in words that name neither address nor headers. */
export type JsonAnswer = { readonly status: number; readonly json: unknown } | { readonly reason: string };

/** Calls one program beside us: short JSON, no redirects, and no cookie but what the headers say. */
export class JsonCall {
  readonly #http: () => Promise<Got>;
  readonly #longest: number;

  /**
   * @param sockets connections at one time
   * @param longest bytes of an answer, after decompression
   */
  constructor(limits: ExchangeLimits, sockets: number, longest: number) {
    this.#longest = longest;
    const agents = { keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets, scheduling: 'lifo' as const };
    this.#http = openHttp({ limits, agents });
  }

  /** Never throws. */
  async send({ url, body, headers }: JsonRequest, signal: AbortSignal): Promise<JsonAnswer> {
    if (signal.aborted) return CUT_SHORT;
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      const got = await this.#http();
      const stream = got.stream(url, {
        method: body ? 'POST' : 'GET',
        headers: { accept: 'application/json', 'user-agent': 'wecom-syncer', ...headers },
        ...present({ json: body }),
      });
      for await (const chunk of readBody(stream, signal)) {
        bytes += chunk.length;
        if (bytes > this.#longest) return { reason: 'the answer is too long' };
        chunks.push(chunk);
      }
      if (!stream.response) return CUT_SHORT;
      return { status: stream.response.statusCode, json: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
    } catch (error) {
      if (signal.aborted) return CUT_SHORT;
      // JSON.parse quotes what it could not read.
      return { reason: error instanceof SyntaxError ? 'the answer is not JSON' : reasonOf(error).en };
    }
  }
}

const CUT_SHORT: JsonAnswer = { reason: 'the call was cut short' };
