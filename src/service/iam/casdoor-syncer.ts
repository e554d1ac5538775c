/** A syncer of the IAM's own, in its table `syncer`. */
export interface CasdoorSyncer {
  /** `OWNER/NAME`, as its page calls it. */
  readonly id: string;
  readonly organization: string;
  readonly name: string;
  readonly isEnabled: boolean;
  /** Its keys as in JSON, the secret in plain text among them. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What the IAM's own syncers are, and made; nothing of it is ever changed. */
export interface CasdoorSyncerStore {
  /** Those of type WeCom. */
  list(): Promise<readonly CasdoorSyncer[]>;
  /** Names of the accounts that one of them made, by what it wrote as the source. */
  accountsMadeBy(organization: string, source: string): Promise<ReadonlySet<string>>;
}
