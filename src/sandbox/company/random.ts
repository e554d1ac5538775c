/**
 * Repeatable chance: mulberry32, a public-domain generator with 32 bits of state. The same seed
 * gives the same company on every machine, which Math.random cannot promise.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws RangeError when there is nothing to choose from. */
  pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new RangeError('nothing to pick from');
    return chosen;
  }

  /** A new list in another order (Fisher-Yates); with `count`, only that many of it. */
  shuffled<T>(list: readonly T[], count: number = list.length): T[] {
    const deck = [...list];
    const drawn = Math.min(count, deck.length);
    for (let index = 0; index < drawn; index += 1) {
      const other = index + this.below(deck.length - index);
      [deck[index], deck[other]] = [deck[other] as T, deck[index] as T];
    }
    deck.length = drawn;
    return deck;
  }
}
