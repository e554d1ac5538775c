import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addColumns } from './table-definition.ts';

const ORGANIZATION = { name: 'organization', kind: 'shared' } as const;

/** What `CreateTables` gave the table where there was none. */
const MADE =
  `owner name created_time display_name website_url logo favicon has_privilege_consent password_type password_salt
  password_options country_codes default_avatar default_application tags languages ip_whitelist init_score
  enable_soft_deletion is_profile_public disable_signin mfa_items account_items balance_currency`.split(/\s+/);

/** The others of Casdoor's. */
const ADDED = {
  logo_dark: 'varchar(200)',
  password_obfuscator_type: 'varchar(100)',
  password_obfuscator_key: 'varchar(100)',
  password_expire_days: 'int',
  token_retention_days: 'int',
  record_retention_days: 'int',
  use_permanent_avatar: 'bool',
  default_token_format: 'varchar(100)',
  user_types: 'mediumtext',
  theme_data: 'json',
  master_password: 'varchar(200)',
  default_password: 'varchar(200)',
  master_verification_code: 'varchar(100)',
  use_email_as_username: 'bool',
  enable_tour: 'bool',
  ip_restriction: 'varchar(255)',
  nav_items: 'mediumtext',
  user_nav_items: 'mediumtext',
  widget_items: 'mediumtext',
  mfa_remember_in_hours: 'int',
  account_menu: 'varchar(20)',
  dcr_policy: 'varchar(100)',
  ldap_attributes: 'mediumtext',
  kerberos_realm: 'varchar(200)',
  kerberos_kdc_host: 'varchar(200)',
  kerberos_keytab: 'mediumtext',
  kerberos_service_name: 'varchar(100)',
  org_balance: 'double',
  user_balance: 'double',
  balance_credit: 'double',
} as const;

/**
 * Whole organizations are kept as they are sent, so a table of ours gets the columns that Casdoor's has. A table with
 * any column that we never made belongs to an IAM, and stays as it is.
 */
export class WholeOrganizations1795844000000 implements MigrationInterface {
  readonly name = 'WholeOrganizations1795844000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    if (await isOurs(queryRunner)) await addColumns(queryRunner, ORGANIZATION, ADDED);
  }

  /** The columns stay: somebody may have filled them. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}

/** By its columns: those that we made, and of the others at most the first few, where a step was cut off. */
async function isOurs(queryRunner: QueryRunner): Promise<boolean> {
  const table = await queryRunner.getTable(ORGANIZATION.name);
  const names = new Set(table?.columns.map(({ name }) => name));
  if (!MADE.every((name) => names.has(name))) return false;
  const others = [...names].filter((name) => !MADE.includes(name));
  const added = Object.keys(ADDED).slice(0, others.length);
  return others.length < Object.keys(ADDED).length && added.every((name) => names.has(name));
}
