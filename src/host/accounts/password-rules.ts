import { Refusal } from '../../service/refusal.ts';
import type { OrganizationRow } from '../../storage/entities/casdoor/casdoor-rows.ts';
import { asList } from '../../storage/text-value.ts';
import { text, type Text } from '../../syncer/text.ts';
import { LONGEST_PASSWORD } from '../auth/password.ts';

interface PasswordRule {
  readonly fits: (password: string) => boolean;
  readonly otherwise: Text;
}

const atLeast = (shortest: number): PasswordRule => ({
  fits: (password) => password.length >= shortest,
  otherwise: text(`The password must have at least ${shortest} characters`, `密码长度必须至少为 ${shortest} 个字符`),
});

/** An organization that asks for nothing gets this all the same: Casdoor gives it to every new one. */
const SHORTEST = atLeast(6);

/** What organizations may ask of passwords, by Casdoor's words for it. */
const RULES: Readonly<Record<string, PasswordRule>> = {
  AtLeast6: SHORTEST,
  AtLeast8: atLeast(8),
  Aa123: {
    fits: (password) => [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(password)),
    otherwise: text(
      'The password must contain at least one uppercase letter, one lowercase letter and one digit',
      '密码必须包含至少一个大写字母、一个小写字母和一个数字',
    ),
  },
  SpecialChar: {
    fits: (password) => /[!-/:-@[-`{-~]/.test(password),
    otherwise: text('The password must contain at least one special character', '密码必须包含至少一个特殊字符'),
  },
  NoRepeat: {
    fits: (password) => !/(.)\1/su.test(password),
    otherwise: text('The password must not contain any repeated characters', '密码不能包含连续重复的字符'),
  },
};

const EMPTY = text('Password cannot be empty', '密码不能为空');
const TOO_LONG = text(
  `The password must have at most ${LONGEST_PASSWORD} characters`,
  `密码长度不能超过 ${LONGEST_PASSWORD} 个字符`,
);

/**
 * What somebody typed in as a new password.
 *
 * @throws Refusal when the organization asks for another one
 */
export function readPassword(value: unknown, organization: OrganizationRow | undefined): string {
  if (typeof value !== 'string' || value === '') throw new Refusal(EMPTY);
  if (value.length > LONGEST_PASSWORD) throw new Refusal(TOO_LONG);
  const asked = asList(organization?.passwordOptions).map((option) => RULES[option]);
  for (const rule of [SHORTEST, ...asked]) if (rule && !rule.fits(value)) throw new Refusal(rule.otherwise);
  return value;
}
