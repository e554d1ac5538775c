import type { SyncEngine } from '../../engine/engine.ts';
import type { ProtectionDraft, ProtectionSubject } from '../../engine/ports/protection-store.ts';
import type { IdentityPage, IdentityStore, SyncerScope } from '../../identity/identity-store.ts';
import { LeaseError } from '../../syncer/errors.ts';
import { externalId, keyOf } from '../../syncer/external-id.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';

export interface SubjectsElsewhereNeeds {
  readonly identity: IdentityStore;
  readonly engine: SyncEngine;
}

type Named = Pick<ProtectionDraft, 'owner' | 'kind' | 'value'>;

/**
 * Looks for what a person names where a host of its own keeps people. Whether it is there can only be asked while no run
 * goes on: where one does, it is taken for there, since a protection of nobody harms nobody.
 *
 * @param syncers those that may hold it
 */
export async function subjectElsewhere(
  named: Named,
  syncers: readonly SyncerRecord[],
  { identity, engine }: SubjectsElsewhereNeeds,
): Promise<ProtectionSubject | undefined> {
  let wasAsked = false;
  for (const { id: syncerId, organization, name } of syncers) {
    const scope: SyncerScope = { syncerId, organization, source: `${organization}/${name}`, bindingColumn: '' };
    try {
      const found = await engine.exclusively(syncerId, (lease) =>
        identity.page(lease, (page) => subjectOn(page, scope, named)),
      );
      if (found) return found;
      wasAsked = true;
    } catch (error) {
      if (!(error instanceof LeaseError)) throw error;
      return { value: named.value, accountId: '' };
    }
  }
  return wasAsked ? undefined : { value: named.value, accountId: '' };
}

async function subjectOn(
  page: IdentityPage,
  scope: SyncerScope,
  { owner, kind, value }: Named,
): Promise<ProtectionSubject | undefined> {
  if (kind === 'department') {
    const held = (await page.heldGroups(scope, [keyOf(externalId(value))])).get(keyOf(externalId(value)));
    return held && { value: held.link.externalId, accountId: '' };
  }
  const name = value.slice(owner.length + 1);
  if (kind === 'group') {
    const group = (await page.groupsByName([name])).get(name.toLowerCase())?.group;
    return group?.owner === owner ? { value: `${owner}/${group.name}`, accountId: '' } : undefined;
  }
  const account = (await page.accountsByName(scope, [name])).get(name.toLowerCase())?.account;
  return account && { value: `${owner}/${account.name}`, accountId: account.id };
}
