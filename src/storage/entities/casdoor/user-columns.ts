import type { ProfileField } from '../../../syncer/profile.ts';
import { columnName } from '../../text-value.ts';

/** What is known of one of Casdoor's columns. */
interface UserColumn {
  readonly type: 'varchar' | 'text' | 'boolean' | 'int' | 'double precision';
  /** Characters, as Casdoor declares them. */
  readonly length?: number;
  /** A part of the primary key. */
  readonly key?: true;
  /** An administrator may write it. */
  readonly editable?: true;
  /** Lists may be searched and sorted by it: nothing secret, since a filter would tell it letter by letter. */
  readonly listed?: true;
  /** How JSON shows it, where it is not shown as it is: as `***` when there is one, never, or read as JSON. */
  readonly shown?: 'masked' | 'blank' | 'list' | 'object';
  /** What a new account has; absent: "", 0 or false, and not NULL, which Casdoor's filters would not match. */
  readonly fresh?: string;
}

/**
 * The columns of `user`, by their names in Casdoor's JSON: those that a sync, a sign-in and an administrator of this
 * product use. The table's names are the same words with underscores.
 */
export const USER_COLUMNS = {
  owner: { type: 'varchar', length: 100, key: true, listed: true },
  name: { type: 'varchar', length: 255, key: true, listed: true },
  createdTime: { type: 'varchar', length: 100, listed: true },
  updatedTime: { type: 'varchar', length: 100, listed: true },
  deletedTime: { type: 'varchar', length: 100 },
  id: { type: 'varchar', length: 100, listed: true },
  externalId: { type: 'varchar', length: 100, editable: true, listed: true },
  type: { type: 'varchar', length: 100, editable: true, listed: true, fresh: 'normal-user' },
  password: { type: 'varchar', length: 150, shown: 'masked' },
  passwordSalt: { type: 'varchar', length: 100, shown: 'blank' },
  passwordType: { type: 'varchar', length: 100 },
  displayName: { type: 'varchar', length: 100, editable: true, listed: true },
  firstName: { type: 'varchar', length: 100, editable: true },
  lastName: { type: 'varchar', length: 100, editable: true },
  avatar: { type: 'text', editable: true },
  avatarType: { type: 'varchar', length: 100, editable: true },
  permanentAvatar: { type: 'varchar', length: 500, editable: true },
  email: { type: 'varchar', length: 100, editable: true, listed: true },
  emailVerified: { type: 'boolean', editable: true },
  phone: { type: 'varchar', length: 100, editable: true, listed: true },
  countryCode: { type: 'varchar', length: 6, editable: true, listed: true },
  region: { type: 'varchar', length: 100, editable: true, listed: true },
  location: { type: 'varchar', length: 100, editable: true, listed: true },
  address: { type: 'text', shown: 'list', fresh: '[]' },
  affiliation: { type: 'varchar', length: 100, editable: true, listed: true },
  title: { type: 'varchar', length: 100, editable: true, listed: true },
  idCardType: { type: 'varchar', length: 100, editable: true },
  idCard: { type: 'varchar', length: 100, editable: true },
  realName: { type: 'varchar', length: 100, editable: true, listed: true },
  isVerified: { type: 'boolean', editable: true },
  homepage: { type: 'varchar', length: 100, editable: true },
  bio: { type: 'varchar', length: 100, editable: true },
  tag: { type: 'varchar', length: 100, editable: true, listed: true },
  language: { type: 'varchar', length: 100, editable: true, listed: true },
  gender: { type: 'varchar', length: 100, editable: true, listed: true },
  birthday: { type: 'varchar', length: 100, editable: true },
  education: { type: 'varchar', length: 100, editable: true },
  score: { type: 'int' },
  karma: { type: 'int' },
  ranking: { type: 'int' },
  balance: { type: 'double precision' },
  currency: { type: 'varchar', length: 100 },
  isDefaultAvatar: { type: 'boolean' },
  isOnline: { type: 'boolean' },
  isAdmin: { type: 'boolean', editable: true, listed: true },
  isForbidden: { type: 'boolean', editable: true, listed: true },
  isDeleted: { type: 'boolean', editable: true, listed: true },
  signupApplication: { type: 'varchar', length: 100, editable: true },
  hash: { type: 'varchar', length: 100, shown: 'blank' },
  preHash: { type: 'varchar', length: 100, shown: 'blank' },
  registerType: { type: 'varchar', length: 100, listed: true },
  registerSource: { type: 'varchar', length: 100, listed: true },
  createdIp: { type: 'varchar', length: 100 },
  lastSigninTime: { type: 'varchar', length: 100 },
  lastSigninIp: { type: 'varchar', length: 100 },
  wecom: { type: 'varchar', length: 100, editable: true, listed: true },
  invitation: { type: 'varchar', length: 100 },
  invitationCode: { type: 'varchar', length: 100 },
  ldap: { type: 'varchar', length: 100, editable: true },
  uidNumber: { type: 'int' },
  properties: { type: 'text', shown: 'object', fresh: '{}' },
  groups: { type: 'text', shown: 'list', fresh: '[]' },
  lastChangePasswordTime: { type: 'varchar', length: 100 },
  lastSigninWrongTime: { type: 'varchar', length: 100 },
  signinWrongTimes: { type: 'int' },
  needUpdatePassword: { type: 'boolean', editable: true },
  ipWhitelist: { type: 'varchar', length: 200, editable: true },
} as const satisfies Readonly<Record<string, UserColumn>> & Readonly<Record<ProfileField, UserColumn>>;

type Columns = typeof USER_COLUMNS;
export type UserProperty = keyof Columns;
/** The names of the columns of which this is true. */
type Having<Shape> = { [Name in UserProperty]: Columns[Name] extends Shape ? Name : never }[UserProperty];

type Stored<Column> = Column extends { type: 'boolean' }
  ? boolean
  : Column extends { type: 'int' | 'double precision' }
    ? number
    : string;
/** Of a new row: nothing in it is NULL. */
type Filled = { [Name in UserProperty]: Stored<Columns[Name]> };
/** A row; columns that are older than the row, or that this database does not have, are NULL. */
export type UserValues = { [Name in UserProperty]: Name extends Having<{ key: true }> ? string : Filled[Name] | null };

export const isFlag = (name: UserProperty): boolean => USER_COLUMNS[name].type === 'boolean';

const names = Object.keys(USER_COLUMNS) as readonly UserProperty[];
const having = <Shape extends Partial<UserColumn>>(key: keyof Shape): readonly Having<Shape>[] =>
  names.filter((name) => key in USER_COLUMNS[name]) as Having<Shape>[];

export type UserField = Having<{ listed: true }>;
export const USER_FIELDS: readonly UserField[] = having<{ listed: true }>('listed');

/** A list may be ranked by these, too. */
export const SORTED_FIELDS = [...USER_FIELDS, 'score', 'karma', 'ranking', 'balance', 'lastSigninTime'] as const;
export type SortedField = (typeof SORTED_FIELDS)[number];

const EDITABLE = having<{ editable: true }>('editable');
type EditableFlag = Having<{ editable: true; type: 'boolean' }>;
type EditableText = Exclude<(typeof EDITABLE)[number], EditableFlag>;
export const EDITABLE_FLAGS = EDITABLE.filter((name): name is EditableFlag => isFlag(name));
export const EDITABLE_TEXTS = EDITABLE.filter((name): name is EditableText => !isFlag(name));

export type EditableTexts = Partial<Record<EditableText, string>>;
export type EditableFlags = Partial<Record<EditableFlag, boolean>>;

export const userColumns = (): readonly (readonly [UserProperty, UserColumn])[] =>
  names.map((name) => [name, USER_COLUMNS[name]]);

/** The table's name of a column. */
export const columnOf = (name: UserProperty): string => COLUMN_NAMES[name];

const COLUMN_NAMES = Object.fromEntries(names.map((name) => [name, columnName(name)])) as Readonly<
  Record<UserProperty, string>
>;

function freshValue({ type, fresh }: UserColumn): string | number | boolean {
  if (type === 'boolean') return false;
  return type === 'int' || type === 'double precision' ? 0 : (fresh ?? '');
}

/** What a new account has where nothing is said of it. */
export const FRESH_USER = Object.fromEntries(
  userColumns().map(([name, column]) => [name, freshValue(column)]),
) as Filled;

/** The columns by which Casdoor finds an account when somebody signs in through a provider, in its own order. */
export const PROVIDER_COLUMNS =
  `github google qq wechat facebook dingtalk weibo gitee linkedin wecom lark gitlab adfs baidu alipay casdoor iam infoflow
  apple azuread azureadb2c slack steam bilibili okta douyin kwai line amazon auth0 battlenet bitbucket box cloudfoundry
  dailymotion deezer digitalocean discord dropbox eveonline fitbit gitea heroku influxcloud instagram intercom kakao
  lastfm mailru meetup microsoftonline naver nextcloud onedrive oura patreon paypal salesforce shopify soundcloud spotify
  strava stripe telegram tiktok tumblr twitch twitter typetalk uber vk wepay xero yahoo yammer yandex zoom metamask
  web3onboard custom custom2 custom3 custom4 custom5 custom6 custom7 custom8 custom9 custom10`.split(/\s+/);

/** How a column is shown: as it is; as `***` when there is something; as JSON; or never, though there is the key. */
type Kind = 'text' | 'flag' | 'number' | 'masked' | 'blank' | 'json' | 'hidden';

const kinds: Readonly<Record<Kind, string>> = {
  text: `balanceCurrency preferredMfaType mfaRadiusUsername mfaRadiusProvider mfaPushReceiver mfaPushProvider
    mfaRememberDeadline`,
  flag: 'mfaPhoneEnabled mfaEmailEnabled mfaRadiusEnabled mfaPushEnabled',
  number: 'balanceCredit',
  masked: 'accessToken originalToken originalRefreshToken',
  blank: 'totpSecret',
  json: 'addresses cart mfaItems applicationScopes',
  // Second factors, faces and passwords of other accounts are nobody's business here, not even as hashes.
  hidden: 'webauthnCredentials recoveryCodes faceIds managedAccounts mfaAccounts',
};

/** Those that Casdoor's table spells as its JSON does. */
const UNCHANGED: ReadonlySet<string> = new Set(['webauthnCredentials', 'managedAccounts', 'mfaAccounts']);

interface OtherColumn {
  /** In Casdoor's JSON. */
  readonly name: string;
  /** In the table. */
  readonly column: string;
  readonly kind: Kind;
}

/**
 * The columns of `user` that no list shows and no sync, sign-in or administrator of this product writes: whoever reads
 * one whole account, to change a part of it and send it back, finds them all the same.
 */
export const OTHER_USER_COLUMNS: readonly OtherColumn[] = [
  // A fork's name for what Casdoor calls after itself; and those that are declared where they are written.
  ...PROVIDER_COLUMNS.filter((name) => name !== 'wecom' && name !== 'iam').map((name): OtherColumn => ({
    name,
    column: name,
    kind: 'text',
  })),
  ...Object.entries(kinds).flatMap(([kind, names]) =>
    names.split(/\s+/).map((name): OtherColumn => {
      const column = UNCHANGED.has(name) ? name : columnName(name);
      return { name, column, kind: kind as Kind };
    }),
  ),
];
