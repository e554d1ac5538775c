import { AuditRecords } from '../../storage/accounts/audit-records.ts';
import type { Database } from '../../storage/database.ts';
import { AccountHistory } from '../../storage/history/account-history.ts';
import { SyncReports } from '../../storage/history/sync-reports.ts';
import { present } from '../../syncer/present.ts';
import type { Route } from '../request/route.ts';
import { getAuditLog, type AuditRouteNeeds } from './audit-route.ts';
import { getUserHistory, type HistoryRoutesNeeds } from './history-routes.ts';
import { getSyncReport, type ReportRouteNeeds } from './report-route.ts';

/** What looks back at what happened. */
export interface LookingBack extends HistoryRoutesNeeds, ReportRouteNeeds, AuditRouteNeeds {}

export const lookingBack = (
  database: Database,
  changeNames: ReportRouteNeeds['changeNames'],
  users: HistoryRoutesNeeds['users'],
): LookingBack => ({
  history: new AccountHistory(database),
  reports: new SyncReports(database),
  records: new AuditRecords(database),
  changeNames,
  ...present({ users }),
});

export const historyCalls = (needs: LookingBack): Route[] => [
  getUserHistory(needs),
  getAuditLog(needs),
  getSyncReport(needs),
];
