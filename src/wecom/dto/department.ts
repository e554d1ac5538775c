import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { AsInteger, AsText } from './transforms.ts';
import type { Keys } from './check.ts';

/** One department of `department/list` (doc 90208), as far as its types can be wrong. */
export class DepartmentRecord {
  @AsInteger()
  @IsInt({ message: 'id is not a number' })
  @Min(1, { message: 'id is not positive' })
  @Max(0xffff_ffff, { message: 'id is too large' })
  id = 0;

  @IsOptional()
  @AsInteger()
  @IsInt({ message: 'parentid is not a number' })
  parentid?: number;

  @IsOptional()
  @AsText()
  @IsString({ message: 'name is not text' })
  name?: string;

  @IsOptional()
  @AsText()
  @IsString({ message: 'name_en is not text' })
  name_en?: string;
}

export const DEPARTMENT_KEYS: Keys<DepartmentRecord> = ['id', 'parentid', 'name', 'name_en'];
