import { request } from 'node:http';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; `{}` when it is none. */
  readonly json: Record<string, unknown>;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Ends the call from our side as soon as so many bytes came; the answer then has what came so far. */
  readonly giveUpAfterBytes?: number;
  readonly signal?: AbortSignal;
}

/** One plain call over a connection of its own: nothing between the test and the wire. */
export function ask(url: string, asking: Asking = {}): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, giveUpAfterBytes = Number.POSITIVE_INFINITY, signal } = asking;
    const call = request(
      url,
      { method, headers, agent: false, ...(signal === undefined ? {} : { signal }) },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const finish = (): void => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
        };
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes < giveUpAfterBytes) return;
          finish();
          call.destroy();
        });
        response.on('error', reject);
        response.on('end', finish);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** Speaks to one sandbox with one of its secrets. */
export class WireClient {
  readonly #sandbox: Sandbox;
  readonly #secret: string;
  #token = '';

  constructor(sandbox: Sandbox, secret: string = sandbox.appSecret) {
    this.#sandbox = sandbox;
    this.#secret = secret;
  }

  get token(): string {
    return this.#token;
  }

  async signIn(): Promise<this> {
    const { corpId, url } = this.#sandbox;
    const { json } = await ask(`${url}/cgi-bin/gettoken?corpid=${corpId}&corpsecret=${this.#secret}`);
    this.#token = String(json['access_token']);
    return this;
  }

  call(path: string, params: Record<string, string | number> = {}, asking: Asking = {}): Promise<WireAnswer> {
    const query = new URLSearchParams({ access_token: this.#token });
    for (const [name, value] of Object.entries(params)) query.set(name, String(value));
    return ask(`${this.#sandbox.url}/cgi-bin/${path}?${query.toString()}`, asking);
  }

  async get(path: string, params: Record<string, string | number> = {}): Promise<Record<string, unknown>> {
    return (await this.call(path, params)).json;
  }

  async list<T = Record<string, unknown>>(
    path: string,
    key: string,
    params: Record<string, string | number> = {},
  ): Promise<T[]> {
    return (await this.get(path, params))[key] as T[];
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
