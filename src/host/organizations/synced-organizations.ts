import type { IdentityStore } from '../../identity/identity-store.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { OrganizationRow } from '../../storage/entities/index.ts';

const rowOf = (name: string): OrganizationRow =>
  Object.assign(new OrganizationRow(), { owner: 'admin', name, displayName: name });

/** The organizations of a host that keeps people itself: those that have syncers, since no store lists the others. */
export class SyncedOrganizations {
  readonly #syncers: Pick<SyncerService, 'list'>;
  readonly #identity: Pick<IdentityStore, 'organizationExists'>;

  constructor(syncers: Pick<SyncerService, 'list'>, identity: Pick<IdentityStore, 'organizationExists'>) {
    this.#syncers = syncers;
    this.#identity = identity;
  }

  async list(): Promise<readonly OrganizationRow[]> {
    const names = (await this.#syncers.list()).map(({ organization }) => organization);
    return [...new Set(names)].sort().map(rowOf);
  }

  async find(name: string): Promise<OrganizationRow | undefined> {
    return (await this.#identity.organizationExists(name)) ? rowOf(name) : undefined;
  }
}
