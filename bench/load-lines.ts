import { median, type Line } from './figures.ts';
import { STEPS, type Round, type Step } from './load-rows.ts';
import type { Figures } from './tasks.ts';

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

/** What each step is compared with, and how much more it may take. */
const FLOORS: Readonly<Partial<Record<Step, readonly (readonly [Step, number?])[]>>> = {
  import: [['load-all', 2], ['load-user']],
  unchanged: [['fetch', 1.7], ['read']],
  preview: [['fetch', 1.8], ['read']],
  changed: [['fetch', 1.8], ['read']],
};

/** The medians of some rounds, and the medians of the ratios inside each round. */
export function loadLines(prefix: string, members: number, rounds: readonly Round[]): Line[] {
  return STEPS.flatMap((step): Line[] => {
    const figures = rounds.flatMap((round) => round[step] ?? []);
    if (figures.length === 0) return [];
    const of = (pick: (figure: Figures) => number): number => median(figures.map(pick));
    const seconds = of((figure) => figure.seconds);
    return [
      {
        row: `${prefix}, ${TITLES[step]}`,
        seconds,
        perSecond: members / seconds,
        cpuSeconds: of((figure) => figure.cpuSeconds),
        peakMiB: of((figure) => figure.peakBytes) / 1024 ** 2,
        ratios: (FLOORS[step] ?? []).flatMap(([floor, limit]) => ratio(rounds, step, floor, limit)),
      },
    ];
  });
}

function ratio(rounds: readonly Round[], step: Step, floor: Step, limit: number | undefined): Line['ratios'] {
  const values = rounds.flatMap((round) => {
    const [measured, least] = [round[step], round[floor]];
    return measured && least ? [measured.seconds / least.seconds] : [];
  });
  if (values.length === 0) return [];
  return [{ floor: TITLES[floor], value: median(values), ...(limit === undefined ? {} : { limit }) }];
}
