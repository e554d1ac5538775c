import { isStorable } from '../../syncer/characters.ts';
import { text } from '../../syncer/text.ts';
import { missing, Refusal } from '../refusal.ts';
import { commentIn } from '../runs/change-selection.ts';
import { readFlag, wrongField } from '../syncers/field-readers.ts';
import type { DecisionInput } from './questions.ts';
import type { ProtectionInput } from './protections.ts';

type Unchecked = Readonly<Record<string, unknown>>;

/** @throws Refusal for what is no object of keys */
function keysOf(input: unknown): Unchecked {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Unchecked;
  throw new Refusal(text('Say what you want in an object of keys and values.', '请以键值对象说明要做什么。'));
}

/**
 * A word that a person says, trimmed; absent, null and "" are the same.
 *
 * @throws Refusal that names the key, for what is no text and for what no database stores
 */
export function wordIn(input: Unchecked, key: string): string {
  const value = input[key] ?? '';
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw wrongField(key, 'must be text', '必须是文本');
  if (!isStorable(value)) throw wrongField(key, 'contains characters that cannot be stored', '含有无法存储的字符');
  return value.trim();
}

/** @throws Refusal that names the key, also when it is absent or empty */
export function requiredWord(input: Unchecked, key: string): string {
  const word = wordIn(input, key);
  if (word === '') throw missing(key);
  return word;
}

const LONGEST_ACTOR = 360;

/**
 * Who decides, as it is written down.
 *
 * @param otherwise who it is where nobody is named
 * @throws Refusal for what is no name
 */
export function actorIn(options: unknown, otherwise: string): string {
  const by = wordIn(keysOf(options ?? {}), 'by') || otherwise;
  if (by.length > LONGEST_ACTOR) throw wrongField('by', 'is too long', '过长');
  return by;
}

/** @throws Refusal that names the key to change */
export function protectionIn(input: unknown): ProtectionInput {
  const given = keysOf(input);
  const word = (key: string): string => wordIn(given, key);
  if (typeof given['until'] === 'number') throw wrongField('until', 'must be text', '必须是文本');
  return {
    owner: word('owner'),
    kind: word('kind'),
    value: word('value'),
    syncer: word('syncer'),
    reason: word('reason'),
    until: word('until'),
  };
}

/** @throws Refusal or ConfigError that names the key to change */
export function decisionIn(input: unknown): DecisionInput {
  const given = keysOf(input);
  return {
    decision: wordIn(given, 'decision'),
    user: wordIn(given, 'user'),
    name: wordIn(given, 'name'),
    comment: commentIn(given),
    keepSignIn: flagIn(given, 'keepSignIn'),
  };
}

/** @throws Refusal that names the key to change */
export function linkIn(input: unknown) {
  const given = keysOf(input);
  return {
    userid: requiredWord(given, 'userid'),
    user: requiredWord(given, 'user'),
    keepSignIn: flagIn(given, 'keepSignIn'),
  };
}

const flagIn = (given: Unchecked, key: string): boolean =>
  given[key] !== undefined && given[key] !== null && readFlag(key, given[key]);
