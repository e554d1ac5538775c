import type { SyncError } from './errors.ts';
import type { ConnectionReport } from './connection-report.ts';
import type { ExternalId } from './external-id.ts';
import type { GroupProfile, ProfileField, ProfileNote, ProfileValues, UserProfile, ValueField } from './profile.ts';
import type { Text } from './text.ts';

/** Members are to be asked with the credentials that are tried. */
export interface ConsentTest {
  /** Where they come back to; undefined: nobody has said so. */
  readonly returnTo: string | undefined;
}

/** Reads one directory. It never writes: reconciling is the engine's work. */
export interface Syncer<TMember = unknown> {
  readonly type: string;

  /** Tries what a run needs, a handful of calls at most; a failing check is in the report, it does not throw. */
  testConnection(signal: AbortSignal, consent?: ConsentTest): Promise<ConnectionReport>;

  /**
   * Every member once, page by page. Ending normally is a promise that nothing was left out, because whoever was not
   * shown may lose access.
   *
   * @throws IncompleteReadError at the end, when a part could not be read and the rest was shown
   * @throws SyncError at once, when going on makes no sense (wrong credentials, rate limit, cancelled)
   */
  fetchUsers(signal: AbortSignal): AsyncIterable<readonly TMember[]>;

  /**
   * Pure.
   *
   * @throws MappingError when nothing sensible can be made of this one record
   */
  mapUser(member: TMember): UserProfile;
}

/**
 * The optional half, claimed by shape: parents are shown before children. Errors as in `fetchUsers`, and
 * GroupsHiddenError before anything was shown, when these credentials show no groups at all.
 */
export interface GroupSyncer<TDepartment = unknown> {
  fetchGroups(signal: AbortSignal): AsyncIterable<readonly TDepartment[]>;
  mapGroup(department: TDepartment): GroupProfile;
}

/** Groups that are no departments: `fetchGroups` shows them as well, and they are groups also where departments are not. */
export interface TagReader {
  /** Whether there are any, as it is set up. */
  readonly readsTags: boolean;
}

/** Whether a full run would show a member, and the sentence that says why or why not. */
export interface ScopeAnswer {
  readonly inScope: boolean;
  /** True: the settings of the syncer leave this member out; otherwise the credentials do. */
  readonly isExcluded?: boolean;
  readonly detail: Text;
}

/** One member by id, for on-demand runs, and before access is taken from somebody whom a full run did not show. */
export interface MemberLookup<TMember = unknown> {
  /**
   * A member whom these credentials may not see is answered as one that maps to access `outOfScope` with an id alone.
   *
   * @returns undefined only when the directory said that there is no such member: whoever holds the account loses access
   * @throws SyncError when nobody can tell
   */
  fetchUser(id: ExternalId, signal: AbortSignal): Promise<TMember | undefined>;
  checkScope(member: TMember, signal: AbortSignal): Promise<ScopeAnswer>;
}

/**
 * What came of a code with which the directory sent somebody back: a member with the values that he agreed to give, or
 * one of whom nothing may be read, one of another company, or somebody whom it does not know as a member. `refused`: the
 * code is good for nobody, or for somebody else.
 */
export type ConsentAnswer =
  | { readonly says: 'member'; readonly externalId: ExternalId; readonly values: ProfileValues }
  | { readonly says: 'outOfSight'; readonly externalId: ExternalId }
  | { readonly says: 'otherCorp' | 'stranger' }
  | { readonly says: 'refused'; readonly reason: Text };

/** Where a member is sent to agree, and comes back from. */
export interface ConsentWay {
  /** The address that he comes back to, with a code if he agreed. */
  readonly returnTo: string;
  /** Letters and digits, brought back with him. */
  readonly state: string;
}

/** Asks members themselves for what the directory does not tell of them. */
export interface ConsentReader {
  /** The fields that a member can give, as the syncer is set up. */
  readonly consentFields: readonly ProfileField[];
  /** @throws ConfigError naming the setting without which nobody can be asked */
  consentAddress(way: ConsentWay): string;
  /** @throws SyncError when nobody can tell whose the code is */
  fetchConsent(code: string, signal: AbortSignal): Promise<ConsentAnswer>;
}

/** What became of a text that was sent to members. */
export interface SentTexts {
  readonly sent: readonly ExternalId[];
  /** Whom the directory would not send it to. */
  readonly refused: readonly ExternalId[];
  /** Who may have got it or not: nobody answered. The others did not. */
  readonly unknown: readonly ExternalId[];
  /** Why nobody else was tried. */
  readonly stopped?: SyncError;
}

/** Sends members a text in the directory's own messenger. */
export interface MemberMessenger {
  /** Never tries anybody twice. */
  sendText(ids: readonly ExternalId[], content: string, signal: AbortSignal): Promise<SentTexts>;
}

/** Whom the settings of the syncer leave out of what the credentials see; asked when somebody who was held is missing. */
export interface ExclusionReader {
  /** @throws IncompleteReadError at the end, when a part could not be read */
  fetchExcluded(signal: AbortSignal): AsyncIterable<Excluded>;
}

/** Members whom one setting leaves out. */
export interface Excluded {
  readonly ids: readonly ExternalId[];
  /** Which one, as in the answer about one member. */
  readonly detail: Text;
}

/** One member as a roster names him. */
export interface ListedMember {
  readonly id: ExternalId;
  /** Those of his groups that a full run reads; empty: a full run shows him otherwise, if it does. */
  readonly groups: readonly ExternalId[];
}

/** Everybody who is in the directory, by id alone. */
export interface DirectoryRoster {
  /** Also whom the credentials see nothing else of; whom the settings leave out by name has no groups. */
  readonly members: readonly ListedMember[];
  /** Those that a full run reads. */
  readonly groups: readonly ExternalId[];
}

/** Tells for a few calls who came, moved and left since a full read. */
export interface RosterReader {
  /** @throws SyncError when it is not whole: whom a part of it does not name may be there all the same */
  fetchRoster(signal: AbortSignal): Promise<DirectoryRoster>;
}

/** What a whole read taught that no single record tells, such as fields that never came. Asked after the last page. */
export interface ReadReporter {
  readNotes(): readonly ProfileNote[];
}

/** How far a read has come, for progress displays; asked while it goes on. */
export interface ReadProgress {
  readonly departmentsDone: number;
  readonly departmentsTotal: number;
}
export interface ProgressReporter {
  readProgress(): ReadProgress;
}

const has = (syncer: object, ...methods: string[]): boolean =>
  methods.every((method) => typeof (syncer as Record<string, unknown>)[method] === 'function');

export const isGroupSyncer = (syncer: object): syncer is GroupSyncer => has(syncer, 'fetchGroups', 'mapGroup');
export const readsTags = (syncer: object): boolean => 'readsTags' in syncer && syncer.readsTags === true;
export const isMemberLookup = (syncer: object): syncer is MemberLookup => has(syncer, 'fetchUser', 'checkScope');
export const isExclusionReader = (syncer: object): syncer is ExclusionReader => has(syncer, 'fetchExcluded');
export const isMemberMessenger = (syncer: object): syncer is MemberMessenger => has(syncer, 'sendText');
export const isConsentReader = (syncer: object): syncer is ConsentReader =>
  has(syncer, 'consentAddress', 'fetchConsent');
export const isRosterReader = (syncer: object): syncer is RosterReader => has(syncer, 'fetchRoster');
export const isReadReporter = (syncer: object): syncer is ReadReporter => has(syncer, 'readNotes');
export const isProgressReporter = (syncer: object): syncer is ProgressReporter => has(syncer, 'readProgress');

/** One step on the way to a value; null: nothing is known, and what is stored stays. */
export interface TrialStep {
  readonly what: Text;
  readonly value: string | null;
}

/** How one account field comes by its value. */
export interface FieldTrial {
  /** As the settings spell it. */
  readonly name: string;
  /** `name`: what a new account is called. */
  readonly field: ValueField | 'name';
  readonly steps: readonly TrialStep[];
  /** What went wrong, and where. */
  readonly warning?: Text;
}

/** What settings make of one member. */
export interface MemberTrial {
  /** What the directory said. */
  readonly member: Readonly<Record<string, unknown>>;
  readonly scope: ScopeAnswer;
  readonly profile: UserProfile;
  readonly fields: readonly FieldTrial[];
}

/** A connector that shows its steps, claimed by shape; of others only the end is shown. */
export interface MappingTracer {
  /**
   * Of somebody whom the condition leaves out as well.
   *
   * @returns undefined when the directory shows no such member whole
   * @throws SyncError when nobody can tell
   */
  traceUser(id: ExternalId, signal: AbortSignal): Promise<MemberTrial | undefined>;
}

export const isMappingTracer = (syncer: object): syncer is MappingTracer =>
  typeof (syncer as Partial<MappingTracer>).traceUser === 'function';
