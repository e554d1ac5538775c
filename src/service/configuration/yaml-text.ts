import { Composer, isMap, isPair, isScalar, isSeq, LineCounter, Lexer, Parser, CST, type Node } from 'yaml';
import { isStorable } from '../../syncer/characters.ts';
import { text, type Text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';
import { refusedAt, type Place } from './place.ts';

/** Bytes. */
const LONGEST = 1024 * 1024;
/** What stands within what; a syncer needs five. */
const DEEPEST = 20;
/** Words, brackets, spaces: a text of one MiB that people write has half of them. */
const MOST_TOKENS = 500_000;
/** So many are read in some hundredths of a second; then others have a turn. */
const TOKENS_AT_ONCE = 10_000;

/** One key of a map. */
export interface Entry {
  readonly at: Place;
  readonly node: PlacedNode;
}

/** A value, and where it stands. */
export type PlacedNode = { readonly at: Place } & (
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry> }
  | { readonly kind: 'list'; readonly items: readonly PlacedNode[] }
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
);

/**
 * Reads YAML of one document without anything that makes a short text long, means different things to different
 * readers, or names a type: no aliases, no anchors, no tags, no directives, no key twice. What is refused is named by its
 * place and never quoted: there may be a secret in it.
 *
 * @returns undefined for a text in which nothing stands
 * @throws Refusal that says where, and what to change
 */
export async function readYaml(source: string): Promise<PlacedNode | undefined> {
  if (Buffer.byteLength(source) > LONGEST) throw TOO_LONG;
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.min(Math.max(offset, 0), source.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const tokens = await tokensOf(source, lines, placeOf);
  const composer = new Composer({
    // The library compares each key with each other one; `placed` does it in one go.
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens: false,
    logLevel: 'silent',
  });
  let refused: Refusal | undefined;
  // It goes on after what is wrong, and makes an error of each quote or comma of a text that is made of them.
  Object.assign(composer, {
    onError(where: number | readonly [number, number] | { readonly offset: number }): never {
      const offset = typeof where === 'number' ? where : 'offset' in where ? where.offset : where[0];
      // What is thrown here, it tells once more, as of what is around the place.
      throw (refused ??= refusedAt(placeOf(offset), NO_YAML));
    },
  });
  const [document, second] = composer.compose(tokens, true, source.length);
  if (!document) return undefined;
  const [error] = [...document.errors, ...document.warnings];
  if (error) throw refusedAt(placeOf(error.pos[0]), NO_YAML);
  if (second) throw refusedAt(placeOf(second.range[0]), SEVERAL);
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return undefined;
  return placed(contents, placeOf);
}

/** What the text is made of, once it is sure that no part of it is refused, and that nothing of it is deep. */
async function tokensOf(
  source: string,
  lines: LineCounter,
  placeOf: (offset: number) => Place,
): Promise<readonly CST.Token[]> {
  const parser = new Parser((offset) => lines.addNewLine(offset));
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  let [count, offset, inBrackets, dashes] = [0, 0, 0, 0];
  let isContent = false;
  for (const lexeme of new Lexer().lex(source)) {
    // What follows the mark of a scalar is a text, whatever it begins with.
    const type: string | null = isContent ? 'content' : CST.tokenType(lexeme);
    isContent = type === 'scalar';
    const complaint = type === null ? undefined : FORBIDDEN[type];
    if (complaint) throw refusedAt(placeOf(offset), complaint);
    if (type === 'flow-map-start' || type === 'flow-seq-start') inBrackets += 1;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') inBrackets -= 1;
    else if (type === 'newline') dashes = 0;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') dashes += 1;
    if (Math.max(inBrackets, dashes) > DEEPEST) throw refusedAt(placeOf(offset), TOO_DEEP);
    if ((count += 1) > MOST_TOKENS) throw refusedAt(placeOf(offset), TOO_MUCH);
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') throw refusedAt(placeOf(token.offset), NO_YAML);
      tokens.push(token);
    }
    if (!MARKS.has(type)) offset += lexeme.length;
    if (count % TOKENS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  tokens.push(...parser.end());
  refuseDeep(tokens, placeOf);
  return tokens;
}

/** What the lexer says beside the text. */
const MARKS: ReadonlySet<string | null> = new Set(['doc-mode', 'flow-error-end', 'scalar']);

/** By indentation alone a text can go a thousand levels down. */
function refuseDeep(tokens: readonly CST.Token[], placeOf: (offset: number) => Place): void {
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (depth > DEEPEST) throw refusedAt(placeOf(token.offset), TOO_DEEP);
    if (token.type === 'document') {
      if (token.value) open.push({ token: token.value, depth });
    } else if ('items' in token) {
      for (const { key, value } of token.items as readonly CST.CollectionItem[]) {
        if (key) open.push({ token: key, depth: depth + 1 });
        if (value) open.push({ token: value, depth: depth + 1 });
      }
    }
  }
}

function placed(node: Node | null, placeOf: (offset: number) => Place): PlacedNode {
  const at = placeOf(node?.range?.[0] ?? 0);
  if (isMap(node)) {
    const entries = new Map<string, Entry>();
    for (const pair of node.items) {
      const key = pair.key as Node | null;
      const keyAt = placeOf(key?.range?.[0] ?? 0);
      if (!isScalar(key) || typeof key.value !== 'string') throw refusedAt(keyAt, NO_KEY);
      if (!isStorable(key.value)) throw refusedAt(keyAt, UNSTORABLE);
      if (entries.has(key.value)) throw refusedAt(keyAt, TWICE);
      entries.set(key.value, { at: keyAt, node: placed(pair.value as Node | null, placeOf) });
    }
    return { kind: 'map', at, entries };
  }
  if (isSeq(node)) {
    const items = node.items.map((inner) => {
      if (isPair(inner)) throw refusedAt(at, NO_YAML);
      return placed(inner as Node | null, placeOf);
    });
    return { kind: 'list', at, items };
  }
  const value = isScalar(node) ? valueOf(node.value, node.source) : null;
  if (typeof value === 'string' && !isStorable(value)) throw refusedAt(at, UNSTORABLE);
  return { kind: 'value', at, value };
}

/**
 * A number that would be written otherwise than it stands is taken as it stands: a userid 00123 is no 123, and a secret of
 * twenty digits fits no number. Whoever wants a number there says so.
 */
function valueOf(value: unknown, source: string | undefined): string | number | boolean | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return typeof value === 'number' && String(value) === source ? value : (source ?? '');
}

/** A value as programs have it. */
export function plainOf(node: PlacedNode): unknown {
  switch (node.kind) {
    case 'value':
      return node.value;
    case 'list':
      return node.items.map(plainOf);
    case 'map':
      // No assignment: one to "__proto__" would not make a key.
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainOf(entry.node)]));
  }
}

const TOO_LONG = new Refusal(
  text('The text is longer than 1 MiB: split it by organization.', '文本超过 1 MiB：请按组织拆分。'),
);
const TOO_DEEP = text(`More than ${DEEPEST} levels.`, `层级超过 ${DEEPEST} 层。`);
const TOO_MUCH = text(
  'The text has too many parts up to here: split it by organization.',
  '文本到此处的内容过多：请按组织拆分。',
);
const NO_YAML = text(
  'This is no valid YAML. Look at indentation, quotes and brackets here.',
  '此处不是有效的 YAML，请检查缩进、引号和括号。',
);
const SEVERAL = text('A second document begins here: write one.', '此处开始了第二个文档：只能有一个。');
const NO_KEY = text('A key must be a text; put it in quotes.', '键必须是文本，请加上引号。');
const UNSTORABLE = text(
  'There is a character that cannot be stored, such as "\\0" or one half of a pair: take it out.',
  '含有无法存储的字符，例如 \\0 或半个代理对：请删除。',
);
const TWICE = text('This key stands here twice: keep one.', '该键重复出现：请只保留一个。');
const ANCHOR = text(
  'Anchors and aliases (& and *) are not taken: write the value out, or put it in quotes where it is a text.',
  '不支持锚点和别名(& 与 *)：请写出完整的值；如果是文本，请加上引号。',
);
const TAG = text(
  'Tags (!) are not taken: leave it out, or put the text in quotes.',
  '不支持标签(!)：请删除；如果是文本，请加上引号。',
);

/** By the lexer's word for it. */
const FORBIDDEN: Readonly<Record<string, Text>> = {
  alias: ANCHOR,
  anchor: ANCHOR,
  tag: TAG,
  'directive-line': text('Directives (%) are not taken: leave the line out.', '不支持指令(%)：请删除该行。'),
};
