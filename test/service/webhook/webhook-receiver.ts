import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { WebhookMessage } from '../../../src/service/webhook/webhook-message.ts';

/** A request as it came. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers a request, or leaves it waiting. */
export type Reply = (response: ServerResponse) => void;

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Reply =>
  (response) =>
    void response.writeHead(code, headers).end();
/** Never answers. */
export const silence: Reply = () => undefined;

/** Whoever is told: a real HTTP server, which answers 204 unless it is told otherwise. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** What the next requests are answered, one each; the last one stands for all that follow. */
  replies: Reply[] = [status(204)];
  readonly origin: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => void receiver.#receive(request, response));
    return receiver;
  }

  get messages(): WebhookMessage[] {
    return this.received.map(({ body }) => JSON.parse(body) as WebhookMessage);
  }

  get events(): string[] {
    return this.messages.map(({ event }) => event);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    this.received.push({ path: request.url ?? '', headers: request.headers, body });
    const [reply = status(204)] = this.replies;
    if (this.replies.length > 1) this.replies.shift();
    reply(response);
  }
}
