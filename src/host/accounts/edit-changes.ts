import type { FieldChange, FieldValue } from '../../identity/change.ts';
import type { AccountEdit } from '../../storage/accounts/user-accounts.ts';
import type { UserRow } from '../../storage/entities/index.ts';
import { asList, asTexts } from '../../storage/text-value.ts';
import { MASK } from '../../syncer/definition.ts';
import { isToken } from './user-json.ts';

/**
 * What an edit makes different, for whoever reads of it later: no password, and no token that a provider gave.
 *
 * @param row as it is before; undefined: the account is new, and has nothing yet
 */
export function changesOf(
  { name, texts, flags, groups, properties, password }: AccountEdit,
  row?: UserRow,
): FieldChange[] {
  const changes: FieldChange[] = [];
  const note = (field: string, before: FieldValue, after: FieldValue): void => {
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    if (!isSame) changes.push({ field, before: row ? before : null, after });
  };
  if (name !== undefined && row) note('name', row.name, name);
  for (const [field, after] of entriesOf(texts)) note(field, row?.[field] ?? '', after);
  for (const [field, after] of entriesOf(flags)) note(field, row?.[field] ?? false, after);
  if (groups) note('groups', asList(row?.groups), groups);
  const stored = asTexts(row?.properties);
  for (const [key, after] of Object.entries(properties ?? {})) {
    const before = stored[key] ?? '';
    if (after === MASK || after === before) continue;
    const isSecret = isToken(key);
    changes.push({ field: `properties.${key}`, before: shown(before, isSecret), after: shown(after, isSecret) });
  }
  if (password) changes.push({ field: 'password', before: shown(row?.password ?? '', true), after: MASK });
  return changes;
}

/** What deleting an account makes different, whether or not its row stays. */
export const DELETION: readonly FieldChange[] = [{ field: 'isDeleted', before: false, after: true }];

const shown = (value: string, isSecret: boolean): string => (isSecret && value !== '' ? MASK : value);

const entriesOf = <T extends object>(values: T) =>
  Object.entries(values) as [keyof T & string, Exclude<T[keyof T], undefined>][];
