import type { Got } from 'got';
import { openHttp, readBody, type ExchangeLimits } from './open-http.ts';
import { reasonOf } from './transport-error.ts';

/** What became of one attempt. */
export type Attempt =
  | { readonly outcome: 'delivered' | 'refused'; readonly status: number }
  /** May be tried again, as soon as the receiver says where it says so. */
  | { readonly outcome: 'unavailable'; readonly reason: string; readonly retryAfterMs: number };

const LIMITS: ExchangeLimits = { connectMs: 5_000, responseMs: 10_000, requestMs: 15_000 };
/** Only the status is of interest; a longer answer is not read to its end. */
const LONGEST_ANSWER = 65_536;

/**
 * Posts to one address. The address is a secret, as chat robots have their key in it: no answer of this class names it,
 * nor its host.
 */
export class Post {
  readonly #url: string;
  readonly #http: () => Promise<Got>;

  constructor(url: string, limits: ExchangeLimits = LIMITS) {
    this.#url = url;
    // Hours lie between two events: a connection kept for so long is cut by then.
    this.#http = openHttp({ limits, decompress: false });
  }

  /** Never throws. */
  async send(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Attempt> {
    if (signal.aborted) return CUT_SHORT;
    const got = await this.#http();
    const stream = got.stream(this.#url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'wecom-syncer', ...headers },
    });
    let bytes = 0;
    try {
      for await (const chunk of readBody(stream, signal)) {
        bytes += chunk.length;
        if (bytes > LONGEST_ANSWER) break;
      }
    } catch (error) {
      // An answer whose text breaks off has told its status.
      if (!stream.response) return signal.aborted ? CUT_SHORT : unavailable(`WEBHOOK_URL: ${reasonOf(error).en}.`, 0);
    }
    const { response } = stream;
    return response ? attemptOf(response.statusCode, response.headers['retry-after']) : unavailable('no answer', 0);
  }
}

const unavailable = (reason: string, retryAfterMs: number): Attempt => ({
  outcome: 'unavailable',
  reason,
  retryAfterMs,
});
const CUT_SHORT = unavailable('the host closes', 0);

function attemptOf(status: number, retryAfter: string | undefined): Attempt {
  if (status >= 200 && status < 300) return { outcome: 'delivered', status };
  if (status === 408 || status === 429 || status >= 500) {
    return unavailable(`HTTP ${String(status)}`, waitOf(retryAfter));
  }
  return { outcome: 'refused', status };
}

/** Seconds, or a date (RFC 9110, 10.2.3); anything else says nothing. In milliseconds. */
function waitOf(retryAfter = ''): number {
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}
