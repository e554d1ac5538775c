import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { formatGoals, type Goal } from './goals.ts';
import { scaleRun, type ScaleOutcome } from './rows/scale-run.ts';

const RESULTS = new URL('../../scale-results.json', import.meta.url);
const ORGANIZATIONS = 500;

const HELP = `npm run bench:scale -- [--scale 20] [--interval SECONDS] [--intervals 3]

500 organizations of 100 to 20,000 members, 2 million in all, on three hosts that share PostgreSQL (TEST_POSTGRES_URL)
and a redis-server of their own: first imports, then some intervals of the schedule, in each of which one member in a
thousand changes. One host is killed on the way and another one added. It ends with an error unless every syncer began
within two intervals of its last start, never ran twice at a time, and nothing failed but what was killed.
--scale 20: a twentieth of the organizations. All of them take 8 GiB of memory, and hours on two cores.
--interval: seconds between two runs of a syncer; as long as the first imports took if it is not given.`;

const whole = (name: string, value: string): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes whole numbers from 1.`);
  return number;
};

function goalsOf(outcome: ScaleOutcome): Goal[] {
  const { memoryMiB, databaseConnections, redisConnections, intervalSeconds } = outcome;
  const growth = ([before, after]: readonly [number, number]): number => after / before;
  return [
    { row: 'latest start of a run after its interval', measured: outcome.lateMost, unit: 's', must: intervalSeconds },
    { row: 'runs that failed, of a host that was killed', measured: outcome.failed, unit: 'runs', must: 4 },
    { row: 'memory of a host, last third', measured: growth(memoryMiB), unit: '× the third before', must: 1.15 },
    {
      row: 'connections to PostgreSQL, last third',
      measured: growth(databaseConnections),
      unit: '× the third before',
      must: 1.1,
    },
    {
      row: 'connections to Redis, last third',
      measured: growth(redisConnections),
      unit: '× the third before',
      must: 1.1,
    },
  ];
}

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    interval: { type: 'string' },
    intervals: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
} else {
  const outcome = await scaleRun({
    organizations: Math.max(1, Math.round(ORGANIZATIONS / whole('scale', values.scale))),
    intervals: whole('intervals', values.intervals),
    ...(values.interval !== undefined && { intervalSeconds: whole('interval', values.interval) }),
    say: (sentence) => void process.stderr.write(`${sentence}\n`),
  });
  const goals = goalsOf(outcome);
  console.log(outcome);
  console.log(formatGoals(goals));
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, memory: totalmem() };
  await writeFile(RESULTS, `${JSON.stringify({ at: new Date().toISOString(), machine, outcome, goals }, null, 2)}\n`);
}
