import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

/** Where a day ends when no syncer says otherwise. */
export const DEFAULT_TIME_ZONE = 'Asia/Shanghai';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DAY_MS = 86_400_000;

/**
 * The moment until which something holds.
 *
 * @param until a date, whose whole day counts, or an RFC 3339 time
 * @throws Refusal for what is neither
 */
export function endOf(until: string, timeZone: string): Date {
  const [, year, month, day] = DATE.exec(until) ?? TIME.exec(until) ?? [];
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) throw NO_TIME;
  if (!DATE.test(until)) return new Date(until.replace(' ', 'T').toUpperCase());
  return midnight(Date.UTC(Number(year), Number(month) - 1, Number(day)) + DAY_MS, timeZone);
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** The moment at which clocks of this zone show what UTC's show at `wall`. */
function midnight(wall: number, timeZone: string): Date {
  const guess = wall - offsetAt(wall, timeZone);
  // The clocks may change in between.
  return new Date(wall - offsetAt(guess, timeZone));
}

function offsetAt(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - at;
}

const NO_TIME = new Refusal(
  text(
    '"until" must be a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00+08:00.',
    '“until”必须是日期(如 2027-01-31)或时间(如 2027-01-31T18:00:00+08:00)。',
  ),
);
