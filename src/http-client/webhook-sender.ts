import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
// The one call that the host itself makes to somebody else; the directory's calls belong to its connector.
import type { Got } from 'got';
import { translateTransportError } from './transport-error.ts';

/** What became of one attempt. */
export type Attempt =
  | { readonly outcome: 'delivered' | 'refused'; readonly status: number }
  /** May be tried again, as soon as the receiver says where it says so. */
  | { readonly outcome: 'unavailable'; readonly reason: string; readonly retryAfterMs: number };

/** Bounds of one attempt, in milliseconds. */
export interface AttemptLimits {
  readonly connectMs: number;
  /** Until the first byte of the answer. */
  readonly responseMs: number;
  /** The whole attempt. */
  readonly requestMs: number;
}

const LIMITS: AttemptLimits = { connectMs: 5_000, responseMs: 10_000, requestMs: 15_000 };
/** Only the status is of interest; a longer answer is not read to its end. */
const LONGEST_ANSWER = 65_536;

/**
 * Posts to one address. The address is a secret, as chat robots have their key in it: no answer of this class names it,
 * nor its host.
 */
export class WebhookSender {
  readonly #url: string;
  readonly #limits: AttemptLimits;
  #opened: Promise<Got> | undefined;

  constructor(url: string, limits: AttemptLimits = LIMITS) {
    this.#url = url;
    this.#limits = limits;
  }

  async #open(): Promise<Got> {
    const { got } = await import('got');
    const { connectMs: connect, responseMs: response, requestMs: request } = this.#limits;
    return got.extend({
      // Hours lie between two events: a connection kept for so long is cut by then.
      agent: { http: new HttpAgent(), https: new HttpsAgent() },
      retry: { limit: 0 },
      // What is signed for one receiver is not for whoever it points to.
      followRedirect: false,
      throwHttpErrors: false,
      decompress: false,
      timeout: { connect, response, request },
    });
  }

  /** Never throws. */
  async post(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Attempt> {
    const got = await (this.#opened ??= this.#open());
    if (signal.aborted) return CUT_SHORT;
    const stream = got.stream(this.#url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'wecom-syncer', ...headers },
    });
    // Not got's own `signal` option, for the reason that the transport of WeCom calls names.
    const abandon = (): void => void stream.destroy();
    signal.addEventListener('abort', abandon, { once: true });
    let bytes = 0;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > LONGEST_ANSWER) break;
      }
    } catch (error) {
      // An answer whose text breaks off has told its status.
      if (!stream.response) return signal.aborted ? CUT_SHORT : unavailable(reasonOf(error), 0);
    } finally {
      signal.removeEventListener('abort', abandon);
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

/** got's messages carry the address; only the kind of failure leaves. */
const reasonOf = (error: unknown): string => translateTransportError(error, 'WEBHOOK_URL').text.en;

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
