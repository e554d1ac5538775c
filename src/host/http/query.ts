import { isStorable } from '../../syncer/characters.ts';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../../service/refusal.ts';

export type Query = Readonly<Record<string, unknown>>;

const DEEPEST = 20;

/**
 * What came in, bounded: no text that a database chokes on, no nesting that recursion chokes on.
 *
 * @throws Refusal
 */
export function refuseUnstorable(value: unknown, depth = 0): void {
  if (typeof value === 'string') {
    if (!isStorable(value)) {
      throw new Refusal(text('The request contains characters that cannot be stored.', '请求中含有无法存储的字符。'));
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth >= DEEPEST) {
    throw new Refusal(text('The request is nested too deeply.', '请求内容嵌套层级过深。'));
  }
  for (const [key, inner] of Object.entries(value)) {
    refuseUnstorable(key, depth + 1);
    refuseUnstorable(inner, depth + 1);
  }
}

/** One query parameter as text, trimmed; of a repeated one the first, absent = "". */
export function textIn(query: Query, name: string): string {
  const value = query[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first.trim() : '';
}

/** Every value that a query parameter was given, trimmed. */
export function textsIn(query: Query, name: string): string[] {
  const value = query[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((one) => (typeof one === 'string' && one.trim() !== '' ? [one.trim()] : []));
}

const FLAG_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
  ['', false],
]);

/**
 * Yes or no; absent and empty = no.
 *
 * @throws Refusal naming the parameter: taken for "no", another word for "yes" would do in earnest what was to be tried
 */
export function flagIn(query: Query, name: string): boolean {
  const value = query[name] ?? '';
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  const flags = new Set(words.map((word) => (typeof word === 'string' ? asFlag(word) : undefined)));
  const [flag] = flags;
  if (flag === undefined || flags.size > 1) {
    throw new Refusal(text(`The parameter "${name}" must be true or false.`, `参数“${name}”必须是 true 或 false。`));
  }
  return flag;
}

const asFlag = (word: string): boolean | undefined => FLAG_WORDS.get(word.trim().toLowerCase());

/** A bare `?dryRun` asks for one. */
export const dryRunIn = (query: Query): boolean =>
  query['dryRun'] !== undefined && (textsIn(query, 'dryRun').length === 0 || flagIn(query, 'dryRun'));

export const missing = (name: string): Refusal =>
  new Refusal(text(`The parameter "${name}" is missing.`, `缺少参数“${name}”。`));

/** What stands in a sentence: Go's SDK takes a message for a format. */
export const shown = (word: string): string => word.replaceAll('%', '').slice(0, 100);

/** @throws Refusal naming the parameter when it is absent or empty */
export function requiredIn(query: Query, name: string): string {
  const value = textIn(query, name);
  if (value === '') throw missing(name);
  return value;
}

/**
 * The body as an object of unchecked values.
 *
 * @throws Refusal when it is anything else
 */
export function objectIn(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal(text('The request body must be a JSON object.', '请求内容必须是 JSON 对象。'));
  }
  return body as Record<string, unknown>;
}

/** A text value of a body; numbers are taken as their digits, anything else as absent. */
export function textOf(body: Readonly<Record<string, unknown>>, key: string): string {
  const value = body[key];
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' ? value.trim() : '';
}

/**
 * Casdoor's two-part ids.
 *
 * @throws Refusal in Casdoor's words
 */
export function splitId(id: string): { readonly owner: string; readonly name: string } {
  const [owner, name, ...rest] = id.split('/');
  if (owner === undefined || owner === '' || name === undefined || name === '' || rest.length > 0) {
    const shown = id.slice(0, 200);
    throw new Refusal(
      text(`GetOwnerAndNameFromId() error, wrong token count for ID: ${shown}`, `ID 格式应为“组织/名称”：${shown}`),
    );
  }
  return { owner, name };
}
