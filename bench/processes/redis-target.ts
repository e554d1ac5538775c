import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { endOf } from './child.ts';

/** An empty Redis of its own for one measurement, with nothing written to disk. */
export class RedisTarget {
  readonly url: string;
  readonly #server: ChildProcess;

  private constructor(server: ChildProcess, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** @throws Error when there is no redis-server on the PATH, or it does not answer */
  static async start(): Promise<RedisTarget> {
    const port = await freePort();
    const server = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', tmpdir()],
      { stdio: 'ignore' },
    );
    await once(server, 'spawn').catch(() => {
      throw new Error('The replicas need redis-server on the PATH.');
    });
    const target = new RedisTarget(server, `redis://127.0.0.1:${port}`);
    await target.#answers();
    return target;
  }

  async drop(): Promise<void> {
    this.#server.kill('SIGKILL');
    await endOf(this.#server);
  }

  async #answers(): Promise<void> {
    const client = new Redis(this.url, {
      retryStrategy: (times) => (times > 250 ? null : 20),
      maxRetriesPerRequest: null,
    });
    client.on('error', () => undefined);
    try {
      await client.ping();
    } catch (error) {
      await this.drop();
      throw new Error('The redis-server that was started does not answer.', { cause: error });
    } finally {
      client.disconnect();
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
