import type { CronLine } from './cron-line.ts';
import { endOf, isShownWithin, type TimeWindow } from './time-window.ts';
import { DAY_MS, wallClock, type WallClock } from './wall-clock.ts';

const MINUTE_MS = 60_000;
/** The 29th of February can be eight years away, and outside of windows that leave one weekday free, forty more. */
const LONGEST_SEARCH_DAYS = 50 * 366;

/** Where and when a line counts. */
export interface Calendar {
  readonly timeZone: string;
  /** Times in these are left out. */
  readonly quiet: readonly TimeWindow[];
}

/**
 * The moments of a line after a moment, in order. Where the clock is set back or forward, a line that names hours comes
 * once for each time that it names: at the first of two, and as much later as the clock jumps where there is none. A line
 * with `*` as hour comes in every real hour. The library's own times would come twice when they are asked for within a
 * repeated hour, and lose a midnight that is skipped.
 *
 * @returns fewer than `count` where quiet windows leave no more
 */
export function nextTimes(line: CronLine, calendar: Calendar, after: number, count: number): readonly number[] {
  const times: number[] = [];
  for (const moment of timesAfter(line, calendar, after)) {
    times.push(moment);
    if (times.length === count) break;
  }
  return times;
}

function* timesAfter(line: CronLine, { timeZone, quiet }: Calendar, after: number): Generator<number, void> {
  // Otherwise fifty years would be searched for nothing, while everybody waits.
  if (isAlwaysQuiet(line, quiet)) return;
  const clock = wallClock(timeZone);
  let last = after;
  let barren = 0;
  const today = Math.floor(clock.shownAt(after) / DAY_MS) * DAY_MS;
  for (let day = today - DAY_MS; barren < LONGEST_SEARCH_DAYS; day += DAY_MS, barren += 1) {
    if (!isDayOf(line, day)) continue;
    for (const moment of momentsOf(line, clock, day)) {
      if (moment <= last) continue;
      last = moment;
      const free = endOf(quiet, timeZone, moment);
      if (free === undefined) return;
      if (free > moment) {
        // Everything before the end of the window is in it.
        last = free - 1;
        continue;
      }
      barren = 0;
      yield moment;
    }
  }
}

function isDayOf({ months, days, weekdays }: CronLine, day: number): boolean {
  const date = new Date(day);
  if (!months.has(date.getUTCMonth() + 1)) return false;
  const isDay = days?.has(date.getUTCDate());
  const isWeekday = weekdays?.has(date.getUTCDay());
  return isDay === undefined || isWeekday === undefined ? (isDay ?? isWeekday ?? true) : isDay || isWeekday;
}

/** Whether the windows cover each time of each weekday on which the line can come. */
function isAlwaysQuiet(line: CronLine, quiet: readonly TimeWindow[]): boolean {
  if (quiet.length === 0) return false;
  // Of any day of the month each weekday comes, in some year.
  const { weekdays } = line.days ? { weekdays: undefined } : line;
  for (let day = 0; day < 7 * DAY_MS; day += DAY_MS) {
    if (weekdays && !weekdays.has(new Date(day).getUTCDay())) continue;
    for (const shown of shownOn(line, day)) if (!isShownWithin(quiet, shown)) return false;
  }
  return true;
}

function* shownOn({ minutes, hours }: CronLine, day: number): Generator<number, void> {
  for (const hour of hours) for (const minute of minutes) yield day + (hour * 60 + minute) * MINUTE_MS;
}

function* momentsOf(line: CronLine, clock: WallClock, day: number): Generator<number, void> {
  const offset = clock.offsetAt(day - DAY_MS);
  const isPlain = clock.offsetAt(day + 2 * DAY_MS) === offset && clock.offsetAt(day + DAY_MS / 2) === offset;
  if (isPlain) {
    for (const shown of shownOn(line, day)) yield shown - offset;
    return;
  }
  // Near a change, what is skipped and what is repeated comes between the others.
  const moments = [...shownOn(line, day)].flatMap((shown) =>
    line.isHourly ? clock.momentsOf(shown) : [clock.momentOf(shown)],
  );
  yield* moments.toSorted((a, b) => a - b);
}
