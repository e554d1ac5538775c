import { fitsCharacters, withoutUnstorable } from '../syncer/characters.ts';
import { text, type Text } from '../syncer/text.ts';
import { celLibrary, type CelEnvironment, type CelProgram } from './cel-library.ts';
import { CHECKED_CALLS, CHECKED_HAS, registerFunctions } from './functions.ts';
import { Grammar } from './grammar.ts';
import {
  budget,
  DEEPEST,
  LONGEST_EXPRESSION,
  LONGEST_RESULT,
  RESULT_TOO_LONG,
  Subject,
  TOO_MANY_STEPS,
} from './limits.ts';
import { ExpressionError, failureOf, refusalOf } from './problem.ts';
import { declareShape, type RecordShape } from './shape.ts';

/** What an expression gives for one subject: a value, or why there is none. */
export type Outcome<T> = { readonly value: T } | { readonly failure: Text };

/** A compiled expression. */
export interface Expression<T> {
  /** Which fields of the variable it asks for. */
  readonly fields: ReadonlySet<string>;
  /** @param subject what `ExpressionLanguage.subject` made */
  readonly evaluate: (subject: Subject) => Outcome<T>;
}

const NOT_TEXT = text('it gives no text', '结果不是文本');
const NOT_BOOL = text('it gives neither true nor false', '结果不是 true 或 false');

const TEXT_TYPES: ReadonlySet<string> = new Set(['string', 'null', 'dyn']);
const CONDITION_TYPES: ReadonlySet<string> = new Set(['bool', 'dyn']);

/** Sources that are remembered at most. */
const MOST_KNOWN = 2_000;

/** Saving, trying and running compile the same one after another; what nobody uses any more is forgotten. */
class KnownExpressions<T> {
  readonly #bySource = new Map<string, WeakRef<Expression<T>>>();

  of(source: string, compile: () => Expression<T>): Expression<T> {
    const known = this.#bySource.get(source)?.deref();
    if (known) return known;
    const compiled = compile();
    if (this.#bySource.size >= MOST_KNOWN) this.#bySource.clear();
    this.#bySource.set(source, new WeakRef(compiled));
    return compiled;
  }
}

interface Opened {
  readonly environment: CelEnvironment;
  readonly read: (told: unknown) => unknown;
}

/**
 * CEL over one variable: without a clock, a regular expression, a prototype, or anything of this process. The library is
 * loaded with the first expression.
 */
export class ExpressionLanguage {
  readonly #variable: string;
  readonly #shape: RecordShape;
  readonly #texts = new KnownExpressions<string | undefined>();
  readonly #conditions = new KnownExpressions<boolean>();
  #opened: Opened | undefined;

  constructor(variable: string, shape: RecordShape) {
    this.#variable = variable;
    this.#shape = shape;
  }

  /**
   * What expressions see of a JSON object: its known keys with values of the right kind, and nothing else. All that are
   * asked about it share what they may cost.
   *
   * @param spent steps that others have taken before
   */
  subject(told: object, spent = 0): Subject {
    return new Subject(this.#open().read(told) as object, spent);
  }

  /**
   * An expression for a text; null is nothing to say, and undefined here.
   *
   * @throws ExpressionError
   */
  compileText(source: string): Expression<string | undefined> {
    return this.#texts.of(source, () => this.#compileText(source));
  }

  /** @throws ExpressionError */
  compileCondition(source: string): Expression<boolean> {
    return this.#conditions.of(source, () => this.#compileCondition(source));
  }

  #compileText(source: string): Expression<string | undefined> {
    const { fields, evaluate } = this.#compile(source, TEXT_TYPES, (type) =>
      text(
        `it gives ${type}, and a text or null is needed; string(…) makes a text of a number`,
        `结果类型为 ${type}，需要文本或 null；数字可用 string(…) 转换为文本`,
      ),
    );
    const evaluateText = (subject: Subject): Outcome<string | undefined> => {
      const outcome = evaluate(subject);
      if ('failure' in outcome) return outcome;
      const { value } = outcome;
      if (value === null) return { value: undefined };
      if (typeof value !== 'string') return { failure: NOT_TEXT };
      if (!fitsCharacters(value, LONGEST_RESULT)) return { failure: RESULT_TOO_LONG };
      // Whoever has rows without end fills no memory with what they give.
      subject.spent += value.length;
      // What no database takes can be written in a literal, and would keep the whole row from being stored.
      return { value: withoutUnstorable(value) };
    };
    return { fields, evaluate: evaluateText };
  }

  #compileCondition(source: string): Expression<boolean> {
    const { fields, evaluate } = this.#compile(source, CONDITION_TYPES, (type) =>
      text(`it gives ${type}, and true or false is needed`, `结果类型为 ${type}，需要 true 或 false`),
    );
    const decide = (subject: Subject): Outcome<boolean> => {
      const outcome = evaluate(subject);
      if ('failure' in outcome) return outcome;
      return typeof outcome.value === 'boolean' ? { value: outcome.value } : { failure: NOT_BOOL };
    };
    return { fields, evaluate: decide };
  }

  #compile(source: string, types: ReadonlySet<string>, refused: (type: string) => Text): Expression<unknown> {
    // First of all: the parser goes down without a bound in what is long enough.
    if (!fitsCharacters(source, LONGEST_EXPRESSION)) {
      const limit = String(LONGEST_EXPRESSION);
      const reason = text(`it is longer than ${limit} characters`, `超过 ${limit} 个字符`);
      throw new ExpressionError(reason, source, 0);
    }
    const { environment } = this.#open();
    const program = parse(environment, source);
    const grammar = new Grammar(source, this.#variable);
    grammar.walk(program.ast);
    this.#checkHas(environment, source, grammar.hasAt);
    const { valid, type = '', error } = program.check();
    if (!valid) throw refusalOf(error, source);
    if (!types.has(type)) throw new ExpressionError(refused(type), source, program.ast.start);
    return { fields: grammar.fields, evaluate: (subject) => this.#evaluate(program, source, subject) };
  }

  /** Looks for unknown fields in `has`, where the library looks for none: in a copy in which it is a function. */
  #checkHas(environment: CelEnvironment, source: string, places: readonly number[]): void {
    if (places.length === 0) return;
    let copy = source;
    for (const at of places) copy = copy.slice(0, at) + CHECKED_HAS + copy.slice(at + CHECKED_HAS.length);
    const program = parse(environment, copy);
    new Grammar(copy, this.#variable, CHECKED_CALLS).walk(program.ast, false);
    const { valid, error } = program.check();
    if (!valid) throw refusalOf(error, source);
  }

  #evaluate(program: CelProgram, source: string, subject: Subject): Outcome<unknown> {
    if (subject.isUsedUp) return { failure: TOO_MANY_STEPS };
    budget.begin(subject);
    try {
      const value = program({ [this.#variable]: subject.value });
      return budget.exceeded ? { failure: TOO_MANY_STEPS } : { value };
    } catch (error) {
      return { failure: budget.exceeded ? TOO_MANY_STEPS : failureOf(error, source) };
    } finally {
      budget.end(subject);
    }
  }

  #open(): Opened {
    if (this.#opened) return this.#opened;
    const { Environment } = celLibrary();
    // The whole is the first level to the parser.
    const environment = new Environment({ limits: { maxDepth: DEEPEST + 1 } });
    registerFunctions(environment);
    const { type, read } = declareShape(this.#shape, environment);
    environment.registerVariable(this.#variable, type);
    this.#opened = { environment, read };
    return this.#opened;
  }
}

function parse(environment: CelEnvironment, source: string): CelProgram {
  try {
    return environment.parse(source);
  } catch (error) {
    throw refusalOf(error, source);
  }
}
