import type { DataSource } from 'typeorm';
import type { CharacterSet, ColumnLimits } from '../identity/column-limits.ts';
import { isWithin } from '../syncer/characters.ts';
import { present } from '../syncer/present.ts';
import { PROFILE_FIELDS, type ProfileField } from '../syncer/profile.ts';
import { StorableCharacters } from './character-sets.ts';
import { schemaOf } from './dialect.ts';
import { entities, GroupRow, OrganizationRow, UserRow } from './entities/index.ts';
import { columnOf } from './entities/casdoor/user-columns.ts';
import type { Session } from './session.ts';
import { asText } from './text-value.ts';

const SHARED_TABLES = ['user', 'group', 'organization', 'casbin_user_rule', 'token', 'session', 'syncer'] as const;

export type SharedTable = (typeof SHARED_TABLES)[number];

interface LiveColumn {
  /** Characters that it takes for certain; Infinity = no bound. */
  readonly limit: number;
  /** MySQL's character set and collation; "" elsewhere. */
  readonly charset: string;
  readonly collation: string;
}

/** MySQL's TEXT takes 65,535 bytes, of which a character of utf8mb4 may need four. */
const BYTES_PER_CHARACTER = 4;

const INTROSPECT = {
  postgres: `SELECT table_name AS t, column_name AS c, data_type AS type, character_maximum_length AS n, NULL AS bytes, '' AS charset, '' AS collation
    FROM information_schema.columns WHERE table_schema = COALESCE($1, current_schema()) AND table_name = ANY($2)`,
  mysql: `SELECT table_name AS t, column_name AS c, data_type AS type, character_maximum_length AS n, character_octet_length AS bytes,
      character_set_name AS charset, collation_name AS collation
    FROM information_schema.columns WHERE table_schema = COALESCE(?, DATABASE()) AND table_name IN (?)`,
};

/** Of Casdoor's tables, those that this DataSource has entities for. */
const sharedEntities = (dataSource: DataSource) =>
  [UserRow, GroupRow, OrganizationRow].filter((entity) => dataSource.hasMetadata(entity));

/** The lengths that Casdoor declares, for columns where the database itself sets none: a later move to a server must not fail. */
function declaredLimits(dataSource: DataSource): Map<string, number> {
  const limits = new Map<string, number>();
  for (const entity of sharedEntities(dataSource)) {
    const { tableName, columns } = dataSource.getMetadata(entity);
    for (const column of columns) {
      const length = Number(column.length);
      if (length > 0) limits.set(`${tableName}.${column.databaseName}`, length);
    }
  }
  for (const column of ['ptype', 'v0', 'v1', 'v2', 'v3', 'v4', 'v5']) limits.set(`casbin_user_rule.${column}`, 100);
  return limits;
}

async function columnsIn(session: Session, dataSource: DataSource): Promise<ReadonlyMap<string, LiveColumn>> {
  const declared = declaredLimits(dataSource);
  const own = entities.filter((entity) => dataSource.hasMetadata(entity));
  const tables = new Set([...SHARED_TABLES, ...own.map((entity) => dataSource.getMetadata(entity).tableName)]);
  const columns = new Map<string, LiveColumn>();
  const add = (table: string, column: string, limit: number | null, charset = '', collation = ''): void => {
    const key = `${table}.${column}`;
    columns.set(key, { limit: limit ?? declared.get(key) ?? Infinity, charset, collation });
  };
  if (session.dialect === 'sqlite') {
    for (const table of tables) {
      for (const row of await session.select(`SELECT name FROM pragma_table_info(?)`, [table])) {
        add(table, asText(row['name']), null);
      }
    }
  } else {
    const where = [schemaOf(dataSource) ?? null, [...tables]];
    for (const row of await session.select(INTROSPECT[session.dialect], where)) {
      const isText = asText(row['type']).endsWith('text') && row['bytes'] !== null;
      const limit = isText ? Math.floor(Number(row['bytes']) / BYTES_PER_CHARACTER) : row['n'];
      add(
        asText(row['t']),
        asText(row['c']),
        limit === null || limit === undefined ? null : Number(limit),
        asText(row['charset']),
        asText(row['collation']),
      );
    }
  }
  return columns;
}

const LONGEST_BINDING = 100;

/** What the tables look like in this database: other versions of Casdoor have other columns and lengths. */
export class LiveColumns {
  readonly #columns: ReadonlyMap<string, LiveColumn>;
  readonly #characters: StorableCharacters;

  private constructor(columns: ReadonlyMap<string, LiveColumn>, characters: StorableCharacters) {
    this.#columns = columns;
    this.#characters = characters;
  }

  /** @param known as they were before, when these are read anew: what a set of characters takes stays the same */
  static async read(session: Session, dataSource: DataSource, known?: LiveColumns): Promise<LiveColumns> {
    const columns = await columnsIn(session, dataSource);
    const charsets = [...columns.values()].map(({ charset }) => charset);
    return new LiveColumns(columns, await StorableCharacters.read(session, charsets, known && known.#characters));
  }

  /** Which columns there are alone, not what they store: for whoever does not write yet. */
  static async readNames(session: Session, dataSource: DataSource): Promise<LiveColumns> {
    return new LiveColumns(await columnsIn(session, dataSource), StorableCharacters.unasked);
  }

  equals(other: LiveColumns): boolean {
    const told = (columns: ReadonlyMap<string, LiveColumn>): string =>
      JSON.stringify([...columns].toSorted(([one], [another]) => (one < another ? -1 : 1)));
    return told(this.#columns) === told(other.#columns);
  }

  has(table: SharedTable, column: string): boolean {
    return this.#columns.has(`${table}.${column}`);
  }

  hasTable(table: string): boolean {
    return [...this.#columns.keys()].some((key) => key.startsWith(`${table}.`));
  }

  /** Those of these columns that a table, of Casdoor's or of ours, does not have. */
  missing(table: string, columns: readonly string[]): readonly string[] {
    return columns.filter((column) => !this.#columns.has(`${table}.${column}`));
  }

  hasAll(table: SharedTable, columns: readonly string[]): boolean {
    return columns.every((column) => this.has(table, column));
  }

  /** Characters; Infinity where nothing is known to be too long. */
  limit(table: SharedTable, column: string): number {
    return this.#columns.get(`${table}.${column}`)?.limit ?? Infinity;
  }

  /** What a column can store; undefined: every character. */
  #charset(table: SharedTable, column: string): CharacterSet | undefined {
    return this.#characters.of(this.#columns.get(`${table}.${column}`)?.charset ?? '');
  }

  takes(table: SharedTable, column: string, value: string): boolean {
    return isWithin(value, this.#charset(table, column));
  }

  /** Whether our own tables store every character, as MySQL's always do. */
  get takesEverything(): boolean {
    return this.#characters.of('') === undefined;
  }

  /** A text for a table of our own: what it cannot store is a question mark. */
  storable(value: string): string {
    const charset = this.#characters.of('');
    if (isWithin(value, charset)) return value;
    return Array.from(value, (character) => (isWithin(character, charset) ? character : '?')).join('');
  }

  /** MySQL only: what a value must be converted to, so that an index on this column serves the comparison. */
  collation(table: SharedTable, column: string): { readonly charset: string; readonly collation: string } {
    const { charset, collation } = this.#columns.get(`${table}.${column}`) ?? { charset: '', collation: '' };
    return { charset: charset || 'utf8mb4', collation: collation || 'utf8mb4_general_ci' };
  }

  /** @param bindingColumn that of sign-in through the vendor; a database without it is synced all the same */
  columnLimits(bindingColumn: string): ColumnLimits {
    const values: Partial<Record<ProfileField, number>> = {};
    const charsets: Partial<Record<ProfileField, CharacterSet>> = {};
    for (const field of PROFILE_FIELDS) {
      if (!this.has('user', columnOf(field))) continue;
      values[field] = this.limit('user', columnOf(field));
      const charset = this.#charset('user', columnOf(field));
      if (charset) charsets[field] = charset;
    }
    const properties = this.#charset('user', 'properties');
    const groupDisplayName = this.#charset('group', 'display_name');
    return {
      charsets: { values: charsets, ...present({ properties, groupDisplayName }) },
      countsBytes: this.#characters.countsBytes,
      values,
      ...(this.has('user', 'properties') && { properties: this.limit('user', 'properties') }),
      name: this.limit('user', 'name'),
      id: this.limit('user', 'id'),
      ...(this.has('user', bindingColumn) && { binding: Math.min(this.limit('user', bindingColumn), LONGEST_BINDING) }),
      groups: this.limit('user', 'groups'),
      groupName: this.limit('group', 'name'),
      groupDisplayName: this.limit('group', 'display_name'),
    };
  }

  /** Tells TypeORM's entities to live without the columns that this database does not have. */
  fitEntities(dataSource: DataSource): void {
    for (const entity of sharedEntities(dataSource)) {
      const { tableName, columns } = dataSource.getMetadata(entity);
      for (const column of columns) {
        const exists = this.has(tableName as SharedTable, column.databaseName);
        column.isSelect = exists;
        column.isInsert = exists;
        column.isUpdate = exists;
      }
    }
  }
}
