import type { ExternalId, ExternalKey } from '../syncer/external-id.ts';
import type { ProfileField, ProfileValues, ValueField } from '../syncer/profile.ts';
import { propertyKey } from '../syncer/property.ts';

/** People sign in with these, so that two accounts of an organization never have the same. */
export const SIGN_IN_FIELDS = ['email', 'phone'] as const;

/** The organization whose every user is a global administrator. */
export const BUILT_IN = 'built-in';

/** JSON as Go's encoding/json writes it, compact and with these characters escaped, so that both sides store the same text. */
export const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * A map with the values that are stated of its keys, in the order of Casdoor: what others wrote beside them stays, and an
 * empty value is a key that is not there.
 */
export function mergedProperties<T>(
  stored: Readonly<Record<string, T>>,
  stated: ProfileValues,
): Readonly<Record<string, T | string>> {
  const merged = new Map<string, T | string>(Object.entries(stored));
  for (const [field, value] of Object.entries(stated)) {
    const key = propertyKey(field);
    if (key === undefined || value === undefined) continue;
    if (value === '') merged.delete(key);
    else merged.set(key, value);
  }
  return Object.fromEntries([...merged].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The values without those that are keys of the map. */
export const withoutProperties = (values: ProfileValues): Account['values'] =>
  Object.fromEntries(Object.entries(values).filter(([field]) => propertyKey(field) === undefined));

/** Whether some of the values are keys of the map. */
export const statesProperties = (values: ProfileValues): boolean =>
  Object.keys(values).some((field) => propertyKey(field) !== undefined);

/** What the IAM stores about one person, as far as a sync looks at it. A NULL column reads as "", a missing one is absent. */
export interface Account {
  /** The organization. */
  readonly owner: string;
  /** Login name: with `owner` the primary key. Never changed by a sync. */
  readonly name: string;
  readonly id: string;
  /** The column that sign-in through the vendor looks up (`wecom`); "" = not bound. */
  readonly binding: string;
  readonly isAdmin: boolean;
  readonly isForbidden: boolean;
  readonly isDeleted: boolean;
  /** `ORG/<group name>`, in stored order. */
  readonly groups: readonly string[];
  readonly values: Readonly<Partial<Record<ProfileField, string>>>;
  /**
   * Its map of further values: absent where there is no column for it or nobody asked; null where what stands there is no
   * map, so that nothing is written over it.
   */
  readonly properties?: Readonly<Record<string, string>> | null;
}

/** What stands in a field; undefined: there is nothing that could be read, and nothing is written. */
export function valueIn({ values, properties }: Account, field: ValueField): string | undefined {
  const key = propertyKey(field);
  if (key === undefined) return values[field as ProfileField];
  if (!properties) return undefined;
  return Object.hasOwn(properties, key) ? properties[key] : '';
}

/** Who took an account's access away. */
export type LockedBy = 'syncer' | 'person';

/**
 * Ownership: which account belongs to which vendor id of which syncer. It survives the member's leaving, so that a
 * returner gets the same account back.
 */
export interface AccountLink {
  readonly key: ExternalKey;
  /** As the vendor last spelt it. */
  readonly externalId: ExternalId;
  readonly accountName: string;
  /**
   * Its id: whoever gets the name of an account that is gone has another one, and is not held by this link. Absent or "":
   * not known.
   */
  readonly accountId?: string;
  readonly forbiddenBy: LockedBy | null;
  readonly deletedBy: LockedBy | null;
  /** The memberships (`ORG/<group name>`) that this syncer made; others are not ours to remove. */
  readonly groups: readonly string[];
}

/** Whether this account is another one than the link's, and has only got its name. */
export const isStranger = ({ accountId }: Pick<AccountLink, 'accountId'>, { id }: Pick<Account, 'id'>): boolean =>
  Boolean(accountId) && id !== '' && accountId !== id;

/** A link, as it is once it points to this account. */
export const linkTo = (link: AccountLink, { name, id }: Pick<Account, 'name' | 'id'>): AccountLink => ({
  ...link,
  accountName: name,
  accountId: id,
});

/** A link with the account it points to; `null`: the account was deleted or renamed behind our back. */
export interface HeldAccount {
  readonly link: AccountLink;
  readonly account: Account | null;
}

/** An account and who holds it. */
export interface StandingAccount {
  readonly account: Account;
  /** `ORG/NAME` of the syncer that holds the account; null = nobody. */
  readonly heldBy: string | null;
}

/**
 * Who made an account: `sync` a directory sync of the same organization, as the row says in words that no call of an
 * account's own user can write; `signUp` its user, who may have entered whatever he liked; `person` somebody else.
 */
export type AccountOrigin = 'sync' | 'signUp' | 'person';

/** An account that a newcomer might collide with or be linked to. */
export interface Candidate extends StandingAccount {
  /** Held by the very syncer that asks. */
  readonly isOurs: boolean;
  readonly origin: AccountOrigin;
  readonly emailVerified: boolean;
  /** A person took it from its member: no run gives it to anybody by itself. */
  readonly unlinked: boolean;
}

/** A row to insert. What is not named gets the fixed values of contract §5. */
export interface NewAccount {
  readonly name: string;
  readonly id: string;
  readonly binding: string;
  readonly values: ProfileValues;
  readonly isForbidden: boolean;
  readonly groups: readonly string[];
}

/** Columns to write on one existing row, by primary key; what is absent is not touched. */
export interface AccountUpdate {
  readonly name: string;
  readonly values: ProfileValues;
  readonly binding?: string;
  readonly isForbidden?: boolean;
  readonly isDeleted?: boolean;
  readonly groups?: readonly string[];
  /**
   * What the plan was made from. A write of access or groups happens only while these still stand, so that the
   * decision of a person who acted in between is not overwritten.
   */
  readonly seen: Pick<Account, 'isAdmin' | 'isForbidden' | 'isDeleted' | 'groups'>;
  /**
   * Values that have to stand there still, too: of what a member says of himself, nothing is written over what a person
   * said in between. Absent: the directory's word goes over any other.
   */
  readonly over?: Account['values'];
}

/** A link row to insert or replace, by syncer and key. */
export type AccountLinkWrite = AccountLink;

/** What a person decided about one member. */
export interface Decision {
  readonly key: ExternalKey;
  readonly externalId: ExternalId;
  /**
   * `unlinked`: the account is not this member's, and no run links the two again. `confirmed`: the account is this
   * member's although nothing that the directory says agrees with it.
   */
  readonly kind: 'unlinked' | 'confirmed';
  readonly accountName: string;
  /** Survives a change of the name. */
  readonly accountId: string;
  /** What the directory said of the member when it was decided; says it something else, the decision is over. "" = whatever it says. */
  readonly fingerprint: string;
  /** Who had taken the account's access away when it was unlinked. */
  readonly forbiddenBy: LockedBy | null;
  readonly deletedBy: LockedBy | null;
}
