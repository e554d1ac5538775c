import { execFile } from 'node:child_process';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const NAME = 'qyapi.weixin.qq.com';

/** The sandbox under WeCom's own name over TLS, for programs that know no other: a proxy that leads nowhere else. */
export class WecomByName {
  /** What a program that speaks to it has to trust. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #proxy: Server;
  readonly #wecom: TlsServer;

  private constructor(folder: string, certificate: string, proxy: Server, wecom: TlsServer) {
    this.#folder = folder;
    this.certificate = certificate;
    this.#proxy = proxy;
    this.#wecom = wecom;
  }

  /** @param sandbox where it listens */
  static async start(sandbox: string): Promise<WecomByName> {
    const folder = await mkdtemp(join(tmpdir(), 'wecom-syncer-tls-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const order = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=${NAME} -addext subjectAltName=DNS:${NAME}`;
    await promisify(execFile)('openssl', [...order.split(' '), '-keyout', key, '-out', certificate]);
    const wecom = createTlsServer({ key: await readFile(key), cert: await readFile(certificate) }, (asked, answer) =>
      forward(sandbox, asked, answer),
    );
    const proxy = createServer((_asked, answer) => void answer.writeHead(403).end());
    proxy.on('connect', ({ url }: IncomingMessage, socket: Socket) => {
      socket.on('error', () => socket.destroy());
      if (url === `${NAME}:443`) {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        wecom.emit('connection', socket);
      } else {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    return new WecomByName(folder, certificate, proxy, wecom);
  }

  get proxy(): string {
    return `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#wecom.closeAllConnections();
    this.#proxy.closeAllConnections();
    await new Promise((resolve) => this.#proxy.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function forward(sandbox: string, asked: IncomingMessage, answer: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = asked;
  const onward = request(sandbox + url, { method, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  asked.pipe(onward);
}
