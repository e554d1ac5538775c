import { withoutUnstorable } from '../../syncer/characters.ts';

/**
 * Readers for values whose JSON type varies in the field: WeCom's documents say number, private deployments and old
 * versions send numeric strings or null (go-laoji decodes `enable` as json.Number for that reason).
 */

const INTEGER_TEXT = /^-?\d{1,15}$/;

/** A whole number, also when it came as text; undefined for everything else. */
export const integerOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return INTEGER_TEXT.test(trimmed) ? Number(trimmed) : undefined;
};

/** Text, also when it came as a number; undefined for everything else. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return withoutUnstorable(value);
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
};

/** Something that a reader sees: zero-width and control characters are blanks to everybody, and to no `trim`. */
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Z}]/u;

/** A name without blanks around it; undefined for one of which nothing can be seen. */
export const nameOf = (value: unknown): string | undefined => {
  const name = textOf(value)?.trim();
  return name !== undefined && VISIBLE.test(name) ? name : undefined;
};

/** 1 to 64 bytes of letters, digits and `_ - @ .`, the first a letter or digit (doc 90195). */
export const USERID = /^[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}$/;

/** The userid when it is one that accounts can be keyed by, numbers turned to text. */
export const useridOf = (value: unknown): string | undefined => {
  // A number beyond 2^53 has lost digits on the way: it would name somebody else.
  const spelt = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof spelt === 'string' && USERID.test(spelt) ? spelt : undefined;
};
