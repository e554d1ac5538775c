import type { Change } from '../../../identity/change.ts';
import type { GroupUpdate } from '../../../identity/group.ts';
import type { IdentityPage } from '../../../identity/identity-store.ts';
import { keyOf, type ExternalId, type ExternalKey } from '../../../syncer/external-id.ts';
import type { GroupProfile } from '../../../syncer/profile.ts';
import { text } from '../../../syncer/text.ts';
import { stateIn } from '../../plan/page.ts';
import { Tally } from '../../plan/tally.ts';
import { batches, onPage, type RunContext } from '../run-context.ts';
import type { UsersRead } from '../users/users-read.ts';
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
 * The accounts of those who lead departments: those that this syncer holds, and of the others the one of another syncer
 * that is called by the userid and bound to it.
 */
export async function leaderAccounts(
  page: IdentityPage,
  leaders: readonly ExternalId[],
  { scope, limits }: Pick<RunContext, 'scope' | 'limits'>,
): Promise<Map<ExternalKey, string>> {
  const accounts = new Map<ExternalKey, string>();
  const keys = [...new Set(leaders.map(keyOf))];
  if (keys.length === 0) return accounts;
  for (const [key, { link, account }] of await page.heldAccounts(scope, keys, [])) {
    if (account) accounts.set(key, link.accountName);
  }
  const others = [...new Set(leaders)].filter((leader) => !accounts.has(keyOf(leader)));
  if (others.length === 0) return accounts;
  const standing = await page.accountsByName(scope, others);
  const isBindable = scope.bindingColumn !== '' && limits.binding !== undefined;
  for (const leader of others) {
    const key = keyOf(leader);
    const { account, heldBy } = standing.get(key) ?? {};
    const isHis = isBindable ? account?.binding.toLowerCase() === key : typeof heldBy === 'string';
    if (account && isHis) accounts.set(key, account.name);
  }
  return accounts;
}

/**
 * Once members have their accounts: the manager of each group is the first of its leaders who has one, or nobody. As long
 * as somebody was not shown, who has none may still get one, and whoever stands there stays.
 */
export async function settleLeaders(
  { unsettled }: GroupsRead,
  users: Pick<UsersRead, 'complete' | 'leaderAccounts'>,
  context: RunContext,
): Promise<void> {
  const { scope, settings, recorder, dryRun, reviewed } = context;
  for (const batch of batches([...unsettled])) {
    const tally = await onPage(context, async (page) => {
      const leading = batch.flatMap(([, { leaders }]) => leaders);
      const accounts = new Map([...(await leaderAccounts(page, leading, context)), ...users.leaderAccounts]);
      const updates = batch.flatMap(([name, { department, leaders, planned, manager: before }]): LeaderUpdate[] => {
        const leader = leaders.find((one) => accounts.has(keyOf(one)));
        // Another name of the planned one's account was written with his page.
        if (planned !== undefined && leader !== undefined && keyOf(leader) === keyOf(planned)) return [];
        if (leader === undefined && !users.complete) return [];
        const manager = leader === undefined ? '' : (accounts.get(keyOf(leader)) ?? '');
        if (manager.toLowerCase() === before.toLowerCase()) return [];
        const change: Change = {
          kind: 'updateGroup',
          userid: department,
          user: `${settings.organization}/${name}`,
          fields: [{ field: 'manager', before, after: manager }],
          reason: leader === undefined ? NOBODY : FIRST_WITH_ACCOUNT,
          state: stateIn(dryRun, 'updateGroup'),
        };
        return reviewed?.has(change) === false ? [] : [{ update: { name, manager }, change }];
      });
      const counted = new Tally();
      for (const { change } of updates) counted.change(change);
      await page.write(scope, {
        runId: recorder.run.id,
        changes: recorder.listable(
          updates.map(({ change }) => change),
          counted,
        ),
        ...(!dryRun && { updateGroups: updates.map(({ update }) => update) }),
      });
      return counted;
    });
    recorder.add(tally);
  }
}

const FIRST_WITH_ACCOUNT = text('The first of the leaders who has an account.', '第一位有账号的部门负责人。');
const NOBODY = text('None of the leaders has an account.', '部门负责人均没有账号。');
