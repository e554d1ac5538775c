import { chunks } from '../syncer/chunks.ts';
import { quote, type Dialect } from './dialect.ts';
import type { Row, RowValues, Session } from './session.ts';

/** A column whose value differs from row to row. */
export interface Column {
  readonly name: string;
  readonly type: 'text' | 'boolean' | 'integer';
}

/** SQL literals by column, the same in every row: they cost no parameters. */
export type Constants = Readonly<Record<string, string>>;

/** Of what this program says itself: a text must have no quotation mark in it. */
export const literalOf = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value}'` : String(value).toUpperCase();

/** Values in the order of the columns. */
export type Values = readonly (string | number | boolean | null)[];

/**
 * Rows per statement. PostgreSQL gets each column as one array and MySQL's driver puts values into the text, so no
 * limit of parameters is near; MySQL's max_allowed_packet (16 MiB by default) is the one to stay below.
 */
export const MAX_ROWS = 1000;

const POSTGRES_TYPES = { text: 'text', boolean: 'boolean', integer: 'integer' } as const;

const list = (dialect: Dialect, names: readonly string[]): string =>
  names.map((name) => quote(dialect, name)).join(', ');

/** PostgreSQL: whole columns as arrays, so that the statement's text is the same for any number of rows. */
function unnest(columns: readonly Column[], rows: readonly Values[], firstParameter: number) {
  const arrays = columns.map((column, index) => `$${firstParameter + index}::${POSTGRES_TYPES[column.type]}[]`);
  return {
    sql: `unnest(${arrays.join(', ')}) AS v(${list(
      'postgres',
      columns.map((column) => column.name),
    )})`,
    parameters: columns.map((_, index) => rows.map((row) => row[index] ?? null)),
  };
}

export async function insertRows(
  session: Session,
  table: string,
  columns: readonly Column[],
  constants: Constants,
  rows: readonly Values[],
): Promise<void> {
  const { dialect } = session;
  const names = [...columns.map((column) => column.name), ...Object.keys(constants)];
  const into = `INSERT INTO ${session.table(table)} (${list(dialect, names)})`;
  const literals = Object.values(constants);
  const row = `(${[...columns.map(() => '?'), ...literals].join(',')})`;
  if (dialect === 'sqlite') {
    await session.executeEach(`${into} VALUES ${row}`, rows);
    return;
  }
  for (const chunk of chunks(rows, MAX_ROWS)) {
    if (dialect === 'postgres') {
      const source = unnest(columns, chunk, 1);
      const picked = columns.map((column) => `v.${quote(dialect, column.name)}`);
      await session.execute(
        `${into} SELECT ${[...picked, ...literals].join(', ')} FROM ${source.sql}`,
        source.parameters,
      );
    } else {
      await session.execute(`${into} VALUES ${row}${`,${row}`.repeat(chunk.length - 1)}`, chunk.flat());
    }
  }
}

/** Which rows an update or a delete is about: these columns equal these values, and `column` is one of a set. */
export interface Where {
  readonly equal: Readonly<Record<string, string>>;
  readonly column: string;
}

/** Of every text in our own tables: what `updateEach` is told of them. */
export const OWN_COLLATION = { charset: 'utf8mb4', collation: 'utf8mb4_bin' };

/** A column and what to write into it. */
export type Cell = readonly [column: string, value: string | boolean];

/** What to write into one row: the value of `where.column`, and cells that are always in the same order. */
export interface RowUpdate {
  readonly key: string;
  readonly cells: readonly Cell[];
}

/**
 * Writes rows of which each may write other columns than the next; those that write the same ones share a statement.
 *
 * @param collate MySQL: character set and collation of `where.column`, without which its index would not be used
 * @returns how many rows there were
 */
export async function updateEach(
  session: Session,
  table: string,
  where: Where,
  updates: readonly RowUpdate[],
  collate: { readonly charset: string; readonly collation: string },
): Promise<number> {
  const shapes = new Map<string, { readonly columns: readonly Column[]; readonly rows: Values[] }>();
  for (const { key, cells } of updates) {
    const names = cells.map(([name]) => name).join();
    let shape = shapes.get(names);
    if (!shape) {
      const columns = cells.map(([name, value]): Column => ({
        name,
        type: typeof value === 'boolean' ? 'boolean' : 'text',
      }));
      shapes.set(names, (shape = { columns, rows: [] }));
    }
    shape.rows.push([key, ...cells.map(([, value]) => value)]);
  }
  let matched = 0;
  for (const { columns, rows } of shapes.values()) {
    matched += await updateRows(session, table, where, columns, rows, collate);
  }
  return matched;
}

/** @param rows the value of `where.column` first, then those of `columns` */
async function updateRows(
  session: Session,
  table: string,
  where: Where,
  columns: readonly Column[],
  rows: readonly Values[],
  collate: { readonly charset: string; readonly collation: string },
): Promise<number> {
  const { dialect } = session;
  const q = (name: string): string => quote(dialect, name);
  const all: readonly Column[] = [{ name: where.column, type: 'text' }, ...columns];
  const fixed = Object.keys(where.equal);
  const equals = Object.values(where.equal);
  if (dialect === 'sqlite') {
    const set = columns.map((column) => `${q(column.name)} = ?`).join(', ');
    const on = [...fixed, where.column].map((name) => `${q(name)} = ?`).join(' AND ');
    return session.executeEach(
      `UPDATE ${session.table(table)} SET ${set} WHERE ${on}`,
      rows.map(([key, ...values]) => [...values, ...equals, key]),
    );
  }
  let affected = 0;
  for (const chunk of chunks(rows, MAX_ROWS)) {
    if (dialect === 'postgres') {
      const set = columns.map((column) => `${q(column.name)} = v.${q(column.name)}`).join(', ');
      const source = unnest(all, chunk, fixed.length + 1);
      const on = fixed.map((name, index) => `t.${q(name)} = $${index + 1}`);
      on.push(`t.${q(where.column)} = v.${q(where.column)}`);
      affected += await session.execute(
        `UPDATE ${session.table(table)} AS t SET ${set} FROM ${source.sql} WHERE ${on.join(' AND ')}`,
        [...equals, ...source.parameters],
      );
    } else {
      const first = all.map((column) => `? AS ${q(column.name)}`).join(', ');
      const next = ` UNION ALL SELECT ${all.map(() => '?').join(', ')}`.repeat(chunk.length - 1);
      const set = columns.map((column) => `t.${q(column.name)} = v.${q(column.name)}`).join(', ');
      const on = fixed.map((name) => `t.${q(name)} = ?`);
      const key = `CONVERT(v.${q(where.column)} USING ${collate.charset}) COLLATE ${collate.collation}`;
      on.push(`t.${q(where.column)} = ${key}`);
      affected += await session.execute(
        `UPDATE (SELECT ${first}${next}) v STRAIGHT_JOIN ${session.table(table)} t ON ${on.join(' AND ')} SET ${set}`,
        [...chunk.flat(), ...equals],
      );
    }
  }
  return affected;
}

/** `lower`: the set is in lower case, and the column is compared without case; no index serves for it but on MySQL. */
type Comparison = 'exact' | 'lower';

/** `column IN (set)` as one parameter, whatever the number of values: the text of the statement stays the same. */
function inSet(dialect: Dialect, named: string, parameter: number, compare: Comparison): string {
  const column = compare === 'lower' && dialect !== 'mysql' ? `LOWER(${named})` : named;
  if (dialect === 'postgres') return `${column} = ANY($${parameter}::text[])`;
  return dialect === 'sqlite' ? `${column} IN (SELECT value FROM json_each(?))` : `${column} IN (?)`;
}

/** The parameters of `whereSql`; the set must not be empty (MySQL has no empty IN). */
const setParameters = (dialect: Dialect, where: Where, values: readonly string[]): readonly unknown[] => [
  ...Object.values(where.equal),
  dialect === 'sqlite' ? JSON.stringify(values) : values,
];

const whereSql = (dialect: Dialect, where: Where, compare: Comparison = 'exact'): string =>
  [
    ...Object.keys(where.equal).map(
      (name, index) => `${quote(dialect, name)} = ${dialect === 'postgres' ? `$${index + 1}` : '?'}`,
    ),
    inSet(dialect, quote(dialect, where.column), Object.keys(where.equal).length + 1, compare),
  ].join(' AND ');

/** Rows whose `where.column` is one of `values`, in no particular order. */
export async function selectBySet(
  session: Session,
  table: string,
  columns: readonly string[],
  where: Where,
  values: readonly string[],
  /** Keeps the rows as they are until the transaction ends. */
  lock = false,
  compare: Comparison = 'exact',
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  // SQLite needs no lock: a transaction that writes has the database to itself.
  const suffix = lock && session.dialect !== 'sqlite' ? ' FOR UPDATE' : '';
  const sql = selectSql(session, table, columns, where, compare) + suffix;
  for (const chunk of chunks(values, MAX_ROWS)) {
    rows.push(...(await session.select(sql, setParameters(session.dialect, where, chunk))));
  }
  return rows;
}

/** The same for many rows: each is a list of values in the order of `columns`. */
export async function selectValuesBySet(
  session: Session,
  table: string,
  columns: readonly string[],
  where: Where,
  values: readonly string[],
): Promise<readonly RowValues[]> {
  const rows: RowValues[] = [];
  const sql = selectSql(session, table, columns, where);
  for (const chunk of chunks(values, MAX_ROWS)) {
    rows.push(...(await session.selectValues(sql, setParameters(session.dialect, where, chunk))));
  }
  return rows;
}

const selectSql = (
  session: Session,
  table: string,
  columns: readonly string[],
  where: Where,
  compare: Comparison = 'exact',
): string =>
  `SELECT ${list(session.dialect, columns)} FROM ${session.table(table)} WHERE ${whereSql(session.dialect, where, compare)}`;

/** Writes the same values into all these rows; `constants` are SQL literals. */
export async function updateBySet(
  session: Session,
  table: string,
  constants: Constants,
  where: Where,
  values: readonly string[],
): Promise<void> {
  const { dialect } = session;
  const set = Object.entries(constants).map(([name, literal]) => `${quote(dialect, name)} = ${literal}`);
  for (const chunk of chunks(values, MAX_ROWS)) {
    await session.execute(
      `UPDATE ${session.table(table)} SET ${set.join(', ')} WHERE ${whereSql(dialect, where)}`,
      setParameters(dialect, where, chunk),
    );
  }
}

/** @returns how many rows were deleted */
export async function deleteBySet(
  session: Session,
  table: string,
  where: Where,
  values: readonly string[],
): Promise<number> {
  const { dialect } = session;
  let affected = 0;
  for (const chunk of chunks(values, MAX_ROWS)) {
    affected += await session.execute(
      `DELETE FROM ${session.table(table)} WHERE ${whereSql(dialect, where)}`,
      setParameters(dialect, where, chunk),
    );
  }
  return affected;
}
