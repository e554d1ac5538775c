import type { RunJson } from '../../host/api.ts';

/** Names have no slash in them. */
export function syncerOf({ syncer, organization }: RunJson): { readonly organization: string; readonly name: string } {
  return { organization, name: syncer.slice(syncer.indexOf('/') + 1) };
}
