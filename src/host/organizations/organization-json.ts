import type { OrganizationRow } from '../../storage/entities/organization-row.ts';
import { asList } from '../../storage/text-value.ts';
import { component, FLAG, list, record, TEXT, WHOLE, type Keyed, type Schema } from '../http/schema.ts';

/** What Casdoor keeps there is nobody's business here: shown empty, as clients expect the key. */
const BLANK: ReadonlySet<string> = new Set(['passwordSalt', 'passwordOptions', 'mfaItems', 'accountItems']);

const KEYS = {
  owner: TEXT,
  name: TEXT,
  createdTime: TEXT,
  displayName: TEXT,
  websiteUrl: TEXT,
  logo: TEXT,
  favicon: TEXT,
  hasPrivilegeConsent: FLAG,
  passwordType: TEXT,
  passwordSalt: TEXT,
  passwordOptions: list(TEXT),
  countryCodes: list(TEXT),
  defaultAvatar: TEXT,
  defaultApplication: TEXT,
  tags: list(TEXT),
  languages: list(TEXT),
  ipWhitelist: TEXT,
  initScore: WHOLE,
  enableSoftDeletion: FLAG,
  isProfilePublic: FLAG,
  disableSignin: FLAG,
  mfaItems: list(TEXT),
  accountItems: list(TEXT),
  balanceCurrency: TEXT,
} satisfies Readonly<Record<keyof OrganizationRow, Schema>>;

/** An organization in Casdoor's JSON. */
export type OrganizationJson = Keyed<typeof KEYS>;

export const ORGANIZATION = component('Organization', record(KEYS));

function shown(type: unknown, stored: unknown): unknown {
  switch (type) {
    case 'array':
      return asList(stored);
    case 'boolean':
      return stored === true;
    case 'integer':
      return Number(stored ?? 0);
    default:
      return stored ?? '';
  }
}

export function organizationJson(row: OrganizationRow): OrganizationJson {
  const json: Record<string, unknown> = {};
  for (const [key, { type }] of Object.entries<Schema>(KEYS)) {
    json[key] = shown(type, BLANK.has(key) ? undefined : row[key as keyof OrganizationRow]);
  }
  return json as OrganizationJson;
}
