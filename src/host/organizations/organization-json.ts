import {
  FRESH_ORGANIZATION,
  organizationColumns,
  type ORGANIZATION_COLUMNS,
  type OrganizationProperty,
} from '../../storage/entities/casdoor/organization-columns.ts';
import type { OrganizationRow } from '../../storage/entities/casdoor/casdoor-rows.ts';
import { asJson } from '../../storage/text-value.ts';
import { MASK } from '../../syncer/definition.ts';
import {
  component,
  described,
  FLAG,
  input,
  list,
  NUMBER,
  orNull,
  record,
  TEXT,
  WHOLE,
  type Schema,
} from '../http/schema.ts';

type Column = ReturnType<typeof organizationColumns>[number][1];

type Shown<C> = C extends { json: 'texts' }
  ? readonly string[] | null
  : C extends { json: 'objects' }
    ? readonly Readonly<Record<string, unknown>>[] | null
    : C extends { json: 'object' }
      ? Readonly<Record<string, unknown>> | null
      : C extends { type: 'boolean' }
        ? boolean
        : C extends { type: 'int' | 'double precision' }
          ? number
          : string;

/** An organization in Casdoor's JSON. */
export type OrganizationJson = {
  readonly [Name in OrganizationProperty]: Shown<(typeof ORGANIZATION_COLUMNS)[Name]>;
};

const OBJECT: Schema = { type: 'object', additionalProperties: true };

function schemaOf({ type, json, masked }: Column): Schema {
  if (json === 'texts') return orNull(list(TEXT));
  if (json === 'objects') return orNull(list(OBJECT));
  if (json === 'object') return orNull(OBJECT);
  if (type === 'boolean') return FLAG;
  if (type === 'int') return WHOLE;
  if (type === 'double precision') return NUMBER;
  return masked ? described(TEXT, '*** for whom it is hidden; written back, it keeps what is stored') : TEXT;
}

const KEYS = Object.fromEntries(organizationColumns().map(([name, column]) => [name, schemaOf(column)]));

export const ORGANIZATION = component('Organization', record(KEYS) as Schema<OrganizationJson>);
/** What a body may say of an organization. */
export const ORGANIZATION_INPUT = component('OrganizationInput', input(KEYS));

function shownAs({ type, json, masked }: Column, stored: unknown, seesAll: boolean): unknown {
  if (json) return asJson(stored);
  if (type === 'boolean') return stored === true;
  if (type !== 'varchar' && type !== 'text') return Number(stored ?? 0);
  const isHidden = masked === 'everybody' || (masked === 'others' && !seesAll);
  return isHidden && stored ? MASK : (stored ?? '');
}

/** @param seesAll whoever administers all organizations sees what others do not; passwords nobody does */
export function organizationJson(row: OrganizationRow, seesAll: boolean): OrganizationJson {
  const json = organizationColumns().map(([name, column]) => [name, shownAs(column, row[name], seesAll)] as const);
  return Object.fromEntries(json) as unknown as OrganizationJson;
}

/** What everybody may see who sees the organization at all: what it is called. */
export const organizationNameJson = ({ owner, name, displayName }: OrganizationRow): OrganizationJson =>
  organizationJson({ ...FRESH_ORGANIZATION, owner, name, displayName }, false);
