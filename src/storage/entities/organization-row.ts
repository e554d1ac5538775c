import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The organization: those of Casdoor's columns that this product reads or shows. */
@Entity('organization')
export class OrganizationRow {
  @PrimaryColumn('varchar', { length: 100 })
  owner!: string;

  @PrimaryColumn('varchar', { length: 100 })
  name!: string;

  @Column('varchar', { name: 'created_time', length: 100, nullable: true })
  createdTime!: string | null;

  @Column('varchar', { name: 'display_name', length: 100, nullable: true })
  displayName!: string | null;

  @Column('varchar', { name: 'website_url', length: 100, nullable: true })
  websiteUrl!: string | null;

  @Column('varchar', { length: 200, nullable: true })
  logo!: string | null;

  @Column('varchar', { length: 200, nullable: true })
  favicon!: string | null;

  @Column('boolean', { name: 'has_privilege_consent', nullable: true })
  hasPrivilegeConsent!: boolean | null;

  @Column('varchar', { name: 'password_type', length: 100, nullable: true })
  passwordType!: string | null;

  @Column('varchar', { name: 'password_salt', length: 100, nullable: true })
  passwordSalt!: string | null;

  @Column('varchar', { name: 'password_options', length: 100, nullable: true })
  passwordOptions!: string | null;

  @Column('text', { name: 'country_codes', nullable: true })
  countryCodes!: string | null;

  @Column('varchar', { name: 'default_avatar', length: 200, nullable: true })
  defaultAvatar!: string | null;

  @Column('varchar', { name: 'default_application', length: 100, nullable: true })
  defaultApplication!: string | null;

  @Column('text', { nullable: true })
  tags!: string | null;

  @Column('varchar', { length: 255, nullable: true })
  languages!: string | null;

  @Column('varchar', { name: 'ip_whitelist', length: 200, nullable: true })
  ipWhitelist!: string | null;

  @Column('int', { name: 'init_score', nullable: true })
  initScore!: number | null;

  @Column('boolean', { name: 'enable_soft_deletion', nullable: true })
  enableSoftDeletion!: boolean | null;

  @Column('boolean', { name: 'is_profile_public', nullable: true })
  isProfilePublic!: boolean | null;

  @Column('boolean', { name: 'disable_signin', nullable: true })
  disableSignin!: boolean | null;

  @Column('varchar', { name: 'mfa_items', length: 300, nullable: true })
  mfaItems!: string | null;

  @Column('text', { name: 'account_items', nullable: true })
  accountItems!: string | null;

  @Column('varchar', { name: 'balance_currency', length: 100, nullable: true })
  balanceCurrency!: string | null;
}
