const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/**
 * The clock on the wall of a time zone. What it shows is written as if it were UTC: `Date.UTC(2026, 2, 29, 2, 30)` is
 * "half past two on the 29th of March" there, whether or not the clock ever shows it.
 */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError when there is no such time zone */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** What it shows at that moment, in milliseconds. */
  shownAt(moment: number): number {
    const parts: Partial<Record<string, number>> = {};
    for (const { type, value } of this.#format.formatToParts(moment)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const milliseconds = ((moment % 1000) + 1000) % 1000;
    return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  }

  /** How far it is ahead of UTC at that moment, in milliseconds. */
  offsetAt(moment: number): number {
    return this.shownAt(moment) - moment;
  }

  /** The moments at which it shows that: one, two where the clock is set back, none where it skips. */
  momentsOf(shown: number): readonly number[] {
    const offsets = new Set([this.offsetAt(shown - DAY_MS), this.offsetAt(shown + DAY_MS)]);
    return [...offsets]
      .map((offset) => shown - offset)
      .filter((moment) => this.shownAt(moment) === shown)
      .toSorted((a, b) => a - b);
  }

  /** The first moment that it shows that; for a time that it skips the moment as much later as the clock jumps. */
  momentOf(shown: number): number {
    return this.momentsOf(shown)[0] ?? shown - this.offsetAt(shown - DAY_MS);
  }

  /** The first moment after `after` at which it shows that or has skipped it. */
  reached(shown: number, after: number): number {
    const [first, last = first] = this.momentsOf(shown);
    if (first !== undefined) return first > after ? first : (last ?? first);
    // Between them the clock jumps.
    let [before, behind] = [shown - DAY_MS - this.offsetAt(shown - DAY_MS), this.momentOf(shown)];
    while (behind - before > 1) {
      const middle = Math.floor((before + behind) / 2);
      if (this.shownAt(middle) < shown) before = middle;
      else behind = middle;
    }
    return behind;
  }
}

/** Clocks are dear to make, and few zones are in use at one time. */
const clocks = new Map<string, WallClock>();
const MOST_CLOCKS = 100;

/** @throws RangeError when there is no such time zone */
export function wallClock(timeZone: string): WallClock {
  const known = clocks.get(timeZone);
  if (known) return known;
  const made = new WallClock(timeZone);
  if (clocks.size >= MOST_CLOCKS) clocks.clear();
  clocks.set(timeZone, made);
  return made;
}

/**
 * Abbreviations that ICU takes, and the IANA database does not have: whoever writes CST in Shanghai would get Chicago, and
 * IST is three countries.
 */
const NO_NAME =
  /^(?:ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST|SystemV\/.*)$/i;

/** Whether it is a name such as `Asia/Shanghai`; a bare offset has no summer time, and is none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+\-/]*$/.test(name) || NO_NAME.test(name)) return false;
  try {
    wallClock(name);
    return true;
  } catch {
    return false;
  }
}
