import type { Run } from '../run.ts';

/** What became of the sessions that people whose access was taken have at the IAM. */
export interface SignOutReport {
  /** How many people were signed out there. */
  readonly signedOut: number;
  /** Names of accounts that could not be: the next full run tries again. */
  readonly failed: readonly string[];
  /** Names of accounts that this very run locked out, where nobody may sign them out there. */
  readonly left: readonly string[];
}

/** A session there that is still to be ended. */
export interface PendingSignOut {
  readonly owner: string;
  readonly name: string;
  readonly application: string;
  /** The run that locked the account out, or "". */
  readonly runId: string;
}

/**
 * Sessions that are still to be ended at the IAM. Whoever takes an account's access notes them in the same transaction,
 * so that a crash before they are ended there loses none.
 */
export interface SignOutStore {
  /**
   * Those of accounts that may still not sign in; what has become needless is forgotten.
   *
   * @param names only of these accounts
   */
  pending(organization: string, names?: readonly string[]): Promise<readonly PendingSignOut[]>;
  /** @returns whether it was still to be done: of several at once exactly one is told so */
  done(signOut: PendingSignOut): Promise<boolean>;
}

/** Signs people out of an IAM that runs beside us. */
export interface SignOuts {
  /**
   * Of those whom this run locked out, and, unless it is one of a single member, of those after them whom an earlier one
   * or a person did and nobody signed out since.
   */
  settle(run: Pick<Run, 'id' | 'organization' | 'trigger'>, signal: AbortSignal): Promise<SignOutReport>;
}
