import { DAY_MS, wallClock } from './wall-clock.ts';

/** A part of the day, on some days of the week. */
export interface TimeWindow {
  /** On which it begins: 1 = Monday … 7 = Sunday. */
  readonly days: readonly number[];
  /** `HH:MM`; belongs to it. */
  readonly from: string;
  /** `HH:MM`; does not belong to it. One that is earlier than `from` is on the next day. */
  readonly to: string;
}

const MINUTE_MS = 60_000;
/** A week of windows that follow one another has no end. */
const LONGEST_MS = 8 * DAY_MS;

export const isTimeOfDay = (value: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(value);

const ofDay = (time: string): number => (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * MINUTE_MS;

/** 1 = Monday … 7 = Sunday. */
const weekdayOf = (shown: number): number => new Date(shown).getUTCDay() || 7;

/** What the clock will show at the end of the window that it is in; undefined: it is in none. */
function shownEnd(windows: readonly TimeWindow[], shown: number): number | undefined {
  const midnight = shown - (((shown % DAY_MS) + DAY_MS) % DAY_MS);
  const ends = windows.flatMap(({ days, from, to }) => {
    const length = (ofDay(to) - ofDay(from) + DAY_MS) % DAY_MS;
    // The one that began on this day, and the one of yesterday that goes past midnight.
    return [midnight, midnight - DAY_MS].flatMap((day) => {
      const begin = day + ofDay(from);
      const isIn = days.includes(weekdayOf(day)) && begin <= shown && shown < begin + length;
      return isIn ? [begin + length] : [];
    });
  });
  return ends.length > 0 ? Math.max(...ends) : undefined;
}

/** Whether what the clock shows is in one of them. */
export const isShownWithin = (windows: readonly TimeWindow[], shown: number): boolean =>
  shownEnd(windows, shown) !== undefined;

export const isWithin = (windows: readonly TimeWindow[], timeZone: string, moment: number): boolean =>
  windows.length > 0 && isShownWithin(windows, wallClock(timeZone).shownAt(moment));

/**
 * When the windows that the moment is in are over, one that begins where another ends included.
 *
 * @returns the moment itself when it is in none; undefined: they never end
 */
export function endOf(windows: readonly TimeWindow[], timeZone: string, moment: number): number | undefined {
  const clock = wallClock(timeZone);
  let at = moment;
  while (at - moment < LONGEST_MS) {
    const end = windows.length > 0 ? shownEnd(windows, clock.shownAt(at)) : undefined;
    if (end === undefined) return at;
    at = clock.reached(end, at);
  }
  return undefined;
}
