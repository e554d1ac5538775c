import type { Sandbox } from '../../../src/sandbox/sandbox.ts';

/** What came back, as the member or a program sees it. */
export interface Seen {
  readonly httpStatus: number;
  readonly headers: Headers;
  readonly text: string;
  readonly status: string;
  readonly msg: string;
  // Answers are looked at key by key in assertions; their shapes are what is tested.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
}

export const JSON_WANTED = { accept: 'application/json' };
export const ALL_FIELDS = ['gender', 'avatar', 'mobile', 'email', 'biz_mail'] as const;

/** The browser in which a member opens his page: it keeps cookies, and follows nothing by itself. */
export class Phone {
  readonly cookies = new Map<string, string>();
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param url of the host, with its prefix */
  constructor(url: string, headers: Readonly<Record<string, string>> = JSON_WANTED) {
    this.#url = url;
    this.#headers = headers;
  }

  /** The same browser, led to another host. */
  at(url: string): Phone {
    const other = new Phone(url, this.#headers);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
    return this.#send(path, { method: 'GET', headers });
  }

  /** As a program sends it; a text is sent as a form. */
  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
    const isForm = typeof body === 'string';
    const contentType = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
    return this.#send(path, {
      method: 'POST',
      body: isForm ? body : JSON.stringify(body),
      headers: { 'content-type': contentType, ...headers },
    });
  }

  /** @returns the address of WeCom's page */
  async start(page = '/me/acme/wecom'): Promise<URL> {
    const { headers } = await this.get(`${page}/start`);
    return new URL(headers.get('location') ?? '');
  }

  async #send(path: string, init: { method: string; headers: Readonly<Record<string, string>>; body?: string }) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(this.#url + path, {
      ...init,
      redirect: 'manual',
      headers: { ...this.#headers, ...(cookie ? { cookie } : {}), ...init.headers },
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';', 1)[0] ?? '').split('=');
      if (line.includes('; Max-Age=0;')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const text = await response.text();
    const { status = '', msg = '', data = null } = text.startsWith('{') ? JSON.parse(text) : {};
    return { httpStatus: response.status, headers: response.headers, text, status, msg, data };
  }
}

/**
 * What a member chooses on WeCom's page.
 *
 * @returns where WeCom leads him, below the address of the host
 */
export async function agree(
  address: URL,
  userid: string,
  fields: readonly string[] = ALL_FIELDS,
  answer = 'agree',
): Promise<string> {
  const picked = fields.map((field): [string, string] => ['field', field]);
  const form = new URLSearchParams([['userid', userid], ['answer', answer], ...picked]);
  const response = await fetch(address, { method: 'POST', body: form, redirect: 'manual' });
  const back = new URL(response.headers.get('location') ?? '');
  await response.body?.cancel();
  return back.pathname + back.search;
}

/** A code of WeCom's, with whatever is wrong about it. */
export const codeOf = (sandbox: Sandbox, userid: string, changed: object = {}): string =>
  sandbox.access.signIns.issueCode({
    userid,
    scope: 'snsapi_privateinfo',
    fields: ALL_FIELDS,
    agentId: sandbox.agentId,
    ...changed,
  });
