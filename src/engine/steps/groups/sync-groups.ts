import { WriteConflictError } from '../../../identity/errors.ts';
import type { IdentityPage } from '../../../identity/identity-store.ts';
import type { Change } from '../../../identity/change.ts';
import type { HeldGroup, NamedGroup } from '../../../identity/group.ts';
import { GroupsHiddenError, IncompleteReadError, MappingError, throwIfAborted } from '../../../syncer/errors.ts';
import { isTag, keyOf, type ExternalId, type ExternalKey } from '../../../syncer/external-id.ts';
import type { GroupProfile } from '../../../syncer/profile.ts';
import { isGroupSyncer, readsTags, type GroupSyncer } from '../../../syncer/syncer.ts';
import { together, type Text } from '../../../syncer/text.ts';
import { groupNames, type GroupContext, type GroupPlan, type Naming } from '../../plan/groups/group.ts';
import { stateIn } from '../../plan/page.ts';
import { requireParentGroup } from '../../plan/groups/parent-group.ts';
import { groupAsReviewed } from '../../plan/lock-outs/reviewed-changes.ts';
import { Tally } from '../../plan/tally.ts';
import { batches, onPage, type RunContext } from '../run-context.ts';
import type { AskedQuestion } from '../../question.ts';
import { refusedReason } from '../../reasons.ts';
import { GroupQuestions } from './group-questions.ts';
import { leaderAccounts, leadersOf } from './leader-accounts.ts';
import { Departments, type GroupsRead } from './groups-read.ts';
import { Placement, type Tree } from './placement.ts';

/**
 * Departments become groups, parents first, so that members find the groups they belong to. All of them are read before
 * the first is planned: only then is it known whether something about the tree is unreadable.
 */
export async function syncGroups(context: RunContext): Promise<GroupsRead> {
  const { syncer } = context;
  const read = new Departments();
  if (!isGroupSyncer(syncer)) return read;
  const standing = await standingGroups(context);
  if (!standing) return read;
  // Before anything is asked of the directory.
  await onPage(context, (page) => checkParentGroup(page, context));
  const profiles = await readGroups(syncer, read, context);
  if (!profiles) return read;
  read.groupNames = standing.names;
  read.otherGroups = standing.others;
  const tree: Tree = { isWhole: read.complete, standing: standing.parents };
  for (const batch of batches(profiles)) {
    throwIfAborted(context.signal);
    await storeGroups(batch, tree, read, context);
    await context.recorder.progress();
  }
  return read;
}

/** @throws ConfigError when the tree of departments cannot hang where the settings say: then nothing moves */
async function checkParentGroup(page: IdentityPage, { settings, scope }: RunContext): Promise<void> {
  const { parentGroup = '', organization, syncGroups: areGroups } = settings;
  if (parentGroup === '' || !areGroups) return;
  await requireParentGroup(parentGroup, organization, async (name) => {
    const found = (await page.groupsByName([name])).get(name.toLowerCase());
    if (found?.group.owner !== organization || found.group.name !== name) return undefined;
    return { parentId: found.group.parentId, isOurs: found.heldBy === scope.syncerId };
  });
}

/** The groups that exist, for a run that reads no departments. */
export async function knownGroups(context: RunContext): Promise<GroupsRead> {
  const read = new Departments();
  const standing = await standingGroups(context);
  if (!standing) return read;
  read.groupNames = standing.names;
  read.otherGroups = standing.others;
  return read;
}

/** The groups that this syncer holds, as they stand. */
interface StandingGroups {
  /** Names by what they stand for. */
  readonly names: Map<ExternalKey, string>;
  /** Those of departments, while departments become no groups. */
  readonly others: ReadonlySet<string>;
  /** Parents by group name. */
  readonly parents: ReadonlyMap<string, string>;
}

/**
 * The groups that stand for something already, also for what the directory fails to show: whoever is in such a department
 * stays in its group.
 *
 * @returns undefined where nothing becomes a group, and no tag was one before
 */
async function standingGroups(context: RunContext): Promise<StandingGroups | undefined> {
  const { settings, scope, syncer } = context;
  const held = await onPage(context, (page) => page.heldGroups(scope));
  if (!settings.syncGroups && !readsTags(syncer) && ![...held.keys()].some(isTag)) return undefined;
  const names = new Map<ExternalKey, string>();
  const others = new Set<string>();
  const parents = new Map<string, string>();
  for (const [key, { group }] of held) {
    if (!group) continue;
    const name = `${settings.organization}/${group.name}`;
    if (settings.syncGroups || isTag(key)) names.set(key, name);
    else others.add(name);
    parents.set(group.name, group.parentId);
  }
  return { names, others, parents };
}

/** Undefined: these credentials show no groups at all. */
async function readGroups(
  syncer: GroupSyncer,
  read: Departments,
  context: RunContext,
): Promise<readonly GroupProfile[] | undefined> {
  const profiles: GroupProfile[] = [];
  try {
    for await (const departments of syncer.fetchGroups(context.signal)) {
      throwIfAborted(context.signal);
      for (const profile of mapGroups(departments, syncer, read, context)) profiles.push(profile);
    }
  } catch (error) {
    if (error instanceof GroupsHiddenError) {
      context.recorder.warn(error.code, error.text);
      return undefined;
    }
    if (!(error instanceof IncompleteReadError)) throw error;
    read.complete = false;
    warnUnread(error, context);
  }
  return profiles;
}

/** Names what could not be read: absence proves nothing in this run. */
export function warnUnread(error: IncompleteReadError, { recorder }: RunContext): void {
  for (const { name, error: cause } of error.parts) {
    recorder.warn('unread', cause.remedy ? together(cause.text, cause.remedy) : cause.text, name);
  }
}

function mapGroups(
  departments: readonly unknown[],
  syncer: GroupSyncer,
  read: Departments,
  context: RunContext,
): readonly GroupProfile[] {
  const profiles: GroupProfile[] = [];
  for (const department of departments) {
    try {
      const profile = syncer.mapGroup(department);
      const key = keyOf(profile.externalId);
      // The connector shows each once; should one fail at that, the second copy changes nothing.
      if (isDue(profile, context) && !read.seen.has(key)) profiles.push(profile);
      read.seen.add(key);
      if (profile.unread) noteUnread(profile.externalId, profile.unread, read, context);
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      if (error.externalId === undefined) read.complete = false;
      else read.seen.add(keyOf(error.externalId));
      read.failedWrites += 1;
      context.recorder.warn('department-unmappable', error.text, error.externalId);
    }
  }
  return profiles;
}

/** Whether a group is made of it, or changed; one that could not be read stays as it is. */
const isDue = ({ externalId, unread, displayName }: GroupProfile, { settings }: RunContext): boolean =>
  (settings.syncGroups || isTag(externalId)) && (unread === undefined || displayName !== undefined);

function noteUnread(id: ExternalId, unread: Text, read: Departments, { recorder }: RunContext): void {
  read.failedWrites += 1;
  read.unread += 1;
  recorder.warn('group-unread', unread, id);
}

async function storeGroups(
  profiles: readonly GroupProfile[],
  tree: Tree,
  read: Departments,
  context: RunContext,
): Promise<void> {
  if (profiles.length === 0) return;
  try {
    const { tally, plans, questions, asked } = await onPage(context, (page) =>
      planPage(page, profiles, tree, read, context),
    );
    await questions.record(asked);
    context.recorder.add(tally);
    for (const plan of plans) rememberGroup(plan, read, context);
  } catch (error) {
    if (!(error instanceof WriteConflictError)) throw error;
    const [only] = profiles;
    if (only && profiles.length === 1) return recordRefused(only, error, read, context);
    // One row the database refuses must not cost its neighbours theirs: halve until it stands alone.
    const middle = Math.ceil(profiles.length / 2);
    await storeGroups(profiles.slice(0, middle), tree, read, context);
    await storeGroups(profiles.slice(middle), tree, read, context);
  }
}

function rememberGroup(plan: GroupPlan, read: Departments, context: RunContext): void {
  if (plan.groupName === undefined) return;
  const key = plan.userid.toLowerCase() as ExternalKey;
  read.groupNames?.set(key, `${context.settings.organization}/${plan.groupName}`);
  if (plan.parentId !== undefined) read.parentOf.set(plan.groupName, plan.parentId);
}

async function planPage(
  page: IdentityPage,
  profiles: readonly GroupProfile[],
  tree: Tree,
  read: Departments,
  context: RunContext,
): Promise<{
  readonly tally: Tally;
  readonly plans: readonly GroupPlan[];
  readonly questions: GroupQuestions;
  readonly asked: readonly AskedQuestion[];
}> {
  const { scope, settings, limits } = context;
  // A person may have taken it away since.
  await checkParentGroup(page, context);
  const questions = new GroupQuestions(context);
  const held = await page.heldGroups(
    scope,
    profiles.map((profile) => keyOf(profile.externalId)),
  );
  const naming = { organization: settings.organization, syncerName: settings.name, syncerId: settings.id, limits };
  const names = profiles.flatMap((profile) => namesFor(profile, held, naming));
  const named = await page.groupsByName([...names, ...questions.names(profiles)]);
  const managers = await leaderAccounts(page, profiles.flatMap(leadersOf), context);

  const placement = new Placement(tree, read, context);
  const tally = new Tally();
  const plans: GroupPlan[] = [];
  const planning: GroupContext = {
    ...naming,
    parentGroup: settings.parentGroup ?? '',
    parentOf: (department) => placement.parentOf(department),
    accountOf: (id) => managers.get(keyOf(id)) ?? id,
    named: (name) => named.get(name.toLowerCase()),
  };
  for (const shown of profiles) {
    const standing = held.get(keyOf(shown.externalId));
    const profile = ledByAccount(shown, managers, !standing?.group);
    const whole = questions.plan(profile, standing, planning);
    // A group that is not made is nobody's parent either.
    const plan = context.reviewed ? groupAsReviewed(whole, context.reviewed) : whole;
    if (plan !== whole) questions.passOver(profile);
    if (plan.create) named.set(plan.create.name.toLowerCase(), { group: plan.create, heldBy: scope.syncerId });
    else if (plan.link) noteHeld(named, plan.link.groupName, scope.syncerId);
    placement.note(plan);
    rememberLeaders(shown, { profile, plan, before: standing?.group?.manager ?? '' }, managers, read);
    tally.note(plan.notes, plan.userid);
    plans.push(plan);
  }

  const changed = plans.filter((plan) => plan.kind !== 'unchanged');
  const changes = changed.map((plan) => toChange(plan, context.dryRun));
  for (const change of changes) {
    tally.change(change);
  }
  await page.write(scope, {
    runId: context.recorder.run.id,
    changes: context.recorder.listable(changes, tally),
    ...(!context.dryRun && {
      createGroups: changed.flatMap((plan) => plan.create ?? []),
      updateGroups: changed.flatMap((plan) => plan.update ?? []),
      groupLinks: changed.flatMap((plan) => plan.link ?? []),
    }),
  });
  return { tally, plans, questions, asked: await questions.asked(page, planning) };
}

/** A group that a person gave to a department is no other one's. */
function noteHeld(named: Map<string, NamedGroup>, name: string, heldBy: string): void {
  const standing = named.get(name.toLowerCase());
  if (standing) named.set(name.toLowerCase(), { ...standing, heldBy });
}

/** The names that a group which has to be made may get. */
function namesFor(profile: GroupProfile, held: ReadonlyMap<ExternalKey, HeldGroup>, naming: Naming): readonly string[] {
  const known = held.get(keyOf(profile.externalId));
  if (known?.group) return [];
  const names = groupNames(naming, profile.externalId);
  return known ? [known.link.groupName, ...names] : names;
}

/**
 * The department with the first of its leaders who has an account as its manager. While nobody of them has one, a group
 * keeps whom it has; a new one is planned with the first of them, who is most often imported after the groups.
 */
function ledByAccount(profile: GroupProfile, managers: ReadonlyMap<ExternalKey, string>, isNew: boolean): GroupProfile {
  const leaders = leadersOf(profile);
  const manager = leaders.find((leader) => managers.has(keyOf(leader)));
  if (manager !== undefined) return { ...profile, manager };
  if (leaders.length === 0 || isNew) return profile;
  const { manager: _nobodys, ...rest } = profile;
  return rest;
}

interface PlannedDepartment {
  /** As it was planned. */
  readonly profile: GroupProfile;
  readonly plan: GroupPlan;
  /** Who managed its group. */
  readonly before: string;
}

function rememberLeaders(
  shown: GroupProfile,
  { profile, plan, before }: PlannedDepartment,
  managers: ReadonlyMap<ExternalKey, string>,
  read: Departments,
): void {
  const leaders = leadersOf(shown);
  const [first] = leaders;
  if (first === undefined || plan.groupName === undefined) return;
  const { manager: planned } = profile;
  if (!managers.has(keyOf(first))) {
    const manager = plan.create?.manager ?? plan.update?.manager ?? before;
    for (const leader of leaders) read.openLeaders.add(keyOf(leader));
    read.unsettled.set(plan.groupName, {
      department: shown.externalId,
      leaders,
      manager,
      ...(planned && { planned }),
    });
  }
  if (!planned) return;
  const key = keyOf(planned);
  const led = read.ledBy.get(key) ?? { manager: managers.get(key) ?? planned, groups: [] };
  if (!led.groups.includes(plan.groupName)) led.groups.push(plan.groupName);
  read.ledBy.set(key, led);
}

const toChange = (plan: GroupPlan, dryRun: boolean): Change => ({
  kind: plan.kind === 'unchanged' ? 'updateGroup' : plan.kind,
  userid: plan.userid,
  user: plan.user,
  fields: plan.fields,
  reason: plan.reason,
  state: stateIn(dryRun, plan.kind === 'unchanged' ? 'updateGroup' : plan.kind),
});

async function recordRefused(
  profile: GroupProfile,
  error: WriteConflictError,
  read: Departments,
  context: RunContext,
): Promise<void> {
  read.failedWrites += 1;
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
