import { IsInt, Max, Min } from './rules.ts';
import { AsInteger } from './transforms.ts';
import type { Keys } from './check.ts';

/** What tells one department of `department/list` (doc 90208) from another; everything else may be unknown. */
export class DepartmentRecord {
  @AsInteger()
  @IsInt({ message: 'id is not a number' })
  @Min(1, { message: 'id is not positive' })
  @Max(0xffff_ffff, { message: 'id is too large' })
  id = 0;
}

export const DEPARTMENT_KEYS: Keys<DepartmentRecord> = ['id'];
