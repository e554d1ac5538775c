import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { freePort } from './own-servers.ts';

export const REDIS_URL = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';

/** For the keys of one test; other tests use the same Redis at the same time. */
export const randomPrefix = (): string => `{wecom-syncer-test-${randomBytes(6).toString('hex')}}`;

const HINT =
  'Redis does not answer: its suites are skipped. Start one (redis-server), or name it in TEST_REDIS_URL; the suites that stop and start one need redis-server on the PATH.';

/** Whether there is a Redis here; with REQUIRE_SERVICES=1 a missing one is an error. */
export async function redisAnswers(): Promise<boolean> {
  const redis = new Redis(REDIS_URL, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 3000 });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return true;
  } catch (error) {
    if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(HINT, { cause: error });
    console.log(HINT);
    return false;
  } finally {
    redis.disconnect();
  }
}

/** Takes away what a test left. */
export async function removeKeys(prefix: string): Promise<void> {
  const redis = new Redis(REDIS_URL);
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}

/** A Redis of its own, to stop and start; it forgets everything when it stops. */
export class OwnRedis {
  readonly url: string;
  readonly #port: number;
  #server: ChildProcess | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.url = `redis://127.0.0.1:${port}`;
  }

  static async start(): Promise<OwnRedis> {
    const redis = new OwnRedis(await freePort());
    await redis.start();
    return redis;
  }

  async start(): Promise<void> {
    this.#server = spawn(
      'redis-server',
      ['--port', String(this.#port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      { stdio: 'ignore' },
    );
    const client = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    await client.ping();
    client.disconnect();
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server || server.exitCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }
}
