import { DIGEST_BYTES } from '../../../identity/account-digest.ts';

const WORDS = DIGEST_BYTES / 4;
/** The rest of the slots stays empty, so that a search ends soon. */
const FULLEST = 0.6;

/**
 * Digests of all accounts of a run. They lie side by side outside of the heap: as strings a million of them would take
 * three times as much, and keep the garbage collector busy.
 */
export class DigestSet {
  #slots: Uint32Array;
  #mask: number;
  #size = 0;

  /** @param expected how many there will be, about */
  constructor(expected: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, expected / FULLEST)));
    this.#slots = new Uint32Array(slots * WORDS);
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** @param digest as `digestOf` answers it */
  add(digest: string): void {
    if (this.#size > this.#mask * FULLEST) this.#grow();
    this.#insert(word(digest, 0), word(digest, 4), word(digest, 8), word(digest, 12));
  }

  has(digest: string): boolean {
    const slot = this.#find(word(digest, 0), word(digest, 4), word(digest, 8), word(digest, 12));
    return this.#slots[slot] !== 0;
  }

  #insert(a: number, b: number, c: number, d: number): void {
    const slot = this.#find(a, b, c, d);
    if (this.#slots[slot] !== 0) return;
    this.#slots[slot] = marked(a);
    this.#slots[slot + 1] = b;
    this.#slots[slot + 2] = c;
    this.#slots[slot + 3] = d;
    this.#size += 1;
  }

  /** Where these words stand, or would stand. */
  #find(a: number, b: number, c: number, d: number): number {
    const slots = this.#slots;
    for (let index = d & this.#mask; ; index = (index + 1) & this.#mask) {
      const slot = index * WORDS;
      if (slots[slot] === 0) return slot;
      if (
        slots[slot] === marked(a) &&
        slots[slot + 1] === b >>> 0 &&
        slots[slot + 2] === c >>> 0 &&
        slots[slot + 3] === d >>> 0
      ) {
        return slot;
      }
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    this.#size = 0;
    for (let slot = 0; slot < old.length; slot += WORDS) {
      const [a = 0, b = 0, c = 0, d = 0] = old.subarray(slot, slot + WORDS);
      if (a !== 0) this.#insert(a, b, c, d);
    }
  }
}

/** Never 0, which is an empty slot, for one bit of a hundred and twenty-eight. */
const marked = (word: number): number => (word | 1) >>> 0;

const word = (digest: string, at: number): number =>
  digest.charCodeAt(at) |
  (digest.charCodeAt(at + 1) << 8) |
  (digest.charCodeAt(at + 2) << 16) |
  (digest.charCodeAt(at + 3) << 24);
