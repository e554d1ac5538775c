import { AuditRecords } from '../../storage/accounts/audit-records.ts';
import type { Database } from '../../storage/database.ts';
import { AccountHistory } from '../../storage/history/account-history.ts';
import { SyncReports } from '../../storage/history/sync-reports.ts';
import { present } from '../../syncer/present.ts';
import type { Route } from '../request/route.ts';
import { getAuditLog } from './audit-route.ts';
import { getUserHistory, type HistoryRoutesNeeds } from './history-routes.ts';
import { getSyncReport, type ReportRouteNeeds } from './report-route.ts';

export interface HistoryCallsNeeds extends Pick<HistoryRoutesNeeds, 'users'>, Pick<ReportRouteNeeds, 'changeNames'> {
  readonly database: Database;
}

/** What happened, looked back at. */
export const historyCalls = ({ database, users, changeNames }: HistoryCallsNeeds): Route[] => [
  getUserHistory({ history: new AccountHistory(database), ...present({ users }) }),
  getAuditLog({ records: new AuditRecords(database) }),
  getSyncReport({ reports: new SyncReports(database), changeNames }),
];
