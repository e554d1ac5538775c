import type { DataSource, EntityMetadata } from 'typeorm';
import { UserRow } from '../../storage/entities/index.ts';
import { asList } from '../../storage/text-value.ts';
import { FLAG, list, NUMBER, orNull, TEXT, type Schema } from '../http/schema.ts';

type ColumnMetadata = EntityMetadata['columns'][number];

/** Who holds an account, and who took its access away. */
export interface Holding {
  readonly syncer: string;
  readonly forbiddenBy: string | null;
  readonly deletedBy: string | null;
}

/** Shown as `***` when set: enough to know that there is one. */
const MASKED: ReadonlySet<string> = new Set(['password']);
/** Never shown, not even masked. */
const BLANK: ReadonlySet<string> = new Set(['passwordSalt', 'hash', 'preHash']);
const LISTS: ReadonlySet<string> = new Set(['address', 'groups']);

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

function shown(column: ColumnMetadata, stored: unknown): unknown {
  const name = column.propertyName;
  if (BLANK.has(name)) return '';
  if (MASKED.has(name)) return stored === null || stored === undefined || stored === '' ? '' : '***';
  if (LISTS.has(name)) return asList(stored);
  if (name === 'properties') return objectOf(stored);
  if (column.type === 'boolean') return stored === true;
  if (column.type === 'int' || column.type === 'double precision') return Number(stored ?? 0);
  return stored ?? '';
}

function schemaOf({ propertyName, type }: ColumnMetadata): Schema {
  if (MASKED.has(propertyName)) return { ...TEXT, description: '*** when there is one' };
  if (LISTS.has(propertyName)) return list(TEXT);
  if (propertyName === 'properties') return { type: 'object' };
  if (type === 'boolean') return FLAG;
  return type === 'int' || type === 'double precision' ? NUMBER : TEXT;
}

/** Of what `UserJson` shows. */
export function userSchema(dataSource: DataSource): Readonly<Record<string, Schema>> {
  const { columns } = dataSource.getMetadata(UserRow);
  return {
    ...Object.fromEntries(columns.map((column) => [column.propertyName, schemaOf(column)])),
    roles: list(TEXT),
    permissions: list(TEXT),
    heldBy: { ...TEXT, description: 'ORG/NAME of the syncer, or "" when none holds the account' },
    forbiddenBy: orNull({ ...TEXT, description: 'syncer or person' }),
    deletedBy: orNull({ ...TEXT, description: 'syncer or person' }),
  };
}

/** An account in Casdoor's JSON: every key present and typed (its page breaks on null), no secret in it. */
export class UserJson {
  readonly #columns: readonly ColumnMetadata[];

  constructor(dataSource: DataSource) {
    this.#columns = dataSource.getMetadata(UserRow).columns;
  }

  of(row: UserRow, holding?: Holding): Readonly<Record<string, unknown>> {
    const json: Record<string, unknown> = {};
    for (const column of this.#columns) json[column.propertyName] = shown(column, column.getEntityValue(row));
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
}
