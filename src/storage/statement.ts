import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { quote, type Dialect } from './dialect.ts';

/** A statement that writes, with all that it needs: made before anything is locked. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Only where the one before it matched nothing. */
  readonly unlessMatched?: boolean;
}

/** What statements about tables of ours are made of. */
export interface StatementPlace {
  readonly dataSource: DataSource;
  readonly dialect: Dialect;
  table(name: string): string;
}

/** The name of the n-th parameter, from 1. */
export const parameter = (dialect: Dialect, place: number): string => (dialect === 'postgres' ? `$${place}` : '?');

type Columns<T> = readonly (readonly [name: string, value: T[keyof T]])[];

/** Names and values of those columns of a row that it has. */
function cellsOf<T extends ObjectLiteral>(place: StatementPlace, entity: EntityTarget<T>, row: Partial<T>): Columns<T> {
  const { columns } = place.dataSource.getMetadata(entity);
  return columns.flatMap(({ databaseName, propertyName }) => {
    const value = row[propertyName];
    return value === undefined ? [] : [[databaseName, value] as const];
  });
}

/** @param row of one of our own tables, whose columns hold values as they are */
export function insertOf<T extends ObjectLiteral>(place: StatementPlace, entity: EntityTarget<T>, row: T): Statement {
  const { dialect } = place;
  const cells = cellsOf(place, entity, row);
  const names = cells.map(([name]) => quote(dialect, name)).join(', ');
  const values = cells.map((_, index) => parameter(dialect, index + 1)).join(', ');
  const table = place.table(place.dataSource.getMetadata(entity).tableName);
  return { sql: `INSERT INTO ${table} (${names}) VALUES (${values})`, parameters: cells.map(([, value]) => value) };
}

/** Writes `changed` where all of `where` is equal. */
export function updateOf<T extends ObjectLiteral>(
  place: StatementPlace,
  entity: EntityTarget<T>,
  where: Partial<T>,
  changed: Partial<T>,
): Statement {
  const { dialect } = place;
  const set = cellsOf(place, entity, changed);
  const fixed = cellsOf(place, entity, where);
  const equals = (from: number, cells: Columns<T>, joint: string): string =>
    cells.map(([name], index) => `${quote(dialect, name)} = ${parameter(dialect, from + index)}`).join(joint);
  const table = place.table(place.dataSource.getMetadata(entity).tableName);
  return {
    sql: `UPDATE ${table} SET ${equals(1, set, ', ')} WHERE ${equals(set.length + 1, fixed, ' AND ')}`,
    parameters: [...set, ...fixed].map(([, value]) => value),
  };
}
