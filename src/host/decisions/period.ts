import { Refusal } from '../../service/refusal.ts';
import { endOf } from '../../service/decisions/ending.ts';
import { text } from '../../syncer/text.ts';
import type { Call } from '../request/call.ts';
import type { QueryShape } from '../request/query-parameter.ts';

const DAY_MS = 86_400_000;
const DATE_LENGTH = 'YYYY-MM-DD'.length;

/** What a call says of the time that it asks about. */
export const PERIOD: QueryShape = {
  from: 'a date of UTC, or RFC 3339',
  to: 'a date of UTC, whose whole day counts, or RFC 3339',
};

export interface Period {
  readonly fromMs?: number;
  /** The first moment that is too late. */
  readonly beforeMs?: number;
}

/**
 * The time that a call asks about; what it does not say is absent.
 *
 * @throws Refusal for what is no time, and for an end before the beginning
 */
export const periodIn = (call: Call): Period => periodOf(call.text('from'), call.text('to'));

/**
 * The same of a beginning and an end; "" = not said.
 *
 * @throws Refusal as `periodIn` does
 */
export function periodOf(from: string, to: string): Period {
  const fromMs = from === '' ? undefined : momentOf('from', from) - (isDate(from) ? DAY_MS : 0);
  // A moment is meant with all of its millisecond.
  const beforeMs = to === '' ? undefined : momentOf('to', to) + (isDate(to) ? 0 : 1);
  if (fromMs !== undefined && beforeMs !== undefined && beforeMs <= fromMs) throw BACKWARDS;
  return { ...(fromMs !== undefined && { fromMs }), ...(beforeMs !== undefined && { beforeMs }) };
}

const isDate = (said: string): boolean => said.length === DATE_LENGTH;

/** The end of a date, or a moment. */
function momentOf(name: string, said: string): number {
  // What a query decodes as a blank was the plus of an offset.
  const spelt = said.replace(/ (?=\d{2}:\d{2}$)/, '+');
  try {
    return endOf(spelt, 'UTC').getTime();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(
      text(
        `"${name}" must be a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00+08:00.`,
        `“${name}”必须是日期(如 2027-01-31)或时间(如 2027-01-31T18:00:00+08:00)。`,
      ),
    );
  }
}

const BACKWARDS = new Refusal(text('"to" must not be before "from".', '“to”不能早于“from”。'));
