import { fitsCharacters, isStorable } from '../syncer/characters.ts';
import { PROFILE_FIELDS, type ProfileField, type ValueField } from '../syncer/profile.ts';
import { propertyKey } from '../syncer/property.ts';
import { WriteConflictError } from './errors.ts';

/** How many characters (code points) a column takes; Infinity = text without a bound. Absent field: the column does not exist. */
export interface ColumnLimits {
  readonly values: Readonly<Partial<Record<ProfileField, number>>>;
  /** Characters of the JSON text in `user.properties`; absent: there is no such column. */
  readonly properties?: number;
  readonly name: number;
  readonly id: number;
  /** Absent: accounts have no column for sign-in through this vendor, and none is written. */
  readonly binding?: number;
  /** Characters of the JSON text in `user.groups`. */
  readonly groups: number;
  readonly groupName: number;
  readonly groupDisplayName: number;
  /** Columns that do not take every character; absent: all do. */
  readonly charsets?: ColumnCharacterSets;
  /** True: lengths are those of the UTF-8 form, in bytes. */
  readonly countsBytes?: boolean;
}

/** What a column can store. */
export interface CharacterSet {
  has(codePoint: number): boolean;
}

/** The sets of columns that do not take every character. */
export interface ColumnCharacterSets {
  readonly values: Readonly<Partial<Record<ProfileField, CharacterSet>>>;
  readonly properties?: CharacterSet;
  readonly groupDisplayName?: CharacterSet;
}

/** How many characters a field takes; undefined: it does not exist. */
export function limitOf({ values, properties }: ColumnLimits, field: ValueField): number | undefined {
  return propertyKey(field) === undefined ? values[field as ProfileField] : properties;
}

/** Casdoor's declared lengths, as a fresh database has them. */
export const CASDOOR_LIMITS: ColumnLimits = {
  values: {
    ...Object.fromEntries(PROFILE_FIELDS.map((field) => [field, 100])),
    avatar: Infinity,
    countryCode: 6,
  },
  properties: Infinity,
  name: 255,
  id: 100,
  binding: 100,
  groups: Infinity,
  groupName: 100,
  groupDisplayName: 100,
};

/**
 * SQLite would store what the others refuse, and MySQL in a lax mode would cut it; so every store refuses it here.
 *
 * @throws WriteConflictError that names the column, never the value
 */
export function checkText(column: string, value: string, limit: number): void {
  if (!isStorable(value)) {
    const what = value.includes('\0') ? 'U+0000' : 'half of a surrogate pair';
    throw new WriteConflictError(`${what} cannot be stored (${column})`);
  }
  if (!fitsCharacters(value, limit)) {
    throw new WriteConflictError(`longer than ${limit} characters (${column})`);
  }
}
