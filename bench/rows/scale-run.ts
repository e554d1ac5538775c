import { setTimeout as pause } from 'node:timers/promises';
import { measure } from '../processes/child.ts';
import { Companies } from '../processes/companies.ts';
import { createTarget } from '../processes/database-target.ts';
import { watchMachine } from '../processes/machine-watch.ts';
import { Pulse, type Beat } from '../processes/pulse.ts';
import { RedisTarget } from '../processes/redis-target.ts';
import { Replica } from '../processes/replica.ts';
import type { Shared } from '../tasks/replica-settings.ts';
import { present } from '../../src/syncer/present.ts';
import { checkKept, type Failure, type KeptSchedule } from './kept-schedule.ts';
import { Tenants } from './tenants.ts';

const REPLICAS = 3;
const SMALLEST = 100;
const LARGEST = 20_000;
/** So much later than the interval before, and nothing was kept any more. */
const STUCK_MS = 600_000;
/** How often it is said how far it has come. */
const SAY_EVERY_MS = 30_000;
const DAY_SECONDS = 86_400;

export interface ScaleOptions {
  readonly organizations: number;
  readonly intervalSeconds: number;
  readonly intervals: number;
  readonly say: (sentence: string) => void;
}

export interface ScaleOutcome extends KeptSchedule {
  readonly organizations: number;
  readonly members: number;
  readonly importSeconds: number;
  readonly importCpuSeconds: number;
  /** Of the first imports. */
  readonly importFailures: readonly Failure[];
  readonly intervalSeconds: number;
  /** Of the replicas that lived to the end, while the schedule was watched. */
  readonly cpuSeconds: number;
  readonly watchedSeconds: number;
  /** Of all cores, whoever keeps them busy; 0 to 1. */
  readonly busy: number;
  /** Medians of the second and of the last third of the time, of those who live since the begin. */
  readonly memoryMiB: readonly [before: number, after: number];
  readonly databaseConnections: readonly [before: number, after: number];
  readonly redisConnections: readonly [before: number, after: number];
  readonly largestMiB: number;
}

/** From the smallest to the largest, evenly on a logarithmic scale: 500 of them have 1,884,252 members in all. */
export const companySizes = (organizations: number): readonly number[] =>
  Array.from({ length: organizations }, (_, index) =>
    Math.round(SMALLEST * (LARGEST / SMALLEST) ** (organizations === 1 ? 0.5 : index / (organizations - 1))),
  );

/**
 * Many organizations on three hosts: everybody is imported once, then the schedule is watched for some intervals, in
 * each of which one member in a thousand changes. One host is killed in the second interval, another one added.
 *
 * @throws Error when nothing ends any more
 */
export async function scaleRun(options: ScaleOptions): Promise<ScaleOutcome> {
  const { organizations, intervals, intervalSeconds, say } = options;
  const sizes = companySizes(organizations);
  const members = sizes.reduce((sum, size) => sum + size, 0);
  const leftovers: (() => Promise<void>)[] = [];
  try {
    say(`${organizations} organizations of ${SMALLEST} to ${LARGEST} members, ${members} in all: they are made up`);
    const companies = await Companies.start(sizes);
    leftovers.push(() => companies.close());
    const database = await createTarget('postgres');
    leftovers.push(() => database.drop());
    const redis = await RedisTarget.start();
    leftovers.push(() => redis.drop());
    const [first] = companies.credentials;
    const shared: Shared = {
      databaseUrl: database.url,
      redisUrl: redis.url,
      directoryUrl: first?.url ?? '',
      allowedHosts: companies.credentials.map(({ url }) => url),
    };
    await measure({ kind: 'organizations', shared, companies: companies.credentials });
    const tenants = await Tenants.open(database.url);
    leftovers.push(() => tenants.close());
    const replicas: Replica[] = [];
    leftovers.push(async () => void (await Promise.all(replicas.map((replica) => replica.kill()))));
    const start = async (): Promise<Replica> => {
      const replica = await Replica.start(shared);
      replicas.push(replica);
      return replica;
    };

    say('first imports');
    await tenants.enableAll(DAY_SECONDS);
    let startedMs = Date.now();
    const importing = await Promise.all(Array.from({ length: REPLICAS }, start));
    await Promise.all(importing.map((replica) => replica.begin()));
    await untilImported(tenants, organizations, say);
    const importSeconds = (Date.now() - startedMs) / 1000;
    const figures = await Promise.all(importing.map((replica) => replica.end()));
    replicas.splice(0);
    const importCpuSeconds = figures.reduce((sum, figure) => sum + figure.cpuSeconds, 0);
    const { failures: importFailures } = checkKept(await tenants.runs(), {
      syncers: organizations,
      intervalSeconds: DAY_SECONDS,
      fromMs: startedMs,
      toMs: Date.now(),
    });
    say(`imported in ${Math.round(importSeconds)} s${toldOf(importFailures)}; the database collects its statistics`);
    await database.settle();

    say(`${intervals} intervals of ${intervalSeconds} s`);
    await tenants.enableAll(intervalSeconds);
    startedMs = Date.now();
    const watching = await Promise.all(Array.from({ length: REPLICAS }, start));
    const pulse = await Pulse.start(database.url, redis.url, () => replicas.flatMap(({ pid }) => pid ?? []));
    leftovers.push(() => pulse.stop());
    const busyNow = watchMachine();
    await Promise.all(watching.map((replica) => replica.begin()));
    const showProgress = async (): Promise<void> => {
      const { ended, open, failed } = await tenants.progress();
      const seconds = Math.round((Date.now() - startedMs) / 1000);
      say(
        `${seconds} s: ${ended - organizations} runs ended (${failed} of all failed), ${open} go on, cores ${Math.round(100 * busyNow())} % busy`,
      );
    };
    const shown = setInterval(() => void showProgress().catch((error: unknown) => say(String(error))), SAY_EVERY_MS);
    leftovers.push(async () => clearInterval(shown));
    let killedMs: number | undefined;
    for (let interval = 1; interval <= intervals; interval += 1) {
      await companies.change();
      await pause((intervalSeconds * 1000) / 2);
      if (interval === 2) {
        say('one host is killed, another added');
        const killed = watching.shift();
        killedMs = Date.now();
        await killed?.kill();
        await (await start()).begin();
      }
      await pause((intervalSeconds * 1000) / 2);
    }
    const endedMs = Date.now();
    const busy = busyNow();
    const beats = [...pulse.beats];
    const runs = (await tenants.runs()).filter((run) => run.startedMs <= endedMs);
    const { cpuSeconds } = (await Promise.all(watching.map((replica) => replica.figures()))).reduce(
      (sum, figure) => ({ cpuSeconds: sum.cpuSeconds + figure.cpuSeconds }),
      { cpuSeconds: 0 },
    );
    const kept = checkKept(runs, {
      syncers: organizations,
      intervalSeconds,
      fromMs: startedMs,
      toMs: endedMs,
      ...present({ killedMs }),
    });
    say(`${kept.runs} runs${toldOf(kept.failures)}`);
    const pids = new Set(watching.flatMap(({ pid }) => pid ?? []));
    return {
      ...kept,
      organizations,
      members,
      importSeconds,
      importCpuSeconds,
      importFailures,
      intervalSeconds,
      cpuSeconds,
      watchedSeconds: (endedMs - startedMs) / 1000,
      busy,
      memoryMiB: thirds(
        beats,
        ({ bytes }) => Math.max(...[...bytes].map(([pid, size]) => (pids.has(pid) ? size : 0))) / 1024 ** 2,
      ),
      databaseConnections: thirds(beats, (beat) => beat.databaseConnections),
      redisConnections: thirds(beats, (beat) => beat.redisConnections),
      largestMiB: Math.max(...beats.flatMap(({ bytes }) => [...bytes.values()])) / 1024 ** 2,
    };
  } finally {
    for (const drop of leftovers.toReversed()) await drop().catch((error: unknown) => say(String(error)));
  }
}

/** The highest of the second third and of the last: what grows without end is higher in the last. */
function thirds(beats: readonly Beat[], pick: (beat: Beat) => number): readonly [number, number] {
  const third = Math.ceil(beats.length / 3);
  const highest = (part: readonly Beat[]): number => Math.max(...part.map(pick));
  return [highest(beats.slice(third, 2 * third)), highest(beats.slice(2 * third))];
}

const toldOf = (failures: readonly Failure[]): string =>
  failures.map(({ runs, state, problem }) => `, ${runs} ${state}: ${problem}`).join('');

/** Until everybody's first run has ended, whole or not. */
async function untilImported(tenants: Tenants, wanted: number, say: ScaleOptions['say']): Promise<void> {
  const startedMs = Date.now();
  let sinceMs = startedMs;
  let saidMs = startedMs;
  for (let ended = 0; ended < wanted;) {
    await pause(500);
    const now = await tenants.progress();
    if (now.ended > ended) sinceMs = Date.now();
    ended = now.ended;
    if (Date.now() - sinceMs > STUCK_MS) throw new Error(`${ended} of ${wanted} runs ended, and then no more.`);
    if (Date.now() - saidMs < SAY_EVERY_MS) continue;
    saidMs = Date.now();
    say(
      `${Math.round((saidMs - startedMs) / 1000)} s: ${ended} of ${wanted} imported (${now.failed} of them failed), ${now.open} go on`,
    );
  }
}
