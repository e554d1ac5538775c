import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max } from './rules.ts';
import { AsInteger, AsIntegers, AsText } from './transforms.ts';
import type { Keys } from './check.ts';
import { USERID, useridOf } from '../lenient-json.ts';

/** One member of `user/list` or `user/get` (doc 90196), as far as its types can be wrong. */
export class MemberRecord {
  @Transform(({ value }: { value: unknown }) => useridOf(value) ?? value)
  @Matches(USERID, { message: 'userid is missing or not usable' })
  userid = '';

  @IsOptional()
  @AsText()
  @IsString({ message: 'name is not text' })
  name?: string;

  @IsOptional()
  @AsIntegers()
  @IsInt({ each: true, message: 'department holds something that is not a number' })
  @Max(0xffff_ffff, { each: true, message: 'department holds an id that is too large' })
  department?: number[];

  @IsOptional()
  @AsInteger()
  @IsInt({ message: 'status is not a number' })
  status?: number;

  @IsOptional()
  @AsInteger()
  @IsInt({ message: 'enable is not a number' })
  enable?: number;

  @IsOptional()
  @AsText()
  @IsString({ message: 'email is not text' })
  email?: string;

  @IsOptional()
  @AsText()
  @IsString({ message: 'biz_mail is not text' })
  biz_mail?: string;

  @IsOptional()
  @AsText()
  @IsString({ message: 'mobile is not text' })
  mobile?: string;

  @IsOptional()
  @AsText()
  @IsString({ message: 'avatar is not text' })
  avatar?: string;

  @IsOptional()
  @AsText()
  @IsString({ message: 'position is not text' })
  position?: string;

  @IsOptional()
  @AsText()
  @IsString({ message: 'gender is not text' })
  gender?: string;
}

export const MEMBER_KEYS: Keys<MemberRecord> = [
  'userid',
  'name',
  'department',
  'status',
  'enable',
  'email',
  'biz_mail',
  'mobile',
  'avatar',
  'position',
  'gender',
];
