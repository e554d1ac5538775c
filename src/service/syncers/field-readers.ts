import { DEFAULT_SETTINGS as DEFAULTS } from '../../engine/syncer-settings.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

/** Characters of what is typed into one line. */
const LONGEST_LINE = 1000;
/** Characters of what is pasted: a service account's JSON has ten thousand, a chain of certificates thrice that. */
const LONGEST_PASTE = 65_536;
export const MOST_COLUMNS = 200;
export const MOST_DEPARTMENTS = 30_000;
export const MOST_USERS = 100_000;

/** A value that cannot be taken; the sentence names its key. */
export const wrongField = (key: string, en: string, zh: string): Refusal =>
  new Refusal(text(`Field "${key}" ${en}.`, `字段“${key}”${zh}。`));

function readCharacters(key: string, value: unknown, most: number): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw wrongField(key, 'must be text', '必须是文本');
  if (value.length > most) throw wrongField(key, 'is too long', '过长');
  return value.trim();
}

export const readText = (key: string, value: unknown): string => readCharacters(key, value, LONGEST_LINE);

/** A secret, or a text of several lines. */
export const readPaste = (key: string, value: unknown): string => readCharacters(key, value, LONGEST_PASTE);

/** A whole number, also as text: forms send both. */
export function readWhole(key: string, value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) {
    throw wrongField(key, 'must be a whole number', '必须是整数');
  }
  return number;
}

/** Of a department or a tag: saved with another one, each run would fail by it. */
export function readId(key: string, value: unknown): number {
  const id = readWhole(key, value);
  if (id >= 1) return id;
  throw wrongField(key, 'must be an id, 1 or more', '必须是不小于 1 的 ID');
}

/** Ten years: whoever is kept longer than that is kept. */
const MOST_DAYS = 3650;

export function readDays(key: string, value: unknown): number {
  const days = readWhole(key, value);
  if (days >= 0 && days <= MOST_DAYS) return days;
  throw wrongField(
    key,
    `must be a whole number of days from 0 to ${MOST_DAYS}`,
    `必须是 0 到 ${MOST_DAYS} 之间的整数天数`,
  );
}

export function readFlag(key: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 1) return true;
  if (value === 'false' || value === 0) return false;
  throw wrongField(key, 'must be true or false', '必须是 true 或 false');
}

export const readObject = (key: string, value: unknown): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrongField(key, 'must be an object', '必须是对象');
  return value as Record<string, unknown>;
};

/** Null entries are dropped: one SDK writes an empty list as `[null]`. */
export function readList<T>(
  key: string,
  value: unknown,
  most: number,
  readEntry: (key: string, value: unknown) => T,
): T[] {
  if (!Array.isArray(value)) throw wrongField(key, 'must be a list', '必须是列表');
  if (value.length > most) throw wrongField(key, `has more than ${most} entries`, `超过 ${most} 项`);
  return value.filter((entry) => entry !== null && entry !== undefined).map((entry: unknown) => readEntry(key, entry));
}

export function oneOf<T extends string>(allowed: readonly T[]) {
  return (key: string, value: unknown): T => {
    const found = allowed.find((option) => option === value);
    if (found === undefined)
      throw wrongField(key, `must be one of ${allowed.join(', ')}`, `必须是 ${allowed.join('、')} 之一`);
    return found;
  };
}

/** As it was typed: its errors are told by line and column. */
export function readExpression(key: string, value: unknown): string {
  if (typeof value !== 'string') throw wrongField(key, 'must be text', '必须是文本');
  if (value.length > LONGEST_PASTE) throw wrongField(key, 'is too long', '过长');
  return value;
}

/** Keys of a row that are kept where something stands in them. */
export const OPTIONAL_COLUMN_KEYS = ['expression', 'authority'] as const;

export function readColumn(key: string, value: unknown): Readonly<Record<string, unknown>> {
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
      expression: readExpression(`${key}.expression`, column['expression'] ?? '') || undefined,
      authority: typeof column['authority'] === 'string' ? textAt('authority') : undefined,
    }),
  };
}

export function readRemovalLimit(key: string, value: unknown): { readonly percent: number; readonly count: number } {
  const limit = readObject(key, value);
  const percent = limit['percent'] ?? DEFAULTS.removalLimit.percent;
  const count = readWhole(`${key}.count`, limit['count'] ?? DEFAULTS.removalLimit.count);
  if (typeof percent !== 'number' || !(percent >= 0 && percent <= 100)) {
    throw wrongField(`${key}.percent`, 'must be a number from 0 to 100', '必须是 0 到 100 之间的数字');
  }
  if (count < 0) throw wrongField(`${key}.count`, 'must not be negative', '不能为负数');
  return { percent, count };
}
