import type { Account } from '../../../identity/account.ts';
import type { ColumnLimits } from '../../../identity/column-limits.ts';
import type { FieldChange, FieldValue } from '../../../identity/change.ts';
import type { ProfileField, ProfileValues, UserProfile } from '../../../syncer/profile.ts';
import { text, type Text } from '../../../syncer/text.ts';
import { fitValues } from './fit-values.ts';

/** What a member may give; a number and its country are one thing. */
const GIVEN_FIELDS = ['email', 'phone', 'countryCode', 'avatar', 'gender'] as const;

/** What a member gives, against what is known. */
export interface Completion {
  readonly given: ProfileValues;
  /** What the directory itself states of him: it is above every other word. */
  readonly stated: ProfileValues;
  /** Fields that nobody wrote since he gave them himself, with what he gave. */
  readonly own: ReadonlyMap<string, FieldValue>;
  readonly limits: ColumnLimits;
}

/**
 * Whose word stands: the directory's where it states the field, else that of a person of ours, else the member's own. So
 * he fills what is empty, and replaces what he gave before; what anybody else wrote stays.
 */
export function planCompletion(
  { values: stored }: Pick<Account, 'values'>,
  { given, stated, own, limits }: Completion,
): { readonly values: ProfileValues; readonly fields: readonly FieldChange[] } {
  const isHis = (field: ProfileField): boolean => {
    const before = stored[field];
    return before !== undefined && stated[field] === undefined && (before === '' || own.get(field) === before);
  };
  // Half of a number and its country would be another number.
  const isNumberHis = isHis('phone') && stated.countryCode === undefined;
  const { values: fitted } = fitValues(given, limits);
  const values: Partial<Record<ProfileField, string>> = {};
  const fields: FieldChange[] = [];
  for (const field of GIVEN_FIELDS) {
    const after = fitted[field];
    const before = stored[field];
    if (after === undefined || before === undefined || after === before) continue;
    if (field === 'countryCode' ? fitted.phone === undefined : after === '') continue;
    if (field === 'phone' || field === 'countryCode' ? !isNumberHis : !isHis(field)) continue;
    // What a person said of this very number stays; another number brings its own country along.
    if (field === 'countryCode' && values.phone === undefined && !isHis('countryCode')) continue;
    values[field] = after;
    fields.push({ field, before, after });
  }
  return { values, fields };
}

/** Why nothing may be given to this account; undefined: it may. Said of the account of whoever came, and to him. */
export function refusesCompletion(account: Account, access: UserProfile['access']): Text | undefined {
  if (account.isAdmin) return ADMINISTRATOR;
  // Where the directory says what nobody understands, the account is what it is.
  const isOut = access.state === 'forbidden' || access.state === 'outOfScope';
  if (account.isForbidden || account.isDeleted || isOut) return NO_ACCESS;
  return undefined;
}

const ADMINISTRATOR = text(
  'The account of an administrator is changed by an administrator alone.',
  '管理员账号的资料只能由管理员修改。',
);
const NO_ACCESS = text(
  'The account has no access at present. Ask an administrator.',
  '该账号目前无访问权限，请联系管理员。',
);
