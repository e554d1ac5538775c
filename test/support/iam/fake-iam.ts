import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An account as Casdoor's get-account shows it, as far as anybody here looks. */
export interface IamUser {
  readonly owner: string;
  readonly name: string;
  readonly isAdmin?: unknown;
  readonly isForbidden?: unknown;
  readonly isDeleted?: unknown;
  readonly isGlobalAdmin?: unknown;
}

/** One request, as it came. */
export interface IamRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (request: IamRequest, response: ServerResponse) => void;

const envelope = (status: string, msg: string, data: unknown): object => ({
  status,
  msg,
  sub: '',
  name: '',
  data,
  data2: null,
  data3: null,
});

/**
 * A Casdoor as far as others see it: who is signed in (a cookie or a token), and which sessions there are. What it answers
 * was taken down from a running one.
 */
export class FakeIam {
  readonly #server: Server;
  readonly requests: IamRequest[] = [];
  readonly cookies = new Map<string, IamUser>();
  readonly tokens = new Map<string, IamUser>();
  /** Set: what it answers in place of everything else. */
  instead: Answer | undefined;
  /** Whoever may sign others out, as HTTP Basic. */
  clientId = 'iam-client';
  clientSecret = 'iam-client-secret';
  /** `OWNER/NAME/APPLICATION` of each session that was ended. */
  readonly signedOut: string[] = [];
  /** Requests that are being answered. */
  #open = 0;
  mostAtOnce = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeIam> {
    const server = createServer((request, response) => void iam.#serve(request, response));
    const iam = new FakeIam(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return iam;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    const request = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body };
    this.requests.push(request);
    this.#open += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
    response.once('close', () => (this.#open -= 1));
    const [path] = request.url.split('?', 1);
    if (this.instead) this.instead(request, response);
    else if (path === '/api/get-account') this.#getAccount(request, response);
    else if (path === '/api/delete-session') this.#deleteSession(request, response);
    else answerJson(response, envelope('error', 'There is no such call.', null), 404);
  }

  #getAccount({ headers }: IamRequest, response: ServerResponse): void {
    // Casdoor sets cookies with every answer, and makes strangers a session.
    response.setHeader('set-cookie', ['casdoor_session_id=made-for-a-stranger; Path=/', 'jsonWebConfig=e30; Path=/']);
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (token !== undefined && !this.tokens.has(token)) {
      answerJson(response, { status: 'error', msg: "Access token doesn't exist in database", data: null, data2: null });
      return;
    }
    const cookie = /(?:^|; )casdoor_session_id=([^;]*)/.exec(headers.cookie ?? '')?.[1];
    const user = token === undefined ? this.cookies.get(cookie ?? '') : this.tokens.get(token);
    if (user) answerJson(response, { ...envelope('ok', '', user), sub: 'id', name: user.name, data2: {} });
    else answerJson(response, envelope('error', 'Please login first', 'Please login first'));
  }

  #deleteSession({ method, headers, body }: IamRequest, response: ServerResponse): void {
    const basic = `Basic ${Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64')}`;
    if (method !== 'POST' || headers.authorization !== basic) {
      answerJson(response, { status: 'error', msg: 'Unauthorized operation', data: null, data2: null });
      return;
    }
    const { owner, name, application } = JSON.parse(body) as Record<string, string>;
    this.signedOut.push(`${owner}/${name}/${application}`);
    answerJson(response, envelope('ok', '', 'Affected'));
  }
}

export function answerJson(response: ServerResponse, json: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(json));
}
