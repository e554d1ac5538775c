import type { ProfileField } from '../syncer/profile.ts';

/** How many characters (code points) a column takes; Infinity = text without a bound. Absent field: the column does not exist. */
export interface ColumnLimits {
  readonly values: Readonly<Partial<Record<ProfileField, number>>>;
  readonly name: number;
  readonly id: number;
  readonly binding: number;
  /** Characters of the JSON text in `user.groups`. */
  readonly groups: number;
  readonly groupName: number;
  readonly groupDisplayName: number;
}
