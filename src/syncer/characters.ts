const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Characters as database servers count them: code points. */
function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

const countOne = (): number => 1;

/** Characters as a server counts them that knows bytes alone. */
const countBytes = (value: string): number => Buffer.byteLength(value);

/** Whether a value fits into so many characters. UTF-16 units are never fewer, so most values need no counting. */
export const fitsCharacters = (value: string, limit: number, countsBytes = false): boolean =>
  countsBytes ? countBytes(value) <= limit : value.length <= limit || countCharacters(value) <= limit;

/** At most `limit` code points, and never half of what a reader sees as one character (a flag is two code points). */
export function cutCharacters(value: string, limit: number, countsBytes = false): string {
  if (fitsCharacters(value, limit, countsBytes)) return value;
  const lengthOf = countsBytes ? countBytes : countOne;
  // Up to the code point that does not fit any more, and then back to where its character begins.
  let at = 0;
  let length = 0;
  for (const codePoint of value) {
    length += lengthOf(codePoint);
    if (length > limit) break;
    at += codePoint.length;
  }
  return value.slice(0, segmenter.segment(value).containing(at)?.index);
}

/** Whether every character of a value is in a set; undefined: the set of all. */
export function isWithin(value: string, charset: { has(codePoint: number): boolean } | undefined): boolean {
  if (charset === undefined) return true;
  for (const character of value) if (!charset.has(character.codePointAt(0) ?? 0)) return false;
  return true;
}

/** The first is quick and knows what most values are; the second tells halves from pairs. */
const NEEDS_CARE = /[\0\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether every database takes a text: PostgreSQL refuses U+0000, and half of a surrogate pair has no UTF-8 form. */
export const isStorable = (value: string): boolean =>
  !NEEDS_CARE.test(value) || (!value.includes('\0') && !LONE_SURROGATE.test(value));

/**
 * A text that every database takes.
 *
 * @param mark what stands in the place of U+0000, for texts in which somebody should see that there was something
 */
export const withoutUnstorable = (value: string, mark = ''): string =>
  NEEDS_CARE.test(value) ? value.replaceAll('\0', mark).replace(/\p{Surrogate}/gu, '\ufffd') : value;

/** A text for a line of a log or a page: control characters and halves of surrogate pairs are blanks. */
export const withoutControl = (value: string): string => value.replace(/[\p{Cc}\p{Surrogate}]+/gu, ' ');
