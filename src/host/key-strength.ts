const SHORTEST = 32;
const LEAST_BITS = 70;
/** A letter of a word tells little that the letters before it do not. */
const BITS_PER_LETTER_OF_WORD = 1.5;
/** Fewer characters follow each other, or stand together a second time, by chance. */
const SHORTEST_PATTERN = 4;

/** How many characters from here on are a sequence such as `aaaa`, `abcd` or `9876`. */
function sequenceAt(key: string, at: number): number {
  const step = key.charCodeAt(at + 1) - key.charCodeAt(at);
  if (!(Math.abs(step) <= 1)) return 0;
  let length = 2;
  while (key.charCodeAt(at + length) - key.charCodeAt(at + length - 1) === step) length += 1;
  return length;
}

/** How many characters from here on stood together before. */
function repetitionAt(key: string, at: number): number {
  const before = key.slice(0, at);
  let length = 0;
  while (at + length < key.length && before.includes(key.slice(at, at + length + 1))) length += 1;
  return length;
}

/** The key with each sequence and repetition as one character. */
function withoutPatterns(key: string): string {
  let left = '';
  for (let at = 0; at < key.length;) {
    left += key[at];
    const length = Math.max(sequenceAt(key, at), repetitionAt(key, at));
    at += length < SHORTEST_PATTERN ? 1 : length;
  }
  return left;
}

/**
 * Whether a key is one that nobody guesses. An estimate: what a generator of random text made passes, however it is written
 * down; words, rows of keys and repetitions do not.
 */
export function isHardToGuess(key: string): boolean {
  if (key.length < SHORTEST) return false;
  // No generator writes blanks, and between words they tell nothing.
  const left = withoutPatterns(key).replaceAll(/\s/g, '');
  const inWords = [...left.matchAll(/[A-Za-z]?[a-z]{3,}|[A-Z]{4,}/g)].reduce((sum, [word]) => sum + word.length, 0);
  const bitsPerCharacter = Math.log2(new Set(left).size);
  return (left.length - inWords) * bitsPerCharacter + inWords * BITS_PER_LETTER_OF_WORD >= LEAST_BITS;
}
