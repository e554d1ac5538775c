import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Change, ChangeKind, ChangeState } from '../../identity/change.ts';
import type { Run } from '../run.ts';

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
  create(run: Run): Promise<void>;
  /** Stores the run as it stands. */
  save(run: Run): Promise<void>;
  find(runId: string): Promise<Run | undefined>;
  /** Newest first; `page` starts at 1. */
  list(of: RunsOf, page: number, pageSize: number): Promise<Page<Run>>;
  /** The run that waits for a person. */
  held(of: RunsOf): Promise<Run | undefined>;
  /** The digest that a person rejected last, while nothing else was decided since; "" = none. */
  rejectedDigest(syncerId: string): Promise<string>;
  /** Remembers (or with "" forgets) what a person rejected. */
  rememberRejection(syncerId: string, digest: string): Promise<void>;
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

export interface LeaseHolder {
  /** Such as `host-1:4711`. */
  readonly owner: string;
  /** RFC 3339. */
  readonly since: string;
  readonly runId: string;
}

export interface LeaseRequest {
  readonly syncerId: string;
  readonly runId: string;
  readonly owner: string;
  /** How long the lease outlives its last renewal, in milliseconds. */
  readonly ttlMs: number;
}

/** The right to run, since (RFC 3339) when; or who has it. */
export type LeaseAnswer = { readonly grant: LeaseGrant; readonly since: string } | { readonly holder: LeaseHolder };

/**
 * One right to run per syncer, in however many processes. The store has a clock of its own, one for all of them: whoever
 * came with the time would take what others hold as soon as his clock is ahead of theirs.
 */
export interface LeaseStore {
  /**
   * Takes the lease when nobody has it or its holder stopped renewing it.
   * Answers the present holder when it is taken.
   */
  acquire(request: LeaseRequest): Promise<LeaseAnswer>;
  /** False: the lease is somebody else's by now, or revoked. */
  renew(grant: LeaseGrant, ttlMs: number): Promise<boolean>;
  /** Gives the lease back, also a revoked one. */
  release(grant: LeaseGrant): Promise<void>;
  /**
   * Takes the right to write away from a run; the lease stays its own until it gives it back or lets it run out, so
   * nobody runs beside it. False: this run holds no lease.
   */
  revoke(runId: string): Promise<boolean>;
  /** Whether the lease was revoked, and not taken over. */
  isRevoked(grant: LeaseGrant): Promise<boolean>;
  holder(syncerId: string): Promise<LeaseHolder | undefined>;
  /** Every lease that has not run out. */
  holders(): Promise<readonly LeaseHolder[]>;
  /** Ends the lease of a run whose process is known to be dead. */
  evict(runId: string): Promise<void>;
}
