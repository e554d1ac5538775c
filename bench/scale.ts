import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { formatGoals, type Goal } from './goals.ts';
import { scaleRun, type ScaleOutcome } from './rows/scale-run.ts';

const RESULTS = new URL('../../scale-results.json', import.meta.url);
const REPORT = new URL('../../scale-results.md', import.meta.url);
/** Of all organizations together, and how many they are: see `companySizes`. */
const MEMBERS = 2_000_000;
const ORGANIZATIONS = 500;
const HOUR_SECONDS = 3600;
/** The shortest interval that the product takes is a minute. */
const MOST_COMPRESSED = 60;
/** Runs that one process has open at a time, which die with it. */
const RUNS_OF_ONE = 4;

const HELP = `npm run bench:scale -- [--members 2000000] [--compression 12] [--intervals 3]

500 organizations of 100 to 20,000 members, 1,884,252 in all, on three hosts that share PostgreSQL (TEST_POSTGRES_URL)
and a redis-server of their own (redis-server must be on the PATH): first imports, then some intervals of the schedule,
in each of which one member in a thousand changes. One host is killed in the second of them and another one added.

--members: fewer organizations of the same sizes: 200000 takes a tenth of them. All 500 take half an hour on two cores.
--compression: every syncer runs each hour, and an hour takes so many times less: 12 makes an interval of 300 s, 60 one
        of a minute, the shortest there is. A host that was killed is noticed after 30 to 90 seconds whatever it is.
--intervals: how many of them are watched.

It says every 30 seconds how far it has come, writes bench/scale-results.json and bench/scale-results.md, whatever came
out, and ends with an error unless every goal was reached and every syncer began within two intervals of its last start,
never ran twice at a time, and no run failed but those of the host that was killed.`;

const whole = (name: string, value: string, most = Infinity): number => {
  const number = Number(value.replaceAll('_', ''));
  if (Number.isSafeInteger(number) && number >= 1 && number <= most) return number;
  throw new Error(`--${name} takes whole numbers from 1${most === Infinity ? '' : ` to ${most}`}.`);
};

function goalsOf(outcome: ScaleOutcome): Goal[] {
  const { memoryMiB, databaseConnections, redisConnections, intervalSeconds, failures, importFailures } = outcome;
  const growth = ([before, after]: readonly [number, number]): number => after / before;
  const unit = '× the third before';
  return [
    { row: 'latest start of a run after its interval', measured: outcome.lateMost, unit: 's', must: intervalSeconds },
    { row: 'first imports that failed', measured: sum(importFailures, ({ runs }) => runs), unit: 'runs', must: 0 },
    { row: 'runs that failed with nobody killed', measured: outcome.failedAlone, unit: 'runs', must: 0 },
    {
      row: 'runs that failed when a host was killed',
      measured: sum(failures, ({ aroundKill }) => aroundKill),
      unit: 'runs',
      must: RUNS_OF_ONE,
    },
    { row: 'syncers whose schedule was not kept', measured: outcome.broken.length, unit: '', must: 0 },
    { row: 'memory of a host, last third', measured: growth(memoryMiB), unit, must: 1.15 },
    { row: 'connections to PostgreSQL, last third', measured: growth(databaseConnections), unit, must: 1.1 },
    { row: 'connections to Redis, last third', measured: growth(redisConnections), unit, must: 1.1 },
  ];
}

const sum = <T>(values: readonly T[], pick: (value: T) => number): number =>
  values.reduce((total, value) => total + pick(value), 0);

const shown = (value: unknown): string => {
  if (typeof value === 'number') return Number(value.toFixed(2)).toLocaleString('en');
  return Array.isArray(value) ? value.map(shown).join(', ') : String(value);
};

/** The goals, every figure, and what failed in the words of the runs themselves. */
function reportOf(outcome: ScaleOutcome, goals: readonly Goal[]): string {
  const { failures, importFailures, broken, ...figures } = outcome;
  const failed = [...importFailures, ...failures].map(
    ({ runs, aroundKill, state, problem }) => `- ${runs} (${aroundKill} when a host was killed) ${state}: ${problem}`,
  );
  return [
    formatGoals(goals),
    `| figure | value |\n| --- | --- |\n${Object.entries(figures)
      .map(([name, value]) => `| ${name} | ${shown(value)} |`)
      .join('\n')}`,
    ...(failed.length > 0 ? [`Runs that failed:\n\n${failed.join('\n')}`] : []),
    ...(broken.length > 0 ? [`Not kept:\n\n${broken.map((one) => `- ${one}`).join('\n')}`] : []),
  ].join('\n\n');
}

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: String(MEMBERS) },
    compression: { type: 'string', default: '12' },
    intervals: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
} else {
  const begun = performance.now();
  const say = (sentence: string): void =>
    void process.stderr.write(`[${Math.round((performance.now() - begun) / 1000)} s] ${sentence}\n`);
  const options = {
    organizations: Math.max(1, Math.round((ORGANIZATIONS * whole('members', values.members)) / MEMBERS)),
    intervals: whole('intervals', values.intervals),
    intervalSeconds: Math.ceil(HOUR_SECONDS / whole('compression', values.compression, MOST_COMPRESSED)),
  };
  const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, memory: totalmem() };
  const write = async (result: object, report: string): Promise<void> => {
    const seconds = Math.round((performance.now() - begun) / 1000);
    const all = { at: new Date().toISOString(), machine, options, seconds, ...result };
    await writeFile(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
    const conditions = `${all.at}, ${machine.cores} × ${machine.cpu}, Node ${machine.node}, ${seconds} s in all`;
    await writeFile(REPORT, `${conditions}\n\n${report}\n`);
  };
  try {
    const outcome = await scaleRun({ ...options, say });
    const goals = goalsOf(outcome);
    const report = reportOf(outcome, goals);
    await write({ goals, outcome }, report);
    console.log(report);
    if (goals.some(({ measured, must }) => !(measured <= must))) process.exitCode = 1;
  } catch (error) {
    await write({ error: String(error) }, `It did not come to its end. ${String(error)}`);
    throw error;
  }
}
