import type { Run } from '../../engine/run.ts';
import type { SyncerRecord } from '../../service/syncer-record.ts';
import type { Language } from '../http/language.ts';
import { runJson } from '../runs/run-json.ts';
import { MASK } from '../../syncer/definition.ts';
import { heldValue, type Field } from '../../service/syncer-shape.ts';
import type { SyncerCommon, SyncerConditionJson, SyncerHealth, SyncerIdentity, SyncerJson } from './syncer-schema.ts';

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

function valueOf(record: SyncerRecord, key: string, field: Field): unknown {
  const { home } = field;
  if (home === 'secrets') return record.secretNames.includes(key) ? MASK : '';
  return heldValue(field, record[home][key] ?? record.leftovers[key]);
}

/**
 * A stored syncer as Casdoor's JSON: every key present and typed, in Casdoor's order, ours after them.
 *
 * @param owner the spelling that the caller asked with: `admin` or the organization
 */
export function syncerJson(
  fields: ReadonlyMap<string, Field>,
  record: SyncerRecord,
  owner: string,
  lastRun: Run | undefined,
  language: Language,
): SyncerJson {
  const casdoors: Record<string, unknown> = {};
  const ours: Record<string, unknown> = {};
  for (const [key, field] of fields) (field.isCasdoors ? casdoors : ours)[key] = valueOf(record, key, field);
  const identity: SyncerIdentity = {
    id: record.id,
    owner,
    name: record.name,
    createdTime: record.createdTime,
    organization: record.organization,
    type: record.type,
  };
  const common: SyncerCommon = {
    errorText: record.errorText,
    syncInterval: record.syncInterval,
    // Directories are read alone; Casdoor's own syncer broke when this was false.
    isReadOnly: true,
    isEnabled: record.isEnabled,
  };
  const condition: SyncerConditionJson = {
    lastRun: lastRun ? runJson(lastRun, language) : null,
    nextRunAt: record.nextRunAt,
    health: record.health as SyncerHealth,
  };
  return { ...identity, ...casdoors, ...common, ...ours, ...condition } as SyncerJson;
}

/** What a filter or an order looks at. */
export function syncerFieldOf(record: SyncerRecord, field: SyncerField): string | number | boolean | null {
  const value: unknown =
    field in record ? record[field as keyof SyncerRecord] : (record.settings[field] ?? record.leftovers[field]);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}
