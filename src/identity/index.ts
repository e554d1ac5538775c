// What the IAM holds: the port of the store, and what goes through it.
export {
  goJson,
  mergedProperties,
  statesProperties,
  withoutProperties,
  type Account,
  type AccountLink,
  type AccountLinkWrite,
  type AccountOrigin,
  type AccountUpdate,
  type Candidate,
  type Decision,
  type HeldAccount,
  type LockedBy,
  type NewAccount,
  type StandingAccount,
} from './account.ts';
export {
  digestedText,
  digestOf,
  hasAllOnce,
  type DigestedAccount,
  type DigestField,
  type DigestProperty,
  type DigestShape,
} from './account-digest.ts';
export {
  CHANGE_KINDS,
  CHANGE_STATES,
  type Change,
  type ChangeKind,
  type ChangeState,
  type FieldChange,
  type FieldValue,
} from './change.ts';
export {
  CASDOOR_LIMITS,
  checkText,
  type CharacterSet,
  type ColumnCharacterSets,
  type ColumnLimits,
} from './column-limits.ts';
export { StaleReadError, WriteConflictError } from './errors.ts';
export type { Group, GroupLink, GroupUpdate, HeldGroup, NamedGroup } from './group.ts';
export type {
  IdentityLook,
  IdentityPage,
  IdentityStore,
  LeaseGrant,
  PageWrite,
  SyncerScope,
} from './identity-store.ts';
export { PROTECTION_KINDS, type Protection, type ProtectionKind } from './protection.ts';
