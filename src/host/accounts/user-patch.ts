import type { AccountEdit } from '../../storage/accounts/user-accounts.ts';
import {
  EDITABLE_FLAGS,
  EDITABLE_TEXTS,
  type EditableFlags,
  type EditableTexts,
} from '../../storage/entities/casdoor/user-columns.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../../service/refusal.ts';
import { shown } from '../http/query.ts';
import { component, described, FLAG, input, list, TEXT, TEXTS } from '../http/schema.ts';
import { readFlag, wrongField } from '../../service/syncers/field-readers.ts';
import { MASK } from '../../syncer/definition.ts';
import type { OrganizationRow } from '../../storage/entities/casdoor/casdoor-rows.ts';
import { readPassword } from './password-rules.ts';

/** What a body may say of an account. */
export const USER_INPUT = component(
  'UserInput',
  input({
    owner: TEXT,
    name: TEXT,
    password: TEXT,
    oldPassword: { ...TEXT, description: 'needed to change one’s own password' },
    groups: list(TEXT),
    properties: described(TEXTS, 'merged into those that are stored'),
    ...Object.fromEntries(EDITABLE_TEXTS.map((key) => [key, TEXT])),
    ...Object.fromEntries(EDITABLE_FLAGS.map((key) => [key, FLAG])),
  }),
);

/** What an administrator wants of an account; what is absent stays. */
export interface UserPatch extends Omit<AccountEdit, 'password'> {
  /** In clear, on its way to the hash. */
  readonly password?: string;
}

const LONGEST_TEXT = 10_000;
const MOST_GROUPS = 1000;
const MOST_PROPERTIES = 1000;

function readGroups(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_GROUPS)
    throw wrongField('groups', 'must be a list of groups', '必须是群组列表');
  return value
    .filter((entry) => entry !== null)
    .map((entry: unknown) => {
      if (typeof entry !== 'string' || !/^[^/]+\/[^/]+$/.test(entry)) {
        throw wrongField('groups', 'must consist of "organization/group" entries', '必须由“组织/群组”组成');
      }
      return entry;
    });
}

function readProperties(value: unknown): Readonly<Record<string, string>> {
  const wrong = wrongField('properties', 'must be an object of texts', '必须是由文本组成的对象');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong;
  const entries = Object.entries(value);
  if (entries.length > MOST_PROPERTIES) throw wrongField('properties', 'has too many keys', '键过多');
  return Object.fromEntries(
    entries.map(([key, entry]) => {
      if (typeof entry !== 'string') throw wrong;
      if (key.length + entry.length > LONGEST_TEXT) throw wrongField('properties', 'is too long', '过长');
      return [key, entry];
    }),
  );
}

/** Casdoor's `columns=` parameter, as it was typed; its column names come as `isForbidden` or `is_forbidden`. */
export const columnsIn = (columns: string): ReadonlyMap<string, string> =>
  new Map(
    columns
      .split(',')
      .map((typed) => typed.trim())
      .filter((typed) => typed !== '')
      .map((typed) => [typed.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), typed]),
  );

/** What may be written of an account. */
const WRITABLE: ReadonlySet<string> = new Set([
  'name',
  'password',
  'groups',
  'properties',
  ...EDITABLE_TEXTS,
  ...EDITABLE_FLAGS,
]);

function refuseUnwritable(named: ReadonlyMap<string, string>): void {
  const wrong = [...named].find(([name]) => !WRITABLE.has(name));
  if (!wrong) return;
  const column = shown(wrong[1]);
  throw new Refusal(text(`The column "${column}" cannot be written by this call.`, `此接口不能写入列“${column}”。`));
}

/**
 * The part of a body that may be written. Other keys are ignored, since clients send whole accounts back; a column that
 * is named and cannot be written is not.
 *
 * @param organization whose rules a password follows
 * @throws Refusal naming a column that cannot be written, or a key whose value is of the wrong kind
 */
export function userPatch(
  body: Readonly<Record<string, unknown>>,
  organization: OrganizationRow | undefined,
  columns = '',
): UserPatch {
  const named = columnsIn(columns);
  refuseUnwritable(named);
  const wanted = (key: string): boolean =>
    (named.size === 0 || named.has(key)) && body[key] !== undefined && body[key] !== null;
  const texts: EditableTexts = {};
  for (const key of EDITABLE_TEXTS) {
    if (!wanted(key)) continue;
    const value = body[key];
    if (typeof value !== 'string') throw wrongField(key, 'must be text', '必须是文本');
    if (value.length > LONGEST_TEXT) throw wrongField(key, 'is too long', '过长');
    texts[key] = value.trim();
  }
  const flags: EditableFlags = {};
  for (const key of EDITABLE_FLAGS) if (wanted(key)) flags[key] = readFlag(key, body[key]);
  const name = wanted('name') ? body['name'] : undefined;
  if (name !== undefined && typeof name !== 'string') throw wrongField('name', 'must be text', '必须是文本');
  // `***` is what reading an account shows; writing it back keeps what is stored.
  const isNew = wanted('password') && body['password'] !== MASK && body['password'] !== '';
  const password = isNew ? readPassword(body['password'], organization) : undefined;
  return {
    texts,
    flags,
    named: new Set(named.keys()),
    ...present({
      name: name?.trim(),
      groups: wanted('groups') ? readGroups(body['groups']) : undefined,
      properties: wanted('properties') ? readProperties(body['properties']) : undefined,
      password,
    }),
  };
}
