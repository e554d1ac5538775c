import type { Text } from '../syncer/text.ts';

export const CHANGE_KINDS = [
  'create',
  'update',
  'forbid',
  'restore',
  'remove',
  'link',
  'conflict',
  'skip',
  'createGroup',
  'updateGroup',
  'removeGroup',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export const CHANGE_STATES = ['planned', 'applied', 'held', 'rejected', 'failed'] as const;
export type ChangeState = (typeof CHANGE_STATES)[number];

export type FieldValue = string | boolean | readonly string[] | null;

export interface FieldChange {
  readonly field: string;
  readonly before: FieldValue;
  readonly after: FieldValue;
}

/** What a run did, would do, or could not do to one account or group. */
export interface Change {
  readonly kind: ChangeKind;
  /** The vendor's id as spelt by the vendor; for groups the department id. */
  readonly userid: string;
  /** `ORG/NAME` of the account or group; "" while there is none. */
  readonly user: string;
  readonly fields: readonly FieldChange[];
  readonly reason: Text;
  readonly state: ChangeState;
}
