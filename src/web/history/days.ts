import { REPORT_NUMBERS, type ReportDayJson, type ReportJson } from '../../host/api.ts';

const DAY_MS = 86_400_000;

/** The date of a moment, as UTC has it. */
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const today = (): string => dateOf(Date.now());

export const daysBefore = (date: string, count: number): string => dateOf(Date.parse(date) - count * DAY_MS);

/** Some days in a row, and what happened in them. */
export interface Stretch extends ReportJson {
  readonly from: string;
  readonly to: string;
}

/**
 * A period in stretches of equal length, days without anything too: a bar for each of a thousand days would be a wall.
 *
 * @param most how many stretches there may be
 */
export function stretchesOf(days: readonly ReportDayJson[], from: string, to: string, most: number): Stretch[] {
  const first = Date.parse(from);
  const count = Math.round((Date.parse(to) - first) / DAY_MS) + 1;
  if (!(count > 0)) return [];
  const length = Math.ceil(count / most);
  const stretches = Array.from({ length: Math.ceil(count / length) }, (_, index) => ({
    from: dateOf(first + index * length * DAY_MS),
    to: dateOf(first + (Math.min(count, (index + 1) * length) - 1) * DAY_MS),
    ...NOTHING,
  }));
  for (const day of days) {
    const stretch = stretches[Math.floor((Date.parse(day.date) - first) / DAY_MS / length)];
    if (stretch) for (const what of REPORT_NUMBERS) stretch[what] += day[what];
  }
  return stretches;
}

type Counts = { -readonly [What in keyof ReportJson]: number };

const NOTHING = Object.fromEntries(REPORT_NUMBERS.map((what) => [what, 0])) as Counts;
