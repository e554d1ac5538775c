/** One figure that was promised, and what it came to. */
export interface Goal {
  readonly row: string;
  readonly measured: number;
  /** What it is counted in, such as `× FETCH`. */
  readonly unit: string;
  /** At most. */
  readonly must: number;
  readonly aim?: number;
}

const HEADINGS = ['row', 'measured', 'must', 'aim', ''] as const;

const shown = (value: number): string => String(Number(value.toFixed(value < 20 ? 2 : 0)));

/** A limit that was missed is marked, so that nobody has to compare by eye. */
const verdict = ({ measured, must, aim }: Goal): string => {
  if (!(measured <= must)) return 'missed';
  return aim === undefined || measured <= aim ? 'reached' : 'must reached';
};

export function formatGoals(goals: readonly Goal[]): string {
  const cells = goals.map((goal) => [
    goal.row,
    `${shown(goal.measured)} ${goal.unit}`,
    `≤ ${shown(goal.must)}`,
    goal.aim === undefined ? '' : shown(goal.aim),
    verdict(goal),
  ]);
  const widths = HEADINGS.map((heading, at) => Math.max(heading.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const format = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [format(HEADINGS), rule, ...cells.map(format)].join('\n');
}
