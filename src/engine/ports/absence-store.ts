import type { Absence } from '../../identity/absence.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Page } from './run-store.ts';

/** A leaver who waits, as his account stands. */
export interface WaitingLeaver extends Absence {
  /** "" = not known here. */
  readonly displayName: string;
  /** `ORG/<group>`; none where that is not known here. */
  readonly groups: readonly string[];
}

/** Since when members are missing, for leavers whose access or account is kept for a time. */
export interface AbsenceStore {
  /** Of one syncer: as many as leavers wait. */
  of(syncerId: string): Promise<readonly Absence[]>;
  /**
   * Those whom a run would lock out or delete once they are due, the last to be missed first: nobody who is left alone, be
   * it only since the last run. `page` starts at 1.
   *
   * @param withForbidden also those who are forbidden and wait to be deleted
   */
  waiting(
    of: { readonly organization: string; readonly syncerId: string },
    withForbidden: boolean,
    page: number,
    pageSize: number,
  ): Promise<Page<WaitingLeaver>>;
  /**
   * Stores absences, in place of those of the same keys, and forgets others.
   *
   * @throws LeaseError when the lease is no longer this run's; nothing was written
   */
  write(lease: LeaseGrant, put: readonly Absence[], remove: readonly ExternalKey[]): Promise<void>;
}
