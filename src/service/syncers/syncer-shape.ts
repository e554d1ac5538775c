import { DEFAULT_SETTINGS as DEFAULTS, LEAVER_POLICIES, LINK_RULES } from '../../engine/syncer-settings.ts';
import type { FormField, SyncerDefinition } from '../../syncer/definition.ts';
import { ConfigError } from '../../syncer/errors.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';
import { DEFAULT_INTERVAL_SECONDS } from './sync-interval.ts';
import { present } from '../../syncer/present.ts';

/** Where a value of the syncer's JSON is kept. Leftovers are keys of Casdoor's other types: kept, answered, never used. */
export type Home = 'settings' | 'secrets' | 'leftovers';

/** One key of the syncer's JSON: always present in answers, always of one type. */
export interface Field {
  readonly home: Home;
  readonly kind: FormField['kind'] | 'object' | 'leavers' | 'removalLimit' | 'linkBy';
  /** Of a select. */
  readonly options?: readonly string[];
  /** Of an object. */
  readonly parts?: ReadonlyMap<string, Pick<Field, 'kind' | 'empty' | 'options'>>;
  /** Of an object: parts that are younger than stored syncers, and what holds for those. */
  readonly formers?: Readonly<Record<string, unknown>>;
  /** Answers have these keys first. */
  readonly isCasdoors: boolean;
  /** What an answer shows where nothing is stored. */
  readonly empty: unknown;
  /** @throws Refusal naming the key */
  read(key: string, value: unknown): unknown;
}

/** What holds, by what is stored. */
export const heldValue = ({ empty, formers }: Pick<Field, 'empty' | 'formers'>, stored: unknown): unknown =>
  formers ? { ...(empty as object), ...formers, ...(stored as object | undefined) } : (stored ?? empty);

const LONGEST_TEXT = 1000;
const MOST_COLUMNS = 200;
const MOST_DEPARTMENTS = 30_000;
const MOST_USERS = 100_000;

const refuse = (key: string, en: string, zh: string): Refusal =>
  new Refusal(text(`Field "${key}" ${en}.`, `字段“${key}”${zh}。`));

export function readText(key: string, value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw refuse(key, 'must be text', '必须是文本');
  if (value.length > LONGEST_TEXT) throw refuse(key, 'is too long', '过长');
  return value.trim();
}

/** A whole number, also as text: forms send both. */
function readWhole(key: string, value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw refuse(key, 'must be a whole number', '必须是整数');
  }
  return number;
}

export function readFlag(key: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 1) return true;
  if (value === 'false' || value === 0) return false;
  throw refuse(key, 'must be true or false', '必须是 true 或 false');
}

const readObject = (key: string, value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(key, 'must be an object', '必须是对象');
  return value as Record<string, unknown>;
};

/** Null entries are dropped: one SDK writes an empty list as `[null]`. */
function readList<T>(key: string, value: unknown, most: number, readEntry: (key: string, value: unknown) => T): T[] {
  if (!Array.isArray(value)) throw refuse(key, 'must be a list', '必须是列表');
  if (value.length > most) throw refuse(key, `has more than ${most} entries`, `超过 ${most} 项`);
  return value.filter((entry) => entry !== null && entry !== undefined).map((entry: unknown) => readEntry(key, entry));
}

function oneOf<T extends string>(allowed: readonly T[]) {
  return (key: string, value: unknown): T => {
    const found = allowed.find((option) => option === value);
    if (found === undefined)
      throw refuse(key, `must be one of ${allowed.join(', ')}`, `必须是 ${allowed.join('、')} 之一`);
    return found;
  };
}

function readColumn(key: string, value: unknown): Readonly<Record<string, unknown>> {
  const column = readObject(key, value);
  const textAt = (name: string): string => readText(`${key}.${name}`, column[name] ?? '');
  const target = 'iamName' in column && !('casdoorName' in column) ? 'iamName' : 'casdoorName';
  return {
    name: textAt('name'),
    type: textAt('type'),
    [target]: textAt(target),
    isKey: readFlag(`${key}.isKey`, column['isKey'] ?? false),
    isHashed: readFlag(`${key}.isHashed`, column['isHashed'] ?? false),
    values: readList(`${key}.values`, column['values'] ?? [], MOST_COLUMNS, readText),
    ...present({
      authority: typeof column['authority'] === 'string' ? textAt('authority') : undefined,
    }),
  };
}

function readRemovalLimit(key: string, value: unknown): { readonly percent: number; readonly count: number } {
  const limit = readObject(key, value);
  const percent = limit['percent'] ?? DEFAULTS.removalLimit.percent;
  const count = readWhole(`${key}.count`, limit['count'] ?? DEFAULTS.removalLimit.count);
  if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100)) {
    throw refuse(`${key}.percent`, 'must be a number from 0 to 100', '必须是 0 到 100 之间的数字');
  }
  if (count < 0) throw refuse(`${key}.count`, 'must not be negative', '不能为负数');
  return { percent, count };
}

type Reader = Pick<Field, 'kind' | 'empty' | 'read'> & { readonly former?: unknown };

const textReader: Reader = { kind: 'text', empty: '', read: readText };
const columns: Reader = {
  kind: 'mapping',
  empty: [],
  read: (key, value) => readList(key, value, MOST_COLUMNS, readColumn),
};

/** Casdoor's keys, in its order; what every syncer has (name, type, interval …) is not among them. */
const CASDOORS: Readonly<Record<string, readonly [Home, Reader]>> = {
  databaseType: ['leftovers', textReader],
  sslMode: ['leftovers', textReader],
  sshType: ['leftovers', textReader],
  host: ['settings', textReader],
  port: ['leftovers', { kind: 'number', empty: 0, read: readWhole }],
  user: ['settings', textReader],
  password: ['secrets', textReader],
  sshHost: ['leftovers', textReader],
  sshPort: ['leftovers', { kind: 'number', empty: 0, read: readWhole }],
  sshUser: ['leftovers', textReader],
  sshPassword: ['secrets', textReader],
  cert: ['leftovers', textReader],
  database: ['leftovers', textReader],
  table: ['leftovers', textReader],
  tableColumns: ['settings', columns],
  affiliationTable: ['leftovers', textReader],
  avatarBaseUrl: ['leftovers', textReader],
};

/** What a syncer of any type may be told about its runs. */
const EVERY_TYPES: Readonly<Record<string, Reader>> = {
  leavers: { kind: 'leavers', empty: DEFAULTS.leavers, read: oneOf(LEAVER_POLICIES) },
  removalLimit: { kind: 'removalLimit', empty: DEFAULTS.removalLimit, read: readRemovalLimit },
  syncGroups: { kind: 'boolean', empty: DEFAULTS.syncGroups, read: readFlag },
  linkBy: {
    kind: 'linkBy',
    empty: DEFAULTS.linkBy,
    read: (key, value) => [...new Set(readList(key, value, LINK_RULES.length, oneOf(LINK_RULES)))],
  },
};

/** @param same the fields of this name, of every type that has one */
function readerOf(same: readonly [FormField, ...FormField[]]): Reader & Pick<Field, 'options'> {
  const [{ kind, default: byDefault }] = same;
  switch (kind) {
    case 'number':
      return { kind, empty: byDefault ?? 0, read: readWhole };
    case 'boolean':
      return { kind, empty: byDefault ?? false, read: readFlag };
    case 'select': {
      const options = [...new Set(same.flatMap((field) => field.options ?? []).map(({ value }) => value))];
      return { kind, empty: byDefault ?? options[0] ?? '', read: oneOf(options), options };
    }
    case 'departments':
      return { kind, empty: [], read: (key, value) => readList(key, value, MOST_DEPARTMENTS, readWhole) };
    case 'users':
      return { kind, empty: [], read: (key, value) => readList(key, value, MOST_USERS, readText) };
    case 'mapping':
      return columns;
    case 'text':
    case 'password':
    case 'url':
      return { kind, empty: byDefault ?? '', read: readText };
  }
}

/** Fields with a dot in their names are parts of one object. */
function objectReader(parts: ReadonlyMap<string, Reader>): Reader & Pick<Field, 'parts' | 'formers'> {
  const empty = Object.fromEntries([...parts].map(([name, part]) => [name, part.empty]));
  const read = (key: string, value: unknown): unknown => {
    const given = readObject(key, value);
    const entries = [...parts].map(([name, part]) => [name, part.read(`${key}.${name}`, given[name] ?? part.empty)]);
    return Object.fromEntries(entries) as unknown;
  };
  const young = [...parts].filter(([, { former }]) => former !== undefined);
  const formers = Object.fromEntries(young.map(([name, { former }]) => [name, former]));
  return { kind: 'object', empty, read, parts, ...(young.length > 0 && { formers }) };
}

const rootOf = (name: string): string => name.split('.', 1)[0] ?? name;

/**
 * Every key of a syncer's JSON, in the order of an answer: Casdoor's, those of every type, and what the registered types
 * add in their forms.
 *
 * @throws ConfigError when a key is a secret of one type and none of another: it would be shown
 */
export function syncerFields(registry: SyncerRegistry): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const [key, [home, reader]] of Object.entries(CASDOORS)) fields.set(key, { home, isCasdoors: true, ...reader });
  for (const [key, reader] of Object.entries(EVERY_TYPES)) {
    fields.set(key, { home: 'settings', isCasdoors: false, ...reader });
  }
  const byName = new Map<string, [FormField, ...FormField[]]>();
  for (const field of registry.list().flatMap((definition) => definition.fields)) {
    const known = byName.get(field.name);
    if (known) known.push(field);
    else byName.set(field.name, [field]);
  }
  const parts = new Map<string, Map<string, Reader>>();
  for (const [name, same] of byName) {
    const root = rootOf(name);
    const home = same[0].secret ? 'secrets' : 'settings';
    const known = fields.get(name);
    if (
      same.some(({ secret }) => secret !== same[0].secret) ||
      (known && (known.home === 'secrets') !== same[0].secret)
    ) {
      throw sharedSecret(name);
    }
    if (known) {
      // A key of Casdoor's other types that a registered one uses after all.
      if (known.home === 'leftovers') fields.set(name, { ...known, home });
    } else if (root === name) {
      fields.set(name, { home, isCasdoors: false, ...readerOf(same) });
    } else {
      const of = parts.get(root) ?? new Map<string, Reader>();
      const reader = { ...readerOf(same), ...present({ former: same[0].formerly }) };
      parts.set(root, of.set(name.slice(root.length + 1), reader));
      fields.set(root, { home: 'settings', isCasdoors: false, ...objectReader(of) });
    }
  }
  return fields;
}

const sharedSecret = (name: string): ConfigError =>
  new ConfigError(
    text(
      `Field "${name}" of a syncer is a secret in one type of directory and none in another: rename it in one of the definitions.`,
      `同步器字段“${name}”在一种通讯录类型中是密钥，在另一种中不是：请在其中一个定义里改名。`,
    ),
  );

/** What a new syncer of this type begins with: every key that its form shows. */
export function defaultsOf(
  fields: ReadonlyMap<string, Field>,
  definition: SyncerDefinition,
): Readonly<Record<string, unknown>> {
  const keys = [...definition.fields.map(({ name }) => rootOf(name)), ...Object.keys(EVERY_TYPES)];
  const values = keys.map((key) => [key, fields.get(key)?.empty] as const);
  return { syncInterval: DEFAULT_INTERVAL_SECONDS, ...Object.fromEntries(values) };
}
