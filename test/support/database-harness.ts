import type { Account } from '../../src/identity/account.ts';
import type { Group } from '../../src/identity/group.ts';
import type { SyncerScope } from '../../src/identity/identity-store.ts';
import type { Database } from '../../src/storage/database.ts';
import { GroupRow, OrganizationRow, SyncerRow, UserRow } from '../../src/storage/entities/index.ts';
import { TypeormIdentityStore } from '../../src/storage/identity/typeorm-identity-store.ts';
import { TypeormLeaseStore } from '../../src/storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../../src/storage/runs/typeorm-run-store.ts';
import type { IdentityStoreSubject } from '../../src/testing/index.ts';

/** What a person's screens write: the row of Casdoor's table, with the values that a test cares about. */
const userRow = (account: Account): Partial<UserRow> => ({
  ...account.values,
  owner: account.owner,
  name: account.name,
  id: account.id,
  wecom: account.binding,
  isAdmin: account.isAdmin,
  isForbidden: account.isForbidden,
  isDeleted: account.isDeleted,
  groups: JSON.stringify(account.groups),
});

export function harnessOn(database: Database): IdentityStoreSubject {
  const addSyncer = ({ syncerId, organization, source }: SyncerScope): Promise<unknown> =>
    database.transaction(({ manager }) =>
      manager.insert(SyncerRow, {
        id: syncerId,
        organization,
        name: source.slice(organization.length + 1),
        type: 'WeCom',
        createdTime: '2026-01-01T00:00:00Z',
        isEnabled: true,
        syncInterval: 3600,
        settings: '{}',
        secrets: '{}',
        leftovers: '{}',
        errorText: '',
        health: 'ok',
        failures: 0,
        version: 1,
      }),
    );
  return {
    store: new TypeormIdentityStore(database),
    leases: new TypeormLeaseStore(database),
    runs: new TypeormRunStore(database),
    foldsCase: database.dialect === 'mysql',
    addOrganization: async (name) => {
      await database.transaction(({ manager }) => manager.insert(OrganizationRow, { owner: 'admin', name }));
    },
    addSyncer: async (scope) => {
      await addSyncer(scope);
    },
    putAccount: async (account) => {
      await database.transaction(({ manager }) => manager.save(UserRow, userRow(account)));
    },
    removeAccount: async (owner, name) => {
      await database.transaction(({ manager }) => manager.delete(UserRow, { owner, name }));
    },
    putGroup: async (group: Group) => {
      await database.transaction(({ manager }) => manager.save(GroupRow, { ...group }));
    },
  };
}
