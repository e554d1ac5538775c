import { REPORT_NUMBERS, type ReportNumber } from '../../storage/history/report-number.ts';
import { component, described, list, record, TEXT, WHOLE, type Schema, type Shape } from '../http/schema.ts';

const NUMBERS = Object.fromEntries(REPORT_NUMBERS.map((what) => [what, WHOLE])) as Record<ReportNumber, Schema<number>>;

/** How many people came, moved, left, and had to be decided about. */
export const REPORT = component('SyncReport', record(NUMBERS));
export type ReportJson = Shape<typeof REPORT.schema>;

export const REPORT_DAYS = list(record({ date: described(TEXT, 'Of UTC'), ...NUMBERS }));
export type ReportDayJson = Shape<typeof REPORT_DAYS>[number];
