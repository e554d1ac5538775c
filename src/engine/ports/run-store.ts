import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Change, ChangeKind, ChangeState } from '../../identity/change.ts';
import type { Run, RunState, StandingDecisions } from '../run.ts';

/** A stored change with its place in the run. */
export interface StoredChange extends Change {
  readonly runId: string;
  /** Rises within a run. */
  readonly seq: number;
}

export interface ChangeFilter {
  readonly kind?: ChangeKind;
  readonly state?: ChangeState;
  /** Without case. */
  readonly userid?: string;
}

/** A page of rows and how many there are in all. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

/** The runs of one syncer in one organization: what it did in another is nothing for this one's eyes. */
export type RunsOf = Pick<Run, 'syncerId' | 'organization'>;

/** What runs took away while nobody looked. */
export interface RecentLockOuts {
  /** Keys of members. */
  readonly people: readonly ExternalKey[];
  readonly groups: number;
}

/** The record of runs and their changes. */
export interface RunStore {
  /** The time by which leases and runs are stamped: that of the clock which all processes share. */
  now(): Promise<Date>;
  /**
   * @param by who began it, `ORG/NAME` of a person; absent: the syncer itself did, by its schedule or an event
   */
  create(run: Run, by?: string): Promise<void>;
  /** Stores the run as it stands. */
  save(run: Run): Promise<void>;
  find(runId: string): Promise<Run | undefined>;
  /**
   * Newest first; `page` starts at 1.
   *
   * @param state absent: whatever state they are in
   */
  list(of: RunsOf, page: number, pageSize: number, state?: RunState): Promise<Page<Run>>;
  /** The newest run that waits for a person. */
  held(of: RunsOf): Promise<Run | undefined>;
  /** The digest that a person rejected last, while nothing else was decided since; "" = none. */
  rejectedDigest(syncerId: string): Promise<string>;
  /** Remembers (or with "" forgets) what a person rejected. */
  rememberRejection(syncerId: string, digest: string): Promise<void>;
  /**
   * What people said of lock-outs of this syncer that were not done. Optional, with `keepDecisions`: without it the very
   * set that was rejected last is known, by its digest, and no single person.
   */
  decisions?(syncerId: string): Promise<StandingDecisions>;
  /**
   * Puts these in the place of all that was kept for the syncer of the lease.
   *
   * @throws LeaseError when the lease is no longer this run's; nothing was written
   */
  keepDecisions?(lease: LeaseGrant, decisions: StandingDecisions): Promise<void>;
  /** In the order they were recorded; `page` starts at 1. */
  changes(runId: string, filter: ChangeFilter, page: number, pageSize: number): Promise<Page<StoredChange>>;
  /**
   * What runs of `UNWATCHED_TRIGGERS` locked out and removed during the last day of the store's clock, since a person
   * last approved lock-outs of this syncer: each member and group once.
   */
  recentLockOuts(of: RunsOf): Promise<RecentLockOuts>;
  /** Turns changes of a run that are in one state into another, all of them or those named by `seq`; answers how many. */
  moveChanges(runId: string, from: ChangeState, to: ChangeState, seqs?: readonly number[]): Promise<number>;
  /**
   * Stores runs as they ended and gives the lease back, both or neither: whoever reads that a run is over can begin the
   * next one.
   */
  finish(lease: LeaseGrant, ...runs: readonly Run[]): Promise<void>;
  /** Runs that are `queued` or `running` and whose lease is gone or expired: their process died. */
  abandoned(): Promise<readonly Run[]>;
  /** Stores the end of such a run. False: it has been ended meanwhile, and stays as it is. */
  end(run: Run): Promise<boolean>;
  /** Deletes finished runs, with their changes, that ended before the date; held ones and the last run of each syncer stay. */
  prune(before: Date): Promise<number>;
}
