// The contract that every directory connector implements.
export type { CallbackCall, CallbackReader, DirectoryHint, DirectoryMessage } from './callback.ts';
export type { ConnectionCheck, ConnectionReport } from './connection-report.ts';
export type { CallRecord, FormField, SyncerConfig, SyncerDefinition, SyncerDeps } from './definition.ts';
export type { DirectoryView, SeenDepartment, SeenTag } from './directory-view.ts';
export {
  CallbackRefusedError,
  CancelledError,
  ConfigError,
  CredentialsError,
  DeadlineError,
  GroupsHiddenError,
  IncompleteReadError,
  IncompleteRosterError,
  LeaseError,
  MappingError,
  NetworkPolicyError,
  NotFoundError,
  PermissionError,
  ProtocolError,
  RateLimitError,
  SyncError,
  UnavailableError,
  UnforeseenError,
  type Recovery,
  type SyncErrorOptions,
  type UnreadPart,
} from './errors.ts';
export { externalId, keyOf, tagId, type ExternalId, type ExternalKey } from './external-id.ts';
export {
  FIELD_TITLES,
  PROFILE_FIELDS,
  type Access,
  type Authority,
  type GroupProfile,
  type ProfileField,
  type ProfileNote,
  type ProposedName,
  type ProfileValues,
  type UserProfile,
  type ValueField,
} from './profile.ts';
export { propertyField, propertyKey, refusesKey, type PropertyField } from './property.ts';
export { SyncerRegistry } from './registry.ts';
export type {
  ConsentAnswer,
  ConsentReader,
  ConsentTest,
  MemberMessenger,
  SentTexts,
  ConsentWay,
  DirectoryRoster,
  Excluded,
  ExclusionReader,
  FieldTrial,
  GroupSyncer,
  ListedMember,
  MappingTracer,
  MemberLookup,
  MemberTrial,
  ProgressReporter,
  ReadProgress,
  ReadReporter,
  RosterReader,
  ScopeAnswer,
  Syncer,
  TagReader,
  TrialStep,
} from './syncer.ts';
export { text, type Text } from './text.ts';
