import type { FoundUser, Holding } from '../../storage/accounts/user-directory.ts';
import type { UserRow } from '../../storage/entities/index.ts';
import { OTHER_USER_COLUMNS, userColumns } from '../../storage/entities/casdoor/user-columns.ts';
import { asBoolean, asJson, asList, asText, asTexts } from '../../storage/text-value.ts';
import { MASK } from '../../syncer/definition.ts';
import { isNumber, type Column, type HoldingJson, type UserJson } from './user-schema.ts';

/** What Casdoor leaves there of a sign-in through a provider. */
const TOKEN = /^oauth_.*_(?:access|refresh)Token$/i;

export const isToken = (key: string): boolean => TOKEN.test(key);

/** Written back, what is masked keeps what is stored. */
const withoutTokens = (properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, value && isToken(key) ? MASK : value]));

function shownAs(column: Column, stored: unknown): unknown {
  if (column.shown === 'blank') return '';
  if (column.shown === 'masked') return stored === null || stored === undefined || stored === '' ? '' : MASK;
  if (column.shown === 'list') return asList(stored);
  if (column.shown === 'object') return withoutTokens(asTexts(stored));
  if (column.type === 'boolean') return stored === true;
  return isNumber(column) ? Number(stored ?? 0) : (stored ?? '');
}

/** An account in Casdoor's JSON: every key present and typed (its page breaks on null), no secret in it. */
export function userJson(row: UserRow, holding?: Holding): UserJson {
  const json: Record<string, unknown> = {};
  for (const [name, column] of userColumns()) json[name] = shownAs(column, row[name]);
  const held: HoldingJson = {
    roles: [],
    permissions: [],
    heldBy: holding?.syncer ?? '',
    forbiddenBy: holding?.forbiddenBy ?? null,
    deletedBy: holding?.deletedBy ?? null,
  };
  return { ...json, ...held } as UserJson;
}

/** An account with every key that Casdoor's has; what this table lacks is empty. */
export function wholeUserJson({ row, holding }: FoundUser, others: Readonly<Record<string, unknown>>): object {
  const shown = OTHER_USER_COLUMNS.map(({ name, column, kind }) => [name, SHOWN_AS[kind](others[column])] as const);
  return { ...userJson(row, holding), ...Object.fromEntries(shown), multiFactorAuths: [] };
}

const SHOWN_AS: Readonly<Record<(typeof OTHER_USER_COLUMNS)[number]['kind'], (stored: unknown) => unknown>> = {
  text: asText,
  blank: () => '',
  masked: (stored) => (asText(stored) === '' ? '' : MASK),
  flag: asBoolean,
  number: (stored) => Number(stored ?? 0),
  json: asJson,
  hidden: () => null,
};
