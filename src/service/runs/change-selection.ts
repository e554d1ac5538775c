import type { Selection } from '../../engine/lifecycle/selection.ts';
import { isStorable } from '../../syncer/characters.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { readObject, wrongField } from '../syncers/field-readers.ts';

/** Which changes of a run are meant; without a list all of them. */
export interface ChangeSelection {
  /** By their number `n`. */
  readonly changes?: readonly number[];
  /** By member, without case. */
  readonly userids?: readonly string[];
  /** Why, for whoever reads of it later. */
  readonly comment?: string;
}

/** More than any run has. */
const MOST = 1_000_000;
const LONGEST_USERID = 255;
const LONGEST_COMMENT = 2_000;

/** What a person may say beside a decision; anything else may be a word for fewer changes, spelt wrongly. */
const KEYS: ReadonlySet<string> = new Set(['changes', 'userids', 'comment']);

/**
 * Reads which changes of a run are meant, from unchecked values; null is as absent.
 *
 * @param isAbout keys that say what it is about, and are read elsewhere
 * @throws ConfigError that names the key to change
 */
export function selectionIn(input: unknown, isAbout: ReadonlySet<string> = new Set()): Selection {
  const given = readObject('selection', input ?? {});
  for (const key of Object.keys(given)) if (!KEYS.has(key) && !isAbout.has(key)) throw unknownKey(key);
  commentIn(given);
  const changes = listIn(given['changes'], isNumber, WHOLE);
  const userids = listIn(given['userids'], isUserid, USERIDS);
  return present({ changes, userids });
}

/**
 * Where there is nothing to choose, a choice is refused: it would be taken for everything.
 *
 * @param isAbout as of `selectionIn`
 * @returns what a person says of it
 * @throws ConfigError that names the key that is too many
 */
export function commentAlone(input: unknown, isAbout: ReadonlySet<string> = new Set()): string {
  for (const key of Object.keys(input ?? {})) if (key !== 'comment' && !isAbout.has(key)) throw unknownHere(key);
  return commentIn(input);
}

/**
 * What a person says of a decision, trimmed; "" = nothing.
 *
 * @throws ConfigError when it is no text, or too long
 */
export function commentIn(input: unknown): string {
  const { comment } = (input ?? {}) as { readonly comment?: unknown };
  if (comment === undefined || comment === null) return '';
  if (typeof comment !== 'string' || comment.length > LONGEST_COMMENT) throw COMMENT;
  if (!isStorable(comment))
    throw wrongField('comment', 'contains characters that cannot be stored', '含有无法存储的字符');
  return comment.trim();
}

function listIn<T>(value: unknown, isOne: (one: unknown) => one is T, refusal: ConfigError): readonly T[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > MOST || !value.every(isOne)) throw refusal;
  return value;
}

const isNumber = (one: unknown): one is number => Number.isSafeInteger(one) && Number(one) >= 1;
const isUserid = (one: unknown): one is string =>
  typeof one === 'string' && one !== '' && one.length <= LONGEST_USERID && isStorable(one);

const WHOLE = new ConfigError(
  text(
    '"changes" must be a list of whole numbers: the "n" of changes of this run.',
    '“changes”必须是整数列表，即该同步中变更的“n”。',
  ),
);
const USERIDS = new ConfigError(text('"userids" must be a list of userids.', '“userids”必须是 userid 列表。'));
const COMMENT = new ConfigError(
  text(
    `"comment" must be a text of at most ${LONGEST_COMMENT} characters.`,
    `“comment”必须是不超过 ${LONGEST_COMMENT} 个字符的文本。`,
  ),
);
const unknownKey = (key: string): ConfigError =>
  new ConfigError(
    text(
      `"${key.slice(0, 40)}" is unknown here: say "changes", "userids" and "comment".`,
      `无法识别“${key.slice(0, 40)}”：请使用“changes”、“userids”和“comment”。`,
    ),
  );
const unknownHere = (key: string): ConfigError =>
  new ConfigError(
    text(
      `"${key.slice(0, 40)}" is unknown here: a preview is applied as it was seen, whole. Say "comment" alone.`,
      `无法识别“${key.slice(0, 40)}”：预览按其显示的内容整体应用。仅可使用“comment”。`,
    ),
  );
