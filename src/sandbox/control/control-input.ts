import type { Choice } from '../company/chooser.ts';
import type { FaultResponse, FaultRule } from '../faults/faults.ts';
import { isSpoil } from '../faults/spoil.ts';

/** What a control call brought cannot be used; the sentence says why. */
export class ControlInputError extends Error {
  override readonly name = 'ControlInputError';
}

/** The JSON object in the body of a control call; every reader says what is wrong and where. */
export class ControlInput {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  /** @throws ControlInputError when the text is no JSON object. */
  static parse(text: string): ControlInput {
    return new ControlInput(asRecord(text.trim() === '' ? {} : parseJson(text), 'the body'));
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  raw(name: string): unknown {
    return this.#fields[name];
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string' || value === '') throw new ControlInputError(`"${name}" must be a text`);
    return value;
  }

  whole(name: string): number {
    const value = this.#fields[name];
    if (!Number.isSafeInteger(value)) throw new ControlInputError(`"${name}" must be a whole number`);
    return Number(value);
  }

  numbers(name: string): number[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || !value.every((one) => Number.isSafeInteger(one))) {
      throw new ControlInputError(`"${name}" must be a list of whole numbers`);
    }
    return value;
  }

  texts(name: string): string[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
      throw new ControlInputError(`"${name}" must be a list of texts`);
    }
    return value;
  }

  record(name: string): Record<string, unknown> {
    return asRecord(this.#fields[name], `"${name}"`);
  }

  /** Query values are texts; a number is taken for its digits. */
  textValues(name: string): Record<string, string> {
    return Object.fromEntries(Object.entries(this.record(name)).map(([key, value]) => [key, String(value)]));
  }

  /** Those of the fields that are set, each read as is said here. */
  given<const K extends Readonly<Record<string, Kind>>>(
    kinds: K,
  ): { [Name in keyof K]?: ReturnType<ControlInput[K[Name]]> } {
    const set = Object.entries(kinds).filter(([name]) => this.has(name));
    return Object.fromEntries(set.map(([name, kind]) => [name, this[kind](name)])) as {
      [Name in keyof K]?: ReturnType<ControlInput[K[Name]]>;
    };
  }

  /** `{"count": 3}`, `{"userid": "zhangsan"}` or `{"userids": [...]}`; nothing means one. */
  choice(): Choice {
    if (this.has('count')) return this.whole('count');
    if (this.has('userids')) return this.texts('userids');
    return this.has('userid') ? this.text('userid') : 1;
  }

  /** All fields that are set, for callers that take partial objects. */
  all(): Readonly<Record<string, unknown>> {
    return this.#fields;
  }
}

type Kind = 'text' | 'whole' | 'numbers' | 'textValues';

const NUMBERS_OF_RESPONSE = ['delayMs', 'bytes', 'httpStatus', 'errcode', 'seed'] as const;
const TEXTS_OF_RESPONSE = ['redirect', 'errmsg', 'body', 'contentType'] as const;
const BROKEN = ['reset', 'never', 'truncated', 'endless', 'drip', 'oversized'];

/** @throws ControlInputError naming the field that is wrong. */
export function readRule(fields: Record<string, unknown>): FaultRule {
  const input = new ControlInput(fields);
  const unknown = Object.keys(fields).find((name) => !['path', 'match', 'after', 'times', 'respond'].includes(name));
  if (unknown !== undefined) throw new ControlInputError(`a rule has no "${unknown}"`);
  return {
    ...input.given({ path: 'text', match: 'textValues', after: 'whole', times: 'whole' }),
    respond: readResponse(input.record('respond')),
  };
}

function readResponse(fields: Record<string, unknown>): FaultResponse {
  const input = new ControlInput(fields);
  for (const [name, value] of Object.entries(fields)) {
    if (NUMBERS_OF_RESPONSE.some((known) => known === name)) input.whole(name);
    else if (TEXTS_OF_RESPONSE.some((known) => known === name)) {
      if (typeof value !== 'string') throw new ControlInputError(`"${name}" must be a text`);
    } else if (name === 'broken') {
      if (!BROKEN.includes(input.text(name))) throw new ControlInputError(`"broken" is one of ${BROKEN.join(', ')}`);
    } else if (name !== 'spoil') throw new ControlInputError(`a response has no "${name}"`);
    else if (!isSpoil(value)) throw new ControlInputError('"spoil" names no known way');
  }
  return fields;
}

function asRecord(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ControlInputError(`${name} must be a JSON object`);
  }
  return Object.fromEntries(Object.entries(value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlInputError('the body is not JSON');
  }
}
