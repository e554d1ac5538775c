import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** A number as Casdoor keeps it. */
export interface Phone {
  /** National digits. */
  readonly phone: string;
  /** ISO 3166 region, such as `CN`; '' = unknown. */
  readonly countryCode: string;
}

/**
 * What nearly every number is; parsing it costs some twenty times more and gives the same. Numbers in 179 are left to
 * the library: they begin with the code of a carrier.
 */
const CHINESE_MOBILE = /^1(?:[3-689]\d|7[0-8])\d{8}$/;

/**
 * Reads a mobile of WeCom: a bare number is a Chinese one, others come with `+` and a country code.
 *
 * @returns undefined for what tells no number: empty, without digits, or masked with asterisks
 */
export const readPhone = (entered: string): Phone | undefined => {
  const trimmed = entered.trim();
  if (CHINESE_MOBILE.test(trimmed)) return { phone: trimmed, countryCode: 'CN' };
  if (trimmed === '' || trimmed.includes('*')) return undefined;
  const parsed = parsePhoneNumberFromString(trimmed, { defaultCountry: 'CN', extract: false });
  // Without its extension it would be the number of everybody behind the switchboard.
  if (parsed?.country && parsed.isPossible() && !parsed.ext)
    return { phone: parsed.nationalNumber, countryCode: parsed.country };
  const digits = trimmed.replace(/\D/g, '');
  return digits === '' ? undefined : { phone: digits, countryCode: '' };
};
