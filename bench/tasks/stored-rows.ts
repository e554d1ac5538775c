import type { BareDatabase, TableRows } from './bare-database.ts';

type Row = Readonly<Record<string, unknown>>;
type Cell = string | number | null;

/** The rows that one import stored, ready to be stored again by a bare driver. */
export interface StoredRows {
  /** What belongs to departments, in one batch. */
  readonly departments: readonly TableRows[];
  /** What belongs to these members, as the batches of one page. */
  pageOf(userids: readonly string[]): readonly TableRows[];
}

interface Prepared {
  readonly shape: Omit<TableRows, 'rows'>;
  readonly byKey: ReadonlyMap<string, readonly Cell[]>;
}

const text = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : JSON.stringify(value));

/** Reads everything before the clock runs, so that the floor's figure is the writing and nothing else. */
export async function readStoredRows(source: BareDatabase): Promise<StoredRows> {
  const users = await source.selectAll('user');
  const links = await source.selectAll('directory_link');
  const changes = await source.selectAll('sync_change');
  const perMember = [
    prepare('user', users, (row) => text(row['wecom'])),
    prepare('directory_link', links.filter(isOfMember), (row) => text(row['external_key'])),
    prepare('sync_change', changes.filter(isOfMember), (row) => text(row['userid_key'])),
  ].filter(({ byKey }) => byKey.size > 0);
  const perDepartment = [
    prepare('group', await source.selectAll('group'), (row) => text(row['name'])),
    prepare(
      'directory_link',
      links.filter((row) => !isOfMember(row)),
      (row) => text(row['external_key']),
    ),
    prepare(
      'sync_change',
      changes.filter((row) => !isOfMember(row)),
      (row) => text(row['seq']),
    ),
  ].filter(({ byKey }) => byKey.size > 0);
  return {
    departments: perDepartment.map(({ shape, byKey }) => ({ ...shape, rows: [...byKey.values()] })),
    pageOf: (userids) =>
      perMember.map(({ shape, byKey }) => ({ ...shape, rows: userids.flatMap((id) => pick(byKey, id)) })),
  };
}

const isOfMember = (row: Row): boolean => row['kind'] === 'user' || row['kind'] === 'create';

function pick(byKey: Prepared['byKey'], userid: string): readonly (readonly Cell[])[] {
  const row = byKey.get(userid.toLowerCase());
  return row ? [row] : [];
}

function prepare(table: string, rows: readonly Row[], keyOf: (row: Row) => string): Prepared {
  const [first] = rows;
  const names = first ? Object.keys(first) : [];
  const constant = new Set(names.filter((name) => rows.every((row) => row[name] === first?.[name])));
  const columns = names.filter((name) => !constant.has(name));
  const literals = Object.fromEntries(
    names.flatMap((name) => {
      const literal = literalOf(first?.[name]);
      return constant.has(name) && literal !== undefined ? [[name, literal]] : [];
    }),
  );
  const byKey = new Map(rows.map((row) => [keyOf(row), columns.map((name) => cellOf(row[name]))]));
  return { shape: { table, columns, literals }, byKey };
}

/** Undefined: NULL, which is what a column that is not named becomes. */
function literalOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

const cellOf = (value: unknown): Cell =>
  typeof value === 'string' || typeof value === 'number' || value === null ? value : Number(value);
