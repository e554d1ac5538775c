import { ArrayMaxSize, IsArray, IsBoolean, IsInt, IsString, MaxLength, Min } from './rules.ts';
import { ListOf } from './transforms.ts';
import { text } from '../../../syncer/text.ts';
import { integerOf, textOf } from '../lenient-json.ts';

const DEPARTMENTS = {
  context: text(
    'Scope (scope.departments): a list of department ids, which are whole numbers from 1.',
    '同步范围(scope.departments)：应为部门 ID 列表，ID 是从 1 开始的整数。',
  ),
};
const CHILDREN = {
  context: text(
    'Scope (scope.includeChildren): true or false.',
    '同步范围(scope.includeChildren)：应为 true 或 false。',
  ),
};
const USERS = {
  context: text(
    'Scope (scope.excludeUsers): a list of userids, 64 characters at most each.',
    '同步范围(scope.excludeUsers)：应为 userid 列表，每个不超过 64 个字符。',
  ),
};

/** Which part of what is visible belongs to this syncer. */
export class WeComScope {
  /** Empty: every visible department. */
  @ListOf(integerOf)
  @IsArray(DEPARTMENTS)
  @ArrayMaxSize(30_000, DEPARTMENTS)
  @IsInt({ ...DEPARTMENTS, each: true })
  @Min(1, { ...DEPARTMENTS, each: true })
  departments: number[] = [];

  /** Whether the departments bring their sub-departments along. */
  @IsBoolean(CHILDREN)
  includeChildren = true;

  /** Userids, compared without case. */
  @ListOf((entry) => textOf(entry)?.trim())
  @IsArray(USERS)
  @ArrayMaxSize(100_000, USERS)
  @IsString({ ...USERS, each: true })
  @MaxLength(64, { ...USERS, each: true })
  excludeUsers: string[] = [];
}
