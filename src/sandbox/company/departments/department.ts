/** A department as WeCom keeps it; the root is always id 1 under parent 0. */
export interface Department {
  readonly id: number;
  readonly parentid: number;
  readonly name: string;
  readonly name_en: string | undefined;
  /** Larger is shown first; any unsigned 32-bit number. */
  readonly order: number;
  /** Userids as spelt in the company. */
  readonly department_leader: readonly string[];
}

export type DepartmentRecord = { -readonly [Key in keyof Department]: Department[Key] };

export const ROOT_ID = 1;
/** WeCom refuses a sixteenth level; the root is the first (doc 90205). */
export const MAX_DEPTH = 15;
/** Sibling orders as seen on the wire: the first has this, each next 1000 less. */
export const FIRST_ORDER = 100_000_000;
export const ORDER_STEP = 1000;
