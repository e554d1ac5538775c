import { text, type Text } from '../syncer/text.ts';

export const LONGEST_EXPRESSION = 4_096;
export const DEEPEST = 32;
/** `map` in `map`, and no further: each goes through a whole list once for each entry of the one around it. */
export const MOST_LOOPS = 2;
export const LONGEST_RESULT = 4_000;
/** Of all expressions about one subject together: however many there are, whoever waits for them waits for these. */
const MOST_STEPS = 20_000;
/** Texts on the way to a result, in UTF-16 units. */
const LONGEST_TEXT = 16_384;
/** Of a long text or list so many units cost one step, that what it takes to go through it is counted. */
const UNITS_PER_STEP = 64;
/** Comparisons of characters while one text is looked for in another. */
const COMPARISONS_PER_STEP = 4_096;

export const TOO_MANY_STEPS = text(
  `the expressions take more than ${String(MOST_STEPS)} steps for one member, or make too long a text; ask less of the lists in them`,
  `同一成员的表达式合计超过 ${String(MOST_STEPS)} 步，或生成的文本过长；请减少对列表的遍历`,
);
export const RESULT_TOO_LONG = text(
  `the result is longer than ${String(LONGEST_RESULT)} characters`,
  `结果超过 ${String(LONGEST_RESULT)} 个字符`,
);

/** What expressions are asked about, and what has been spent on it. */
export class Subject {
  readonly value: object;
  /** In steps. */
  spent: number;

  constructor(value: object, spent: number) {
    this.value = value;
    this.spent = spent;
  }

  get isUsedUp(): boolean {
    return this.spent >= MOST_STEPS;
  }
}

/** An expression that is about to cost too much. */
class LimitExceeded extends Error {}

/**
 * What one evaluation may cost. Nothing is evaluated while something else is, so there is one of these; `||`, `&&` and
 * `exists` go on after an error, which is why it is remembered that there was none left.
 */
class Budget {
  #left = 0;
  #exceeded = false;
  /** Made once: who has used up everything runs into it often. */
  readonly #error = new LimitExceeded('limit exceeded');

  /** Another evaluation begins, with what is left for its subject. */
  begin({ spent }: Subject): void {
    this.#left = MOST_STEPS - spent;
    this.#exceeded = false;
  }

  /** It is over: what it took, the next one about this subject has not. */
  end(subject: Subject): void {
    subject.spent = MOST_STEPS - this.#left;
  }

  get exceeded(): boolean {
    return this.#exceeded;
  }

  /** @throws LimitExceeded */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0 || this.#exceeded) this.#stop();
  }

  /** What stops an expression by a text is no matter of the others. */
  #stop(): never {
    this.#exceeded = true;
    throw this.#error;
  }

  /**
   * What reading a value costs.
   *
   * @throws LimitExceeded
   */
  spendOn(value: unknown): void {
    if (typeof value !== 'string' && !Array.isArray(value)) return;
    if (value.length > LONGEST_TEXT) this.#stop();
    this.spend(Math.floor(value.length / UNITS_PER_STEP));
  }

  /**
   * What looking for one text in another may cost.
   *
   * @throws LimitExceeded
   */
  spendOnSearch(where: string, what: string): void {
    this.spend(Math.floor((where.length * what.length) / COMPARISONS_PER_STEP));
  }

  /**
   * Before a text is made that may be much longer than what it is made of.
   *
   * @throws LimitExceeded
   */
  allowText(length: number): void {
    if (length > LONGEST_TEXT) this.#stop();
  }
}

export const budget = new Budget();

/** What a person reads about an expression that was stopped. */
export const limitReason = (error: unknown): Text | undefined =>
  error instanceof LimitExceeded ? TOO_MANY_STEPS : undefined;
