import { WriteConflictError, type IdentityPage } from '../identity/identity-store.ts';
import type { Change } from '../identity/change.ts';
import type { Group, HeldGroup } from '../identity/group.ts';
import { GroupsHiddenError, IncompleteReadError, MappingError, throwIfAborted } from '../syncer/errors.ts';
import { keyOf, type ExternalKey } from '../syncer/external-id.ts';
import type { GroupProfile } from '../syncer/profile.ts';
import { isGroupSyncer, type GroupSyncer } from '../syncer/syncer.ts';
import { groupName, planGroup, type GroupPlan } from './plan-group.ts';
import { Tally } from './recorder.ts';
import { onPage, type RunContext } from './run-context.ts';
import { refusedReason } from './refused-reason.ts';

/** Departments become groups, parents first, so that members find the groups they belong to. */
export async function syncGroups(context: RunContext): Promise<void> {
  const { settings, syncer } = context;
  if (!settings.syncGroups || !isGroupSyncer(syncer)) return;
  context.groupNames = new Map();
  try {
    for await (const departments of syncer.fetchGroups(context.signal)) {
      throwIfAborted(context.signal);
      const profiles = mapGroups(departments, syncer, context);
      await storeGroups(profiles, context);
      await context.recorder.progress();
    }
  } catch (error) {
    if (error instanceof GroupsHiddenError) {
      context.groupNames = undefined;
      context.recorder.warn(error.code, error.text);
      return;
    }
    if (!(error instanceof IncompleteReadError)) throw error;
    reportUnread(error, context);
  }
}

/** Names what could not be read, and remembers that absence proves nothing in this run. */
export function reportUnread(error: IncompleteReadError, context: RunContext): void {
  context.complete = false;
  for (const part of error.parts) context.recorder.warn('unread', part.error.text, part.name);
}

function mapGroups(departments: readonly unknown[], syncer: GroupSyncer, context: RunContext): readonly GroupProfile[] {
  const profiles: GroupProfile[] = [];
  for (const department of departments) {
    try {
      const profile = syncer.mapGroup(department);
      context.seenGroups.add(keyOf(profile.externalId));
      profiles.push(profile);
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      if (error.externalId === undefined) context.complete = false;
      else context.seenGroups.add(keyOf(error.externalId));
      context.recorder.warn('department-unmappable', error.text, error.externalId);
    }
  }
  return profiles;
}

async function storeGroups(profiles: readonly GroupProfile[], context: RunContext): Promise<void> {
  if (profiles.length === 0) return;
  try {
    const { tally, plans } = await onPage(context, (page) => planPage(page, profiles, context));
    context.recorder.add(tally);
    for (const plan of plans) rememberGroup(plan, context);
  } catch (error) {
    if (!(error instanceof WriteConflictError)) throw error;
    const [only] = profiles;
    if (only && profiles.length === 1) return recordRefused(only, error, context);
    // One row the database refuses must not cost its neighbours theirs: halve until it stands alone.
    const middle = Math.ceil(profiles.length / 2);
    await storeGroups(profiles.slice(0, middle), context);
    await storeGroups(profiles.slice(middle), context);
  }
}

function rememberGroup(plan: GroupPlan, context: RunContext): void {
  if (plan.groupName === undefined) return;
  const key = plan.userid.toLowerCase() as ExternalKey;
  context.groupNames?.set(key, `${context.settings.organization}/${plan.groupName}`);
  if (plan.parentId !== undefined) context.parentOf.set(plan.groupName, plan.parentId);
}

async function planPage(
  page: IdentityPage,
  profiles: readonly GroupProfile[],
  context: RunContext,
): Promise<{ tally: Tally; plans: GroupPlan[] }> {
  const { scope, settings, limits } = context;
  const held = await page.heldGroups(
    scope,
    profiles.map((profile) => keyOf(profile.externalId)),
  );
  const naming = { organization: settings.organization, syncerName: settings.name };
  const nameFor = (profile: GroupProfile): string =>
    held.get(keyOf(profile.externalId))?.link.groupName ?? groupName(naming, profile.externalId);
  const taken = await page.groupsByName(profiles.filter((profile) => isNew(held, profile)).map(nameFor));
  const managers = await managerAccounts(page, profiles, context);

  const planned = new Map<ExternalKey, string>();
  const prefix = `${settings.organization}/`.length;
  const tally = new Tally();
  const plans: GroupPlan[] = [];
  for (const profile of profiles) {
    const key = keyOf(profile.externalId);
    const plan = planGroup(profile, held.get(key), takenGroup(taken, held, nameFor(profile)), {
      ...naming,
      limits,
      nameOf: (id) => planned.get(keyOf(id)) ?? context.groupNames?.get(keyOf(id))?.slice(prefix),
      accountOf: (id) => managers.get(keyOf(id)) ?? id,
    });
    if (plan.groupName !== undefined) planned.set(key, plan.groupName);
    rememberLeader(profile, plan, managers, context);
    plans.push(plan);
  }

  const changed = plans.filter((plan) => plan.kind !== 'unchanged');
  const changes = changed.map((plan) => toChange(plan, context.dryRun));
  for (const change of changes) tally.change(change);
  await page.write(scope, {
    runId: context.recorder.run.id,
    changes,
    ...(!context.dryRun && {
      createGroups: changed.flatMap((plan) => plan.create ?? []),
      updateGroups: changed.flatMap((plan) => plan.update ?? []),
      groupLinks: changed.flatMap((plan) => plan.link ?? []),
    }),
  });
  return { tally, plans };
}

const isNew = (held: ReadonlyMap<ExternalKey, HeldGroup>, profile: GroupProfile): boolean =>
  !held.get(keyOf(profile.externalId))?.group;

/** A group of that name which is not the one we hold for this department. */
const takenGroup = (
  taken: ReadonlyMap<string, Group>,
  held: ReadonlyMap<ExternalKey, HeldGroup>,
  name: string,
): Group | undefined => {
  const group = taken.get(name.toLowerCase());
  return group && [...held.values()].some((ours) => ours.group?.name === group.name) ? undefined : group;
};

async function managerAccounts(
  page: IdentityPage,
  profiles: readonly GroupProfile[],
  context: RunContext,
): Promise<Map<ExternalKey, string>> {
  const keys = [...new Set(profiles.flatMap((profile) => (profile.manager ? [keyOf(profile.manager)] : [])))];
  if (keys.length === 0) return new Map();
  const accounts = await page.heldAccounts(context.scope, keys);
  return new Map([...accounts].map(([key, held]) => [key, held.link.accountName]));
}

function rememberLeader(
  profile: GroupProfile,
  plan: GroupPlan,
  managers: ReadonlyMap<ExternalKey, string>,
  context: RunContext,
): void {
  if (!profile.manager || plan.groupName === undefined) return;
  const key = keyOf(profile.manager);
  const led = context.ledBy.get(key) ?? { manager: managers.get(key) ?? profile.manager, groups: [] };
  if (!led.groups.includes(plan.groupName)) led.groups.push(plan.groupName);
  context.ledBy.set(key, led);
}

const toChange = (plan: GroupPlan, dryRun: boolean): Change => ({
  kind: plan.kind === 'unchanged' ? 'updateGroup' : plan.kind,
  userid: plan.userid,
  user: plan.user,
  fields: plan.fields,
  reason: plan.reason,
  state: dryRun || plan.kind === 'conflict' ? 'planned' : 'applied',
});

async function recordRefused(profile: GroupProfile, error: WriteConflictError, context: RunContext): Promise<void> {
  context.failedWrites += 1;
  context.recorder.warn('write-refused', refusedReason(error), profile.externalId);
  const change: Change = {
    kind: 'createGroup',
    userid: profile.externalId,
    user: '',
    fields: [],
    reason: refusedReason(error),
    state: 'failed',
  };
  await onPage(context, (page) => page.write(context.scope, { runId: context.recorder.run.id, changes: [change] }));
}
