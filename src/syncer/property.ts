import { text, type Text } from './text.ts';

const PREFIX = 'properties.';

/** One key of the map of further values that an account has beside its fields (Casdoor's `properties`): `properties.KEY`. */
export type PropertyField = `properties.${string}`;

export const propertyField = (key: string): PropertyField => `${PREFIX}${key}`;

/** The key in the map; undefined: the field is one of its own. */
export const propertyKey = (field: string): string | undefined =>
  field.startsWith(PREFIX) ? field.slice(PREFIX.length) : undefined;

/** Of any script, with the marks without which some of them cannot be written. */
const KEY = /^[\p{L}\p{M}\p{N}_.-]{1,64}$/u;

/**
 * What Casdoor itself writes there and believes: who somebody is at a provider and his tokens, the pictures of his
 * identity card and whether somebody looked at them, and the key that its LDAP server tells SSH servers.
 */
const RESERVED = /^(?:oauth_.*|sshPublicKey|idCardFront|idCardBack|idCardWithPerson|isIdCardVerified)$/iu;

const NO_KEY = text(
  'the key after "Properties." has 1 to 64 letters, digits, "_", "-" or ".".',
  '“Properties.”之后的键须由 1 至 64 个字母(文字)、数字、“_”、“-”或“.”组成。',
);
const RESERVED_KEY = text(
  'the IAM itself keeps sign-ins and proofs of identity under this key; choose another one.',
  'IAM 在该键下保存登录绑定或身份证明；请改用其他键。',
);

/** Why no directory feeds this key; undefined: it may. */
export function refusesKey(key: string): Text | undefined {
  if (!KEY.test(key) || key === '__proto__') return NO_KEY;
  return RESERVED.test(key) ? RESERVED_KEY : undefined;
}
