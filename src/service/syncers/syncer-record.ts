/** How a syncer may be doing; a quarantined one fails for a reason that only a person can mend, and runs ever more rarely. */
export const HEALTHS = ['ok', 'failing', 'quarantined', 'held'] as const;
export type Health = (typeof HEALTHS)[number];

/** A configured syncer as it is stored; its secrets are read by `SyncerStore.open` alone. */
export interface SyncerRecord {
  readonly id: string;
  readonly organization: string;
  /** Unique in the organization. */
  readonly name: string;
  readonly type: string;
  /** RFC 3339. */
  readonly createdTime: string;
  readonly isEnabled: boolean;
  /** Seconds. */
  readonly syncInterval: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Which secrets are stored. */
  readonly secretNames: readonly string[];
  /** Keys of Casdoor's that mean nothing here, kept as they came. */
  readonly leftovers: Readonly<Record<string, unknown>>;
  /** What the last run complained about; "" after a good one. */
  readonly errorText: string;
  readonly health: Health;
  /** Runs in a row that failed in a way that somebody must fix. */
  readonly failures: number;
  /** RFC 3339; null = not scheduled. */
  readonly nextRunAt: string | null;
  readonly lastRunId: string | null;
  /** Rises with each save; `save` refuses a record that is older than what is stored. */
  readonly version: number;
}

/** What a person configures. */
export type SyncerDraft = Pick<
  SyncerRecord,
  'organization' | 'name' | 'type' | 'isEnabled' | 'syncInterval' | 'settings' | 'leftovers'
> &
  Partial<Pick<SyncerRecord, 'createdTime'>>;

/** What runs and the schedule find out; writing it does not touch what a person configured. */
export type SyncerCondition = Partial<
  Pick<SyncerRecord, 'errorText' | 'health' | 'failures' | 'nextRunAt' | 'lastRunId'>
>;

/** A syncer and its plain secrets by field, as one statement found them: they belong together. */
export interface OpenedRecord {
  readonly record: SyncerRecord;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Plain secrets by field; null takes a stored one away, an absent one stays. */
export type SecretChanges = Readonly<Record<string, string | null>>;

/** Somebody saved the same syncer in between. */
export class StaleRecordError extends Error {
  override readonly name = 'StaleRecordError';
  constructor() {
    super('The syncer was changed by somebody else in the meantime.');
  }
}

export interface SyncerTies {
  readonly links: number;
  readonly openRuns: number;
}

/** How many accounts and groups change hands, or are left with nobody. */
export interface Holdings {
  readonly accounts: number;
  readonly groups: number;
}

/** What became of the accounts and groups that a deleted syncer held. */
export interface DeletedRecord {
  /** Held by nobody. */
  readonly left: Holdings;
  readonly handedOver: Holdings;
}

/** The configured syncers, as whoever stores them answers for them. */
export interface SyncerStore {
  /** By organization and name. */
  list(organization?: string): Promise<readonly SyncerRecord[]>;
  find(organization: string, name: string): Promise<SyncerRecord | undefined>;
  findById(id: string): Promise<SyncerRecord | undefined>;
  /** @throws WriteConflictError when the organization has a syncer of this name */
  add(draft: SyncerDraft, secrets?: SecretChanges): Promise<SyncerRecord>;
  /**
   * Stores what a person configured, also a new name or organization: links, runs and secrets are bound to the id. What
   * was found out in another organization is nothing for the new one's eyes.
   *
   * @throws ConfigError when a secret that stays was stored for another address than the record names
   * @throws StaleRecordError when the record was saved by somebody else since it was read
   * @throws NotFoundError when it was deleted
   * @throws WriteConflictError when the organization has another syncer of this name
   */
  save(record: SyncerRecord, secrets?: SecretChanges): Promise<SyncerRecord>;
  /** What binds a syncer to its organization: accounts and groups that it holds, runs that are not over. */
  tiesOf(id: string): Promise<SyncerTies>;
  /**
   * The groups of an organization by name: where each hangs, and whether this syncer made it.
   *
   * @returns undefined where groups are in no table here
   */
  placedGroups(
    organization: string,
    syncerId: string,
  ): Promise<ReadonlyMap<string, { readonly parentId: string; readonly isOurs: boolean }> | undefined>;
  /**
   * Gives a syncer what a deleted one of its organization, name, type and directory left.
   *
   * @param directory which directory it reads; "" where its type cannot tell
   */
  takeUpLeavings(record: SyncerRecord, directory: string): Promise<Holdings>;
  /** Writes nothing when the syncer was deleted meanwhile. */
  note(id: string, condition: SyncerCondition): Promise<void>;
  /**
   * Deletes the syncer with its runs and lease; a run that is under way writes nothing more. The accounts and groups stay
   * as they are. Its links go to an heir, as far as that can take them, and otherwise wait for a syncer of its name.
   *
   * @param wish.directory which directory it reads; "" where its type cannot tell
   */
  delete(id: string, wish?: { readonly directory?: string; readonly heirId?: string }): Promise<DeletedRecord>;
  /**
   * A syncer with its secrets in plain text. Settings and secrets come from one row of one statement: read one after the
   * other, a new secret could meet the address of before and be sent there.
   *
   * @returns undefined when there is no such syncer
   * @throws ConfigError when a secret was stored with another SECRET_KEY, or for another address than the row names
   */
  open(id: string): Promise<OpenedRecord | undefined>;
  /**
   * Binds the secrets that an earlier version stored to the address that stands beside them now, once, at start; from
   * then on nothing else opens. Somebody who writes to the database and kept such an old row can still have its secret
   * sent to another *allowed* host by putting it back before a start; a secret that was reset in the directory since is
   * of no use to anybody.
   *
   * @returns the ids of syncers whose secrets this SECRET_KEY does not open; they stay as they are
   */
  bindSecrets(): Promise<readonly string[]>;
}
