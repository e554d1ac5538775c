import { setTimeout as pause } from 'node:timers/promises';
import { measure } from '../processes/child.ts';
import { createTarget } from '../processes/database-target.ts';
import { Directory } from '../processes/directory.ts';
import { checkExactlyOnce } from './exactly-once.ts';
import { watchMachine } from '../processes/machine-watch.ts';
import { RedisTarget } from '../processes/redis-target.ts';
import { Replica } from '../processes/replica.ts';
import type { Credentials } from '../tasks/task.ts';
import type { Shared } from '../tasks/replica-settings.ts';
import { Tenants } from './tenants.ts';

/** Of each tenant's company. */
export const MEMBERS = 20;
const DEPARTMENTS = 4;
const LOOK_EVERY_MS = 200;
/** Something is due and nothing ended for so long: it never will. */
const STUCK_MS = 120_000;

export interface RoundOptions {
  readonly replicas: number;
  readonly syncers: number;
  /** Milliseconds after which the directory answers each call. */
  readonly latencyMs: number;
  readonly intervalSeconds: number;
  /** How many intervals to watch; the first is the one that is measured. */
  readonly intervals: number;
  readonly profile?: string;
}

export interface ReplicasRound {
  /** From the moment in which all syncers were switched on, and the hosts began, to the end of the last first run. */
  readonly seconds: number;
  /** Of these, until the first run began. */
  readonly secondsToFirst: number;
  /** Of all replicas together, within these seconds. */
  readonly cpuSeconds: number;
  /** Of all cores of the machine, within these seconds; 0 to 1. */
  readonly busy: number;
  /** Runs that ended in each replica, within these seconds. */
  readonly shares: readonly number[];
  /** Of the largest replica, to the end of the last interval. */
  readonly peakBytes: number;
}

/** Fresh database, Redis and directory; syncers that are all due at once; hosts that share them. */
export async function replicasRound(options: RoundOptions): Promise<ReplicasRound> {
  const { syncers, latencyMs, profile } = options;
  const leftovers: (() => Promise<void>)[] = [];
  try {
    const directory = await Directory.start({ members: MEMBERS, departments: DEPARTMENTS });
    leftovers.push(() => directory.close());
    const database = await createTarget('postgres');
    leftovers.push(() => database.drop());
    const redis = await RedisTarget.start();
    leftovers.push(() => redis.drop());
    const { credentials } = directory;
    const shared: Shared = { databaseUrl: database.url, redisUrl: redis.url, directoryUrl: credentials.url };
    await measure({ kind: 'organizations', shared, companies: Array<Credentials>(syncers).fill(credentials) });
    await directory.control('faults', { settings: { latencyMs } });
    const tenants = await Tenants.open(database.url);
    leftovers.push(() => tenants.close());
    const replicas: Replica[] = [];
    leftovers.push(async () => void (await Promise.all(replicas.map((replica) => replica.kill()))));
    for (let number = 1; number <= options.replicas; number += 1) replicas.push(await Replica.start(shared, profile));
    return await watch(replicas, tenants, options);
  } finally {
    for (const drop of leftovers.toReversed()) await drop();
  }
}

async function watch(replicas: readonly Replica[], tenants: Tenants, options: RoundOptions): Promise<ReplicasRound> {
  const { syncers, intervals, intervalSeconds } = options;
  const busyNow = watchMachine();
  const startedMs = Date.now();
  await tenants.enableAll(intervalSeconds);
  await Promise.all(replicas.map((replica) => replica.begin()));
  await untilEnded(tenants, syncers, 0);
  const busy = busyNow();
  const figures = await Promise.all(replicas.map((replica) => replica.figures()));
  const runs = await tenants.runs();
  const promised = { syncers, members: MEMBERS, intervalSeconds };
  checkExactlyOnce(runs, { ...promised, intervals: 1 });
  if (intervals > 1) {
    await untilEnded(tenants, syncers * intervals, intervalSeconds);
    checkExactlyOnce(await tenants.runs(), { ...promised, intervals });
  }
  const accounts = await tenants.accounts();
  if (accounts.length !== syncers || accounts.some((count) => count !== MEMBERS)) {
    throw new Error(`Not every organization has its ${MEMBERS} accounts.`);
  }
  const ends = await Promise.all(replicas.map((replica) => replica.end()));
  return {
    seconds: (Math.max(...runs.map(({ finishedMs }) => finishedMs ?? 0)) - startedMs) / 1000,
    secondsToFirst: (Math.min(...runs.map((run) => run.startedMs)) - startedMs) / 1000,
    cpuSeconds: figures.reduce((sum, figure) => sum + figure.cpuSeconds, 0),
    busy,
    shares: figures.map(({ counts }) => counts?.['runs'] ?? 0),
    peakBytes: Math.max(...ends.map(({ peakBytes }) => peakBytes)),
  };
}

/** @param idleSeconds for how long nothing may be due */
async function untilEnded(tenants: Tenants, wanted: number, idleSeconds: number): Promise<void> {
  let ended = 0;
  let since = Date.now() + idleSeconds * 1000;
  while (ended < wanted) {
    await pause(LOOK_EVERY_MS);
    const now = await tenants.endedRuns();
    if (now > ended) since = Math.max(since, Date.now());
    ended = now;
    if (Date.now() - since > STUCK_MS) throw new Error(`${ended} of ${wanted} runs ended, and then no more.`);
  }
}
