const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Characters as database servers count them: code points. */
function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

/** Whether a value fits into so many characters. UTF-16 units are never fewer, so most values need no counting. */
export const fitsCharacters = (value: string, limit: number): boolean =>
  value.length <= limit || countCharacters(value) <= limit;

/** At most `limit` code points, and never half of what a reader sees as one character (a flag is two code points). */
export function cutCharacters(value: string, limit: number): string {
  if (fitsCharacters(value, limit)) return value;
  let kept = '';
  let length = 0;
  for (const { segment } of segmenter.segment(value)) {
    length += countCharacters(segment);
    if (length > limit) break;
    kept += segment;
  }
  return kept;
}

/** Whether no character of a value is above this code point. */
export function staysBelow(value: string, highest: number | undefined): boolean {
  if (highest === undefined) return true;
  for (const character of value) if ((character.codePointAt(0) ?? 0) > highest) return false;
  return true;
}
