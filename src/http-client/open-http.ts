import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Got, Request } from 'got';

/** Bounds of one exchange, in milliseconds. */
export interface ExchangeLimits {
  readonly connectMs: number;
  /** Until the first byte of the answer. */
  readonly responseMs: number;
  /** The whole exchange. */
  readonly requestMs: number;
}

export interface HttpOptions {
  readonly limits: ExchangeLimits;
  readonly agents?: AgentOptions;
  readonly proxyUrl?: string;
  /** Default: yes. */
  readonly decompress?: boolean;
}

async function openAgents({ agents = {} }: HttpOptions, proxy: URL | undefined) {
  if (!proxy) return { http: new HttpAgent(agents), https: new HttpsAgent(agents) };
  const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent');
  return { http: new HttpProxyAgent({ ...agents, proxy }), https: new HttpsProxyAgent({ ...agents, proxy }) };
}

async function open(options: HttpOptions, proxy: URL | undefined): Promise<Got> {
  const { got } = await import('got');
  const { connectMs: connect, responseMs: response, requestMs: request } = options.limits;
  return got.extend({
    agent: await openAgents(options, proxy),
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: options.decompress ?? true,
    timeout: { connect, response, request },
  });
}

/**
 * An HTTP client that repeats nothing and follows nobody: a redirect would carry the secret that is in an address, or
 * what was signed for one receiver, to another. It is loaded with the first call: whoever only defines or lists
 * connectors does not wait for it.
 *
 * @throws TypeError when the address of the proxy is none
 */
export function openHttp(options: HttpOptions): () => Promise<Got> {
  const proxy = options.proxyUrl ? new URL(options.proxyUrl) : undefined;
  let opened: Promise<Got> | undefined;
  return () => (opened ??= open(options, proxy));
}

/**
 * The body of an answer, until the signal aborts or the reader stops. Not got's own `signal` option: it destroys even a
 * finished request when the signal aborts later, which ends the process with an unhandled error, and leaves a listener
 * on the run's signal for every call of the run.
 */
export async function* readBody(stream: Request, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const abandon = (): void => void stream.destroy();
  if (signal.aborted) abandon();
  else signal.addEventListener('abort', abandon, { once: true });
  try {
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}
