import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The account: those of Casdoor's columns that a sync, a sign-in and an administrator of this product use. */
@Entity('user')
export class UserRow {
  @PrimaryColumn('varchar', { length: 100 })
  owner!: string;

  @PrimaryColumn('varchar', { length: 255 })
  name!: string;

  @Column('varchar', { name: 'created_time', length: 100, nullable: true })
  createdTime!: string | null;

  @Column('varchar', { name: 'updated_time', length: 100, nullable: true })
  updatedTime!: string | null;

  @Column('varchar', { name: 'deleted_time', length: 100, nullable: true })
  deletedTime!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  id!: string | null;

  @Column('varchar', { name: 'external_id', length: 100, nullable: true })
  externalId!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  type!: string | null;

  @Column('varchar', { length: 150, nullable: true })
  password!: string | null;

  @Column('varchar', { name: 'password_salt', length: 100, nullable: true })
  passwordSalt!: string | null;

  @Column('varchar', { name: 'password_type', length: 100, nullable: true })
  passwordType!: string | null;

  @Column('varchar', { name: 'display_name', length: 100, nullable: true })
  displayName!: string | null;

  @Column('varchar', { name: 'first_name', length: 100, nullable: true })
  firstName!: string | null;

  @Column('varchar', { name: 'last_name', length: 100, nullable: true })
  lastName!: string | null;

  @Column('text', { nullable: true })
  avatar!: string | null;

  @Column('varchar', { name: 'avatar_type', length: 100, nullable: true })
  avatarType!: string | null;

  @Column('varchar', { name: 'permanent_avatar', length: 500, nullable: true })
  permanentAvatar!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  email!: string | null;

  @Column('boolean', { name: 'email_verified', nullable: true })
  emailVerified!: boolean | null;

  @Column('varchar', { length: 100, nullable: true })
  phone!: string | null;

  @Column('varchar', { name: 'country_code', length: 6, nullable: true })
  countryCode!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  region!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  location!: string | null;

  @Column('text', { nullable: true })
  address!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  affiliation!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  title!: string | null;

  @Column('varchar', { name: 'id_card_type', length: 100, nullable: true })
  idCardType!: string | null;

  @Column('varchar', { name: 'id_card', length: 100, nullable: true })
  idCard!: string | null;

  @Column('varchar', { name: 'real_name', length: 100, nullable: true })
  realName!: string | null;

  @Column('boolean', { name: 'is_verified', nullable: true })
  isVerified!: boolean | null;

  @Column('varchar', { length: 100, nullable: true })
  homepage!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  bio!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  tag!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  language!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  gender!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  birthday!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  education!: string | null;

  @Column('int', { nullable: true })
  score!: number | null;

  @Column('int', { nullable: true })
  karma!: number | null;

  @Column('int', { nullable: true })
  ranking!: number | null;

  @Column('double precision', { nullable: true })
  balance!: number | null;

  @Column('varchar', { length: 100, nullable: true })
  currency!: string | null;

  @Column('boolean', { name: 'is_default_avatar', nullable: true })
  isDefaultAvatar!: boolean | null;

  @Column('boolean', { name: 'is_online', nullable: true })
  isOnline!: boolean | null;

  @Column('boolean', { name: 'is_admin', nullable: true })
  isAdmin!: boolean | null;

  @Column('boolean', { name: 'is_forbidden', nullable: true })
  isForbidden!: boolean | null;

  @Column('boolean', { name: 'is_deleted', nullable: true })
  isDeleted!: boolean | null;

  @Column('varchar', { name: 'signup_application', length: 100, nullable: true })
  signupApplication!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  hash!: string | null;

  @Column('varchar', { name: 'pre_hash', length: 100, nullable: true })
  preHash!: string | null;

  @Column('varchar', { name: 'register_type', length: 100, nullable: true })
  registerType!: string | null;

  @Column('varchar', { name: 'register_source', length: 100, nullable: true })
  registerSource!: string | null;

  @Column('varchar', { name: 'created_ip', length: 100, nullable: true })
  createdIp!: string | null;

  @Column('varchar', { name: 'last_signin_time', length: 100, nullable: true })
  lastSigninTime!: string | null;

  @Column('varchar', { name: 'last_signin_ip', length: 100, nullable: true })
  lastSigninIp!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  wecom!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  invitation!: string | null;

  @Column('varchar', { name: 'invitation_code', length: 100, nullable: true })
  invitationCode!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  ldap!: string | null;

  @Column('int', { name: 'uid_number', nullable: true })
  uidNumber!: number | null;

  @Column('text', { nullable: true })
  properties!: string | null;

  @Column('text', { nullable: true })
  groups!: string | null;

  @Column('varchar', { name: 'last_change_password_time', length: 100, nullable: true })
  lastChangePasswordTime!: string | null;

  @Column('varchar', { name: 'last_signin_wrong_time', length: 100, nullable: true })
  lastSigninWrongTime!: string | null;

  @Column('int', { name: 'signin_wrong_times', nullable: true })
  signinWrongTimes!: number | null;

  @Column('boolean', { name: 'need_update_password', nullable: true })
  needUpdatePassword!: boolean | null;

  @Column('varchar', { name: 'ip_whitelist', length: 200, nullable: true })
  ipWhitelist!: string | null;
}
