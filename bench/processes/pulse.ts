import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { Client } from 'pg';

/** What the replicas take of the machine and of their servers at one moment. */
export interface Beat {
  readonly atMs: number;
  /** Resident, by process id. */
  readonly bytes: ReadonlyMap<number, number>;
  readonly databaseConnections: number;
  readonly redisConnections: number;
}

const EVERY_MS = 2_000;

/** Looks at memory and connections from outside, every two seconds. */
export class Pulse {
  readonly beats: Beat[] = [];
  readonly #database: Client;
  readonly #redis: Redis;
  readonly #pids: () => readonly number[];
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  private constructor(database: Client, redis: Redis, pids: () => readonly number[]) {
    this.#database = database;
    this.#redis = redis;
    this.#pids = pids;
  }

  /** @param pids of the replicas that are there at the moment */
  static async start(databaseUrl: string, redisUrl: string, pids: () => readonly number[]): Promise<Pulse> {
    const database = new Client({ connectionString: databaseUrl });
    await database.connect();
    const pulse = new Pulse(database, new Redis(redisUrl), pids);
    pulse.#timer = setInterval(() => {
      pulse.#last = pulse.#last.then(() => pulse.#beat());
    }, EVERY_MS);
    return pulse;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#last;
    await this.#database.end();
    this.#redis.disconnect();
  }

  async #beat(): Promise<void> {
    const { rows } = await this.#database.query<{ count: string }>(
      'SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const clients = /connected_clients:(\d+)/.exec(await this.#redis.info('clients'))?.[1];
    this.beats.push({
      atMs: Date.now(),
      bytes: new Map(this.#pids().map((pid) => [pid, residentBytes(pid)])),
      databaseConnections: Number(rows[0]?.count),
      redisConnections: Number(clients) - 1,
    });
  }
}

function residentBytes(pid: number): number {
  try {
    const [, kibibytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes) * 1024;
  } catch {
    // It has just been killed.
    return 0;
  }
}
