import type { ConnectionReport } from './connection-report.ts';
import type { ExternalId } from './external-id.ts';
import type { GroupProfile, ProfileNote, UserProfile } from './profile.ts';
import type { Text } from './text.ts';

/** Reads one directory. It never writes: reconciling is the engine's work. */
export interface Syncer<TMember = unknown> {
  readonly type: string;

  /** Tries what a run needs, a handful of calls at most; a failing check is in the report, it does not throw. */
  testConnection(signal: AbortSignal): Promise<ConnectionReport>;

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

/** One member by id, for on-demand runs. */
export interface MemberLookup<TMember = unknown> {
  /** Undefined: the directory answered that there is no such member, or none that these credentials may see. */
  fetchUser(id: ExternalId, signal: AbortSignal): Promise<TMember | undefined>;
  /** Whether a full run would show this member, and the sentence that says why or why not. */
  checkScope(member: TMember, signal: AbortSignal): Promise<{ readonly inScope: boolean; readonly detail: Text }>;
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
export const isMemberLookup = (syncer: object): syncer is MemberLookup => has(syncer, 'fetchUser', 'checkScope');
export const isReadReporter = (syncer: object): syncer is ReadReporter => has(syncer, 'readNotes');
export const isProgressReporter = (syncer: object): syncer is ProgressReporter => has(syncer, 'readProgress');
