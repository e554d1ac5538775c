import { cpus } from 'node:os';
import type { Line } from '../figures.ts';
import { present } from '../../src/syncer/present.ts';
import { MEMBERS, replicasRound, type ReplicasRound } from './replicas-round.ts';

const REPLICAS = 4;
/** How much more four replicas must get done than one, where cores allow. */
const SPEED_UP = 3;
/** With a core for each replica, one for the sandbox and one for the database they do. */
const CORES = REPLICAS + 2;
/** With fewer they do as long as some of their time is left over; 0 to 1. */
const FULL = 0.9;
/** From one part of the world to another. */
const FAR_MS = 200;
/** The shortest interval that the product takes. */
const SHORTEST_SECONDS = 60;
const DAY_SECONDS = 86_400;

export interface ReplicasOptions {
  readonly syncers: number;
  readonly say: (sentence: string) => void;
  readonly profile?: string;
}

/**
 * Many syncers that are all due at once, on one host and on four. With a directory that answers at once the cores of
 * this machine are the limit; with one that is far away it is the waiting, which hosts share whatever the cores.
 */
export async function replicasLines(options: ReplicasOptions): Promise<Line[]> {
  return [...(await pair(options, 0, 2)), ...(await pair(options, FAR_MS, 1))];
}

async function pair(options: ReplicasOptions, latencyMs: number, intervals: number): Promise<Line[]> {
  const { syncers, say, profile } = options;
  const far = latencyMs > 0 ? `, answered after ${latencyMs} ms` : '';
  const title = `${syncers.toLocaleString('en')} syncers of ${MEMBERS}${far}`;
  const common = { syncers, latencyMs, ...present({ profile }) };
  say(`${title}: 1 replica`);
  const alone = await replicasRound({ ...common, replicas: 1, intervals: 1, intervalSeconds: DAY_SECONDS });
  // Long enough for everybody's first run to end before anybody's second one begins.
  const intervalSeconds = intervals > 1 ? Math.max(SHORTEST_SECONDS, Math.ceil(2 * alone.seconds)) : DAY_SECONDS;
  say(`${title}: ${REPLICAS} replicas${intervals > 1 ? `, ${intervals} intervals of ${intervalSeconds} s` : ''}`);
  const together = await replicasRound({ ...common, replicas: REPLICAS, intervals, intervalSeconds });
  const coresAllow = cpus().length >= CORES || together.busy < FULL;
  const value = alone.seconds / together.seconds;
  return [
    line(`${title}, 1 replica`, syncers, alone),
    {
      ...line(`${title}, ${REPLICAS} replicas`, syncers, together),
      ratios: [
        { floor: 'runs per second of 1 replica', value, ...present({ atLeast: coresAllow ? SPEED_UP : undefined }) },
      ],
    },
  ];
}

const line = (row: string, syncers: number, round: ReplicasRound): Line => ({
  row,
  seconds: round.seconds,
  perSecond: syncers / round.seconds,
  cpuSeconds: round.cpuSeconds,
  peakMiB: round.peakBytes / 1024 ** 2,
  ratios: [],
  note: noteOf(round),
});

/** Sandbox, database, Redis and replicas share the cores: once these are busy, no replica makes them quicker. */
const noteOf = ({ busy, secondsToFirst, shares }: ReplicasRound): string =>
  [
    `${cpus().length} cores ${Math.round(busy * 100)} % busy`,
    `first run after ${secondsToFirst.toFixed(1)} s`,
    ...(shares.length > 1 ? [`runs per replica ${shares.join(' ')}`] : []),
  ].join(', ');
