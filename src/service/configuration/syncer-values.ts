import { isDeepStrictEqual } from 'node:util';
import { MASK } from '../../syncer/definition.ts';
import { valueAt, withValueAt } from '../../syncer/field-path.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import { syncerObject } from '../service-object.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import type { SyncerFields } from '../syncers/syncer-shape.ts';

type Values = Readonly<Record<string, unknown>>;

/** What people set of every syncer, beside the fields of its type. */
export const COMMON_KEYS = ['type', 'isEnabled', 'syncInterval'] as const;

/**
 * What people set of a syncer, in the order of a text: every key of its type, and of the others what is set. Which keys
 * there are, `SyncerFields` alone declares.
 */
export function settingsIn(fields: SyncerFields, registry: SyncerRegistry, record: SyncerRecord): Map<string, unknown> {
  const shown: Values = syncerObject(fields, record, record.organization, null);
  const definition = registry.find(record.type);
  const own = definition ? Object.keys(fields.defaultsOf(definition)) : [];
  const values = new Map([...COMMON_KEYS, ...own].map((key) => [key, shown[key]]));
  for (const [key, { empty }] of fields.of(record.type)) {
    if (!values.has(key) && !isDeepStrictEqual(shown[key], empty)) values.set(key, shown[key]);
  }
  return values;
}

/** A value of a syncer in which each secret is something else. */
export function withSecrets(key: string, value: unknown, record: SyncerRecord, nameOf: (secret: string) => string) {
  let named: Values = { [key]: value };
  for (const secret of record.secretNames) {
    if (valueAt(named, secret) === MASK) named = withValueAt(named, secret, nameOf(secret));
  }
  return named[key];
}
