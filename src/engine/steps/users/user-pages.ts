import type { HeldAccount } from '../../../identity/account.ts';
import type { Change } from '../../../identity/change.ts';
import { WriteConflictError } from '../../../identity/errors.ts';
import type { IdentityPage } from '../../../identity/identity-store.ts';
import type { MappingError } from '../../../syncer/errors.ts';
import { externalId, keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { text, together } from '../../../syncer/text.ts';
import type { AccountPlan, PlanContext } from '../../plan/users/account-plan.ts';
import { LinkClaims } from '../../plan/users/link-claims.ts';
import type { LockOut } from '../../plan/lock-outs/lock-out.ts';
import { changesOf, stateIn } from '../../plan/page.ts';
import { accountAsReviewed } from '../../plan/lock-outs/reviewed-changes.ts';
import { formerKeys, type RenameSuggestion } from '../../plan/users/renames.ts';
import { Tally } from '../../plan/tally.ts';
import { refusedReason } from '../../reasons.ts';
import { leaderUpdates } from '../groups/leader-accounts.ts';
import { MemberQuestions, type QuestionedPlans } from './member-questions.ts';
import { mapMembers } from './map-members.ts';
import { PagePlanner, type Knowledge, type PlannedMembers } from './page-planner.ts';
import { RenameDetector } from './rename-detector.ts';
import { batches, onPage, type RunContext } from '../run-context.ts';
import type { GroupsRead } from '../groups/groups-read.ts';
import { UnchangedSieve } from './unchanged-sieve.ts';
import type { UsersRead } from './users-read.ts';

type StoredPage = PlannedMembers &
  QuestionedPlans & { readonly tally: Tally; readonly linked: number; readonly granted: number };

interface PageOptions {
  /** Make accounts again that a person deleted: only when a person asked for this very member. */
  readonly recreate: boolean;
  /** What comes back like that keeps its password, bindings and sessions. */
  readonly keepsSignIn?: boolean;
}

/** Turns pages of members into stored accounts, and keeps what the run learns from them. */
export class UserPages implements UsersRead {
  readonly #context: RunContext;
  readonly #groups: GroupsRead;
  readonly #planner: PagePlanner;
  readonly #sieve: UnchangedSieve;
  /** Newcomers who may be somebody we hold, under another vendor id. */
  readonly #renames: RenameDetector;
  /** Newcomers who claim an account by a value. */
  readonly #claims: LinkClaims;
  readonly #seen = new Set<ExternalKey>();
  readonly #lockOuts = new Map<ExternalKey, LockOut>();
  readonly #relinked = new Map<ExternalKey, HeldAccount>();
  readonly #leaderAccounts = new Map<ExternalKey, string>();
  readonly #moved = new Set<ExternalKey>();
  readonly #questions: MemberQuestions;
  readonly #keptGroups = new Set<string>();
  readonly #namedDepartments = new Set<ExternalKey>();
  readonly #returned = new Set<ExternalKey>();
  #isWhole = true;
  #wholeSeen = 0;
  #linkedSeen = 0;
  #granted = 0;
  #failedWrites = 0;

  private constructor(context: RunContext, groups: GroupsRead, options: PageOptions, heldBefore: number) {
    this.#context = context;
    this.#groups = groups;
    this.#renames = new RenameDetector(heldBefore, context.limits);
    this.#claims = new LinkClaims(context.settings.linkBy);
    const plan: PlanContext = {
      organization: context.settings.organization,
      limits: context.limits,
      groupNames: groups.groupNames,
      otherGroups: groups.otherGroups,
      bindingColumn: context.scope.bindingColumn,
      restoresDeleted: options.recreate,
      keepsSignIn: options.keepsSignIn ?? false,
      // Read again before each page.
      get protections() {
        return context.protections.now;
      },
    };
    this.#questions = new MemberQuestions(context, groups, this.#seen);
    const { gone, untold, postponed } = this.#questions;
    const others = { claims: this.#claims, seen: this.#seen, moved: this.#moved, gone, untold, postponed };
    this.#planner = new PagePlanner(context, plan, this.#renames, others);
    this.#sieve = new UnchangedSieve(context, plan, heldBefore);
  }

  static async open(context: RunContext, groups: GroupsRead, options: PageOptions): Promise<UserPages> {
    return new UserPages(context, groups, options, await context.store.countLinks(context.scope));
  }

  get seen(): ReadonlySet<ExternalKey> {
    return this.#seen;
  }
  get wholeSeen(): number {
    return this.#wholeSeen;
  }
  get linkedSeen(): number {
    return this.#linkedSeen;
  }
  get granted(): number {
    return this.#granted;
  }
  get lockOuts(): ReadonlyMap<ExternalKey, LockOut> {
    return this.#lockOuts;
  }
  get relinked(): ReadonlyMap<ExternalKey, HeldAccount> {
    return this.#relinked;
  }
  get leaderAccounts(): ReadonlyMap<ExternalKey, string> {
    return this.#leaderAccounts;
  }
  get moved(): ReadonlySet<ExternalKey> {
    return this.#moved;
  }
  get keptGroups(): ReadonlySet<string> {
    return this.#keptGroups;
  }
  get namedDepartments(): ReadonlySet<ExternalKey> {
    return this.#namedDepartments;
  }
  /** Those of `RunContext.awaited` whom the directory showed with access. */
  get returned(): ReadonlySet<ExternalKey> {
    return this.#returned;
  }
  get suggestions(): readonly RenameSuggestion[] {
    return this.#renames.suggestions;
  }
  get newcomersByLikeness(): ReadonlyMap<string, readonly string[]> {
    return this.#renames.newcomersByLikeness;
  }
  get complete(): boolean {
    return this.#isWhole && this.#groups.complete;
  }
  get failedWrites(): number {
    return this.#failedWrites;
  }

  /** Whom those newcomers may have been who wait, each once. */
  get formerSelves(): readonly ExternalKey[] {
    return this.#renames.formerSelves;
  }

  /** Whether newcomers wait until it is known who else is shown. */
  get isSomebodyWaiting(): boolean {
    return this.#renames.deferred.length > 0 || !this.#claims.isEmpty;
  }

  /** Not everybody was read. */
  missedSome(): void {
    this.#isWhole = false;
  }

  /** Maps, looks up, plans and applies one page of members; each is reported, whatever becomes of it. */
  async store(members: readonly unknown[]): Promise<void> {
    const { protections, recorder } = this.#context;
    const { profiles, unmapped } = await mapMembers(members, this.#context.syncer);
    const shown = profiles.filter((profile) => this.#firstSight(keyOf(profile.externalId)));
    this.#noticeDepartments(shown);
    this.#noticeReturned(shown);
    const changed = await this.#changedAmong(shown);
    await this.storeProfiles(changed);
    await protections.endSeen(shown);
    // Whoever has nothing to be changed is held, or there would be an account to make.
    this.#linkedSeen += shown.length - changed.length;
    recorder.count('unchanged', shown.length - changed.length);
    if (unmapped.length > 0) await this.#reportUnmapped(unmapped);
    recorder.sawMembers(members.length);
    this.#wholeSeen += shown.filter(({ complete }) => complete !== false).length;
    const inScope = shown.filter(({ access }) => access.state !== 'outOfScope');
    recorder.count('members', inScope.length + unmapped.length);
  }

  /** Those about whom there is something to do, be it what a person said. */
  async #changedAmong(shown: readonly UserProfile[]): Promise<readonly UserProfile[]> {
    const changed = await this.#sieve.changedAmong(shown);
    const looked = new Set(changed);
    return [...changed, ...shown.filter((profile) => !looked.has(profile) && this.#questions.isAnswered(profile))];
  }

  /** Stores those who were held and not shown, and whom the directory named when it was asked for them. */
  async storeAsked(profiles: readonly UserProfile[]): Promise<readonly AccountPlan[]> {
    for (const { externalId } of profiles) this.#seen.add(keyOf(externalId));
    const plans: AccountPlan[] = [];
    for (const batch of batches(profiles)) plans.push(...(await this.storeProfiles(batch, { wasAsked: true })));
    await this.#context.protections.endSeen(profiles);
    return plans;
  }

  /**
   * Lets everybody go who waits.
   *
   * @param isGone undefined: the read was incomplete, so nobody can be called gone
   * @returns those who have the account that they had under another key, with that key, and newcomers like any other
   */
  settle(isGone: ((key: ExternalKey) => boolean) | undefined): {
    readonly former: ReadonlyMap<ExternalKey, ExternalKey>;
    readonly renamed: readonly UserProfile[];
    readonly ordinary: readonly UserProfile[];
  } {
    const { linked, ordinary } = this.#renames.settle(isGone);
    return {
      former: formerKeys(linked),
      renamed: [...linked.keys()],
      ordinary: [...ordinary, ...this.#claims.release(), ...this.#questions.release()],
    };
  }

  /** The connector shows everybody once; should one fail at that, the second copy changes nothing. */
  #firstSight(key: ExternalKey): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** Whoever names a department proves that it exists, whatever the list of departments said: its group stays. */
  #noticeDepartments(profiles: readonly UserProfile[]): void {
    const { groupNames, seen } = this.#groups;
    if (!groupNames) return;
    for (const { groups } of profiles) {
      for (const group of groups ?? []) {
        const key = keyOf(group);
        if (seen.has(key) || this.#namedDepartments.has(key) || !groupNames.has(key)) continue;
        this.#namedDepartments.add(key);
        this.#context.recorder.warn('department-not-listed', NOT_LISTED, group);
      }
    }
  }

  #noticeReturned(profiles: readonly UserProfile[]): void {
    const { awaited } = this.#context;
    if (awaited.size === 0) return;
    for (const { access, complete, externalId } of profiles) {
      const key = keyOf(externalId);
      if (complete !== false && access.state === 'allowed' && awaited.has(key)) this.#returned.add(key);
    }
  }

  /** Plans and applies mapped members; answers the plans of those that the database took. */
  async storeProfiles(profiles: readonly UserProfile[], knowledge: Knowledge = {}): Promise<readonly AccountPlan[]> {
    if (profiles.length === 0) return [];
    await this.#context.protections.refresh(false);
    this.#noticeReturned(profiles);
    await this.#questions.askAboutFormer(profiles, knowledge.settled);
    try {
      const stored = await onPage(this.#context, (page) => this.#storePage(page, profiles, knowledge));
      await this.#remember(stored, knowledge);
      return stored.plans;
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

  async #storePage(page: IdentityPage, profiles: readonly UserProfile[], knowledge: Knowledge): Promise<StoredPage> {
    const { scope, dryRun, protections, recorder } = this.#context;
    await protections.recheck();
    const whole = await this.#planner.plan(page, profiles, knowledge);
    const questioned = await this.#questions.about(page, whole);
    const planned = asReviewed({ ...whole, plans: questioned.plans }, this.#context);
    const { plans } = planned;
    const { changes, tally } = changesOf(plans, dryRun);
    const displaced = plans.flatMap((plan) => plan.displaced ?? []);
    const leaders = plans
      .filter(({ kind }) => kind === 'link' || kind === 'create')
      .flatMap((plan) => leaderUpdates(this.#groups, this.#context, keyOf(externalId(plan.userid)), plan));
    for (const _ of leaders) tally.count('groupsUpdated');
    await page.write(scope, {
      runId: recorder.run.id,
      changes: [...recorder.listable(changes, tally), ...leaders.map(({ change }) => change)],
      ...(!dryRun && {
        createAccounts: plans.flatMap((plan) => plan.create ?? []),
        updateAccounts: [...plans.flatMap((plan) => plan.update ?? []), ...displaced.map(({ update }) => update)],
        removeLinks: plans.flatMap((plan) => (plan.passedOver ? [] : (plan.formerKey ?? []))),
        links: plans.flatMap((plan) => plan.link ?? []),
        decisions: [...plans, ...displaced].flatMap(({ decision }) => decision ?? []),
        endSignIns: plans.flatMap((plan) => (plan.endsSignIn ? plan.user.slice(scope.organization.length + 1) : [])),
        updateGroups: leaders.map(({ update }) => update),
      }),
    });
    const linked = plans.filter((plan, at) => this.#isLinked(plan, planned, at)).length;
    const granted = dryRun ? 0 : plans.filter((plan) => plan.grants).length;
    return { ...planned, tally, linked, granted, asked: questioned.asked };
  }

  /** Whether a link row stands for this member once the page is stored. */
  #isLinked(plan: AccountPlan, { held, profiles }: PlannedMembers, at: number): boolean {
    const profile = profiles[at];
    if (profile && held.has(keyOf(profile.externalId))) return true;
    return plan.link !== undefined && !this.#context.dryRun;
  }

  /** What later pages and the sweep need to know; only after the page is stored. */
  async #remember(stored: StoredPage, { wasAsked }: Knowledge): Promise<void> {
    await this.#questions.record(stored);
    this.#context.recorder.add(stored.tally);
    this.#linkedSeen += stored.linked;
    this.#granted += stored.granted;
    this.#renames.defer(stored.deferred);
    for (const [profile, names] of stored.claims) this.#claims.wait(profile, names);
    for (const names of stored.contests) this.#claims.count(names);
    for (const [key, found] of stored.relinked) this.#relinked.set(key, found);
    for (const plan of stored.plans) {
      if (plan.create && !wasAsked) this.#renames.created(plan.userid, plan.create);
      this.#rememberPlan(plan);
      this.#rememberLeader(plan);
      const { formerKey, passedOver, userid } = plan;
      if (formerKey && !passedOver) await this.#context.protections.follow(formerKey, userid);
    }
    const linked = stored.plans.filter(({ kind }) => kind === 'link');
    if (linked.length === 0) return;
    const { candidates, scope } = this.#context;
    const index = await candidates();
    for (const { user } of linked) index.claim(user.slice(scope.organization.length + 1));
  }

  #rememberLeader({ kind, userid, user }: AccountPlan): void {
    const { dryRun, scope } = this.#context;
    const key = keyOf(externalId(userid));
    if (!dryRun || (kind !== 'create' && kind !== 'link') || !this.#groups.openLeaders.has(key)) return;
    this.#leaderAccounts.set(key, user.slice(scope.organization.length + 1));
  }

  #rememberPlan(plan: AccountPlan): void {
    const { values } = plan.create ?? plan.update ?? {};
    if (
      plan.create ||
      values?.email !== undefined ||
      values?.phone !== undefined ||
      values?.countryCode !== undefined
    ) {
      this.#claims.noteChanged(plan.userid.toLowerCase() as ExternalKey);
    }
    for (const membership of plan.keeps ?? []) this.#keptGroups.add(membership);
    if (plan.formerKey) this.#moved.add(plan.formerKey);
    // In a preview the account is still held under its former key.
    const key = (this.#context.dryRun ? plan.formerKey : undefined) ?? plan.lockOut?.key;
    if (plan.lockOut && key) this.#lockOuts.set(key, { ...plan.lockOut, key, cause: 'disabled' });
  }

  async #reportUnmapped(errors: readonly MappingError[]): Promise<void> {
    const { recorder, reviewed, scope, dryRun } = this.#context;
    const tally = new Tally();
    tally.count('skipped', errors.length);
    const changes: Change[] = [];
    for (const error of errors) {
      const { externalId, text: said, remedy } = error;
      tally.note([{ code: 'member-unmappable', message: remedy ? together(said, remedy) : said }], externalId ?? '');
      // A row that names nobody helps nobody: such records are counted.
      if (externalId === undefined) this.#isWhole = false;
      else {
        this.#seen.add(keyOf(externalId));
        const state = stateIn(dryRun, 'skip');
        const change: Change = { kind: 'skip', userid: externalId, user: '', fields: [], reason: said, state };
        if (reviewed?.has(change) !== false) changes.push(change);
      }
    }
    this.#failedWrites += errors.length;
    const listed = recorder.listable(changes, tally);
    if (listed.length > 0) {
      await onPage(this.#context, (page) => page.write(scope, { runId: recorder.run.id, changes: listed }));
    }
    recorder.add(tally);
  }

  async #reportRefused(profile: UserProfile, error: WriteConflictError): Promise<void> {
    const { recorder, scope } = this.#context;
    this.#failedWrites += 1;
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

const asReviewed = (planned: PlannedMembers, { reviewed }: RunContext): PlannedMembers =>
  reviewed ? { ...planned, plans: planned.plans.map((plan) => accountAsReviewed(plan, reviewed)) } : planned;

const NOT_LISTED = text(
  'Members name these departments, but the list of departments lacks them; their groups and memberships stay as they are.',
  '成员资料中包含这些部门，但部门列表中没有；其群组与成员关系保持不变。',
);
