import { setImmediate } from 'node:timers/promises';
import type { AccountLink, HeldAccount } from '../../identity/account.ts';
import type { Change } from '../../identity/change.ts';
import { WriteConflictError } from '../../identity/errors.ts';
import type { IdentityPage } from '../../identity/identity-store.ts';
import { IncompleteReadError, MappingError, throwIfAborted } from '../../syncer/errors.ts';
import { externalId, keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { ProfileField, UserProfile } from '../../syncer/profile.ts';
import { isMemberLookup, isProgressReporter, isReadReporter } from '../../syncer/syncer.ts';
import { text, together } from '../../syncer/text.ts';
import { askAboutAll } from './ask-directory.ts';
import { batches } from './batches.ts';
import { planDecidedLink } from './decide-link.ts';
import { DELETED_BY_PERSON, planDeleted, planHeld, planIdOnly, planRenamed, planSkip } from '../plan/account.ts';
import type { AccountPlan, PlanContext } from '../plan/account-plan.ts';
import { Newcomers, type Settled } from './newcomers.ts';
import { fingerprintOf } from '../plan/person.ts';
import { leaderUpdates } from './leader-accounts.ts';
import { Tally } from '../plan/tally.ts';
import { formerKeys, type DeferredMember } from '../plan/renames.ts';
import { refusedReason } from '../reasons.ts';
import { onPage, type RunContext } from './run-context.ts';
import { reportUnread } from './sync-groups.ts';
import { CONFLICT } from '../warnings.ts';

const SHOW_EVERY_MS = 250;

/** What is known about members before they are planned. */
interface Knowledge {
  /** The key under which each of them was held until now. */
  readonly former?: ReadonlyMap<ExternalKey, ExternalKey>;
  /**
   * Set: nobody is made to wait any more. `whole`: everybody was shown, so it is known who claims what; `part`: not
   * everybody was, so nobody is linked by a value.
   */
  readonly settled?: Settled;
  /** The account that a person named for the one member that this is about. */
  readonly account?: string;
}

interface PlannedPage {
  readonly tally: Tally;
  readonly plans: readonly AccountPlan[];
  readonly linked: number;
  readonly granted: number;
  readonly deferred: readonly DeferredMember[];
  /** The accounts that newcomers claim by a value, who wait for that. */
  readonly claims: ReadonlyMap<UserProfile, readonly string[]>;
  /** The same of newcomers of whom it is known already that they get none. */
  readonly contests: readonly (readonly string[])[];
}

/** Members, page by page as they arrive: grants and profile changes are applied, lock-outs only noted. */
export async function syncUsers(context: RunContext): Promise<void> {
  const { recorder, syncer } = context;
  const users = new UserPages(context, { recreate: false, watches: true });
  const stopShowing = keepShowingProgress(context);
  try {
    for await (const members of syncer.fetchUsers(context.signal)) {
      throwIfAborted(context.signal);
      await users.store(members);
      // SQLite answers in this very turn: whoever asks the host something comes between two pages.
      await setImmediate();
      showProgress(context);
      await recorder.progress();
    }
  } catch (error) {
    if (!(error instanceof IncompleteReadError)) throw error;
    reportUnread(error, context);
  } finally {
    stopShowing();
  }
  await settleNewcomers(users, context);
  showProgress(context);
  if (isReadReporter(syncer)) for (const note of syncer.readNotes()) recorder.warn(note.code, note.message);
}

/** Everybody was shown: who waited is linked to the account of before, or to the one that he alone claims, or is new. */
async function settleNewcomers(users: UserPages, context: RunContext): Promise<void> {
  const { claims, complete, renames } = context;
  const { linked, ordinary } = renames.settle(complete ? await goneAmong(renames.formerSelves, context) : undefined);
  const settled = complete ? 'whole' : 'part';
  const former = formerKeys(linked);
  for (const profiles of [[...linked.keys()], [...ordinary, ...claims.release()]]) {
    for (const batch of batches(profiles)) {
      throwIfAborted(context.signal);
      await users.storeProfiles(batch, { former, settled });
    }
  }
}

/** An account goes on to another id only when the directory says that the former one is no more. */
async function goneAmong(
  keys: readonly ExternalKey[],
  { seen, signal, syncer }: RunContext,
): Promise<(key: ExternalKey) => boolean> {
  if (!isMemberLookup(syncer)) return (key) => !seen.has(key);
  const missing = keys.filter((key) => !seen.has(key));
  const answers = await askAboutAll(
    missing.map((key) => externalId(key)),
    syncer,
    signal,
  );
  const gone = new Set<ExternalKey>();
  for (const [id, answer] of answers) if ('says' in answer && answer.says === 'gone') gone.add(keyOf(id));
  return (key) => gone.has(key);
}

function showProgress(context: RunContext): void {
  if (isProgressReporter(context.syncer)) Object.assign(context.recorder.run.progress, context.syncer.readProgress());
}

/** Departments are many to a page: whoever watches sees them go by while the next page is read. Answers how to stop. */
function keepShowingProgress(context: RunContext): () => void {
  if (!isProgressReporter(context.syncer)) return () => undefined;
  const timer = setInterval(() => {
    showProgress(context);
    context.recorder.announce();
  }, SHOW_EVERY_MS);
  return () => clearInterval(timer);
}

/** Turns pages of members into stored accounts. */
export class UserPages {
  readonly #context: RunContext;
  readonly #plan: PlanContext;
  readonly #newcomers: Newcomers;
  readonly #watches: boolean;

  /**
   * @param options.recreate make accounts again that a person deleted: only when a person asked for this very member
   * @param options.keepsSignIn what comes back like that keeps its password, bindings and sessions
   * @param options.watches newcomers who resemble somebody we hold wait for the end of the read
   */
  constructor(
    context: RunContext,
    options: { readonly recreate: boolean; readonly watches: boolean; readonly keepsSignIn?: boolean },
  ) {
    this.#context = context;
    this.#watches = options.watches;
    this.#plan = {
      organization: context.settings.organization,
      limits: context.limits,
      groupNames: context.groupNames,
      bindingColumn: context.settings.bindingColumn,
      restoresDeleted: options.recreate,
      keepsSignIn: options.keepsSignIn ?? false,
    };
    this.#newcomers = new Newcomers(context, this.#plan);
  }

  /** Maps, looks up, plans and applies one page of members; each is reported, whatever becomes of it. */
  async store(members: readonly unknown[]): Promise<void> {
    const { recorder } = this.#context;
    const profiles: UserProfile[] = [];
    const unmapped: MappingError[] = [];
    for (const member of members) {
      try {
        profiles.push(this.#context.syncer.mapUser(member));
      } catch (error) {
        if (!(error instanceof MappingError)) throw error;
        unmapped.push(error);
      }
    }
    const shown = profiles.filter((profile) => this.#firstSight(keyOf(profile.externalId)));
    this.#noticeDepartments(shown);
    await this.storeProfiles(shown);
    if (unmapped.length > 0) await this.#reportUnmapped(unmapped);
    recorder.run.progress.membersSeen += members.length;
    this.#context.wholeSeen += shown.filter(({ complete }) => complete !== false).length;
    const inScope = shown.filter(({ access }) => access.state !== 'outOfScope');
    recorder.run.counts.members += inScope.length + unmapped.length;
  }

  /** The connector shows everybody once; should one fail at that, the second copy changes nothing. */
  #firstSight(key: ExternalKey): boolean {
    if (this.#context.seen.has(key)) return false;
    this.#context.seen.add(key);
    return true;
  }

  /** Whoever names a department proves that it exists, whatever the list of departments said: its group stays. */
  #noticeDepartments(profiles: readonly UserProfile[]): void {
    const { groupNames, recorder, seenGroups } = this.#context;
    if (!groupNames) return;
    for (const { groups } of profiles) {
      for (const group of groups ?? []) {
        const key = keyOf(group);
        if (seenGroups.has(key) || !groupNames.has(key)) continue;
        seenGroups.add(key);
        recorder.warn('department-not-listed', NOT_LISTED, group);
      }
    }
  }

  /** Plans and applies mapped members; answers the plans of those that the database took. */
  async storeProfiles(profiles: readonly UserProfile[], knowledge: Knowledge = {}): Promise<readonly AccountPlan[]> {
    if (profiles.length === 0) return [];
    try {
      const { tally, plans, linked, granted, deferred, claims, contests } = await onPage(this.#context, (page) =>
        this.#planPage(page, profiles, knowledge),
      );
      this.#context.recorder.add(tally);
      this.#context.linkedSeen += linked;
      this.#context.granted += granted;
      this.#context.renames.defer(deferred);
      for (const [profile, names] of claims) this.#context.claims.wait(profile, names);
      for (const names of contests) this.#context.claims.count(names);
      await this.#remember(plans);
      return plans;
    } catch (error) {
      if (!(error instanceof WriteConflictError)) throw error;
      const [only] = profiles;
      if (only && profiles.length === 1) {
        await this.#reportRefused(only, error);
        return [];
      }
      // One row the database refuses must not cost its neighbours theirs: halve until it stands alone.
      const middle = Math.ceil(profiles.length / 2);
      const first = await this.storeProfiles(profiles.slice(0, middle), knowledge);
      return [...first, ...(await this.storeProfiles(profiles.slice(middle), knowledge))];
    }
  }

  async #planPage(
    page: IdentityPage,
    profiles: readonly UserProfile[],
    { former, settled, account }: Knowledge,
  ): Promise<PlannedPage> {
    const { scope, dryRun, recorder } = this.#context;
    const keys = profiles.map((profile) => keyOf(profile.externalId));
    const held = await page.heldAccounts(scope, keys, statedFields(profiles));
    const renamed = await this.#planRenamed(page, profiles, held, former);
    const newcomers = profiles.filter(
      (profile) =>
        profile.complete !== false &&
        !held.get(keyOf(profile.externalId))?.account &&
        !renamed.has(keyOf(profile.externalId)),
    );
    const asked = settled ?? (account !== undefined || former || !this.#watches ? 'part' : undefined);
    const { plans: matched, claims, contests } = await this.#newcomers.plan(page, newcomers, held, asked);
    const deferred = asked ? [] : await this.#findDeferred(page, newcomers, matched, claims);
    const waits = new Map(deferred.map(({ profile }) => [profile, [] as readonly string[]]));
    const waiting = new Map([...claims].filter(([profile]) => !waits.has(profile)));
    const planned = profiles.filter((profile) => !waits.has(profile) && !waiting.has(profile));
    const plan = (profile: UserProfile, isConfirmed = false): AccountPlan => {
      const key = keyOf(profile.externalId);
      const known = held.get(key);
      if (profile.complete === false) return planIdOnly(profile, known, this.#plan);
      return known?.account
        ? planHeld(profile, { link: known.link, account: known.account }, this.#plan, isConfirmed)
        : (renamed.get(key) ?? matched.get(key) ?? planSkip(profile, DELETED_BY_PERSON));
    };
    const decided = account === undefined ? undefined : await this.#planDecided(page, profiles, account);
    const first = decided ?? planned.map((profile) => plan(profile));
    const confirmed = await this.#confirmed(page, planned, first);
    const plans = first.map((one, at) => {
      const profile = planned[at];
      return profile && confirmed.has(profile) ? plan(profile, true) : one;
    });

    const tally = new Tally();
    const changes: Change[] = [];
    for (const plan of plans) {
      if (plan.kind === 'unchanged') {
        if (!plan.lockOut) tally.count('unchanged');
      } else if (plan.kind !== 'none') {
        const change = toChange(plan, plan.kind, dryRun);
        changes.push(change);
        tally.change(change);
        if (plan.create?.isForbidden) tally.count('forbidden');
        if (plan.kind === 'conflict') tally.note([{ code: 'conflict', message: CONFLICT }], plan.userid);
      }
      if (plan.report) {
        const report: Change = { ...plan.report, userid: plan.userid, state: dryRun ? 'planned' : 'failed' };
        changes.push(report);
        tally.change(report);
        if (report.kind === 'conflict') tally.note([{ code: 'conflict', message: CONFLICT }], plan.userid);
      }
      tally.note(plan.notes, plan.userid);
    }
    const managers = plans.flatMap((plan) =>
      plan.kind === 'link' ? leaderUpdates(this.#context, plan.userid.toLowerCase() as ExternalKey, plan) : [],
    );
    for (const _ of managers) tally.count('groupsUpdated');
    await page.write(scope, {
      runId: recorder.run.id,
      changes: [...recorder.listable(changes, tally), ...managers.map(({ change }) => change)],
      ...(!dryRun && {
        createAccounts: plans.flatMap((plan) => plan.create ?? []),
        updateAccounts: plans.flatMap((plan) => plan.update ?? []),
        removeLinks: plans.flatMap((plan) => plan.formerKey ?? []),
        links: plans.flatMap((plan) => plan.link ?? []),
        decisions: plans.flatMap((plan) => plan.decision ?? []),
        endSignIns: plans.flatMap((plan) => (plan.endsSignIn ? plan.user.slice(scope.organization.length + 1) : [])),
        updateGroups: managers.map(({ update }) => update),
      }),
    });
    const linked = plans.filter((plan, at) => this.#isLinked(plan, planned[at], held)).length;
    const granted = dryRun ? 0 : plans.filter((plan) => plan.grants).length;
    return { tally, plans, linked, granted, deferred, claims: waiting, contests };
  }

  #planDecided(page: IdentityPage, profiles: readonly UserProfile[], account: string): Promise<AccountPlan[]> {
    return Promise.all(profiles.map((profile) => planDecidedLink(page, profile, account, this.#context, this.#plan)));
  }

  /** Those of them who may be another person than the account's, but of whom a person said otherwise. */
  async #confirmed(
    page: IdentityPage,
    planned: readonly UserProfile[],
    plans: readonly AccountPlan[],
  ): Promise<ReadonlySet<UserProfile>> {
    const doubtful = planned.filter((_, at) => plans[at]?.handedOn);
    if (doubtful.length === 0) return new Set();
    const decisions = await page.decisions(
      this.#context.scope,
      doubtful.map((profile) => keyOf(profile.externalId)),
    );
    return new Set(
      doubtful.filter((profile) => {
        const decision = decisions.get(keyOf(profile.externalId));
        return decision?.kind === 'confirmed' && decision.fingerprint === fingerprintOf(profile.values);
      }),
    );
  }

  /** Newcomers who have to wait: whom nobody else claims, or only the account that may have been theirs. */
  async #findDeferred(
    page: IdentityPage,
    newcomers: readonly UserProfile[],
    matched: ReadonlyMap<ExternalKey, AccountPlan>,
    claims: ReadonlyMap<UserProfile, readonly string[]>,
  ): Promise<readonly DeferredMember[]> {
    const { renames, scope, seen } = this.#context;
    const planOf = (profile: UserProfile): AccountPlan | undefined => matched.get(keyOf(profile.externalId));
    const open = newcomers.filter(
      (profile) => ['create', 'conflict'].includes(planOf(profile)?.kind ?? '') || claims.get(profile)?.length === 0,
    );
    const found = await renames.look(page, scope, open, seen);
    return found.filter(({ profile, formerSelves }) => {
      const own = new Set(formerSelves.map(({ accountName }) => `${this.#plan.organization}/${accountName}`));
      return otherHolders(planOf(profile)).every((holder) => own.has(holder));
    });
  }

  /** Those whose account was held under another key until now. */
  async #planRenamed(
    page: IdentityPage,
    profiles: readonly UserProfile[],
    held: ReadonlyMap<ExternalKey, HeldAccount>,
    former: Knowledge['former'],
  ): Promise<Map<ExternalKey, AccountPlan>> {
    const plans = new Map<ExternalKey, AccountPlan>();
    if (!former || former.size === 0) return plans;
    const formerly = await page.heldAccounts(
      this.#context.scope,
      profiles.flatMap((profile) => former.get(keyOf(profile.externalId)) ?? []),
      statedFields(profiles),
    );
    for (const profile of profiles) {
      const key = keyOf(profile.externalId);
      const old = former.get(key);
      const known = old === undefined ? undefined : formerly.get(old);
      if (held.has(key) || !known) continue;
      if (known.account) plans.set(key, planRenamed(profile, { link: known.link, account: known.account }, this.#plan));
      else if (!this.#plan.restoresDeleted && (await this.#isDeleted(known.link))) {
        plans.set(key, planDeleted(profile, known.link));
      }
    }
    return plans;
  }

  /** An account that is not where its link says may have been renamed by a person. */
  async #isDeleted({ key, accountName }: AccountLink): Promise<boolean> {
    return (await this.#context.candidates()).findRenamed(key, accountName).found === 'nobody';
  }

  /** Whether a link row stands for this member once the page is stored. */
  #isLinked(plan: AccountPlan, profile: UserProfile | undefined, held: ReadonlyMap<ExternalKey, HeldAccount>): boolean {
    if (profile && held.has(keyOf(profile.externalId))) return true;
    return plan.link !== undefined && !this.#context.dryRun;
  }

  /** What later pages and the sweep need to know; only after the page is stored. */
  async #remember(plans: readonly AccountPlan[]): Promise<void> {
    const { claims, keptGroups, lockOuts, moved, renames, scope, candidates, dryRun } = this.#context;
    for (const plan of plans) {
      const { values } = plan.create ?? plan.update ?? {};
      if (
        plan.create ||
        values?.email !== undefined ||
        values?.phone !== undefined ||
        values?.countryCode !== undefined
      ) {
        claims.noteChanged(plan.userid.toLowerCase() as ExternalKey);
      }
      if (plan.create && this.#watches) renames.created(plan.userid, plan.create);
      for (const membership of plan.keeps ?? []) keptGroups.add(membership);
      if (plan.formerKey) moved.add(plan.formerKey);
      // In a preview the account is still held under its former key.
      const key = (dryRun ? plan.formerKey : undefined) ?? plan.lockOut?.key;
      if (plan.lockOut && key) lockOuts.set(key, { ...plan.lockOut, key, cause: 'disabled' });
      if (plan.kind !== 'link') continue;
      (await candidates()).claim(plan.user.slice(scope.organization.length + 1));
    }
  }

  async #reportUnmapped(errors: readonly MappingError[]): Promise<void> {
    const { recorder, scope, dryRun } = this.#context;
    const tally = new Tally();
    tally.count('skipped', errors.length);
    const changes: Change[] = [];
    for (const error of errors) {
      const { externalId, text: said, remedy } = error;
      tally.note([{ code: 'member-unmappable', message: remedy ? together(said, remedy) : said }], externalId ?? '');
      // A row that names nobody helps nobody: such records are counted.
      if (externalId === undefined) this.#context.complete = false;
      else {
        this.#context.seen.add(keyOf(externalId));
        const state = dryRun ? 'planned' : 'failed';
        changes.push({ kind: 'skip', userid: externalId, user: '', fields: [], reason: said, state });
      }
    }
    this.#context.failedWrites += errors.length;
    const listed = recorder.listable(changes, tally);
    if (listed.length > 0) {
      await onPage(this.#context, (page) => page.write(scope, { runId: recorder.run.id, changes: listed }));
    }
    recorder.add(tally);
  }

  async #reportRefused(profile: UserProfile, error: WriteConflictError): Promise<void> {
    const { recorder, scope } = this.#context;
    this.#context.failedWrites += 1;
    recorder.warn('write-refused', refusedReason(error), profile.externalId);
    const tally = new Tally();
    tally.count('conflicts');
    const change: Change = {
      kind: 'conflict',
      userid: profile.externalId,
      user: '',
      fields: [],
      reason: refusedReason(error),
      state: 'failed',
    };
    const changes = recorder.listable([change], tally);
    await onPage(this.#context, (page) => page.write(scope, { runId: recorder.run.id, changes }));
    recorder.add(tally);
  }
}

/** The accounts that stand in the way of this plan. */
const otherHolders = (plan: AccountPlan | undefined): readonly string[] =>
  (plan?.fields ?? []).flatMap(({ field, before }) => (field === 'candidates' && Array.isArray(before) ? before : []));

const NOT_LISTED = text(
  'Members name these departments, but the list of departments lacks them; their groups and memberships stay as they are.',
  '成员资料中包含这些部门，但部门列表中没有；其群组与成员关系保持不变。',
);

/** Fields that at least one of these profiles says something about: nothing else needs to be read for the comparison. */
function statedFields(profiles: readonly UserProfile[]): readonly ProfileField[] {
  const stated = new Set<ProfileField>();
  for (const { values } of profiles) for (const field in values) stated.add(field as ProfileField);
  // Without its country a number compares with nothing.
  if (stated.has('phone')) stated.add('countryCode');
  return [...stated];
}

/** A change that a person has to look at never happened, whatever kind of run it was found in. */
const toChange = (
  plan: AccountPlan,
  kind: Exclude<AccountPlan['kind'], 'unchanged' | 'none'>,
  dryRun: boolean,
): Change => ({
  kind,
  userid: plan.userid,
  user: plan.user,
  fields: plan.fields,
  reason: plan.reason,
  state:
    dryRun || (kind === 'skip' && plan.keeps)
      ? 'planned'
      : kind === 'conflict' || kind === 'skip'
        ? 'failed'
        : 'applied',
});
