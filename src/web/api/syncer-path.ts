import type { RunJson, SyncerJson } from '../../host/api.ts';

/** The page of one syncer. */
export const syncerPath = ({ organization, name }: Pick<SyncerJson, 'organization' | 'name'>): string =>
  `/syncers/${encodeURIComponent(organization)}/${encodeURIComponent(name)}`;

/** Names have no slash in them. */
export function syncerOf({ syncer, organization }: RunJson): { readonly organization: string; readonly name: string } {
  return { organization, name: syncer.slice(syncer.indexOf('/') + 1) };
}

/** What people did to one syncer and its runs. */
export const auditPath = ({ organization, name }: Pick<SyncerJson, 'organization' | 'name'>): string =>
  `/audit?organization=${encodeURIComponent(organization)}&syncer=${encodeURIComponent(`${organization}/${name}`)}`;
