import type { FieldValue } from '../../identity/change.ts';

/** What members themselves gave to their accounts. */
export interface GivenValues {
  /**
   * The fields that nobody wrote since a run of trigger `self` did, with what that run wrote.
   *
   * @param user `ORG/NAME`
   */
  of(user: string): Promise<ReadonlyMap<string, FieldValue>>;
}
