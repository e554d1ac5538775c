import type { LeaseGrant } from '../../identity/identity-store.ts';

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

const MARK = 'revoked:';

/** The token of a lease once it was revoked: no longer the one that was granted, and known to have been it. */
export const revoked = (token: string): string => (token.startsWith(MARK) ? token : `${MARK}${token}`);
