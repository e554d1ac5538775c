import type { ValueTransformer } from 'typeorm';

export { goJson } from '../identity/account.ts';

/** JSON of our own tables in characters that every database stores, whatever it says: sentences are in Chinese, too. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Casdoor's time format: RFC 3339, seconds. */
export const rfc3339 = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** The table's name of an entity's property. */
export const columnName = (property: string): string =>
  property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** NULL reads as "": rows that are older than a column hold NULL. */
export const asText = (stored: unknown): string =>
  typeof stored === 'string' ? stored : typeof stored === 'number' ? String(stored) : '';

/**
 * Whether what was asked for is what a database found, without case. MySQL finds letters with other accents, too: that
 * is another's name.
 */
export const isSpelling = (asked: string, found: string | null): boolean =>
  asked.toLowerCase() === found?.toLowerCase();

/** MySQL and SQLite answer 0 and 1, PostgreSQL true and false; NULL is false. */
export const asBoolean = (stored: unknown): boolean => stored === true || stored === 1 || stored === '1';

/** A JSON list of strings; NULL, "", `null` and what is no list read as []. */
export function asList(stored: unknown): readonly string[] {
  if (typeof stored !== 'string' || stored === '' || stored === '[]' || stored === 'null') return [];
  try {
    const parsed: unknown = JSON.parse(stored);
    return Array.isArray(parsed) ? parsed.filter((entry) => typeof entry === 'string') : [];
  } catch {
    return [];
  }
}

/** A JSON object; PostgreSQL's driver has read columns of type JSON already. Whatever else is stored reads as {}. */
export function asObject(stored: unknown): Readonly<Record<string, unknown>> {
  const parsed = asJson(stored);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Record<string, unknown>)
    : {};
}

/** The same, and null for what is stored and is no map: NULL, "" and `null` are one without keys. */
export function asMap(stored: unknown): Readonly<Record<string, unknown>> | null {
  const isEmpty = stored === null || stored === undefined || stored === '' || stored === 'null';
  const parsed = isEmpty ? {} : asJson(stored);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Record<string, unknown>)
    : null;
}

/** A value of a map as a text: Casdoor's are texts, other programs write what they like. */
export const asTextIn = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);

/** A JSON object of texts; whatever else is stored reads as {}, and a value that is none is left out. */
export const asTexts = (stored: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(asObject(stored)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

/** What JSON is stored; NULL, "" and what is none read as null. */
export function asJson(stored: unknown): unknown {
  // Some of Casdoor's columns are bytes.
  if (stored instanceof Uint8Array) return asJson(new TextDecoder().decode(stored));
  if (typeof stored === 'object') return stored;
  if (typeof stored !== 'string' || stored === '') return null;
  try {
    return JSON.parse(stored) as unknown;
  } catch {
    return null;
  }
}

/** PostgreSQL and MySQL drivers answer bigint as text; milliseconds since 1970 fit a number for 285,000 years. */
export const bigintAsNumber: ValueTransformer = {
  from: (stored: unknown): number | null => (stored === null || stored === undefined ? null : Number(stored)),
  to: (value: unknown): unknown => value,
};
