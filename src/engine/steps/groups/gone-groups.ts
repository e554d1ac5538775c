import type { HeldAccount } from '../../../identity/account.ts';
import type { Change, ChangeState } from '../../../identity/change.ts';
import { throwIfAborted } from '../../../syncer/errors.ts';
import { isTag, type ExternalKey } from '../../../syncer/external-id.ts';
import { text } from '../../../syncer/text.ts';
import { childrenFirst, spareBranches, type GoneGroups, type StandingGroup } from '../../plan/groups/group-removal.ts';
import { lockOutId, planLockOut, type LockOut } from '../../plan/lock-outs/lock-out.ts';
import { batches, lockOutRules, onPage, type RunContext } from '../run-context.ts';
import type { GroupsRead } from './groups-read.ts';

/** What a run knows when it looks for groups that can go. */
interface GroupKnowledge {
  readonly groups: GroupsRead;
  readonly namedDepartments: ReadonlySet<ExternalKey>;
  /** Groups (`ORG/<group>`) of accounts that stay as they are. */
  readonly keptGroups: ReadonlySet<string>;
  readonly relinked: ReadonlyMap<ExternalKey, HeldAccount>;
  /** False: absence proves nothing. */
  readonly complete: boolean;
  /** Those of the lock-outs that this run passes over. */
  readonly stays: readonly LockOut[];
  /** Whether this run may remove the group of a department. */
  readonly mayGo: (group: StandingGroup) => boolean;
}

/** @param lockOuts whoever may lose access, and his memberships with it */
export async function findGoneGroups(
  lockOuts: readonly LockOut[],
  { groups, namedDepartments, keptGroups, relinked, complete, stays, mayGo }: GroupKnowledge,
  context: RunContext,
): Promise<GoneGroups> {
  if (!complete || !groups.groupNames) return { free: [], kept: [] };
  const held = await onPage(context, (page) => page.heldGroups(context.scope));
  const gone = [...held.values()].flatMap(({ link, group }) =>
    group &&
    !groups.otherGroups.has(`${group.owner}/${group.name}`) &&
    !groups.seen.has(link.key) &&
    !namedDepartments.has(link.key)
      ? [{ link, group }]
      : [],
  );
  if (gone.length === 0) return { free: [], kept: [] };
  const strangers = await context.store.strangersInGroups(
    context.scope,
    gone.map(({ group }) => group.name),
  );
  // By name they look like strangers, but what we gave them goes with them.
  for (const { link, account } of relinked.values()) {
    for (const membership of link.groups) {
      const name = membership.slice(context.settings.organization.length + 1);
      const count = strangers.get(name);
      if (count !== undefined && account?.groups.includes(membership)) strangers.set(name, count - 1);
    }
  }
  const kept = await keptMemberships(lockOuts, { keptGroups, relinked, stays }, context);
  const free = new Set(
    gone
      .filter(mayGo)
      .filter(({ group }) => !strangers.get(group.name) && !kept.has(`${group.owner}/${group.name}`))
      .map(({ group }) => group.name),
  );
  spareBranches(free, held.values(), (group) => groups.parentOf.get(group.name) ?? group.parentId);
  return {
    free: childrenFirst(gone.filter(({ group }) => free.has(group.name))),
    kept: gone.flatMap((one) => (free.has(one.group.name) || !mayGo(one) ? [] : [one.group.name])),
  };
}

/** What is listed of the removal of a group. */
export const removalOf = ({ link, group }: StandingGroup): Pick<Change, 'kind' | 'userid' | 'user' | 'fields'> => ({
  kind: 'removeGroup',
  userid: link.externalId,
  user: `${group.owner}/${group.name}`,
  fields: [{ field: 'displayName', before: group.displayName, after: null }],
});

/** Memberships of those whose accounts are kept as they are: out of sight, by policy, left alone, or passed over. */
async function keptMemberships(
  lockOuts: readonly LockOut[],
  { keptGroups, relinked, stays }: Pick<GroupKnowledge, 'keptGroups' | 'relinked' | 'stays'>,
  context: RunContext,
): Promise<ReadonlySet<string>> {
  const all = new Set(keptGroups);
  const rules = lockOutRules(context);
  const keepsLeavers = rules.leavers === 'keep';
  if (!keepsLeavers && rules.protections.isEmpty && !rules.grace && !rules.freeze && stays.length === 0) return all;
  const passedOver = new Set(stays.map(({ key }) => key));
  for (const batch of batches(lockOuts)) {
    const held = await onPage(context, (page) =>
      page.heldAccounts(
        context.scope,
        batch.map(({ key }) => key),
      ),
    );
    for (const lockOut of batch) {
      const { key, cause } = lockOut;
      const found = held.get(key)?.account ? held.get(key) : relinked.get(key);
      if (!found?.account) continue;
      const stayed = (keepsLeavers && cause === 'gone') || passedOver.has(key);
      const kept = stayed ? found.account.groups : planLockOut(lockOut, found, rules)?.keeps;
      for (const group of kept ?? []) all.add(group);
    }
  }
  return all;
}

const NO_LONGER_THERE = text('The department is no longer in the directory.', '部门已不在通讯录中。');
const NOT_CHOSEN = text('The tag is no longer chosen.', '该标签已不再被选择。');

/** @param stateOf what becomes of each, by its id; undefined = this run says nothing of it */
export async function removeGroups(
  groups: readonly StandingGroup[],
  stateOf: (id: string) => ChangeState | undefined,
  context: RunContext,
): Promise<void> {
  const { scope, recorder } = context;
  for (const batch of batches(groups)) {
    throwIfAborted(context.signal);
    const stated = batch.flatMap((standing) => {
      const state = stateOf(lockOutId('removeGroup', standing.link.key));
      return state === undefined ? [] : [{ ...standing, state }];
    });
    const changes = stated.map(({ link, group, state }): Change => ({
      ...removalOf({ link, group }),
      reason: isTag(link.key) ? NOT_CHOSEN : NO_LONGER_THERE,
      state,
    }));
    const applied = stated.filter(({ state }) => state === 'applied');
    await onPage(context, (page) =>
      page.write(scope, {
        runId: recorder.run.id,
        changes,
        removeGroups: applied.map(({ group }) => group.name),
        removeGroupLinks: applied.map(({ link }) => link.key),
      }),
    );
    const done = changes.filter(({ state }) => state === 'applied' || state === 'planned');
    recorder.count('groupsRemoved', done.length);
  }
}
