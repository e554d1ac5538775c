import type { ExternalId, ExternalKey } from '../../../syncer/external-id.ts';

/** The groups that one member leads, and the account name that they were planned with. */
interface LedGroups {
  readonly manager: string;
  readonly groups: string[];
}

/** Who may manage the group of a department, in order, and whom the plan made its manager. */
export interface UnsettledLeaders {
  readonly department: ExternalId;
  readonly leaders: readonly ExternalId[];
  /** Absent: whoever was it before. */
  readonly planned?: ExternalId;
  /** What stands in the group by now. */
  readonly manager: string;
}

/** What a run learnt of the departments. */
export interface GroupsRead {
  /** Group names (`ORG/<group>`) by department; undefined = memberships are not synced. */
  readonly groupNames: ReadonlyMap<ExternalKey, string> | undefined;
  /** Groups (`ORG/<group>`) that this syncer holds and this run is not about: they and memberships in them stay. */
  readonly otherGroups: ReadonlySet<string>;
  /** Groups by their leader: a leader's account may be linked, or found under another name, later in the run. */
  readonly ledBy: ReadonlyMap<ExternalKey, LedGroups>;
  /** Groups, by name, whose first leader had no account yet: the run may make one. */
  readonly unsettled: ReadonlyMap<string, UnsettledLeaders>;
  /** Whoever leads one of them. */
  readonly openLeaders: ReadonlySet<ExternalKey>;
  /** Parents of groups as this run leaves them, or in a preview would leave them. */
  readonly parentOf: ReadonlyMap<string, string>;
  /** Departments that were shown. */
  readonly seen: ReadonlySet<ExternalKey>;
  /** False: a department was not shown, so absence proves nothing. */
  readonly complete: boolean;
  /** How many could not be stored, or not be read. */
  readonly failedWrites: number;
  /** How many could not be read, though they are there. */
  readonly unread: number;
}

/** The same while it is found out. */
export class Departments implements GroupsRead {
  groupNames: Map<ExternalKey, string> | undefined;
  otherGroups: ReadonlySet<string> = new Set();
  readonly ledBy = new Map<ExternalKey, LedGroups>();
  readonly unsettled = new Map<string, UnsettledLeaders>();
  readonly openLeaders = new Set<ExternalKey>();
  readonly parentOf = new Map<string, string>();
  readonly seen = new Set<ExternalKey>();
  complete = true;
  failedWrites = 0;
  unread = 0;
}

/** For a run that has nothing to do with groups. */
export const noGroups = (): GroupsRead => new Departments();
