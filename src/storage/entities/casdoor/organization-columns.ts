/** What is known of one of Casdoor's columns. */
interface OrganizationColumn {
  readonly type: 'varchar' | 'text' | 'boolean' | 'int' | 'double precision';
  /** Characters, as Casdoor declares them. */
  readonly length?: number;
  /** A part of the primary key. */
  readonly key?: true;
  /** Its text is JSON: a list of texts, a list of objects, or one object. */
  readonly json?: 'texts' | 'objects' | 'object';
  /** Whoever reads it sees `***` when there is one; `others`: only global callers see it. */
  readonly masked?: 'everybody' | 'others';
  /** What a new organization has where nothing is said of it; absent: "", 0, false or no list. */
  readonly fresh?: string;
}

/** The columns of `organization`, by their names in Casdoor's JSON. The table's names are the same words with underscores. */
export const ORGANIZATION_COLUMNS = {
  owner: { type: 'varchar', length: 100, key: true },
  name: { type: 'varchar', length: 100, key: true },
  createdTime: { type: 'varchar', length: 100 },
  displayName: { type: 'varchar', length: 100 },
  websiteUrl: { type: 'varchar', length: 100 },
  logo: { type: 'varchar', length: 200 },
  logoDark: { type: 'varchar', length: 200 },
  favicon: { type: 'varchar', length: 200 },
  hasPrivilegeConsent: { type: 'boolean' },
  passwordType: { type: 'varchar', length: 100, fresh: 'argon2id' },
  passwordSalt: { type: 'varchar', length: 100, masked: 'others' },
  passwordOptions: { type: 'varchar', length: 100, json: 'texts', fresh: '["AtLeast6"]' },
  passwordObfuscatorType: { type: 'varchar', length: 100 },
  passwordObfuscatorKey: { type: 'varchar', length: 100, masked: 'others' },
  passwordExpireDays: { type: 'int' },
  tokenRetentionDays: { type: 'int' },
  recordRetentionDays: { type: 'int' },
  countryCodes: { type: 'text', json: 'texts', fresh: '["CN"]' },
  defaultAvatar: { type: 'varchar', length: 200 },
  usePermanentAvatar: { type: 'boolean' },
  defaultApplication: { type: 'varchar', length: 100 },
  defaultTokenFormat: { type: 'varchar', length: 100 },
  userTypes: { type: 'text', json: 'texts' },
  tags: { type: 'text', json: 'texts', fresh: '[]' },
  languages: { type: 'varchar', length: 255, json: 'texts', fresh: '["en","zh"]' },
  themeData: { type: 'text', json: 'object' },
  masterPassword: { type: 'varchar', length: 200, masked: 'everybody' },
  defaultPassword: { type: 'varchar', length: 200, masked: 'everybody' },
  masterVerificationCode: { type: 'varchar', length: 100, masked: 'everybody' },
  ipWhitelist: { type: 'varchar', length: 200 },
  initScore: { type: 'int' },
  enableSoftDeletion: { type: 'boolean' },
  isProfilePublic: { type: 'boolean' },
  useEmailAsUsername: { type: 'boolean' },
  enableTour: { type: 'boolean' },
  disableSignin: { type: 'boolean' },
  ipRestriction: { type: 'varchar', length: 255 },
  navItems: { type: 'text', json: 'texts' },
  userNavItems: { type: 'text', json: 'texts' },
  widgetItems: { type: 'text', json: 'texts' },
  mfaItems: { type: 'varchar', length: 300, json: 'objects' },
  mfaRememberInHours: { type: 'int' },
  accountMenu: { type: 'varchar', length: 20 },
  accountItems: { type: 'text', json: 'objects' },
  dcrPolicy: { type: 'varchar', length: 100 },
  ldapAttributes: { type: 'text', json: 'texts' },
  kerberosRealm: { type: 'varchar', length: 200 },
  kerberosKdcHost: { type: 'varchar', length: 200 },
  kerberosKeytab: { type: 'text', masked: 'others' },
  kerberosServiceName: { type: 'varchar', length: 100 },
  orgBalance: { type: 'double precision' },
  userBalance: { type: 'double precision' },
  balanceCredit: { type: 'double precision' },
  balanceCurrency: { type: 'varchar', length: 100 },
} as const satisfies Readonly<Record<string, OrganizationColumn>>;

type Columns = typeof ORGANIZATION_COLUMNS;
export type OrganizationProperty = keyof Columns;

type Stored<Column> = Column extends { type: 'boolean' }
  ? boolean
  : Column extends { type: 'int' | 'double precision' }
    ? number
    : string;
type Key = 'owner' | 'name';

/** A row; columns that are older than the row, or that this database does not have, are NULL. */
export type OrganizationValues = {
  [Name in OrganizationProperty]: Name extends Key ? string : Stored<Columns[Name]> | null;
};

const names = Object.keys(ORGANIZATION_COLUMNS) as readonly OrganizationProperty[];

export const organizationColumns = (): readonly (readonly [OrganizationProperty, OrganizationColumn])[] =>
  names.map((name) => [name, ORGANIZATION_COLUMNS[name]]);

/** What a new organization has where nothing is said of it, as Casdoor writes it: `null` where there is no list. */
function freshValue({ type, json, fresh }: OrganizationColumn): string | number | boolean | null {
  if (type === 'boolean') return false;
  if (type === 'int' || type === 'double precision') return 0;
  if (json === 'object') return null;
  return fresh ?? (json ? 'null' : '');
}

export const FRESH_ORGANIZATION = Object.fromEntries(
  organizationColumns().map(([name, column]) => [name, freshValue(column)]),
) as OrganizationValues;
