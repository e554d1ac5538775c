import type { Holding } from '../../storage/accounts/user-directory.ts';
import type { UserRow } from '../../storage/entities/index.ts';
import { userColumns } from '../../storage/entities/user-columns.ts';
import { asList } from '../../storage/text-value.ts';
import { FLAG, list, NUMBER, orNull, TEXT, type Schema } from '../http/schema.ts';
import { MASK } from '../../syncer/definition.ts';

type Column = ReturnType<typeof userColumns>[number][1];

function objectOf(stored: unknown): Readonly<Record<string, string>> {
  if (typeof stored !== 'string' || stored === '') return {};
  try {
    const parsed: unknown = JSON.parse(stored);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, string>)
      : {};
  } catch {
    return {};
  }
}

const isNumber = ({ type }: Column): boolean => type === 'int' || type === 'double precision';

function shownAs(column: Column, stored: unknown): unknown {
  if (column.shown === 'blank') return '';
  if (column.shown === 'masked') return stored === null || stored === undefined || stored === '' ? '' : MASK;
  if (column.shown === 'list') return asList(stored);
  if (column.shown === 'object') return objectOf(stored);
  if (column.type === 'boolean') return stored === true;
  return isNumber(column) ? Number(stored ?? 0) : (stored ?? '');
}

function schemaOf(column: Column): Schema {
  if (column.shown === 'masked') return { ...TEXT, description: '*** when there is one' };
  if (column.shown === 'list') return list(TEXT);
  if (column.shown === 'object') return { type: 'object' };
  if (column.type === 'boolean') return FLAG;
  return isNumber(column) ? NUMBER : TEXT;
}

/** Of what `userJson` answers. */
export const USER_SCHEMA: Readonly<Record<string, Schema>> = {
  ...Object.fromEntries(userColumns().map(([name, column]) => [name, schemaOf(column)])),
  roles: list(TEXT),
  permissions: list(TEXT),
  heldBy: { ...TEXT, description: 'ORG/NAME of the syncer, or "" when none holds the account' },
  forbiddenBy: orNull({ ...TEXT, description: 'syncer or person' }),
  deletedBy: orNull({ ...TEXT, description: 'syncer or person' }),
};

/** An account in Casdoor's JSON: every key present and typed (its page breaks on null), no secret in it. */
export function userJson(row: UserRow, holding?: Holding): Readonly<Record<string, unknown>> {
  const json: Record<string, unknown> = {};
  for (const [name, column] of userColumns()) json[name] = shownAs(column, row[name]);
  return {
    ...json,
    roles: [],
    permissions: [],
    // Ours: which syncer holds the account, and whether the syncer or a person took its access away.
    heldBy: holding?.syncer ?? '',
    forbiddenBy: holding?.forbiddenBy ?? null,
    deletedBy: holding?.deletedBy ?? null,
  };
}
