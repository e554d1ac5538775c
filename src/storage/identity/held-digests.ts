import { setImmediate } from 'node:timers/promises';
import {
  DIGEST_BYTES,
  SEPARATOR,
  digestedValue,
  digestOf,
  hasAllOnce,
  type DigestShape,
} from '../../identity/account-digest.ts';
import type { IdentityStore, SyncerScope } from '../../identity/identity-store.ts';
import type { Database } from '../database.ts';
import { quote, type Dialect } from '../dialect.ts';
import { columnOf } from '../entities/casdoor/user-columns.ts';
import type { RowValues } from '../session.ts';
import { asList, asMap, asTextIn } from '../text-value.ts';

type HeldDigests = NonNullable<IdentityStore['heldDigests']>;

/** Rows per step on SQLite: whoever asks this process something waits for the end of one. */
const STEP = 1000;
/** On SQLite a syncer with fewer than one in so many of all links finds its own by their keys, and else reads all. */
const SPARSE = 8;

/**
 * See `IdentityStore.heldDigests`. The servers digest their rows and send little else; SQLite, which knows no SHA-256,
 * hands over the texts, and so do they where keys of a map are looked at: what is no JSON would end their statement.
 */
export async function heldDigests(
  database: Database,
  scope: Parameters<HeldDigests>[0],
  shape: Parameters<HeldDigests>[1],
  take: Parameters<HeldDigests>[2],
): Promise<void> {
  const { columns, dialect } = database;
  // Without the column nobody has what the links say.
  if (shape.groups && !columns.has('user', 'groups')) return;
  const { properties = [] } = shape;
  if (properties.length > 0 && !columns.has('user', 'properties')) return;
  const hasAll = rememberingLists();
  const takeRow = ([text, standing, ours, map]: RowValues): void => {
    if (standing !== null && !hasAll(standing, ours)) return;
    const whole = properties.length === 0 ? (text as string) : withProperties(text as string, map, properties);
    if (whole !== undefined) take(digestOf(whole));
  };
  if (dialect === 'sqlite') {
    for await (const rows of steps(database, scope, shape)) rows.forEach(takeRow);
    return;
  }
  const { digest } = SERVERS[dialect];
  const { text, groups, from } = selected(database, scope, shape);
  if (properties.length > 0) {
    const sql = `SELECT ${text}, ${groups}, ${propertiesColumn(dialect)} FROM ${from}`;
    await database.read((session) => session.streamValues(sql, [scope.organization, scope.syncerId], takeRow));
    return;
  }
  const sql = `SELECT ${digest(text)}, ${groups} FROM ${from}`;
  await database.read((session) =>
    session.streamValues(sql, [scope.organization, scope.syncerId], ([row, standing, ours]) => {
      if (standing === null || hasAll(standing, ours)) take((row as Buffer).toString('latin1'));
    }),
  );
}

/** Each step is a statement of its own: between two of them others read and write, of this process and of others. */
async function* steps(database: Database, scope: SyncerScope, shape: DigestShape): AsyncIterable<readonly RowValues[]> {
  const links = database.table('directory_link');
  const [counts] = await database.read((session) =>
    session.selectValues(
      `SELECT COUNT(*), (SELECT MAX(rowid) FROM ${links}) FROM ${links} WHERE syncer_id = ? AND kind = 'user'`,
      [scope.syncerId],
    ),
  );
  const [own, all] = (counts ?? []).map(Number) as [number, number];
  const place = own * SPARSE < all ? 'l.external_key' : 'l.rowid';
  // The table's own order is that of the rowids; left alone, SQLite would take the key's index for it and sort.
  const hint = place === 'l.rowid' ? 'NOT INDEXED' : '';
  const { text, groups, from } = selected(database, scope, shape, hint);
  const map = shape.properties?.length ? propertiesColumn('sqlite') : 'NULL';
  const sql = `SELECT ${text}, ${groups}, ${map}, ${place} FROM ${from} AND ${place} > ? ORDER BY ${place} LIMIT ${STEP}`;
  for (let after: unknown = place === 'l.rowid' ? -1 : ''; ;) {
    const parameters = [scope.organization, scope.syncerId, after];
    const rows = await database.read((session) => session.selectValues(sql, parameters));
    yield rows;
    if (rows.length < STEP) return;
    after = rows.at(-1)?.at(-1);
    await setImmediate();
  }
}

/** How a database says what is digested. */
interface Words {
  /** NULL is "". What the driver would not read as this very text is one that no row should have. */
  readonly text: (column: string) => string;
  /** "0" or "1". */
  readonly flag: (column: string) => string;
  /** "" or "1". */
  readonly emptiness: (column: string) => string;
  /** Byte by byte, whatever the columns' collations say. */
  readonly same: (a: string, b: string) => string;
  readonly join: (parts: readonly string[]) => string;
  /** From a link to its account. */
  readonly to: string;
  readonly parameters: readonly [string, string];
}

const WORDS: Readonly<Record<Dialect, Words>> = {
  sqlite: {
    // A column takes values of any type there, and a separator where none belongs makes a text that no row should have.
    text: (column) =>
      `CASE WHEN typeof(${column}) = 'text' THEN ${column} WHEN ${column} IS NULL THEN '' ELSE char(31) END`,
    flag: (column) => `CASE typeof(${column}) WHEN 'integer' THEN ${column} WHEN 'null' THEN '0' ELSE char(31) END`,
    emptiness: (column) =>
      `CASE WHEN ${column} IS NULL OR ${column} = '' COLLATE BINARY THEN '' WHEN typeof(${column}) = 'text' THEN '1' ELSE char(31) END`,
    same: (a, b) => `${a} = ${b} COLLATE BINARY`,
    join: (parts) => parts.join(` || char(31) || `),
    to: 'CROSS JOIN',
    parameters: ['?', '?'],
  },
  postgres: {
    // Reads what the column's type says of itself, as the driver does, where a cast would cut the blanks of a CHAR.
    text: (column) => `concat(${column})`,
    flag: (column) => `CASE WHEN ${column} THEN '1' ELSE '0' END`,
    emptiness: (column) => `CASE WHEN octet_length(concat(${column})) > 0 THEN '1' ELSE '' END`,
    same: (a, b) => `${a} COLLATE "C" = ${b} COLLATE "C"`,
    join: (parts) => `concat_ws(chr(31), ${parts.join(', ')})`,
    to: 'JOIN',
    parameters: ['$1', '$2'],
  },
  mysql: {
    // Columns of several character sets and collations do not join without it.
    text: (column) => `COALESCE(CONVERT(${column} USING utf8mb4), '')`,
    flag: (column) => `COALESCE(${column}, 0)`,
    emptiness: (column) => `IF(LENGTH(${column}) > 0, '1', '')`,
    same: (a, b) => `CAST(CONVERT(${a} USING utf8mb4) AS BINARY) = CAST(CONVERT(${b} USING utf8mb4) AS BINARY)`,
    join: (parts) => `CONCAT_WS(CHAR(31 USING utf8mb4), ${parts.join(', ')})`,
    to: 'JOIN',
    parameters: ['?', '?'],
  },
};

const SERVERS = {
  postgres: { digest: (text: string) => `substring(sha256(convert_to(${text}, 'UTF8')) FOR ${DIGEST_BYTES})` },
  mysql: { digest: (text: string) => `UNHEX(LEFT(SHA2(${text}, 256), ${2 * DIGEST_BYTES}))` },
};

/** The parts of `digestedText` in its order, the lists of groups where the two differ, and the rows. */
function selected(
  database: Database,
  { bindingColumn }: SyncerScope,
  shape: DigestShape,
  hint = '',
): { readonly text: string; readonly groups: string; readonly from: string } {
  const { columns: live, dialect } = database;
  const words = WORDS[dialect];
  const [users, links] = [database.table('user'), database.table('directory_link')];
  const q = (name: string): string => quote(dialect, name);
  const ofAccount = (column: string): string => `u.${q(column)}`;
  const flag = (column: string): string => (live.has('user', column) ? words.flag(ofAccount(column)) : `'0'`);
  const [standing, ours] = [ofAccount('groups'), `l.${q('groups')}`];
  const text = words.join([
    ...['external_key', 'external_id', 'forbidden_by', 'deleted_by'].map((column) => words.text(`l.${column}`)),
    live.has('user', bindingColumn) ? words.text(ofAccount(bindingColumn)) : `''`,
    flag('is_forbidden'),
    flag('is_deleted'),
    shape.groups ? words.text(ours) : `''`,
    ...shape.fields.map(({ field, as }) => words[as === 'value' ? 'text' : 'emptiness'](ofAccount(columnOf(field)))),
  ]);
  // Where the two are one and the same there is nothing to look at.
  const unless = (list: string): string =>
    shape.groups ? `CASE WHEN ${words.same(standing, ours)} THEN NULL ELSE COALESCE(${list}, '') END` : 'NULL';
  const [organization, syncer] = words.parameters;
  const same = words.same('u.name', 'l.name');
  const from =
    dialect === 'mysql'
      ? // Our tables compare byte by byte, Casdoor's do not: only from the account to its link an index serves.
        `${users} u STRAIGHT_JOIN ${links} l
           ON l.name = u.name AND l.organization = u.owner AND l.kind = 'user' AND ${same}
         WHERE u.owner = ${organization} AND l.syncer_id = ${syncer}`
      : `${links} l ${hint} ${words.to} ${users} u
           ON u.owner = ${organization} AND u.name = l.name AND ${same}
         WHERE l.syncer_id = ${syncer} AND l.kind = 'user'`;
  return { text, groups: `${unless(standing)}, ${unless(ours)}`, from };
}

const propertiesColumn = (dialect: Dialect): string => `u.${quote(dialect, 'properties')}`;

/** @returns undefined where the map cannot be read, or a value could be taken for two */
function withProperties(
  text: string,
  stored: unknown,
  properties: NonNullable<DigestShape['properties']>,
): string | undefined {
  const map = asMap(stored);
  if (!map) return undefined;
  let whole = text;
  for (const { key, as } of properties) {
    const value = Object.hasOwn(map, key) ? asTextIn(map[key]) : '';
    if (value.includes(SEPARATOR)) return undefined;
    whole += SEPARATOR + digestedValue(value, as);
  }
  return whole;
}

/** Colleagues have the same groups: each pair of lists is compared once. */
function rememberingLists(): (standing: unknown, ours: unknown) => boolean {
  const known = new Map<string, boolean>();
  return (standing, ours) => {
    const pair = `${String(standing)}${SEPARATOR}${String(ours)}`;
    const told = known.get(pair);
    if (told !== undefined) return told;
    const has = hasAllOnce(asList(standing), asList(ours));
    if (known.size < MOST_KNOWN) known.set(pair, has);
    return has;
  };
}

const MOST_KNOWN = 10_000;
