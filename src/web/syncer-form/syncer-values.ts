import { MASK, type SyncerJson, type SyncerTypeJson } from '../../host/api.ts';

/** What the form edits: the syncer without what only the server knows. */
export type SyncerValues = Pick<
  SyncerJson,
  | 'organization'
  | 'name'
  | 'type'
  | 'isEnabled'
  | 'syncInterval'
  | 'leavers'
  | 'graceDays'
  | 'deleteDays'
  | 'removalLimit'
  | 'syncGroups'
  | 'parentGroup'
  | 'linkBy'
  | 'rosterInterval'
  | 'timeZone'
  | 'schedule'
  | 'quietWindows'
  | 'freezeWindows'
  | 'freezeDisabled'
  | 'selfService'
  | 'tableColumns'
> &
  Readonly<Record<string, unknown>>;

const OWN_FIELDS = [
  'organization',
  'name',
  'type',
  'isEnabled',
  'syncInterval',
  'leavers',
  'graceDays',
  'deleteDays',
  'removalLimit',
  'syncGroups',
  'parentGroup',
  'linkBy',
  'rosterInterval',
  'timeZone',
  'schedule',
  'quietWindows',
  'freezeWindows',
  'freezeDisabled',
  'selfService',
  'tableColumns',
] as const;

/** Where a refusal is told: what the form asks for part by part. */
const OWN_PARTS = [
  ...OWN_FIELDS,
  'removalLimit.percent',
  'removalLimit.count',
  'selfService.enabled',
  'selfService.fields',
  'selfService.nudgePerDay',
];

/**
 * The field of the form that a refusal of the host is about, which it names as `(field)` or in quotes.
 *
 * @returns undefined: it names none that is there
 */
export function refusedField(refusal: string, type: SyncerTypeJson | undefined): string | undefined {
  const names = [...(type?.fields ?? []).map(({ name }) => name), ...OWN_PARTS];
  const named = Array.from(refusal.matchAll(/[("“]([a-z]+(?:\.[a-z]+)*)/gi), ([, name = '']) => name);
  for (const name of named) {
    // A part of a list, such as the days of a window, is told where the list is.
    const field = names.find((one) => one === name) ?? names.find((one) => name.startsWith(`${one}.`));
    if (field !== undefined) return field;
  }
  return undefined;
}

const rootOf = (field: string): string => field.split('.', 1)[0] ?? field;

/** The fields of a stored syncer that the form shows; whatever else it has is kept by the server. */
export function valuesOf(syncer: SyncerJson, type: SyncerTypeJson | undefined): SyncerValues {
  const shown = new Set<string>([...OWN_FIELDS, ...(type?.fields ?? []).map(({ name }) => rootOf(name))]);
  return Object.fromEntries(Object.entries(syncer).filter(([key]) => shown.has(key))) as SyncerValues;
}

/** Where a new syncer begins. It is not enabled: a connection is tested and a preview looked at first. */
export function newValues(type: SyncerTypeJson, organization: string): SyncerValues {
  return {
    ...(type.defaults as SyncerValues),
    organization,
    name: type.type.toLowerCase(),
    type: type.type,
    isEnabled: false,
  };
}

/** After saving, secrets are stored and no longer in the page. */
export function withStoredSecrets(values: SyncerValues, type: SyncerTypeJson | undefined): SyncerValues {
  let stored = values;
  for (const { name, secret } of type?.fields ?? []) {
    const [root = name, part] = name.split('.', 2);
    const whole = stored[root];
    if (!secret || whole === '') continue;
    if (part === undefined) stored = { ...stored, [root]: MASK };
    else if (isObject(whole) && whole[part] !== '') stored = { ...stored, [root]: { ...whole, [part]: MASK } };
  }
  return stored;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
