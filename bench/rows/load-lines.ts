import { median, type Line } from '../figures.ts';
import { present } from '../../src/syncer/present.ts';
import { STEPS, type Round, type Step } from './load-rows.ts';
import type { Figures } from '../tasks/task.ts';

const TITLES: Readonly<Record<Step, string>> = {
  fetch: 'FETCH floor',
  import: 'first import',
  'load-user': 'LOAD floor, user rows only',
  'load-all': 'LOAD floor, all rows',
  read: 'READ floor',
  unchanged: 'unchanged run',
  preview: 'preview, 1 % changed',
  changed: '1 % changed',
};

/** What each step of the product is compared with, and how much more it may take. */
const FLOORS: Readonly<Partial<Record<Step, readonly (readonly [Step, number?])[]>>> = {
  import: [['load-all', 2], ['load-user']],
  unchanged: [['fetch', 1.7], ['read']],
  preview: [['fetch', 1.8], ['read']],
  changed: [['fetch', 1.8], ['read']],
};

/** Peak MiB of the product, for companies of so many members at most. */
const MEMORY: readonly { readonly members: number; readonly peakMiB: number }[] = [
  { members: 100_000, peakMiB: 300 },
  { members: 1_000_000, peakMiB: 700 },
];

/** From here on a member may take only so much more time than one of a smaller company. */
const LARGE = 1_000_000;
const MOST_PER_MEMBER = 1.3;

/** What another company took. */
export interface Reference {
  readonly title: string;
  readonly members: number;
  readonly perMember: ReadonlyMap<Step, number>;
}

/** Seconds per member, of each step of the product. */
export function perMember(members: number, rounds: readonly Round[]): Reference['perMember'] {
  const steps = STEPS.filter((step) => FLOORS[step] && rounds.some((round) => round[step]));
  return new Map(steps.map((step) => [step, medianOf(rounds, step, ({ seconds }) => seconds) / members]));
}

/**
 * The medians of some rounds, and the medians of the ratios inside each round.
 *
 * @param smaller what the time per member is compared with
 */
export function loadLines(prefix: string, members: number, rounds: readonly Round[], smaller?: Reference): Line[] {
  const taken = perMember(members, rounds);
  return STEPS.filter((step) => rounds.some((round) => round[step])).map((step): Line => {
    const seconds = medianOf(rounds, step, (figure) => figure.seconds);
    const peakMiB = medianOf(rounds, step, ({ peakBytes }) => peakBytes) / 1024 ** 2;
    return {
      row: `${prefix}, ${TITLES[step]}`,
      seconds,
      perSecond: members / seconds,
      cpuSeconds: medianOf(rounds, step, ({ cpuSeconds }) => cpuSeconds),
      peakMiB,
      ratios: [
        ...(FLOORS[step] ?? []).flatMap(([floor, limit]) => ratio(rounds, step, floor, limit)),
        ...growth(members, taken.get(step), smaller, step),
        ...(FLOORS[step] ? memory(members, peakMiB) : []),
      ],
    };
  });
}

const medianOf = (rounds: readonly Round[], step: Step, pick: (figure: Figures) => number): number =>
  median(rounds.flatMap((round) => round[step] ?? []).map(pick));

function ratio(rounds: readonly Round[], step: Step, floor: Step, limit: number | undefined): Line['ratios'] {
  const values = rounds.flatMap((round) => {
    const [measured, least] = [round[step], round[floor]];
    return measured && least ? [measured.seconds / least.seconds] : [];
  });
  if (values.length === 0) return [];
  return [{ floor: TITLES[floor], value: median(values), ...present({ limit }) }];
}

/** Time per member must not grow with the directory. */
function growth(
  members: number,
  taken: number | undefined,
  smaller: Reference | undefined,
  step: Step,
): Line['ratios'] {
  const before = smaller?.perMember.get(step);
  if (taken === undefined || smaller === undefined || before === undefined) return [];
  const limit = members >= LARGE && members > smaller.members ? { limit: MOST_PER_MEMBER } : {};
  return [{ floor: `time per member of ${smaller.title}`, value: taken / before, ...limit }];
}

function memory(members: number, peakMiB: number): Line['ratios'] {
  const most = MEMORY.find((row) => members <= row.members)?.peakMiB;
  return most === undefined ? [] : [{ floor: `${most} MiB`, value: peakMiB / most, limit: 1 }];
}
