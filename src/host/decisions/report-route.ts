import { REPORT_NUMBERS, type ReportNumber } from '../../storage/history/report-number.ts';
import type { ReportedChange, ReportPeriod, SyncReports } from '../../storage/history/sync-reports.ts';
import { present } from '../../syncer/present.ts';
import type { Text } from '../../syncer/text.ts';
import { csvReply } from '../http/csv.ts';
import { ok } from '../http/envelope.ts';
import { textsIn } from '../http/query.ts';
import type { PlainReply } from '../http/reply.ts';
import { listOwner } from '../request/named-object.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import type { ChangeNames } from '../runs/change-names.ts';
import { FORMAT, wantsTable } from './table-format.ts';
import { PERIOD, periodIn, type Period } from './period.ts';
import { REPORT, REPORT_DAYS, type ReportDayJson, type ReportJson } from './report-schema.ts';

export interface ReportRouteNeeds {
  readonly reports: SyncReports;
  readonly changeNames: ChangeNames;
}

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
      ...FORMAT,
    },
    answers: { data: REPORT.ref, data2: REPORT_DAYS, isTable: true },
    find: (call) => listOwner(textsIn(call.query, 'owner')),
    answer: async (call, { organization }) => {
      const period = reportPeriod(periodIn(call), organization);
      const say = (sentence: Text): string => call.say(sentence);
      if (wantsTable(call)) return reportTable({ reports, changeNames }, period, say);
      const { report, days } = await reportOf(reports, period);
      return ok(report, { data2: days });
    },
  });

/** How many people, and on which days. */
export async function reportOf(reports: SyncReports, period: ReportPeriod) {
  const days: readonly ReportDayJson[] = (await reports.days(period)).map(({ day, ...numbers }) => ({
    date: dateOf(day * DAY_MS),
    ...numbersOf((what) => numbers[what] ?? 0),
  }));
  const report: ReportJson = numbersOf((what) => days.reduce((sum, day) => sum + day[what], 0));
  return { report, days };
}

/** Each of these people, for a spreadsheet. */
export const reportTable = (
  { reports, changeNames }: ReportRouteNeeds,
  period: ReportPeriod,
  say: (sentence: Text) => string,
): PlainReply => csvReply('report', COLUMNS, lines(changeNames, reports.people(period), say));

const numbersOf = (of: (what: ReportNumber) => number): ReportJson =>
  Object.fromEntries(REPORT_NUMBERS.map((what) => [what, of(what)])) as ReportJson;

/** Until now, and for a month, where nothing else is said. */
export function reportPeriod({ fromMs, beforeMs = Date.now() + 1 }: Period, organization?: string): ReportPeriod {
  return { ...present({ organization }), fromMs: fromMs ?? beforeMs - USUAL_DAYS * DAY_MS, beforeMs };
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const COLUMNS = ['date', 'what', 'userid', 'user', 'name', 'reason'];

async function* lines(
  changeNames: ChangeNames,
  stretches: AsyncIterable<readonly ReportedChange[]>,
  say: (sentence: Text) => string,
): AsyncGenerator<readonly (readonly string[])[]> {
  for await (const changes of stretches) {
    const names = await changeNames.of(changes);
    yield changes.map(({ atMs, what, userid, user, reason }, index) => [
      dateOf(atMs),
      what,
      userid,
      user,
      names[index] ?? '',
      say(reason),
    ]);
  }
}
