import type { ExternalId } from './external-id.ts';
import type { PropertyField } from './property.ts';
import { text, type Text } from './text.ts';

/**
 * The account fields that a directory may feed, with what people call them. The names are Casdoor's JSON names; identity
 * (`name`, `id`, the login binding), access (`isForbidden`) and membership (`groups`) are decided by the engine and are
 * therefore not here.
 */
export const FIELD_TITLES = {
  displayName: text('Display name', '显示名称'),
  firstName: text('First name', '名'),
  lastName: text('Last name', '姓'),
  realName: text('Real name', '真实姓名'),
  avatar: text('Avatar', '头像'),
  email: text('E-mail', '邮箱'),
  phone: text('Phone', '手机'),
  countryCode: text('Country code', '国家/地区代码'),
  title: text('Title', '职位'),
  gender: text('Gender', '性别'),
  birthday: text('Birthday', '生日'),
  education: text('Education', '学历'),
  affiliation: text('Affiliation', '所属单位'),
  location: text('Location', '所在地'),
  region: text('Region', '地区'),
  language: text('Language', '语言'),
  tag: text('Tag', '标签'),
  homepage: text('Homepage', '主页'),
  bio: text('Bio', '简介'),
  idCardType: text('ID card type', '证件类型'),
  idCard: text('ID card', '证件号码'),
  externalId: text('External ID', '外部 ID'),
} as const;

export type ProfileField = keyof typeof FIELD_TITLES;
export const PROFILE_FIELDS = Object.keys(FIELD_TITLES) as readonly ProfileField[];

/** What a directory may state: a field of the account, or one key of its map of further values. */
export type ValueField = ProfileField | PropertyField;

/** What people call it; a key of the map is called as it is. */
export function titleOf(field: ValueField): Text {
  const titles: Readonly<Partial<Record<ValueField, Text>>> = FIELD_TITLES;
  return titles[field] ?? text(field, field);
}

/** Values by field. A field that is absent is unknown and is never written; a field that is set, even to "", is a statement. */
export type ProfileValues = Readonly<Partial<Record<ValueField, string>>>;

/** When a value may be written over what is stored: at every run, only when the account is created, or only over an empty value. */
export type Authority = 'always' | 'createOnly' | 'whenEmpty';

/** Whether the directory wants the account to be able to sign in, and the sentence that says why. */
export type Access =
  | { readonly state: 'allowed' }
  /** `isDisabled`: somebody switched this member off in the directory, which nobody wants to wait for. */
  | { readonly state: 'forbidden'; readonly reason: Text; readonly isDisabled?: true }
  /** The directory said something that this version does not understand: what is stored stays. */
  | { readonly state: 'unknown'; readonly reason: Text }
  /** The member exists, but is outside what these credentials may see: what is stored stays, and is listed with this reason. */
  | { readonly state: 'outOfScope'; readonly reason: Text };

/** Something about one record that a person should know, and that did not stop the record. */
export interface ProfileNote {
  /** Kebab-case; warnings of a run are counted by it. */
  readonly code: string;
  readonly message: Text;
  /** Of somebody who is not shown whole: told also where there is no account that stays as it is. */
  readonly ofNewcomersToo?: true;
}

/** A name for an account that is to be made. */
export interface ProposedName {
  /** Absent: none. */
  readonly name?: string;
  /** Why there is none, where a person should know. */
  readonly note?: ProfileNote;
}

/** One member as the engine sees it: what any directory could say about a person. */
export interface UserProfile {
  readonly externalId: ExternalId;
  readonly values: ProfileValues;
  /** Fields that are not written at every run; a field that is not named is `always`. */
  readonly authority?: Readonly<Partial<Record<ValueField, Authority>>>;
  readonly access: Access;
  /** Asked only when an account is made for this person: what it is to be called, instead of by the external id. */
  readonly proposeName?: () => ProposedName;
  /** External ids of the groups this person belongs to; absent = unknown, memberships stay. */
  readonly groups?: readonly ExternalId[];
  /** Groups of which the directory does not say whether this person belongs to them: a membership stays. */
  readonly undecidedGroups?: readonly ExternalId[];
  readonly notes?: readonly ProfileNote[];
  /** False: the directory shows only that this person exists (ids, no names). Such a person is never created or updated. Default true. */
  readonly complete?: boolean;
}

/** One department as the engine sees it, or a tag, whose id `tagId` made. */
export interface GroupProfile {
  readonly externalId: ExternalId;
  /**
   * It is there, and not everything of it could be read, for this reason: the run says so, and without a name its group
   * stays as it is.
   */
  readonly unread?: Text;
  /** Absent = unknown: a group keeps the name that it has. */
  readonly displayName?: string;
  /** What a new group is called while its name is unknown; absent: by its id. */
  readonly provisionalName?: string;
  /** Null = a top group of the organization; absent = unknown: a group stays where it is. */
  readonly parent?: ExternalId | null;
  /** External id of the person who leads it; absent = unknown, null = nobody. */
  readonly manager?: ExternalId | null;
  /** Who leads it beside that person, in this order: the first who has an account is the manager. */
  readonly deputies?: readonly ExternalId[];
  readonly notes?: readonly ProfileNote[];
}
