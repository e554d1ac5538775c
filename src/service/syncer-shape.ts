import { LEAVER_POLICIES, LINK_RULES, DEFAULT_REMOVAL_LIMIT } from '../engine/syncer-settings.ts';
import type { SyncerRegistry } from '../syncer/registry.ts';
import { text } from '../syncer/text.ts';
import { Refusal } from './refusal.ts';

/** Where a value of the syncer's JSON is kept. Leftovers are keys of Casdoor's other types: kept, answered, never used. */
export type Home = 'settings' | 'secrets' | 'leftovers';

/** One key of the syncer's JSON: always present in answers, always of one type. */
export interface Field {
  readonly home: Home;
  /** What an answer shows where nothing is stored. */
  readonly empty: unknown;
  /** @throws Refusal naming the key */
  read(key: string, value: unknown): unknown;
}

const LONGEST_TEXT = 1000;
const MOST_COLUMNS = 200;
const MOST_DEPARTMENTS = 30_000;
const MOST_EXCLUDED = 100_000;

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
    ...(typeof column['authority'] === 'string'
      ? { authority: readText(`${key}.authority`, column['authority']) }
      : {}),
  };
}

function readRemovalLimit(key: string, value: unknown): { readonly percent: number; readonly count: number } {
  const limit = readObject(key, value);
  const percent = limit['percent'] ?? DEFAULT_REMOVAL_LIMIT.percent;
  const count = readWhole(`${key}.count`, limit['count'] ?? DEFAULT_REMOVAL_LIMIT.count);
  if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100)) {
    throw refuse(`${key}.percent`, 'must be a number from 0 to 100', '必须是 0 到 100 之间的数字');
  }
  if (count < 0) throw refuse(`${key}.count`, 'must not be negative', '不能为负数');
  return { percent, count };
}

function readScope(key: string, value: unknown): unknown {
  const scope = readObject(key, value);
  return {
    departments: readList(`${key}.departments`, scope['departments'] ?? [], MOST_DEPARTMENTS, readWhole),
    includeChildren: readFlag(`${key}.includeChildren`, scope['includeChildren'] ?? true),
    excludeUsers: readList(`${key}.excludeUsers`, scope['excludeUsers'] ?? [], MOST_EXCLUDED, readText),
  };
}

const field = (home: Home, empty: unknown, read: Field['read']): Field => ({ home, empty, read });
const textField = (home: Home): Field => field(home, '', readText);

/** Casdoor's keys and ours, in the order of the answer. What every syncer has (name, type, interval …) is not among them. */
const KNOWN: Readonly<Record<string, Field>> = {
  databaseType: textField('leftovers'),
  sslMode: textField('leftovers'),
  sshType: textField('leftovers'),
  host: textField('settings'),
  port: field('leftovers', 0, readWhole),
  user: textField('settings'),
  password: textField('secrets'),
  sshHost: textField('leftovers'),
  sshPort: field('leftovers', 0, readWhole),
  sshUser: textField('leftovers'),
  sshPassword: textField('secrets'),
  cert: textField('leftovers'),
  database: textField('leftovers'),
  table: textField('leftovers'),
  tableColumns: field('settings', [], (key, value) => readList(key, value, MOST_COLUMNS, readColumn)),
  affiliationTable: textField('leftovers'),
  avatarBaseUrl: textField('leftovers'),
  agentId: textField('settings'),
  contactsSecret: textField('secrets'),
  notActivated: field('settings', 'forbid', oneOf(['forbid', 'allow'])),
  leavers: field('settings', 'forbid', oneOf(LEAVER_POLICIES)),
  removalLimit: field('settings', DEFAULT_REMOVAL_LIMIT, readRemovalLimit),
  scope: field('settings', { departments: [], includeChildren: true, excludeUsers: [] }, readScope),
  syncGroups: field('settings', true, readFlag),
  linkBy: field('settings', [], (key, value) => [
    ...new Set(readList(key, value, LINK_RULES.length, oneOf(LINK_RULES))),
  ]),
};

const BY_KIND: Readonly<Record<string, readonly [unknown, Field['read']]>> = {
  number: [0, readWhole],
  boolean: [false, readFlag],
};

/** Every key of a syncer's JSON: the known ones, and what the registered types add in their forms. */
export function syncerFields(registry: SyncerRegistry): ReadonlyMap<string, Field> {
  const fields = new Map(Object.entries(KNOWN));
  for (const definition of registry.list()) {
    for (const { name, kind, secret } of definition.fields) {
      // The mapping and the scope are objects with parts of their own; they are known by name above.
      if (fields.has(name) || name.includes('.')) continue;
      const [empty, read] = BY_KIND[kind] ?? ['', readText];
      fields.set(name, field(secret ? 'secrets' : 'settings', empty, read));
    }
  }
  return fields;
}
