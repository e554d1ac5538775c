// What the IAM holds: the port of the store, and what goes through it.
export type {
  Account,
  AccountLink,
  AccountLinkWrite,
  AccountOrigin,
  AccountUpdate,
  Candidate,
  Decision,
  HeldAccount,
  LockedBy,
  NewAccount,
  StandingAccount,
} from './account.ts';
export {
  CHANGE_KINDS,
  CHANGE_STATES,
  type Change,
  type ChangeKind,
  type ChangeState,
  type FieldChange,
  type FieldValue,
} from './change.ts';
export { CASDOOR_LIMITS, type CharacterSet, type ColumnCharacterSets, type ColumnLimits } from './column-limits.ts';
export { StaleReadError, WriteConflictError } from './errors.ts';
export type { Group, GroupLink, GroupUpdate, HeldGroup, NamedGroup } from './group.ts';
export type { IdentityPage, IdentityStore, LeaseGrant, PageWrite, SyncerScope } from './identity-store.ts';
