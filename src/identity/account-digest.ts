import { hash } from 'node:crypto';
import type { ProfileField } from '../syncer/profile.ts';
import { isStorable } from '../syncer/characters.ts';
import type { LockedBy } from './account.ts';

/** Bytes of one digest: the first half of SHA-256, so that no two rows of a directory ever share one. */
export const DIGEST_BYTES = 16;

/** Stands between the parts of a text that is digested. */
export const SEPARATOR = '\x1f';

/** A profile field of which a digest holds the value, or only whether there is one. */
export interface DigestField {
  readonly field: ProfileField;
  readonly as: 'value' | 'emptiness';
}

/** The same of one key of the map of further values. */
export interface DigestProperty {
  readonly key: string;
  readonly as: DigestField['as'];
}

/** Which parts of an account and its link are digested: the same for every row, so that equal texts have equal parts. */
export interface DigestShape {
  /** The memberships that this syncer made, for accounts that have all of them. */
  readonly groups: boolean;
  /** Only such as the table has. */
  readonly fields: readonly DigestField[];
  /** After the fields; an account whose map cannot be read is left out. Absent: none. */
  readonly properties?: readonly DigestProperty[];
}

/** What is digested of an account that has the name that its link says, and of that link; a NULL is "". */
export interface DigestedAccount {
  readonly key: string;
  readonly externalId: string;
  readonly forbiddenBy: LockedBy | null;
  readonly deletedBy: LockedBy | null;
  /** What stands in the login column; "" where the syncer has none. */
  readonly binding: string;
  readonly isForbidden: boolean;
  readonly isDeleted: boolean;
  /** The list of the link as it is stored, see `goJson`; "" where the shape is without groups. */
  readonly groups: string;
  /** In the order of the shape, the fields before the properties: the value, or "" and "1" for its emptiness. */
  readonly fields: readonly string[];
}

/**
 * The text whose digest tells whether a row is as it should be.
 *
 * @returns undefined where a part could be taken for two, or has no UTF-8 form: such a row is compared the long way
 */
export function digestedText(row: DigestedAccount): string | undefined {
  const { key, externalId, forbiddenBy, deletedBy, binding, isForbidden, isDeleted, groups, fields } = row;
  if (!isPart(key) || !isPart(externalId) || !isPart(binding) || !isPart(groups)) return undefined;
  const locked = `${forbiddenBy ?? ''}${SEPARATOR}${deletedBy ?? ''}`;
  const flags = `${isForbidden ? '1' : '0'}${SEPARATOR}${isDeleted ? '1' : '0'}`;
  let text = [key, externalId, locked, binding, flags, groups].join(SEPARATOR);
  for (const field of fields) {
    if (!isPart(field)) return undefined;
    text += SEPARATOR + field;
  }
  return text;
}

const isPart = (part: string): boolean => !part.includes(SEPARATOR) && isStorable(part);

/** A value as it stands in the text that is digested. */
export const digestedValue = (value: string, as: DigestField['as']): string =>
  as === 'value' || value === '' ? value : '1';

/** The digest of a text: sixteen characters, each of them a byte. */
export const digestOf = (text: string): string => hash('sha256', text, 'binary').slice(0, DIGEST_BYTES);

/**
 * Whether an account has, each once, all memberships that this syncer made: what others added beside them is theirs.
 *
 * @param standing those of the account
 * @param ours those that the link says
 */
export function hasAllOnce(standing: readonly string[], ours: readonly string[]): boolean {
  const mine = new Set(ours);
  const kept = standing.filter((group) => mine.has(group));
  return mine.size === ours.length && kept.length === mine.size && new Set(kept).size === mine.size;
}
