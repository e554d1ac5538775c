import type { ConfigurationChangeJson } from '../../host/api.ts';

/** One line of a difference. */
export interface ChangeLine {
  /** As the text calls it. */
  readonly key: string;
  /** undefined: there was nothing, or nothing is left. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type Field = ConfigurationChangeJson['fields'][number];
type Values = Readonly<Record<string, unknown>>;

/** What a change does, each line small enough to be read: rows of a mapping and parts of a setting for themselves. */
export const linesOf = ({ fields }: Pick<ConfigurationChangeJson, 'fields'>): readonly ChangeLine[] =>
  fields.flatMap(fieldLines).filter(({ before, after }) => before !== undefined || after !== undefined);

function fieldLines({ field, before, after }: Field): readonly ChangeLine[] {
  const [rows, parts] = [partsOf(before, after, rowsIn), partsOf(before, after, keysIn)];
  if (rows) return rows.map((line) => ({ ...line, key: `${field} · ${line.key}` }));
  if (parts) return parts.map((line) => ({ ...line, key: `${field}.${line.key}` }));
  return [{ key: field, before: shown(before), after: shown(after) }];
}

/** Undefined where what stands on one of the sides is not of this kind. */
function partsOf(
  before: unknown,
  after: unknown,
  read: (value: unknown) => ReadonlyMap<string, unknown> | undefined,
): readonly ChangeLine[] | undefined {
  const [was, is] = [read(before), read(after)];
  if (!was || !is || was.size + is.size === 0) return undefined;
  const lines = [...new Set([...was.keys(), ...is.keys()])]
    .map((key) => ({ key, before: shown(was.get(key)), after: shown(is.get(key)) }))
    .filter((line) => line.before !== line.after);
  // The same rows in another order, or a secret: the whole says so.
  return lines.length === 0 ? undefined : lines;
}

/** Rows of a mapping by what they feed; undefined: they are none, or two feed the same. */
function rowsIn(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (value === null) return new Map();
  if (!Array.isArray(value)) return undefined;
  const rows = new Map<string, unknown>();
  for (const row of value as readonly unknown[]) {
    const target = isObject(row) && (row['casdoorName'] || row['iamName']);
    if (typeof target !== 'string' || rows.has(target)) return undefined;
    rows.set(target, sourceOf(row as Values));
  }
  return rows;
}

/** A row in one word where it has no more to say. */
function sourceOf(row: Values): unknown {
  const { name, expression, casdoorName: _, iamName: __, ...others } = row;
  const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== '' && value !== false));
  const source = typeof expression === 'string' && expression !== '' ? expression : name;
  return Object.keys(said).length === 0 ? source : { source, ...said };
}

const keysIn = (value: unknown): ReadonlyMap<string, unknown> | undefined =>
  value === null ? new Map() : isObject(value) ? new Map(Object.entries(value)) : undefined;

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shown(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((entry) => typeof entry !== 'object')) return value.join(', ') || undefined;
  return JSON.stringify(value);
}
