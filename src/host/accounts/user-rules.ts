import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { checkName } from '../../service/name-rule.ts';
import { Refusal } from '../../service/refusal.ts';
import type { AccountEdit } from '../../storage/accounts/user-accounts.ts';
import type { OrganizationRow, UserRow } from '../../storage/entities/index.ts';
import { asList, isSpelling } from '../../storage/text-value.ts';
import { text } from '../../syncer/text.ts';

const LONGEST_NAME = 255;
const NAME = /^[a-zA-Z0-9]+(?:[-._][a-zA-Z0-9]+)*$/;
const EMAIL_AS_NAME = /^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$/;
const EMAIL = /^[^\s@<>()",;:\\[\]]+@[^\s@<>()",;:\\]+$/;

const NO_NAME = text("the user's owner and name should not be empty", '用户的组织和名称不能为空');
const LONG_NAME = text('Username is too long (maximum is 255 characters).', '用户名过长（最多 255 个字符）。');
const WRONG_NAME = text(
  'The username may only contain alphanumeric characters, underlines or hyphens, cannot have consecutive hyphens or underlines, and cannot begin or end with a hyphen or underline.',
  '用户名只能包含字母、数字、下划线和连字符，不能有连续的连字符或下划线，也不能以连字符或下划线开头或结尾。',
);
const WRONG_EMAIL = text('Email is invalid', '邮箱无效');
const WRONG_PHONE = text('Phone number is invalid', '手机号无效');
const NO_DISPLAY_NAME = text('Display name cannot be empty', '显示名称不能为空');
const FOREIGN_GROUPS = text('Groups must belong to the account’s organization.', '群组必须属于该账号所在的组织。');

/**
 * An edit as it may be stored: what Casdoor refuses is refused in its words, and a phone is what Casdoor keeps, national
 * digits and a region. Values that stay as they are stand, whatever they are: members have names and numbers that nobody
 * could type in here.
 *
 * @param stored undefined: the account is new
 * @throws Refusal
 */
export function ruledEdit(
  edit: AccountEdit,
  stored: UserRow | undefined,
  organization: OrganizationRow | null,
  owner: string,
): AccountEdit {
  const { name, texts, groups } = edit;
  if (stored === undefined || (name !== undefined && name !== stored.name)) checkUserName(name ?? '', organization);
  const { email, displayName } = texts;
  if (email && email !== stored?.email && !EMAIL.test(email)) throw new Refusal(WRONG_EMAIL);
  if (stored?.displayName && displayName === '') throw new Refusal(NO_DISPLAY_NAME);
  if (groups?.some((group) => !group.startsWith(`${owner}/`))) throw new Refusal(FOREIGN_GROUPS);
  return {
    ...edit,
    texts: { ...texts, ...phoneOf(texts, stored, organization) },
    flags: { ...edit.flags, ...proofOf(edit, stored) },
  };
}

/**
 * What was proven of an address says nothing of another one, and links nobody by it. A whole account comes back with
 * what was proven before, whatever address was typed in.
 */
function proofOf({ texts, flags, named }: AccountEdit, stored: UserRow | undefined): AccountEdit['flags'] {
  const { email } = texts;
  if (email === undefined || !stored?.emailVerified || isSpelling(email, stored.email ?? '')) return {};
  const isSaidAnew = flags.emailVerified === true && named?.has('emailVerified');
  return isSaidAnew ? {} : { emailVerified: false };
}

function checkUserName(name: string, organization: OrganizationRow | null): void {
  if (name === '') throw new Refusal(NO_NAME);
  if (name.length > LONGEST_NAME) throw new Refusal(LONG_NAME);
  checkName('name', name, LONGEST_NAME);
  const isEmail = organization?.useEmailAsUsername === true && EMAIL_AS_NAME.test(name);
  if (!isEmail && !NAME.test(name)) throw new Refusal(WRONG_NAME);
}

/** Number and region together, where one of them changes; nothing where neither does. */
function phoneOf(
  texts: AccountEdit['texts'],
  stored: UserRow | undefined,
  organization: OrganizationRow | null,
): AccountEdit['texts'] {
  const [before, region] = [stored?.phone ?? '', stored?.countryCode ?? ''];
  const { phone = before, countryCode = region } = texts;
  if (phone === '' || (phone === before && countryCode === region)) return {};
  const [ofOrganization = ''] = asList(organization?.countryCodes);
  const country = countryCode.toUpperCase() || ofOrganization;
  const parsed = parsePhoneNumberFromString(phone, {
    extract: false,
    ...(isSupportedCountry(country) ? { defaultCountry: country } : {}),
  });
  if (!parsed?.isValid()) throw new Refusal(WRONG_PHONE);
  // A calling code such as +1 is that of several countries: the one that somebody chose stands.
  const isChosen = country !== '' && !phone.trim().startsWith('+');
  return { phone: parsed.nationalNumber, countryCode: isChosen ? country : (parsed.country ?? country) };
}
