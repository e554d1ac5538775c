import {
  REPORT_NUMBERS,
  type ReportedChange,
  type ReportPeriod,
  type SyncReports,
} from '../../storage/history/sync-reports.ts';
import { present } from '../../syncer/present.ts';
import { csvReply } from '../http/csv.ts';
import { ok } from '../http/envelope.ts';
import { textsIn } from '../http/query.ts';
import { component, described, list, record, TEXT, WHOLE, type Schema, type Shape } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { listOwner } from '../request/named-object.ts';
import { choice } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import type { ChangeNames } from '../runs/change-names.ts';
import { PERIOD, periodIn } from './period.ts';

export interface ReportRouteNeeds {
  readonly reports: SyncReports;
  readonly changeNames: ChangeNames;
}

const NUMBERS = Object.fromEntries(REPORT_NUMBERS.map((what) => [what, WHOLE])) as Record<
  (typeof REPORT_NUMBERS)[number],
  Schema<number>
>;

/** How many people came, moved, left, and had to be decided about. */
export const REPORT = component('SyncReport', record(NUMBERS));
export type ReportJson = Shape<typeof REPORT.schema>;

const DAYS = list(record({ date: described(TEXT, 'Of UTC'), ...NUMBERS }));
export type ReportDayJson = Shape<typeof DAYS>[number];

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;

/** Who came, moved and left. */
export const getSyncReport = ({ reports, changeNames }: ReportRouteNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-report',
    rule: 'organization',
    summary:
      'How many people came, moved, left, came back, were held, approved, or in conflict; each once per number, and days with something in data2. With format=csv all of them, for a spreadsheet.',
    query: {
      owner: 'the organization; all when it is empty',
      ...PERIOD,
      format: choice('absent: an envelope', ['csv']),
    },
    answers: { data: REPORT.ref, data2: DAYS, isTable: true },
    find: (call) => listOwner(textsIn(call.query, 'owner')),
    answer: async (call, { organization }) => {
      const period: ReportPeriod = { ...present({ organization }), ...lastDays(periodIn(call)) };
      if (call.text('format') === 'csv') {
        return csvReply('report', COLUMNS, lines(call, changeNames, reports.people(period)));
      }
      const days = (await reports.days(period)).map(({ day, ...numbers }) => ({
        date: dateOf(day * DAY_MS),
        ...numbersOf((what) => numbers[what] ?? 0),
      }));
      const sums = numbersOf((what) => days.reduce((sum, day) => sum + day[what], 0));
      return ok(sums satisfies ReportJson, { data2: days satisfies readonly ReportDayJson[] });
    },
  });

const numbersOf = (of: (what: (typeof REPORT_NUMBERS)[number]) => number): ReportJson =>
  Object.fromEntries(REPORT_NUMBERS.map((what) => [what, of(what)])) as ReportJson;

/** Until now, and for a month, where nothing else is said. */
function lastDays({
  fromMs,
  beforeMs = Date.now() + 1,
}: ReturnType<typeof periodIn>): Omit<ReportPeriod, 'organization'> {
  return { fromMs: fromMs ?? beforeMs - USUAL_DAYS * DAY_MS, beforeMs };
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const COLUMNS = ['date', 'what', 'userid', 'user', 'name', 'reason'];

async function* lines(
  call: Call,
  changeNames: ChangeNames,
  stretches: AsyncIterable<readonly ReportedChange[]>,
): AsyncGenerator<readonly (readonly string[])[]> {
  for await (const changes of stretches) {
    const names = await changeNames.of(changes);
    yield changes.map(({ atMs, what, userid, user, reason }, index) => [
      dateOf(atMs),
      what,
      userid,
      user,
      names[index] ?? '',
      call.say(reason),
    ]);
  }
}
