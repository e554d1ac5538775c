import type { SyncerJson } from '../../host/api.ts';

/** The page of one syncer. */
export const syncerPath = ({ organization, name }: Pick<SyncerJson, 'organization' | 'name'>): string =>
  `/syncers/${encodeURIComponent(organization)}/${encodeURIComponent(name)}`;
