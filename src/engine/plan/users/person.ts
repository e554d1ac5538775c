import { createHash } from 'node:crypto';
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { ProfileValues } from '../../../syncer/profile.ts';

/** What two values say about whether two records are one person; `unknown`: one side is silent, or says what anybody could. */
export type Comparison = 'equal' | 'different' | 'unknown';

/** The values by which people are told apart. */
export interface PersonComparison {
  readonly name: Comparison;
  readonly phone: Comparison;
  readonly email: Comparison;
}

const CHINESE_MOBILE = /^1[3-9]\d{9}$/;
const SHORTEST = 7;
/** Hotlines, carriers and banks in China: what somebody types who has no number to give. */
const CHINESE_SERVICE = /^(?:[48]00\d{7}|(?:10|11|12|95|96)\d{1,6})$/;

/**
 * The number as the world dials it. Digits alone are no number: the same ones exist in another country. Without a
 * country only what every directory of ours means by it counts, a Chinese mobile.
 *
 * @returns undefined for what identifies nobody: no number, one without a country, a placeholder, a service number
 */
export function e164(phone: string | undefined, countryCode: string | undefined): string | undefined {
  const entered = (phone ?? '').trim();
  const digits = entered.replace(/\D/g, '');
  if (isPlaceholder(digits)) return undefined;
  const region = (countryCode ?? '').trim().toUpperCase();
  if ((region === 'CN' || region === '') && CHINESE_SERVICE.test(digits)) return undefined;
  const isMobile = CHINESE_MOBILE.test(digits) && !entered.startsWith('+');
  if (isMobile && (region === 'CN' || region === '')) return `+86${digits}`;
  if (!entered.startsWith('+') && !isSupportedCountry(region)) return undefined;
  const parsed = parsePhoneNumberFromString(entered, isSupportedCountry(region) ? region : 'CN');
  // Everybody behind a switchboard has its number; the extension is no part of E.164.
  if (parsed?.ext) return undefined;
  if (parsed?.isPossible()) {
    const isService = parsed.country === 'CN' && CHINESE_SERVICE.test(parsed.nationalNumber);
    return isService || isPlaceholder(parsed.nationalNumber) ? undefined : parsed.number;
  }
  return isSupportedCountry(region) ? `+${getCountryCallingCode(region)}${digits}` : undefined;
}

/** `0`, too short, one digit over and over (with or without the three that a mobile begins with), counted up. */
function isPlaceholder(digits: string): boolean {
  if (digits.length < SHORTEST) return true;
  return /^(\d)\1*$/.test(digits) || /^\d{3}(\d)\1{6,}$/.test(digits) || /^0?1234567/.test(digits);
}

/** E-mail addresses compare without case: no company gives two people two spellings of one. */
export const emailKey = (email: string | undefined): string => (email ?? '').trim().toLowerCase();

const nameKey = (name: string | undefined): string => (name ?? '').trim().normalize('NFC');

/** @param told as they fit the columns */
export function comparePerson(told: ProfileValues, stored: ProfileValues): PersonComparison {
  return {
    name: compare(nameKey(told.displayName), nameKey(stored.displayName)),
    phone: comparePhones(told, stored),
    email: compare(emailKey(told.email), emailKey(stored.email)),
  };
}

function comparePhones(told: ProfileValues, stored: ProfileValues): Comparison {
  const [a, b] = [e164(told.phone, told.countryCode), e164(stored.phone, stored.countryCode)];
  if (a !== undefined || b !== undefined) return compare(a ?? '', b ?? '');
  const isSame = told.phone === stored.phone && (told.countryCode ?? '') === (stored.countryCode ?? '');
  // Written the same and read by nobody: an extension, a number of a numbering plan that the library does not know.
  const digits = (told.phone ?? '').replace(/\D/g, '');
  return isSame && !isPlaceholder(digits) && !CHINESE_SERVICE.test(digits) ? 'equal' : 'unknown';
}

function compare(a: string, b: string): Comparison {
  if (a === '' || b === '') return 'unknown';
  return a === b ? 'equal' : 'different';
}

/**
 * Whether a userid may have gone to another person: nothing agrees of what both know, and something is known to both.
 * Companies give the id of somebody who left to somebody who joins, and WeCom allows it at once.
 */
export function isHandedOn(told: ProfileValues, stored: ProfileValues): boolean {
  const all = Object.values(comparePerson(told, stored)) as Comparison[];
  return !all.includes('equal') && all.includes('different');
}

/** What a directory says of a person, for telling later whether it still says the same. */
export const fingerprintOf = ({ displayName, phone, countryCode, email }: ProfileValues): string =>
  createHash('sha256')
    .update(JSON.stringify([nameKey(displayName), e164(phone, countryCode) ?? phone ?? '', emailKey(email)]))
    .digest('hex');
