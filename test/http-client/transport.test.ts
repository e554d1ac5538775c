import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { CancelledError, ConfigError, ProtocolError, UnavailableError } from '../../src/syncer/errors.ts';
import { WECOM_ADVICE } from '../../src/wecom/reading/advice.ts';
import { Transport, TRANSPORT_LIMITS } from '../../src/http-client/transport.ts';
import { never, rejection } from '../wecom/rig.ts';

const OPTIONS = { sockets: 4, advice: WECOM_ADVICE };
const CALL = { endpoint: 'user/list', query: { access_token: 't', department_id: '1' } };

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
};

describe('Transport', () => {
  const servers: Server[] = [];
  const serve = async (server: Server): Promise<string> => {
    servers.push(server);
    return await listen(server);
  };
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('keeps its connections', async () => {
    let connections = 0;
    const server = createServer((_request, response) => response.end('{"errcode":0}'));
    server.on('connection', () => (connections += 1));
    const transport = new Transport(`${await serve(server)}/cgi-bin`, OPTIONS);
    for (let call = 0; call < 5; call += 1) await transport.exchange(CALL, never());
    expect(connections).to.equal(1);
  });

  it('makes no call for a run that is cancelled already', async () => {
    let asked = 0;
    const address = await serve(
      createServer((_request, response) => {
        asked += 1;
        response.end('{"errcode":0}');
      }),
    );
    const transport = new Transport(`${address}/cgi-bin`, OPTIONS);
    expect(await rejection(transport.exchange(CALL, AbortSignal.abort()))).to.be.instanceOf(CancelledError);
    expect(asked).to.equal(0);
  });

  it('encodes what goes into a query, and sends lists of ids as JSON', async () => {
    const asked: unknown[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push([request.method, request.url, body]);
        response.end('{"errcode":0}');
      });
    });
    const transport = new Transport(`${await serve(server)}/prefix/cgi-bin`, OPTIONS);
    await transport.exchange({ endpoint: 'user/get', query: { userid: 'a&b=c d' } }, never());
    await transport.exchange({ endpoint: 'user/list_id', query: {}, body: { limit: 10 } }, never());
    expect(asked).to.deep.equal([
      ['GET', '/prefix/cgi-bin/user/get?userid=a%26b%3Dc+d', ''],
      ['POST', '/prefix/cgi-bin/user/list_id', '{"limit":10}'],
    ]);
  });

  it('counts an answer after decompression, so that a small one cannot burst', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1_048_576, 0x20));
    expect(bomb.length).to.be.lessThan(100_000);
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': bomb.length });
      response.end(bomb);
    });
    const limits = { ...TRANSPORT_LIMITS, maxAnswerBytes: 1_048_576 };
    const transport = new Transport(`${await serve(server)}/cgi-bin`, { ...OPTIONS, limits });
    expect(await rejection(transport.exchange(CALL, never()))).to.be.instanceOf(ProtocolError);
  });

  it('reads a compressed answer', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      response.end(gzipSync('{"errcode":0,"errmsg":"好"}'));
    });
    const transport = new Transport(`${await serve(server)}/cgi-bin`, OPTIONS);
    expect(await transport.exchange(CALL, never())).to.deep.equal({ errcode: 0, errmsg: '好' });
  });

  it('puts characters together that arrive in pieces', async () => {
    const body = Buffer.from('{"errmsg":"张三😀"}');
    const server = createServer((_request, response) => {
      response.write(body.subarray(0, 12));
      setImmediate(() => {
        response.write(body.subarray(12, 18));
        setImmediate(() => response.end(body.subarray(18)));
      });
    });
    const transport = new Transport(`${await serve(server)}/cgi-bin`, OPTIONS);
    expect(await transport.exchange(CALL, never())).to.deep.equal({ errmsg: '张三😀' });
  });

  describe('through WECOM_PROXY_URL', () => {
    const proxy = (): { readonly server: Server; readonly asked: string[] } => {
      const asked: string[] = [];
      const server = createServer();
      server.on('connect', (request, client) => {
        asked.push(request.url ?? '');
        const [host = '', port = ''] = (request.url ?? '').split(':');
        const upstream = connect(Number(port), host, () => {
          client.write('HTTP/1.1 200 OK\r\n\r\n');
          upstream.pipe(client).pipe(upstream);
        });
        upstream.on('error', () => client.destroy());
        client.on('error', () => upstream.destroy());
      });
      return { server, asked };
    };

    it('reaches WeCom', async () => {
      const target = await serve(createServer((_request, response) => response.end('{"errcode":0}')));
      const { server, asked } = proxy();
      const transport = new Transport(`${target}/cgi-bin`, { ...OPTIONS, proxyUrl: await serve(server) });
      expect(await transport.exchange(CALL, never())).to.deep.equal({ errcode: 0 });
      expect(asked).to.deep.equal([new URL(target).host]);
    });

    it('says without a URL that the proxy does not answer', async () => {
      const server = createServer();
      const address = await listen(server);
      await new Promise((resolve) => server.close(resolve));
      const transport = new Transport('https://qyapi.example/cgi-bin', {
        ...OPTIONS,
        proxyUrl: address.replace('//', '//user:pass@'),
      });
      const error = await rejection(transport.exchange(CALL, never()));
      expect(error).to.be.instanceOf(UnavailableError);
      expect((error as Error).message)
        .to.match(/^qyapi\.example user\/list: /)
        .and.not.to.include('pass');
    });

    it('refuses an address that is none', () => {
      expect(() => new Transport('https://qyapi.example/cgi-bin', { ...OPTIONS, proxyUrl: 'nonsense' })).to.throw(
        ConfigError,
        /WECOM_PROXY_URL/,
      );
    });
  });

  it('tells of a certificate that nobody trusts', async () => {
    // A plain server under https: the TLS handshake cannot succeed.
    const address = await serve(createServer((_request, response) => response.end('{}')));
    const transport = new Transport(`${address.replace('http:', 'https:')}/cgi-bin`, OPTIONS);
    const error = await rejection(transport.exchange(CALL, never()));
    expect(error).to.be.instanceOf(UnavailableError);
    expect((error as Error).message).to.include('TLS');
  });

  it('names HTTP statuses, and repeats only what may pass', async () => {
    let status = 200;
    const server = createServer((_request, response) => {
      response.statusCode = status;
      response.end('{"errcode":0}');
    });
    const transport = new Transport(`${await serve(server)}/cgi-bin`, OPTIONS);
    for (const [code, type] of [
      [204, ProtocolError],
      [302, ProtocolError],
      [403, ProtocolError],
      [407, ConfigError],
      [408, UnavailableError],
      [429, UnavailableError],
      [503, UnavailableError],
    ] as const) {
      status = code;
      const error = await rejection(transport.exchange(CALL, never()));
      expect(error, String(code)).to.be.instanceOf(type);
      expect((error as Error).message).to.include(`HTTP ${String(code)}`);
    }
  });
});
