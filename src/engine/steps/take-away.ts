import type { HeldAccount } from '../../identity/account.ts';
import type { HeldGroup } from '../../identity/group.ts';
import { StaleReadError } from '../../identity/errors.ts';
import type { IdentityPage, IdentityStore, LeaseGrant, SyncerScope } from '../../identity/identity-store.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import { batches } from './run-context.ts';
import { childrenFirst, spareBranches } from '../plan/groups/group-removal.ts';

/** What was taken away, and what could not be. */
export interface TakenAway {
  readonly memberships: number;
  readonly groups: number;
  /** Groups in which, or below which, somebody is whom the syncer did not put there. */
  readonly groupsKept: number;
}

const STALE_RETRIES = 3;

/**
 * Takes away the memberships and groups that a syncer made. Accounts stay, with the access that they have: nobody is
 * forbidden or deleted because a syncer goes. What others put into its groups stays, and so do those groups.
 */
export async function takeAway(store: IdentityStore, scope: SyncerScope, lease: LeaseGrant): Promise<TakenAway> {
  const inPage = async <T>(work: (page: IdentityPage) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await store.page(lease, work);
      } catch (error) {
        if (!(error instanceof StaleReadError) || attempt > STALE_RETRIES) throw error;
      }
    }
  };
  let memberships = 0;
  for await (const keys of store.heldKeys(scope)) {
    for (const batch of batches(keys)) memberships += await inPage((page) => leaveGroups(page, scope, batch));
  }
  const held = await inPage((page) => page.heldGroups(scope));
  const standing = [...held.values()].flatMap(({ link, group }) => (group ? [{ link, group }] : []));
  const names = standing.map(({ group }) => group.name);
  const strangers = await store.strangersInGroups(scope, names);
  const free = new Set(names.filter((name) => !strangers.get(name)));
  spareBranches(free, held.values(), (group) => group.parentId);
  const gone = childrenFirst(standing.filter(({ group }) => free.has(group.name)));
  for (const batch of batches(gone)) await inPage((page) => removeGroups(page, scope, batch));
  return { memberships, groups: gone.length, groupsKept: standing.length - gone.length };
}

async function leaveGroups(page: IdentityPage, scope: SyncerScope, keys: readonly ExternalKey[]): Promise<number> {
  const held = [...(await page.heldAccounts(scope, keys, [])).values()].filter(({ link }) => link.groups.length > 0);
  const updates = held.flatMap(({ link, account }: HeldAccount) => {
    const groups = account?.groups.filter((group) => !link.groups.includes(group));
    return account && groups && groups.length < account.groups.length
      ? [{ name: account.name, values: {}, groups, seen: account }]
      : [];
  });
  await page.write(scope, {
    runId: '',
    updateAccounts: updates,
    links: held.map(({ link }) => ({ ...link, groups: [] })),
  });
  return updates.reduce((sum, { groups, seen }) => sum + seen.groups.length - groups.length, 0);
}

const removeGroups = (page: IdentityPage, scope: SyncerScope, groups: readonly HeldGroup[]): Promise<void> =>
  page.write(scope, {
    runId: '',
    removeGroups: groups.map(({ link }) => link.groupName),
    removeGroupLinks: groups.map(({ link }) => link.key),
  });
