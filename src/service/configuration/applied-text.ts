/** What a text said of a syncer that it named. */
export interface SaidOfSyncer {
  readonly id: string;
  readonly name: string;
  /** The keys that it had, as everybody may see them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of each secret that it had what tells it from one that was entered later. */
  readonly marks: Readonly<Record<string, string>>;
}

/** What a text said of somebody whom it protected. */
export interface SaidOfProtection {
  readonly kind: string;
  readonly value: string;
  /** `ORG/NAME`, or "". */
  readonly syncer: string;
  readonly reason: string;
  readonly until: string;
}

/** What the last text that had this list said of an organization. */
export type AppliedList = { readonly organization: string } & (
  | { readonly list: 'syncers'; readonly said: readonly SaidOfSyncer[] }
  | { readonly list: 'protections'; readonly said: readonly SaidOfProtection[] }
);

/** That, by whom, and when. */
export type AppliedRecord = AppliedList & { readonly by: string; readonly at: Date };

/** Remembers what texts said. */
export interface AppliedStore {
  /** What is remembered of a list is replaced. */
  put(lists: readonly AppliedList[], by: string): Promise<void>;
  /** Of one organization or of all. */
  list(organization?: string): Promise<readonly AppliedRecord[]>;
  /**
   * What tells the secrets of syncers from those that are entered later, by id and field; nobody can tell a secret from
   * it.
   */
  marks(syncerIds: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
}
