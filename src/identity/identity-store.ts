import type { ExternalKey } from '../syncer/external-id.ts';
import type { ValueField } from '../syncer/profile.ts';
import type { DigestShape } from './account-digest.ts';
import type {
  Account,
  AccountLink,
  AccountLinkWrite,
  AccountUpdate,
  Candidate,
  Decision,
  HeldAccount,
  NewAccount,
  StandingAccount,
} from './account.ts';
import type { Change } from './change.ts';
import type { ColumnLimits } from './column-limits.ts';
import type { Group, GroupLink, GroupUpdate, HeldGroup, NamedGroup } from './group.ts';

/** Whose accounts a store call is about. */
export interface SyncerScope {
  readonly syncerId: string;
  readonly organization: string;
  /** `ORG/NAME`: what is written to `registerSource`. */
  readonly source: string;
  /** Account column that sign-in through the vendor looks up, such as `wecom`; "" = there is none. A store may have none of its name. */
  readonly bindingColumn: string;
}

/** The right to write for a run: checked inside each transaction, so that whoever lost it writes nothing more. */
export interface LeaseGrant {
  readonly syncerId: string;
  /** Differs for each grant. */
  readonly token: string;
}

/** Everything one page writes; all of it or nothing. */
export interface PageWrite {
  readonly createAccounts?: readonly NewAccount[];
  readonly updateAccounts?: readonly AccountUpdate[];
  /** Inserted, or replaced where syncer and key are the same. */
  readonly links?: readonly AccountLinkWrite[];
  /** Removed before others are written: their accounts may be held under another key from now on. */
  readonly removeLinks?: readonly ExternalKey[];
  /**
   * Names of accounts, of those created here too, whose sign-ins of before end: sessions, tokens, the local password and
   * every binding but the one that the directory writes.
   */
  readonly endSignIns?: readonly string[];
  /** Inserted, or replaced where syncer and key are the same. */
  readonly decisions?: readonly Decision[];
  /** Members about whom nothing is decided any more. */
  readonly removeDecisions?: readonly ExternalKey[];
  readonly createGroups?: readonly Group[];
  readonly updateGroups?: readonly GroupUpdate[];
  /** Names of groups to delete. */
  readonly removeGroups?: readonly string[];
  readonly groupLinks?: readonly GroupLink[];
  readonly removeGroupLinks?: readonly ExternalKey[];
  readonly runId: string;
  readonly changes?: readonly Change[];
}

/** Reads and writes of one page, inside one transaction. */
export interface IdentityPage {
  /**
   * By link; keys that this syncer does not hold are absent from the map.
   *
   * @param fields the profile fields that the caller looks at, others are absent from the accounts; default all. One that
   *   is a key of the map of further values stands for the whole map
   */
  heldAccounts(
    scope: SyncerScope,
    keys: readonly ExternalKey[],
    fields?: readonly ValueField[],
  ): Promise<Map<ExternalKey, HeldAccount>>;
  /** Accounts that this syncer holds and that have one of these phones, as stored, or e-mail addresses, without case. */
  heldByContact(
    scope: SyncerScope,
    phones: readonly string[],
    emails: readonly string[],
  ): Promise<readonly HeldAccount[]>;
  /** Accounts of the organization by exact name (databases with case-insensitive keys may find other spellings too), by lower-cased name. */
  accountsByName(scope: SyncerScope, names: readonly string[]): Promise<Map<string, StandingAccount>>;
  /**
   * Accounts of the organization and of `built-in` that have one of these ids: an id is what other programs know a
   * person by, so it must not be given twice.
   */
  accountsWithId(
    scope: SyncerScope,
    ids: readonly string[],
  ): Promise<readonly Pick<Account, 'owner' | 'name' | 'id'>[]>;
  /** The link of this syncer to an account, if it has one. */
  linkOf(scope: SyncerScope, accountName: string): Promise<AccountLink | undefined>;
  /** The decision by which a person took this account from its member, whichever syncer held it. */
  unlinkedAccount(scope: SyncerScope, account: Pick<Account, 'name' | 'id'>): Promise<Decision | undefined>;
  /** What a person decided about these members. */
  decisions(scope: SyncerScope, keys: readonly ExternalKey[]): Promise<Map<ExternalKey, Decision>>;
  /** Groups of this syncer; without keys all of them. */
  heldGroups(scope: SyncerScope, keys?: readonly ExternalKey[]): Promise<Map<ExternalKey, HeldGroup>>;
  /** Groups by name over the whole database: group names are unique across organizations. By lower-cased name. */
  groupsByName(names: readonly string[]): Promise<Map<string, NamedGroup>>;
  /**
   * @throws StaleReadError when an account's access or groups changed since it was read, or its map of further values
   *   cannot be read any more: plan the page again
   * @throws WriteConflictError when a row cannot be stored (a key that exists, a value that does not fit)
   */
  write(scope: SyncerScope, write: PageWrite): Promise<void>;
}

/** What may be asked about accounts without a lease. */
export type IdentityLook = Pick<IdentityPage, 'heldAccounts' | 'heldByContact' | 'accountsByName' | 'accountsWithId'>;

/**
 * Where accounts, groups and the links to them live. Names of accounts and groups are compared exactly, vendor ids by
 * their key (lower case), e-mail addresses without case. Besides what a method names, it may throw `UnavailableError`
 * when the database does not answer or stays busy: the run ends as failed, and the next one converges. Anything else
 * ends the run too, and goes to the host's log.
 */
export interface IdentityStore {
  /** What fits; a field that is absent from `values` is neither written nor asked for. Asked often: it must not read. */
  columnLimits(scope: SyncerScope): ColumnLimits;
  /** By its exact name. */
  organizationExists(organization: string): Promise<boolean>;
  /**
   * Whether a group of any organization is called so, in whichever spelling. It may be slow.
   *
   * Optional: without it a name in another spelling counts as free.
   */
  isGroupNameTaken?(name: string): Promise<boolean>;
  /**
   * Syncers of the IAM's own (not ours) that are switched on for the same organization, as `OWNER/NAME`: each of the two
   * would undo what the other one did.
   */
  competingSyncers(organization: string): Promise<readonly string[]>;
  /** Held accounts that can sign in: neither forbidden nor deleted. */
  countActive(scope: SyncerScope): Promise<number>;
  /** Links of this syncer to accounts, whether or not the account is still there. */
  countLinks(scope: SyncerScope): Promise<number>;
  /** Keys of every account that this syncer holds, page by page, in key order. */
  heldKeys(scope: SyncerScope): AsyncIterable<readonly ExternalKey[]>;
  /**
   * The links of this syncer to accounts, page by page, in no particular order; no writer waits while they are read.
   *
   * Optional, with `groupLinks`: without them nobody is looked for between two runs of everybody.
   */
  heldLinks?(scope: SyncerScope): AsyncIterable<readonly AccountLink[]>;
  /** Its links to groups. */
  groupLinks?(scope: SyncerScope): Promise<readonly GroupLink[]>;
  /**
   * What every account that this syncer holds looks like by now, for finding those about whom nothing is to be done
   * without looking each of them up: of each row the digest of its `digestedText`, in no particular order.
   *
   * Bytes count: neither case, blanks, normal forms nor collations make two texts one. A row is left out unless it is
   * certain that `IdentityPage.heldAccounts` reads the very parts that were digested, that the account's name is its
   * link's, byte by byte, and, for a shape with groups, that the account has all that the link says, each once
   * (`hasAllOnce`). Whoever is left out is looked up, so leaving somebody out costs time and nothing else.
   *
   * Nothing is remembered from one call to the next, and no writer waits while it is read.
   *
   * Optional: without it every member is looked up, as a store should have it that cannot read all of its accounts in
   * one pass more cheaply than by their keys.
   *
   * @param take called with each digest as `digestOf` answers it; must not throw
   */
  heldDigests?(scope: SyncerScope, shape: DigestShape, take: (digest: string) => void): Promise<void>;
  /**
   * Accounts of the organization that a newcomer might meet: those this syncer does not hold, and those that it holds
   * under a name or with an id which is not the vendor id. Page by page, each once; read once per run at most, so it may
   * be slow. It may be asked inside a page, and need not see what that page wrote.
   */
  candidates(scope: SyncerScope): AsyncIterable<readonly Candidate[]>;
  /**
   * Which of these names accounts of the organization have, in whichever spelling: in lower case. As `candidates`, it may
   * be asked inside a page, and need not see what that page wrote; it may read the names of all accounts.
   *
   * Optional: without it candidates are read for it.
   */
  takenNames?(scope: SyncerScope, names: readonly string[]): Promise<ReadonlySet<string>>;
  /** How many memberships in each group were not made by this syncer, and how many child groups are not its own. */
  strangersInGroups(scope: SyncerScope, groupNames: readonly string[]): Promise<Map<string, number>>;
  /**
   * Reads outside of any run, for somebody who tries settings: nothing is written, and no writer waits for long.
   *
   * Optional: without it nobody sees what an account has by now.
   */
  look?<T>(work: (page: IdentityLook) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in one transaction and stores all that it wrote, or nothing when it throws. The lease is checked first, in
   * the same transaction, and stands until that ends. Reads inside see what was written inside. It should be quick: some
   * hundred members are in a page, and on SQLite everybody else waits. What it throws is thrown on as it is; `work` may
   * run again when the database met a deadlock.
   *
   * @throws LeaseError when the lease is no longer this run's; nothing was written
   */
  page<T>(lease: LeaseGrant, work: (page: IdentityPage) => Promise<T>): Promise<T>;
}
