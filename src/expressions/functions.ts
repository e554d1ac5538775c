import { budget } from './limits.ts';
import { pinyinLibrary, type CelEnvironment } from './cel-library.ts';

/** Characters as a person counts them: substring and its like never cut one in two. */
const characters = (value: string): readonly string[] => Array.from(value);

/** A failure whose sentence `problem.ts` knows by its code. */
class FunctionProblem extends Error {
  readonly code: string;
  readonly summary: string;

  constructor(code: string, summary: string) {
    super(summary);
    this.code = code;
    this.summary = summary;
  }
}

const outOfRange = (): FunctionProblem => new FunctionProblem('index_out_of_range', 'index out of range');

const WHOLE_NUMBER = /^[+-]?\d{1,19}$/;

/** The library reads "" as 0, and a missing extension number would be stored as one. */
function int(value: bigint | number | string): bigint {
  if (typeof value === 'bigint') return value;
  const isWhole = typeof value === 'number' ? Number.isFinite(value) : WHOLE_NUMBER.test(value);
  const read = isWhole ? BigInt(typeof value === 'number' ? Math.trunc(value) : value) : undefined;
  if (read !== undefined && BigInt.asIntN(64, read) === read) return read;
  throw new FunctionProblem('int_conversion_error', 'int: this is no whole number');
}

/** Letters of ASCII alone, as CEL defines it: the others have rules that differ from language to language. */
const lowerAscii = (value: string): string => value.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upperAscii = (value: string): string => value.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

function contains(where: string, what: string): boolean {
  budget.spendOnSearch(where, what);
  return where.includes(what);
}

function split(value: string, separator: string): string[] {
  budget.spendOnSearch(value, separator);
  return separator === '' ? Array.from(value) : value.split(separator);
}

function splitInto(value: string, separator: string, most: bigint): string[] {
  const parts = split(value, separator);
  const limit = Number(most);
  if (limit < 0 || parts.length <= limit) return parts;
  return limit === 0 ? [] : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)];
}

function join(values: readonly unknown[], separator = ''): string {
  let length = separator.length * values.length;
  for (const value of values) {
    if (typeof value !== 'string') throw new FunctionProblem('not_text', 'join: an entry is not text');
    length += value.length;
  }
  budget.allowText(length);
  return values.join(separator);
}

function replace(value: string, what: string, by: string): string {
  budget.spendOnSearch(value, what);
  const found = what === '' ? value.length + 1 : value.split(what).length - 1;
  budget.allowText(value.length + found * by.length);
  return value.replaceAll(what, () => by);
}

function substring(value: string, from: bigint, to?: bigint): string {
  const all = characters(value);
  const [start, end] = [Number(from), to === undefined ? all.length : Number(to)];
  if (start < 0 || end < start || end > all.length) throw outOfRange();
  return all.slice(start, end).join('');
}

function indexOf(where: string, what: string): bigint {
  budget.spendOnSearch(where, what);
  const found = where.indexOf(what);
  return BigInt(found < 0 ? -1 : characters(where.slice(0, found)).length);
}

/** At the end of the text it is "", as CEL defines it. */
function charAt(value: string, at: bigint): string {
  const all = characters(value);
  if (at < 0n || at > BigInt(all.length)) throw outOfRange();
  return all[Number(at)] ?? '';
}

/** A table: what stands for a text, or what is given otherwise. */
const lookup = (value: string, table: Readonly<Record<string, unknown>>, otherwise: unknown): unknown =>
  Object.hasOwn(table, value) ? table[value] : otherwise;

/** One name of a path, counted from 0 at the top and from -1 at the end; "" where the path is shorter. */
const part = (path: string, at: bigint): string => path.split('/').at(Number(at)) ?? '';

/** A name or a sentence; whatever is longer is not written in pinyin by anybody. */
const LONGEST_PINYIN = 500;
/** A character takes as long to look up as so many steps. */
const STEPS_PER_PINYIN = 4;

/** Small letters without tones, ü as v; what is no Chinese character stays. A name begins with its surname. */
function pinyin(value: string): string {
  budget.spend(STEPS_PER_PINYIN * value.length);
  if (value.length > LONGEST_PINYIN) budget.allowText(Infinity);
  const read = pinyinLibrary().pinyin(value, {
    toneType: 'none',
    type: 'array',
    v: true,
    surname: 'head',
    nonZh: 'consecutive',
  });
  return read.join('');
}

/**
 * What an expression may call, by the name that a person writes: the name under which the library knows it. Of its own
 * the library lets none be replaced, so ours stand beside them: they count what they cost and cut no character in two.
 */
export const CALLS: ReadonlyMap<string, string> = new Map([
  ...['has', 'size', 'string', 'dyn', 'lookup', 'part', 'pinyin'].map((name): [string, string] => [name, name]),
  ['int', 'our_int'],
]);

export const METHODS: ReadonlyMap<string, string> = new Map([
  ...['startsWith', 'endsWith', 'size', 'trim'].map((name): [string, string] => [name, name]),
  ...['contains', 'lowerAscii', 'upperAscii', 'split', 'join', 'replace', 'substring', 'indexOf', 'charAt'].map(
    (name): [string, string] => [name, `our_${name}`],
  ),
]);

/** They go through a list. */
export const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** As `has`, but to the type check a function like any other: within `has` the library looks for no unknown fields. */
export const CHECKED_HAS = 'HAS';
export const CHECKED_CALLS: ReadonlyMap<string, string> = new Map([...CALLS, [CHECKED_HAS, CHECKED_HAS]]);

const FUNCTIONS: readonly (readonly [signature: string, implementation: (...given: never[]) => unknown])[] = [
  [`${CHECKED_HAS}(dyn): bool`, () => true],
  ['our_int(int): int', int],
  ['our_int(double): int', int],
  ['our_int(string): int', int],
  ['lookup(string, map<string, string>, string): string', lookup],
  ['lookup(string, map<string, string>, null): dyn', lookup],
  ['part(string, int): string', part],
  ['pinyin(string): string', pinyin],
  ['string.our_contains(string): bool', contains],
  ['string.our_lowerAscii(): string', lowerAscii],
  ['string.our_upperAscii(): string', upperAscii],
  ['string.our_split(string): list<string>', split],
  ['string.our_split(string, int): list<string>', splitInto],
  ['list<string>.our_join(): string', join],
  ['list<string>.our_join(string): string', join],
  ['string.our_replace(string, string): string', replace],
  ['string.our_substring(int): string', substring],
  ['string.our_substring(int, int): string', substring],
  ['string.our_indexOf(string): int', indexOf],
  ['string.our_charAt(int): string', charAt],
];

export function registerFunctions(environment: CelEnvironment): void {
  for (const [signature, implementation] of FUNCTIONS) {
    environment.registerFunction(signature, implementation, { async: false });
  }
}

/** The names that a person wrote, in a sentence of the library. */
export const asWritten = (sentence: string): string =>
  sentence.replaceAll('our_', '').replaceAll(`${CHECKED_HAS}(`, 'has(');
