import {
  OTHER_USER_COLUMNS,
  type USER_COLUMNS,
  userColumns,
  type UserProperty,
} from '../../storage/entities/casdoor/user-columns.ts';
import {
  component,
  described,
  FLAG,
  list,
  NOTHING,
  NUMBER,
  orNull,
  record,
  TEXT,
  TEXTS,
  type Keyed,
  type Schema,
} from '../http/schema.ts';

export type Column = ReturnType<typeof userColumns>[number][1];

/** What an account has beside its columns: ours are who holds it, and whether the syncer or a person took its access. */
const HOLDING = {
  roles: list(TEXT),
  permissions: list(TEXT),
  heldBy: described(TEXT, 'ORG/NAME of the syncer, or "" when none holds the account'),
  forbiddenBy: orNull(described(TEXT, 'syncer or person')),
  deletedBy: orNull(described(TEXT, 'syncer or person')),
};
export type HoldingJson = Keyed<typeof HOLDING>;

type Shown<C> = C extends { shown: 'list' }
  ? readonly string[]
  : C extends { shown: 'object' }
    ? Readonly<Record<string, string>>
    : C extends { type: 'boolean' }
      ? boolean
      : C extends { type: 'int' | 'double precision' }
        ? number
        : string;

/** An account in Casdoor's JSON. */
export type UserJson = { readonly [Name in UserProperty]: Shown<(typeof USER_COLUMNS)[Name]> } & HoldingJson;

export const isNumber = ({ type }: Column): boolean => type === 'int' || type === 'double precision';

function schemaOf(column: Column): Schema {
  if (column.shown === 'masked') return described(TEXT, '*** when there is one');
  if (column.shown === 'list') return list(TEXT);
  if (column.shown === 'object') return TEXTS;
  if (column.type === 'boolean') return FLAG;
  return isNumber(column) ? NUMBER : TEXT;
}

const KEYS = { ...Object.fromEntries(userColumns().map(([name, column]) => [name, schemaOf(column)])), ...HOLDING };

const OTHER_SCHEMAS: Readonly<Record<(typeof OTHER_USER_COLUMNS)[number]['kind'], Schema>> = {
  text: TEXT,
  blank: TEXT,
  masked: described(TEXT, '*** when there is one'),
  flag: FLAG,
  number: NUMBER,
  json: {},
  hidden: NOTHING,
};

const WHOLE = {
  ...KEYS,
  ...Object.fromEntries(OTHER_USER_COLUMNS.map(({ name, kind }) => [name, OTHER_SCHEMAS[kind]])),
  multiFactorAuths: list({}),
};

export const USER = component('User', record(KEYS) as Schema<UserJson>);
/** One account, with every key that Casdoor's has. */
export const WHOLE_USER = component('WholeUser', record(WHOLE));
/** Of whoever is signed in. */
export const ACCOUNT = component(
  'Account',
  record(
    {
      ...WHOLE,
      accessToken: TEXT,
      isGlobalAdmin: described(FLAG, 'True: administers every organization, although of one; otherwise absent'),
    },
    ['isGlobalAdmin'],
  ),
);
export type AccountJson = UserJson & { readonly isGlobalAdmin?: boolean };
