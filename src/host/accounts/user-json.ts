import type { Holding } from '../../storage/accounts/user-directory.ts';
import type { UserRow } from '../../storage/entities/index.ts';
import { userColumns } from '../../storage/entities/user-columns.ts';
import { asList, asTexts } from '../../storage/text-value.ts';
import { MASK } from '../../syncer/definition.ts';
import { isNumber, type Column, type HoldingJson, type UserJson } from './user-schema.ts';

function shownAs(column: Column, stored: unknown): unknown {
  if (column.shown === 'blank') return '';
  if (column.shown === 'masked') return stored === null || stored === undefined || stored === '' ? '' : MASK;
  if (column.shown === 'list') return asList(stored);
  if (column.shown === 'object') return asTexts(stored);
  if (column.type === 'boolean') return stored === true;
  return isNumber(column) ? Number(stored ?? 0) : (stored ?? '');
}

/** An account in Casdoor's JSON: every key present and typed (its page breaks on null), no secret in it. */
export function userJson(row: UserRow, holding?: Holding): UserJson {
  const json: Record<string, unknown> = {};
  for (const [name, column] of userColumns()) json[name] = shownAs(column, row[name]);
  const held: HoldingJson = {
    roles: [],
    permissions: [],
    heldBy: holding?.syncer ?? '',
    forbiddenBy: holding?.forbiddenBy ?? null,
    deletedBy: holding?.deletedBy ?? null,
  };
  return { ...json, ...held } as UserJson;
}
