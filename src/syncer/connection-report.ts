import type { Text } from './text.ts';

/** One thing that was tried. */
export interface ConnectionCheck {
  /** Such as `token`, `departments`, `members`, `fields`. */
  readonly name: string;
  readonly ok: boolean;
  readonly detail: Text;
  /** The kind of error that it failed with, as `SyncError.code`. */
  readonly code?: string;
  /** What to change, where, when `ok` is false (or when a person could do better). */
  readonly remedy?: Text;
}

/** What would come in, so that an operator sees more than "ok". */
export interface ConnectionReport {
  /** Every check passed. */
  readonly ok: boolean;
  readonly checks: readonly ConnectionCheck[];
  /** Departments visible. */
  readonly departments: number;
  /** Members seen while testing: those of the departments that were sampled, not of the whole directory. */
  readonly members: number;
  readonly sample?: { readonly userid: string; readonly name: string };
  /** Personal fields that the vendor does not give to these credentials. */
  readonly withheldFields: readonly string[];
  /** Our address as the vendor sees it, when the vendor told it. */
  readonly egressIp?: string;
}
