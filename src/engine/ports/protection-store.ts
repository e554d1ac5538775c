import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { Page } from './run-store.ts';

/** What a protection may be about. */
export const PROTECTION_KINDS = ['user', 'userid', 'group', 'department'] as const;
export type ProtectionKind = (typeof PROTECTION_KINDS)[number];

/** Who made those that a run ends by itself, once the directory lets the member in again. */
export const BY_UNDO = 'undo';

/** Somebody whom no run locks out or takes from, and who said so. */
export interface Protection {
  readonly id: string;
  /** The organization. */
  readonly owner: string;
  readonly kind: ProtectionKind;
  /** `ORG/NAME` of an account or a group, a userid, or the id of a department. */
  readonly value: string;
  /** "" = whichever syncer of the organization. */
  readonly syncerId: string;
  readonly reason: string;
  /** As it was said: a date, or RFC 3339; null = until somebody takes it away. */
  readonly until: string | null;
  /** `ORG/NAME`, or `undo`. */
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
}

/** A protection that is to be made. */
export interface ProtectionDraft extends Omit<Protection, 'id' | 'at'> {
  /** Id of the account, for kind `user`; else "". */
  readonly accountId: string;
  /** The moment that `until` means. */
  readonly endsAt: Date | null;
}

/** A protection that holds now, with what it covers as that is stored. */
export interface StandingProtection extends Protection {
  readonly accountId: string;
  /** Names of the groups that it names or that its departments have. */
  readonly groups: readonly string[];
}

/** Whom runs leave alone. By the database's clock: what has ended is neither listed nor held. */
export interface ProtectionStore {
  /** Newest first; without an organization those of all. `page` starts at 1. */
  list(owner: string | undefined, page: number, pageSize: number): Promise<Page<Protection>>;
  find(id: string): Promise<Protection | undefined>;
  /** Those that hold now for runs of this syncer. */
  standing(of: { readonly organization: string; readonly syncerId: string }): Promise<readonly StandingProtection[]>;
  /** Parent of each group of the organization by name, as far as groups are in this database. */
  groupParents(organization: string): Promise<ReadonlyMap<string, string>>;
  /**
   * What a person names, as it is stored.
   *
   * @returns undefined when there is no such account, group or department
   */
  subject(
    draft: Pick<ProtectionDraft, 'owner' | 'kind' | 'value' | 'syncerId'>,
  ): Promise<Pick<ProtectionDraft, 'value' | 'accountId'> | undefined>;
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
   * Ends those of `protectUndone` whose members a run saw active.
   *
   * @throws LeaseError when the lease is no longer this run's; nothing was written
   */
  endUndone(lease: LeaseGrant, ids: readonly string[]): Promise<void>;
}
