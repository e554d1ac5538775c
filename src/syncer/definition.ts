import type { CallbackReader } from './callback.ts';
import type { Syncer } from './syncer.ts';
import type { Text } from './text.ts';

/** What stands for a secret wherever one is read: it tells that there is one, and written back it keeps that. */
export const MASK = '***';

/** One input of the form in the Syncers tab. */
export interface FormField {
  /** The key in the syncer's JSON, such as `user`. */
  readonly name: string;
  readonly label: string;
  readonly labelZh: string;
  readonly kind:
    | 'text'
    | 'password'
    | 'number'
    | 'boolean'
    | 'select'
    | 'url'
    | 'departments'
    | 'tags'
    | 'users'
    | 'mapping'
    | 'expression';
  readonly required: boolean;
  /** Stored encrypted, read back as `***`. */
  readonly secret: boolean;
  /** Where the value is found. */
  readonly help: string;
  readonly helpZh: string;
  /** Of a text or a secret that is pasted with its line breaks, such as a PEM key. */
  readonly multiline?: boolean;
  readonly options?: readonly { readonly value: string; readonly label: string; readonly labelZh: string }[];
  /** What holds where nothing was entered. Absent: nothing, 0 or no, and the first option of a select. */
  readonly default?: string | number | boolean;
  /**
   * What holds for a syncer that was stored before there was this field, where that is not the default. Only the host
   * reads this, and only of a field with a dot in its name.
   */
  readonly formerly?: string | number | boolean;
  /**
   * A secret that stays in this program, such as the key of messages that come in: a new address does not ask for it
   * again. Only the host reads this.
   */
  readonly neverSent?: boolean;
  /** Of a secret with which everybody can be listed by id between full runs. Only the host reads this. */
  readonly listsMembers?: boolean;
  /**
   * Of what members are asked with to complete their own data, such as the id of an app: what an administrator does in
   * the directory so that they can be, step by step.
   */
  readonly asksMembers?: { readonly steps: readonly string[]; readonly stepsZh: readonly string[] };
  /** Of an address: the one that an empty value leads to; to write it out changes nothing. Only the host reads this. */
  readonly emptyMeans?: string;
}

/** A number that a connector counts, for the host's metrics; never with personal data in it. */
export interface CallRecord {
  readonly endpoint: string;
  /** The vendor's error code; 0 = ok, null = no answer. */
  readonly code: number | null;
  readonly durationMs: number;
  /** 1 for the first try. */
  readonly attempt: number;
}

/** What the host gives to every connector; what only one vendor needs is handed to whoever makes its definition. */
export interface SyncerDeps {
  /** Calls in flight, at most. */
  readonly concurrency: number;
  readonly onCall?: (call: CallRecord) => void;
}

/** The plain values of one configured syncer, as a person entered them: unchecked. */
export type SyncerConfig = Readonly<Record<string, unknown>>;

/** The entry of one directory type in the registry. */
export interface SyncerDefinition<TMember = unknown> {
  /** As it stands in the `type` of a stored syncer, such as `WeCom`. */
  readonly type: string;
  readonly title: Text;
  /** The form is drawn from these. */
  readonly fields: readonly FormField[];
  /** The account column that the IAM's own sign-in through this vendor looks up, such as `wecom`. Absent or "": it knows none. */
  readonly bindingColumn?: string;
  /**
   * The field that says which directory is read: two syncers of this type that agree on it know the same people by the
   * same ids, and one may hold what the other held. Absent: all of this type read one directory.
   */
  readonly directoryField?: string;
  /**
   * Checks a configuration without calling anybody.
   *
   * @throws ConfigError naming the field to change
   */
  check(config: SyncerConfig, deps: SyncerDeps): void;
  /**
   * Checks what even an unfinished draft must not hold, such as an address that is not allowed; what is missing is no
   * complaint. Absent: a draft is not checked before it is switched on.
   *
   * @throws ConfigError naming the field to change
   */
  checkDraft?(config: SyncerConfig, deps: SyncerDeps): void;
  /**
   * Checks and turns a configuration into a connector; calls nobody yet.
   *
   * @throws ConfigError naming the field to change
   */
  open(config: SyncerConfig, deps: SyncerDeps): Syncer<TMember>;
  /** Names the address of the directory's own messages, `/api/PATH/ORG/NAME`, such as `wecom-callback`. */
  readonly callbackPath?: string;
  /**
   * Opens what reads the directory's own messages, once there is a `callbackPath`. Absent: this type sends none.
   *
   * @returns undefined where the configuration has no credentials for them
   */
  openCallbacks?(config: SyncerConfig): CallbackReader | undefined;
}
