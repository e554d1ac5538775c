import { isMemberLookup } from '../../../syncer/syncer.ts';
import { externalId, type ExternalKey } from '../../../syncer/external-id.ts';
import type { AccountPlan } from '../../plan/users/account-plan.ts';
import type { LockOut } from '../../plan/lock-outs/lock-out.ts';
import { batches, type RunContext } from '../run-context.ts';
import { suggestRenames } from './suggest-renames.ts';
import type { UserPages } from './user-pages.ts';
import { namesOfNobody } from './wished-names.ts';

/**
 * The end of a run that read some members by name: newcomers who wait, for they may be somebody we hold, have that
 * person's account exactly when the directory knows the other no more.
 *
 * @param gone leavers whom a newcomer may have been
 */
export async function settleNamed(
  users: UserPages,
  gone: readonly LockOut[],
  context: RunContext,
): Promise<readonly AccountPlan[]> {
  const plans: AccountPlan[] = [];
  if (users.isSomebodyWaiting) {
    const isGone = await goneAmong(users, context);
    const { former, renamed, ordinary } = users.settle((key) => isGone.has(key));
    const freeNames = await namesOfNobody(ordinary, context);
    for (const profiles of [renamed, ordinary]) {
      for (const batch of batches(profiles)) {
        plans.push(...(await users.storeProfiles(batch, { former, settled: 'part', freeNames })));
      }
    }
  }
  await suggestRenames(users, gone, context);
  return plans;
}

async function goneAmong(users: UserPages, { signal, syncer }: RunContext): Promise<ReadonlySet<ExternalKey>> {
  const gone = new Set<ExternalKey>();
  for (const key of users.formerSelves) {
    if (isMemberLookup(syncer) && (await syncer.fetchUser(externalId(key), signal)) === undefined) gone.add(key);
  }
  return gone;
}
