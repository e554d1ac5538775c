import { readFlag, wrongField } from '../../service/syncers/field-readers.ts';
import {
  organizationColumns,
  type OrganizationProperty,
  type OrganizationValues,
} from '../../storage/entities/casdoor/organization-columns.ts';
import { goJson } from '../../storage/text-value.ts';
import { MASK } from '../../syncer/definition.ts';
import { ACCOUNT_ITEMS } from './account-items.ts';

/** What somebody wants of an organization, as it is stored; what is absent stays. */
export type OrganizationPatch = Partial<OrganizationValues>;

type Column = ReturnType<typeof organizationColumns>[number][1];

const LONGEST_TEXT = 65_536;
const MOST_ITEMS = 1000;
/** What a column of numbers takes on every database. */
const LARGEST_WHOLE = 2 ** 31 - 1;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function readJson(key: string, json: NonNullable<Column['json']>, value: unknown): string | null {
  if (value === null) return json === 'object' ? null : 'null';
  if (json === 'object') {
    if (!isObject(value)) throw wrongField(key, 'must be an object', '必须是对象');
    return goJson(value);
  }
  const fits = json === 'texts' ? (entry: unknown) => typeof entry === 'string' : isObject;
  if (!Array.isArray(value) || value.length > MOST_ITEMS) throw wrongField(key, 'must be a list', '必须是列表');
  const entries = value.filter((entry) => entry !== null);
  if (!entries.every(fits)) {
    throw json === 'texts'
      ? wrongField(key, 'must be a list of texts', '必须是文本列表')
      : wrongField(key, 'must be a list of objects', '必须是对象列表');
  }
  return goJson(entries);
}

function readValue(key: string, { type, json }: Column, value: unknown): string | number | boolean | null {
  if (json) return readJson(key, json, value);
  if (type === 'boolean') return readFlag(key, value);
  if (type === 'int' || type === 'double precision') {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongField(key, 'must be a number', '必须是数字');
    if (type === 'int' && (!Number.isInteger(value) || Math.abs(value) > LARGEST_WHOLE))
      throw wrongField(key, 'must be a whole number', '必须是整数');
    return value;
  }
  if (typeof value !== 'string') throw wrongField(key, 'must be text', '必须是文本');
  if (value.length > LONGEST_TEXT) throw wrongField(key, 'is too long', '过长');
  return value;
}

/**
 * The part of a body that is an organization's. Null keeps, but for lists and objects, which may be null; `***` keeps
 * what it hides.
 *
 * @throws Refusal naming a key whose value is of the wrong kind
 */
export function organizationPatch(body: Readonly<Record<string, unknown>>): OrganizationPatch {
  const patch: Partial<Record<OrganizationProperty, unknown>> = {};
  for (const [key, column] of organizationColumns()) {
    const value = body[key];
    if (key === 'owner' || value === undefined || (value === null && !column.json)) continue;
    if (column.masked && value === MASK) continue;
    patch[key] = readValue(key, column, value);
  }
  const name = typeof body['name'] === 'string' ? { name: body['name'].trim() } : {};
  return { ...(patch as OrganizationPatch), ...name };
}

/** What Casdoor gives a new organization that comes without, or with an empty one. */
const INSTEAD: OrganizationPatch = {
  accountItems: goJson(ACCOUNT_ITEMS),
  passwordOptions: '["AtLeast6"]',
  countryCodes: '["CN"]',
  languages: '["en","zh"]',
  balanceCurrency: 'USD',
};

/** A patch for an organization that is to be. */
export function newOrganization(patch: OrganizationPatch): OrganizationPatch {
  const defaults = Object.entries(INSTEAD) as [keyof OrganizationPatch, string][];
  const filled = defaults.filter(([key]) =>
    [undefined, null, '', '[]', 'null'].includes(patch[key] as string | undefined),
  );
  return { ...patch, ...Object.fromEntries(filled) };
}
