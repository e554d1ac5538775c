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

/**
 * Once members have their accounts: groups whose manager is not the first of their leaders who has one become his, or
 * nobody's. The one who was planned may have got none: the name that he would have had is free then, or somebody else's.
 *
 * @param complete whether everybody was read; else nobody loses a group because his account is still to come
 */
export async function settleLeaders({ unsettled }: GroupsRead, complete: boolean, context: RunContext): Promise<void> {
  const { scope, settings, recorder, dryRun, reviewed } = context;
  if (dryRun || reviewed) return;
  for (const batch of batches([...unsettled])) {
    const changes = await onPage(context, async (page) => {
      const held = await page.heldAccounts(
        scope,
        batch.flatMap(([, leaders]) => leaders.map(keyOf)),
        [],
      );
      const groups = await page.groupsByName(batch.map(([name]) => name));
      const updates = batch.flatMap(([name, leaders]): LeaderUpdate[] => {
        const before = groups.get(name.toLowerCase())?.group.manager;
        const leader = leaders.find((one) => held.get(keyOf(one))?.account);
        const manager = leader === undefined ? '' : held.get(keyOf(leader))?.link.accountName;
        if (before === undefined || manager === undefined || manager.toLowerCase() === before.toLowerCase()) return [];
        if (leader === undefined && !complete) return [];
        const change: Change = {
          kind: 'updateGroup',
          userid: leader ?? leaders[0] ?? '',
          user: `${settings.organization}/${name}`,
          fields: [{ field: 'manager', before, after: manager }],
          reason: leader === undefined ? NOBODY_LEADS : FIRST_LEADS,
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

const FIRST_LEADS = text('The first of the leaders who has an account.', '第一位有账号的部门负责人。');
const NOBODY_LEADS = text('None of the leaders has an account.', '部门负责人均没有账号。');
