import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Access } from './company/access.ts';
import { page, refuse, type Answer } from './api/answer.ts';
import { BodyCache } from './api/body-cache.ts';
import { CallLog, type Call } from './api/call-log.ts';
import { Company } from './company/company.ts';
import { control, isLoopback } from './control/control-api.ts';
import {
  deliver,
  deliverDrip,
  deliverEndless,
  deliverOversized,
  deliverRedirect,
  deliverTruncated,
  faultAnswer,
} from './api/delivery.ts';
import { AUTHORIZE, authorize } from './api/authorize-page.ts';
import { Mailbox } from './company/mailbox.ts';
import { DirectoryApi, nginxPage, type ApiRequest } from './api/directory-api.ts';
import { Faults, type FaultResponse } from './faults/faults.ts';
import { spoilt } from './faults/spoil.ts';
import { worldOf, type WorldName } from './control/worlds.ts';

export interface SandboxOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly members?: number;
  readonly departments?: number;
  readonly seed?: number;
  /**
   * Bytes of serialised answers to keep; default 1 GiB.
   *
   * @internal
   */
  readonly cacheBytes?: number;
}

const DEFAULT_CACHE_BYTES = 1024 ** 3;
const OVERSIZED_BYTES = 80 * 1024 ** 2;
const LONGEST_BODY = 1024 ** 2;
const API = '/cgi-bin/';
const CONTROL = '/control/';

/**
 * A fictitious WeCom over a generated company: the directory API under `/cgi-bin/`, and under
 * `/control/` what changes the company and makes things go wrong; the page on which members agree is where WeCom has it. Control calls are answered to
 * loopback addresses only.
 */
export class Sandbox {
  readonly url: string;
  /** @internal */
  readonly company: Company;
  /** @internal */
  readonly faults: Faults;
  /** @internal */
  readonly calls: CallLog;
  /** @internal */
  readonly access: Access;
  /** @internal */
  readonly mailbox = new Mailbox();
  readonly #server: Server;
  readonly #api: DirectoryApi;
  #world: WorldName = 'whole-corp';

  private constructor(server: Server, url: string, company: Company, access: Access, cacheBytes: number) {
    this.#server = server;
    this.url = url;
    this.company = company;
    this.access = access;
    this.faults = new Faults(access);
    this.calls = new CallLog();
    this.#api = new DirectoryApi(company, access, this.faults, this.mailbox, new BodyCache(cacheBytes));
  }

  /** Listens before it returns. @throws Error when the port is taken. */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    const { port = 0, host = '127.0.0.1', members = 200, departments = 20, seed = 1 } = options;
    const company = new Company({ members, departments, seed });
    // Longer than any client keeps a connection idle: a close that crosses a request looks like a fault nobody asked for.
    const server = createServer({ keepAliveTimeout: 120_000, headersTimeout: 125_000, requestTimeout: 0 });
    const url = await listen(server, port, host);
    const sandbox = new Sandbox(server, url, company, new Access(seed), options.cacheBytes ?? DEFAULT_CACHE_BYTES);
    server.on('request', (request, response) => sandbox.#receive(request, response));
    return sandbox;
  }

  /** `ww` and 16 hexadecimal digits, made from the seed. */
  get corpId(): string {
    return this.access.corpId;
  }

  /** Of the self-built app, which was made before 2022-06-20 unless the world says otherwise. */
  get appSecret(): string {
    return this.access.appSecret;
  }

  /** Of the Sync of Contacts. */
  get contactsSecret(): string {
    return this.access.contactsSecret;
  }

  get agentId(): number {
    return this.access.agentId;
  }

  /** @internal */
  get world(): WorldName {
    return this.#world;
  }

  /**
   * Sets the app's scope and the rules of both secrets as that world has them. Faults stay as they are.
   *
   * @internal
   */
  use(name: WorldName): void {
    const { scope, rules } = worldOf(name, this.company);
    this.company.scope = scope;
    Object.assign(this.access.rules, rules);
    this.#world = name;
  }

  /**
   * Serialises all of user/list now rather than at the first call of each department: for benchmarks.
   *
   * @internal
   */
  warmUp(): void {
    this.#api.warmUp();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.close((error) => (error === undefined ? resolve() : reject(error)));
      this.#server.closeAllConnections();
    });
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'GET' || request.method === 'HEAD') {
      // Nothing waits for a body that no one sends: the answer can leave in this very turn.
      request.resume();
      this.#dispatch(request, response, '');
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > LONGEST_BODY) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => this.#dispatch(request, response, Buffer.concat(chunks).toString()));
  }

  #dispatch(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { method = 'GET', url = '/' } = request;
    if (url.startsWith(API)) this.#answer(readRequest(method, url, body), response);
    else if (url.startsWith(CONTROL)) this.#control(request, response, body);
    else if (url.startsWith(AUTHORIZE)) this.#authorize(request, response, body);
    else deliver(response, page(404, nginxPage('404 Not Found')));
  }

  #control(request: IncomingMessage, response: ServerResponse, body: string): void {
    const { status, content } = isLoopback(request.socket.remoteAddress)
      ? control(this, request.method ?? 'GET', new URL(request.url ?? '/', this.url), body)
      : { status: 403, content: { error: 'control calls are answered to loopback addresses only' } };
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(`${JSON.stringify(content)}\n`);
  }

  #authorize({ method = 'GET', url = '/' }: IncomingMessage, response: ServerResponse, body: string): void {
    const query = new URL(url, this.url).searchParams;
    const came = method === 'POST' ? { query, form: new URLSearchParams(body) } : { query };
    const { status, html, location } = authorize(came, this);
    response.writeHead(status, {
      'Content-Type': 'text/html; charset=UTF-8',
      ...(location !== undefined && { Location: location }),
    });
    response.end(html);
  }

  #answer(request: ApiRequest, response: ServerResponse): void {
    const call = this.calls.open(request.method, request.path, request.params);
    response.once('close', () => this.calls.close());
    const fault = this.faults.take(request.path, request.params);
    // Looked at on arrival: by the time of a slow answer others may be gone.
    const { inFlight } = this.calls;
    const delay = (this.faults.settings.latencyMs ?? 0) + (fault?.delayMs ?? 0);
    if (delay === 0) this.#respond(request, call, response, fault, inFlight);
    else setTimeout(() => this.#respond(request, call, response, fault, inFlight), delay).unref();
  }

  #respond(
    request: ApiRequest,
    call: Call,
    response: ServerResponse,
    fault: FaultResponse | undefined,
    inFlight: number,
  ): void {
    if (response.destroyed) return;
    const skew = this.faults.settings.clockSkewMs;
    switch (fault?.broken) {
      case 'never':
        return;
      case 'reset':
        response.socket?.resetAndDestroy();
        return;
      case 'endless':
        deliverEndless(response);
        return;
      case 'drip':
        deliverDrip(response);
        return;
      case 'oversized':
        deliverOversized(response, fault.bytes ?? OVERSIZED_BYTES);
        return;
      case 'truncated':
        deliverTruncated(response, this.#api.answer(request, inFlight), skew);
        return;
      case undefined:
    }
    if (fault?.redirect !== undefined) {
      deliverRedirect(response, fault.redirect);
      return;
    }
    const answer = this.#faulty(request, fault) ?? this.#true(request, fault, inFlight);
    call.status = answer.status;
    call.errcode = answer.errcode;
    deliver(response, answer, skew);
    this.faults.answered(request.path, request.params);
  }

  #faulty({ path }: ApiRequest, fault: FaultResponse | undefined): Answer | undefined {
    if (fault === undefined) return undefined;
    return faultAnswer(fault, (errcode, errmsg) => refuse(path, errcode, this.faults.fromIp, errmsg));
  }

  #true(request: ApiRequest, fault: FaultResponse | undefined, inFlight: number): Answer {
    // Whatever cursor comes back, the list begins anew.
    const asked = fault?.spoil === 'endless-cursor' ? { ...request, body: '' } : request;
    const answer = this.#api.answer(asked, inFlight);
    if (fault?.spoil === undefined) return answer;
    return { ...answer, body: Buffer.from(spoilt(answer.body.toString(), fault.spoil, fault.seed)) };
  }
}

function readRequest(method: string, url: string, body: string): ApiRequest {
  const mark = url.indexOf('?');
  const path = url.slice(API.length, mark < 0 ? undefined : mark);
  const {
    access_token: accessToken,
    corpsecret: corpSecret,
    ...params
  } = Object.fromEntries(new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)));
  return { method, path, params, corpSecret, accessToken, body };
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the sandbox listens on no TCP port'));
      else resolve(`http://${host.includes(':') ? `[${host}]` : host}:${address.port}`);
    });
  });
}
