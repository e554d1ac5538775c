import type { Change } from '../../../identity/change.ts';
import type { GroupUpdate } from '../../../identity/group.ts';
import { keyOf, type ExternalId, type ExternalKey } from '../../../syncer/external-id.ts';
import type { GroupProfile } from '../../../syncer/profile.ts';
import { text } from '../../../syncer/text.ts';
import { batches, onPage, type RunContext } from '../run-context.ts';
import type { GroupsRead } from './groups-read.ts';

interface LeaderUpdate {
  readonly change: Change;
  readonly update: GroupUpdate;
}

/**
 * Departments whose leader turned out to have an account of another name than they were planned with: groups come first,
 * and whose account is whose is found out later.
 */
export function leaderUpdates(
  { ledBy }: GroupsRead,
  { settings, dryRun, reviewed }: RunContext,
  key: ExternalKey,
  leader: { readonly userid: string; readonly user: string },
): LeaderUpdate[] {
  const led = ledBy.get(key);
  const manager = leader.user.slice(settings.organization.length + 1);
  if (!led || manager.toLowerCase() === led.manager.toLowerCase()) return [];
  const found = led.groups.map((name): LeaderUpdate => ({
    update: { name, manager },
    change: {
      kind: 'updateGroup',
      userid: leader.userid,
      user: `${settings.organization}/${name}`,
      fields: [{ field: 'manager', before: led.manager, after: manager }],
      reason: text('The leader’s account has this name.', '部门负责人的账号名如此。'),
      state: dryRun ? 'planned' : 'applied',
    },
  }));
  return found.filter(({ change }) => reviewed?.has(change) !== false);
}

/** Who leads a department, in the order in which they may be its manager. */
export const leadersOf = ({ manager, deputies = [] }: GroupProfile): readonly ExternalId[] =>
  manager ? [manager, ...deputies] : [];

/** Once members have their accounts: groups whose first leader turned out to have none are the next one's. */
export async function settleLeaders({ unsettled }: GroupsRead, context: RunContext): Promise<void> {
  const { scope, settings, recorder, dryRun, reviewed } = context;
  if (dryRun || reviewed) return;
  for (const batch of batches([...unsettled])) {
    const changes = await onPage(context, async (page) => {
      const keys = batch.flatMap(([, leaders]) => leaders.map(keyOf));
      const held = await page.heldAccounts(scope, keys, []);
      const updates = batch.flatMap(([name, [first, ...others]]): LeaderUpdate[] => {
        const isLed = first === undefined || held.get(keyOf(first))?.account;
        const next = isLed ? undefined : others.find((leader) => held.get(keyOf(leader))?.account);
        const manager = next && held.get(keyOf(next))?.link.accountName;
        if (manager === undefined) return [];
        const change: Change = {
          kind: 'updateGroup',
          userid: next ?? '',
          user: `${settings.organization}/${name}`,
          fields: [{ field: 'manager', before: first ?? '', after: manager }],
          reason: text('The first leader has no account.', '第一位部门负责人没有账号。'),
          state: 'applied',
        };
        return [{ update: { name, manager }, change }];
      });
      const listed = updates.map(({ change }) => change);
      await page.write(scope, {
        runId: recorder.run.id,
        changes: listed,
        updateGroups: updates.map(({ update }) => update),
      });
      return listed;
    });
    recorder.count('groupsUpdated', changes.length);
  }
}
