import type { Run } from '../../engine/run.ts';
import type { SyncerRecord } from '../../service/syncers/syncer-record.ts';
import { inLanguage, type Language } from '../http/language.ts';
import { runJson } from '../runs/run-json.ts';
import { reportObject, syncerObject } from '../../service/service-object.ts';
import type { SyncerFields } from '../../service/syncers/syncer-shape.ts';
import type { ConnectionReport } from '../../syncer/connection-report.ts';
import type { ConnectionReportJson } from './connection-report-schema.ts';
import type { SyncerJson } from './syncer-schema.ts';

/** What lists of syncers may be searched and sorted by: nothing secret. */
export const SYNCER_FIELDS = [
  'name',
  'createdTime',
  'organization',
  'type',
  'databaseType',
  'sslMode',
  'host',
  'port',
  'user',
  'database',
  'table',
  'syncInterval',
  'isEnabled',
  'health',
  'errorText',
  'nextRunAt',
] as const;
export type SyncerField = (typeof SYNCER_FIELDS)[number];

/**
 * A stored syncer as Casdoor's JSON: every key present and typed, in Casdoor's order, ours after them.
 *
 * @param owner the spelling that the caller asked with: `admin` or the organization
 */
export function syncerJson(
  fields: Pick<SyncerFields, 'of'>,
  record: SyncerRecord,
  owner: string,
  lastRun: Run | undefined,
  language: Language,
): SyncerJson {
  return syncerObject(fields, record, owner, lastRun ? runJson(lastRun, language) : null) as SyncerJson;
}

/** What a filter or an order looks at. */
export function syncerFieldOf(record: SyncerRecord, field: SyncerField): string | number | boolean | null {
  const value: unknown =
    field in record ? record[field as keyof SyncerRecord] : (record.settings[field] ?? record.leftovers[field]);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

export const connectionReportJson = (report: ConnectionReport, language: Language): ConnectionReportJson =>
  inLanguage(reportObject(report), language);
