/** What a report counts people by. */
export const REPORT_NUMBERS = ['joiners', 'movers', 'leavers', 'restored', 'held', 'approved', 'conflicts'] as const;
export type ReportNumber = (typeof REPORT_NUMBERS)[number];
