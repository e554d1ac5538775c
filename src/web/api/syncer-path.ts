import type { RunJson, SyncerJson } from '../../host/api.ts';

/** The page of one syncer. */
export const syncerPath = ({ organization, name }: Pick<SyncerJson, 'organization' | 'name'>): string =>
  `/syncers/${encodeURIComponent(organization)}/${encodeURIComponent(name)}`;

/** Names have no slash in them. */
export function syncerOf({ syncer, organization }: RunJson): { readonly organization: string; readonly name: string } {
  return { organization, name: syncer.slice(syncer.indexOf('/') + 1) };
}
