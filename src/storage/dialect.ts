import type { DataSource } from 'typeorm';
import { ConfigError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';

export type Dialect = 'sqlite' | 'postgres' | 'mysql';

/** @throws ConfigError for a database that this version cannot use */
export function dialectOf(dataSource: DataSource): Dialect {
  const { type } = dataSource.options;
  if (type === 'better-sqlite3') return 'sqlite';
  if (type === 'postgres') return 'postgres';
  if (type === 'mysql' || type === 'mariadb') return 'mysql';
  throw new ConfigError(text(`Databases of type "${type}" are not supported.`, `不支持“${type}”类型的数据库。`), {
    remedy: text(
      'Use SQLite (better-sqlite3), PostgreSQL, MySQL or MariaDB.',
      '请使用 SQLite(better-sqlite3)、PostgreSQL、MySQL 或 MariaDB。',
    ),
  });
}

/** `user`, `group`, `groups` and `key` are reserved words somewhere, so every name is quoted. */
export const quote = (dialect: Dialect, name: string): string =>
  dialect === 'mysql' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;

/** A table's name for a statement, in the schema that the DataSource names, if it does. */
export const qualified = (dialect: Dialect, schema: string | undefined, name: string): string =>
  schema === undefined ? quote(dialect, name) : `${quote(dialect, schema)}.${quote(dialect, name)}`;

/** PostgreSQL's option; the others have none. */
export const schemaOf = ({ options }: DataSource): string | undefined =>
  options.type === 'postgres' ? options.schema : undefined;

/**
 * A condition that a column has a text in some spelling of case. MySQL compares so by itself, and only so by its index;
 * elsewhere the database folds both in its own way, since SQLite's knows ASCII alone.
 */
export const hasSpelling = (dialect: Dialect, column: string, parameter: string): string =>
  dialect === 'mysql' ? `${column} = :${parameter}` : `LOWER(${column}) = LOWER(:${parameter})`;
