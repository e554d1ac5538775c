import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { expect } from 'chai';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createServer, SERVER_LIMITS, type ServerLimits } from '../../src/host/server.ts';
import { TestHost } from './test-host.ts';

const QUICK: ServerLimits = { headMs: 150, requestMs: 300, checkMs: 30, connectionsPerAddress: 5 };
const QUICK_HEAD: ServerLimits = { ...QUICK, requestMs: 600_000 };
const PATIENT: ServerLimits = { ...SERVER_LIMITS, connectionsPerAddress: 5 };

describe('what clients may take up of the host', () => {
  let app: FastifyInstance;
  let sockets: Socket[];
  beforeEach(() => {
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await app.close();
  });

  const serve = async (trustedHops = 0, limits = QUICK): Promise<void> => {
    app = await createServer(pino({ level: 'silent' }), trustedHops, limits);
    app.post('/echo', async ({ body }) => ({ body }));
    await app.listen({ host: '127.0.0.1', port: 0 });
  };
  const open = async (): Promise<Socket> => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    return socket;
  };
  const closed = async (socket: Socket): Promise<void> => {
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  };
  /** Sends a piece every few milliseconds for as long as it is taken; answers what came back when it ended. */
  const drip = async (socket: Socket, first: string, piece: string): Promise<string> => {
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.write(first);
    const timer = setInterval(() => socket.write(piece), 20);
    await closed(socket);
    clearInterval(timer);
    return answer;
  };

  it('ends a connection on which nothing comes', async () => {
    await serve(0, QUICK_HEAD);
    await drip(await open(), '', '');
  });

  it('ends a request whose head comes in drops', async () => {
    await serve(0, QUICK_HEAD);
    expect(await drip(await open(), 'POST /echo HTTP/1.1\r\nHost: x\r\n', 'X-More: 1\r\n')).to.match(
      /^(HTTP\/1.1 408|$)/,
    );
  });

  it('ends a request whose body comes in drops, with a length and in pieces', async () => {
    await serve();
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    for (const [length, piece] of [
      ['Content-Length: 10000\r\n\r\n"', 'x'],
      ['Transfer-Encoding: chunked\r\n\r\n', '1\r\nx\r\n'],
    ] as const) {
      expect(await drip(await open(), head + length, piece)).to.match(/^(HTTP\/1.1 408|$)/);
    }
  });

  it('closes connections beyond so many from one address, and takes new ones when others end', async () => {
    await serve(0, PATIENT);
    const get = async (): Promise<string> => {
      const socket = await open();
      let answer = '';
      socket.on('data', (chunk) => (answer += String(chunk)));
      socket.write('GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await closed(socket);
      return answer;
    };
    const held = await Promise.all(Array.from({ length: 5 }, () => open()));
    expect(await get()).to.equal('');
    held[0]!.destroy();
    let answer = '';
    while (answer === '') answer = await get();
    expect(answer).to.match(/^HTTP\/1.1 404/);
  });

  it('does not count the connections of a proxy, which are everybody’s', async () => {
    await serve(1, PATIENT);
    const held = await Promise.all(Array.from({ length: 20 }, () => open()));
    const answers = held.map((socket) => once(socket, 'data'));
    for (const socket of held) socket.write('GET /none HTTP/1.1\r\nHost: x\r\n\r\n');
    for (const [chunk] of await Promise.all(answers)) expect(String(chunk)).to.match(/^HTTP\/1.1 404/);
  });
});

describe('what strangers may send', () => {
  let test: TestHost;
  before(async () => {
    test = await TestHost.start({ members: 1, departments: 1 });
  });
  after(() => test.close());

  it('is 16 KB, whatever they call; who is known may send more', async () => {
    const body = { type: 'login', padding: 'x'.repeat(17 * 1024) };
    const stranger = test.anonymous();
    const answer = await stranger.post('/api/login', body);
    expect(answer.json).to.include({ status: 'error', msg: 'The request body is larger than 16 KB.' });
    expect((await stranger.post('/api/logout', body)).msg).to.include('16 KB');
    expect((await stranger.post('/api/none', body)).msg).to.equal('There is no such call.');
    expect((await stranger.post('/api/add-user', body)).msg).to.equal('Unauthorized operation');
    const user = { owner: 'built-in', name: 'wide', homepage: 'x', padding: 'x'.repeat(100 * 1024) };
    expect((await test.credential().post('/api/add-user', user)).status).to.equal('ok');
  });

  it('is awaited no longer than half a minute, by a host as it comes', () => {
    expect(SERVER_LIMITS).to.include({ headMs: 10_000, requestMs: 30_000 });
  });
});
