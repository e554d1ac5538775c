import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { Protection, StandingProtection } from '../../identity/protection.ts';
import type { Page } from './run-store.ts';

/** A protection that is to be made. */
export interface ProtectionDraft extends Omit<Protection, 'id' | 'at'> {
  /** Id of the account, for kind `user`; else "". */
  readonly accountId: string;
  /** The moment that `until` means. */
  readonly endsAt: Date | null;
}

/** What a protection is about. */
export type ProtectionSubject = Pick<ProtectionDraft, 'value' | 'accountId'>;

/** Whom runs leave alone. By the database's clock: what has ended is neither listed nor held. */
export interface ProtectionStore {
  /** Newest first; without an organization those of all. `page` starts at 1. */
  list(owner: string | undefined, page: number, pageSize: number): Promise<Page<Protection>>;
  find(id: string): Promise<Protection | undefined>;
  /** Those of people's that hold now and are about the very same, whichever syncer they name. */
  about(of: Pick<Protection, 'owner' | 'kind' | 'value'>): Promise<readonly Protection[]>;
  /** Those that hold now for runs of this syncer, those that hold longest first. */
  standing(of: { readonly organization: string; readonly syncerId: string }): Promise<readonly StandingProtection[]>;
  /** Parent of each group of the organization by name, as far as groups are in this database. */
  groupParents(organization: string): Promise<ReadonlyMap<string, string>>;
  /**
   * What a person names, as it is stored.
   *
   * @returns undefined when there is no such account, group or department; `elsewhere` when those are in no table here
   */
  subject(
    draft: Pick<ProtectionDraft, 'owner' | 'kind' | 'value' | 'syncerId'>,
  ): Promise<ProtectionSubject | 'elsewhere' | undefined>;
  /** Name of the account that a member has, of the syncer that is named or else of any; "" = none that is known. */
  accountOf(of: Pick<ProtectionDraft, 'owner' | 'value' | 'syncerId'>): Promise<string>;
  /** Stores it in place of one of a person's that is about the very same. */
  protect(draft: ProtectionDraft): Promise<Protection>;
  /** Undefined: it is gone already. */
  remove(id: string): Promise<Protection | undefined>;
  /**
   * Leaves members alone whose lock-out was taken back, until a run sees them active.
   *
   * @throws LeaseError when the lease is no longer this run's; nothing was written
   */
  protectUndone(lease: LeaseGrant, of: Pick<Protection, 'owner' | 'reason'>, userids: readonly string[]): Promise<void>;
  /**
   * The directory changed a userid: those that name the one before name this one from now on.
   *
   * @throws LeaseError when the lease is no longer this run's; nothing was written
   */
  follow(lease: LeaseGrant, ids: readonly string[], userid: string): Promise<void>;
  /**
   * Ends those of `protectUndone` whose members a run saw active.
   *
   * @throws LeaseError when the lease is no longer this run's; nothing was written
   */
  endUndone(lease: LeaseGrant, ids: readonly string[]): Promise<void>;
}
