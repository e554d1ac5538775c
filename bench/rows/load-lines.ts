import { median, type Line } from '../figures.ts';
import type { Goal } from '../goals.ts';
import type { Figures } from '../tasks/task.ts';
import { STEPS, type Round, type Step } from './load-rows.ts';

const TITLES: Readonly<Record<Step, string>> = {
  import: 'first import',
  load: 'LOAD floor',
  fetch: 'FETCH floor',
  scan: 'SCAN floor',
  unchanged: 'unchanged run',
  changed: '1 % changed',
  'users-page': 'pages of get-users',
  'late-fetch': 'FETCH at 50 ms',
  'late-unchanged': 'unchanged run at 50 ms',
  'late-import': 'first import at 50 ms',
};

const FLOORS: ReadonlySet<Step> = new Set<Step>(['fetch', 'load', 'scan', 'late-fetch']);

const seconds = (figure: Figures): number => figure.seconds;
const cpuSeconds = (figure: Figures): number => figure.cpuSeconds;

/** The medians of some rounds. */
export const loadLines = (prefix: string, members: number, rounds: readonly Round[]): Line[] =>
  STEPS.filter((step) => rounds.some((round) => round[step])).map((step): Line => {
    const took = medianOf(rounds, step, seconds);
    return {
      row: `${prefix}, ${TITLES[step]}`,
      seconds: took,
      ...(step !== 'users-page' && { perSecond: members / took }),
      cpuSeconds: medianOf(rounds, step, cpuSeconds),
      peakMiB: medianOf(rounds, step, ({ peakBytes }) => peakBytes) / 1024 ** 2,
      ratios: [],
    };
  });

const medianOf = (rounds: readonly Round[], step: Step, pick: (figure: Figures) => number): number =>
  median(rounds.flatMap((round) => round[step] ?? []).map(pick));

/** Peak MiB of the product, for companies of so many members at most. */
const MEMORY: readonly { readonly members: number; readonly must: number; readonly aim: number }[] = [
  { members: 100_000, must: 230, aim: 200 },
  { members: 1_000_000, must: 400, aim: 350 },
];

/** What was promised, as medians of the ratios inside each round. */
export function loadGoals(database: string, title: string, members: number, rounds: readonly Round[]): Goal[] {
  const row = (name: string): string => `${name}, ${title}, ${database}`;
  const ratio = (step: Step, floors: readonly Step[], pick: (figure: Figures) => number): number =>
    median(
      rounds.flatMap((round) => {
        const measured = round[step];
        const least = floors.flatMap((floor) => round[floor] ?? []);
        return measured && least.length === floors.length ? [pick(measured) / Math.max(...least.map(pick))] : [];
      }),
    );
  const memory = MEMORY.find((limit) => members <= limit.members);
  const goals: Goal[] = [
    {
      row: row('unchanged run: CPU of the process'),
      measured: ratio('unchanged', ['fetch'], cpuSeconds),
      unit: '× FETCH',
      must: 3.5,
      aim: 3,
    },
    {
      row: row('unchanged run: seconds'),
      measured: ratio('unchanged', ['scan'], seconds),
      unit: '× SCAN',
      must: 2.5,
      aim: 1.5,
    },
    {
      row: row('1 % changed: seconds'),
      measured: ratio('changed', ['unchanged'], seconds),
      unit: '× unchanged',
      must: 1.15,
      aim: 1.05,
    },
    {
      row: row('1 % changed: CPU of the process'),
      measured: ratio('changed', ['unchanged'], cpuSeconds),
      unit: '× unchanged',
      must: 1.15,
      aim: 1.05,
    },
    {
      row: row('unchanged run at 50 ms a call: seconds'),
      measured: ratio('late-unchanged', ['late-fetch'], seconds),
      unit: '× FETCH at 50 ms',
      must: 1.25,
      aim: 1.15,
    },
    {
      row: row('first import at 50 ms a call: seconds'),
      measured: ratio('late-import', ['import', 'late-fetch'], seconds),
      unit: '× the longer of import, FETCH at 50 ms',
      must: 1.25,
      aim: 1.1,
    },
    {
      row: row('first import: seconds'),
      measured: ratio('import', ['load'], seconds),
      unit: '× LOAD',
      must: 1.35,
      aim: 1.2,
    },
    ...(memory
      ? [{ row: row('peak memory'), measured: peakMiB(rounds), unit: 'MiB', must: memory.must, aim: memory.aim }]
      : []),
    {
      row: row('get-users, any page, p95'),
      measured: median(rounds.flatMap((round) => round['users-page']?.p95Ms ?? [])),
      unit: 'ms',
      must: 30,
      aim: 15,
    },
  ];
  return goals.filter(({ measured }) => !Number.isNaN(measured));
}

/** Of any run of the product; the host that serves pages of users is another program. */
const peakMiB = (rounds: readonly Round[]): number =>
  Math.max(
    ...STEPS.filter((step) => !FLOORS.has(step) && step !== 'users-page' && rounds.some((round) => round[step])).map(
      (step) => medianOf(rounds, step, ({ peakBytes }) => peakBytes) / 1024 ** 2,
    ),
  );
