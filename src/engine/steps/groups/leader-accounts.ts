import type { Change } from '../../../identity/change.ts';
import type { GroupUpdate } from '../../../identity/group.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import { text } from '../../../syncer/text.ts';
import type { RunContext } from '../run-context.ts';
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
