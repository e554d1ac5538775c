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
  | 'removalLimit'
  | 'syncGroups'
  | 'linkBy'
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
  'removalLimit',
  'syncGroups',
  'linkBy',
  'tableColumns',
] as const;

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
  const secrets = (type?.fields ?? []).filter(({ name, secret }) => secret && values[name] !== '');
  return { ...values, ...Object.fromEntries(secrets.map(({ name }) => [name, MASK])) };
}
