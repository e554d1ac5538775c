import type { HeldAccount } from '../../../identity/account.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import type { LockOut } from '../../plan/lock-outs/lock-out.ts';
import type { RenameSuggestion } from '../../plan/users/renames.ts';

/** What a run learnt of the members. */
export interface UsersRead {
  /** Everybody who was shown, mapped or not: the one thing that grows with the directory. */
  readonly seen: ReadonlySet<ExternalKey>;
  /** How many were shown with more than an id. */
  readonly wholeSeen: number;
  /** How many members that were shown have a link row now. */
  readonly linkedSeen: number;
  /** How many accounts of this syncer can sign in that could not, or were not its own, before the run. */
  readonly granted: number;
  /** Found on the pages, checked against the limit at the end; one for each key, however often it was found. */
  readonly lockOuts: ReadonlyMap<ExternalKey, LockOut>;
  /** Accounts that a preview would link: no stored link tells whose they are. */
  readonly relinked: ReadonlyMap<ExternalKey, HeldAccount>;
  /** Accounts that leaders of departments would get by a preview, which stores none. */
  readonly leaderAccounts: ReadonlyMap<ExternalKey, string>;
  /** Keys whose accounts went on to another key in this run: not shown, and not gone either. */
  readonly moved: ReadonlySet<ExternalKey>;
  /** Groups (`ORG/<group>`) of accounts that stay as they are although their members were not shown whole. */
  readonly keptGroups: ReadonlySet<string>;
  /** Departments that members name although the list of departments lacks them. */
  readonly namedDepartments: ReadonlySet<ExternalKey>;
  /** Newcomers who may be somebody who is gone, for a person to decide. */
  readonly suggestions: readonly RenameSuggestion[];
  /** Userids of newcomers without mobile and e-mail, by what else can be compared. */
  readonly newcomersByLikeness: ReadonlyMap<string, readonly string[]>;
  /** False: somebody or some department was not shown, so absence proves nothing. */
  readonly complete: boolean;
  /** How many could not be mapped or stored. */
  readonly failedWrites: number;
}
