import type { AccountEdit } from '../../storage/accounts/user-accounts.ts';
import {
  EDITABLE_FLAGS,
  EDITABLE_TEXTS,
  type EditableFlags,
  type EditableTexts,
} from '../../storage/entities/user-columns.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { LONGEST_PASSWORD } from '../auth/password.ts';
import { Refusal } from '../../service/refusal.ts';
import { FLAG, input, list, TEXT } from '../http/schema.ts';
import { readFlag } from '../../service/syncers/syncer-shape.ts';
import { MASK } from '../../syncer/definition.ts';

/** What a body may say of an account. */
export const USER_INPUT = input({
  owner: TEXT,
  name: TEXT,
  password: TEXT,
  oldPassword: { ...TEXT, description: 'needed to change one’s own password' },
  groups: list(TEXT),
  ...Object.fromEntries(EDITABLE_TEXTS.map((key) => [key, TEXT])),
  ...Object.fromEntries(EDITABLE_FLAGS.map((key) => [key, FLAG])),
});

/** What an administrator wants of an account; what is absent stays. */
export interface UserPatch extends Omit<AccountEdit, 'password'> {
  /** In clear, on its way to the hash. */
  readonly password?: string;
}

const LONGEST_TEXT = 10_000;
const MOST_GROUPS = 1000;

const refuse = (key: string, en: string, zh: string): Refusal =>
  new Refusal(text(`Field "${key}" ${en}.`, `字段“${key}”${zh}。`));

function readGroups(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_GROUPS)
    throw refuse('groups', 'must be a list of groups', '必须是群组列表');
  return value
    .filter((entry) => entry !== null)
    .map((entry: unknown) => {
      if (typeof entry !== 'string' || !/^[^/]+\/[^/]+$/.test(entry)) {
        throw refuse('groups', 'must consist of "organization/group" entries', '必须由“组织/群组”组成');
      }
      return entry;
    });
}

/** @throws Refusal naming the key when it is too short or too long to be a password */
export function readPassword(key: string, value: unknown): string {
  if (typeof value !== 'string' || value.length < 8 || value.length > LONGEST_PASSWORD) {
    throw refuse(key, `must have 8 to ${LONGEST_PASSWORD} characters`, `长度必须为 8 到 ${LONGEST_PASSWORD} 个字符`);
  }
  return value;
}

/** Casdoor's `columns=` parameter; its column names come as `isForbidden` or `is_forbidden`. */
const namesIn = (columns: string): ReadonlySet<string> =>
  new Set(
    columns
      .split(',')
      .map((name) => name.trim().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()))
      .filter((name) => name !== ''),
  );

/**
 * The part of a body that may be written. Unknown keys are ignored: clients send whole accounts back.
 *
 * @throws Refusal naming a key whose value is of the wrong kind
 */
export function userPatch(body: Readonly<Record<string, unknown>>, columns = ''): UserPatch {
  const named = namesIn(columns);
  const wanted = (key: string): boolean =>
    (named.size === 0 || named.has(key)) && body[key] !== undefined && body[key] !== null;
  const texts: EditableTexts = {};
  for (const key of EDITABLE_TEXTS) {
    if (!wanted(key)) continue;
    const value = body[key];
    if (typeof value !== 'string') throw refuse(key, 'must be text', '必须是文本');
    if (value.length > LONGEST_TEXT) throw refuse(key, 'is too long', '过长');
    texts[key] = value.trim();
  }
  const flags: EditableFlags = {};
  for (const key of EDITABLE_FLAGS) if (wanted(key)) flags[key] = readFlag(key, body[key]);
  const name = wanted('name') ? body['name'] : undefined;
  if (name !== undefined && typeof name !== 'string') throw refuse('name', 'must be text', '必须是文本');
  // `***` is what reading an account shows; writing it back keeps what is stored.
  const isNew = wanted('password') && body['password'] !== MASK && body['password'] !== '';
  const password = isNew ? readPassword('password', body['password']) : undefined;
  return {
    texts,
    flags,
    isExplicit: named.size > 0,
    ...present({
      name: name?.trim(),
      groups: wanted('groups') ? readGroups(body['groups']) : undefined,
      password,
    }),
  };
}
