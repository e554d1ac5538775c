/** One line of the table. */
export interface Line {
  readonly row: string;
  readonly seconds?: number;
  /** Absent where nothing is counted per second. */
  readonly perSecond?: number;
  readonly peakMiB?: number;
  readonly cpuSeconds?: number;
  /** Against the floor that the name says: `limit` at most, or `atLeast`. */
  readonly ratios: readonly {
    readonly floor: string;
    readonly value: number;
    readonly limit?: number;
    readonly atLeast?: number;
  }[];
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

export function grouped<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

const HEADINGS = ['row', 'seconds', 'per second', 'cpu s', 'peak MiB', 'ratio', ''] as const;

const fixed = (value: number | undefined, digits: number): string => (value === undefined ? '' : value.toFixed(digits));

/** Limits that were missed are marked, so that nobody has to compare by eye. */
function ratioText({ floor, value, limit, atLeast }: Line['ratios'][number]): string {
  const most = limit === undefined ? '' : value <= limit ? ` (≤ ${limit})` : ` (over ${limit})`;
  const least = atLeast === undefined ? '' : value >= atLeast ? ` (≥ ${atLeast})` : ` (under ${atLeast})`;
  return `${value.toFixed(2)} × ${floor}${most}${least}`;
}

export function formatTable(lines: readonly Line[]): string {
  const cells = lines.map((line) => [
    line.row,
    fixed(line.seconds, 2),
    line.perSecond === undefined ? '' : Math.round(line.perSecond).toLocaleString('en'),
    fixed(line.cpuSeconds, 2),
    fixed(line.peakMiB, 0),
    line.ratios.map(ratioText).join(', '),
    line.note ?? '',
  ]);
  const widths = HEADINGS.map((heading, at) => Math.max(heading.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const format = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => (at === 0 || at >= 5 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, at) => (at === 0 || at >= 5 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [format(HEADINGS), rule, ...cells.map(format)].join('\n');
}
