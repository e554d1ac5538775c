import type { Account, AccountLink, HeldAccount } from '../identity/account.ts';
import type { Change } from '../identity/change.ts';
import { WriteConflictError, type IdentityPage } from '../identity/identity-store.ts';
import { IncompleteReadError, MappingError, throwIfAborted } from '../syncer/errors.ts';
import { keyOf, type ExternalKey } from '../syncer/external-id.ts';
import type { UserProfile } from '../syncer/profile.ts';
import { isProgressReporter, isReadReporter } from '../syncer/syncer.ts';
import { text } from '../syncer/text.ts';
import {
  DELETED_BY_PERSON,
  planConflict,
  planCreate,
  planHeld,
  planLink,
  planSkip,
  type AccountPlan,
  type PlanContext,
} from './plan-account.ts';
import { Tally } from './recorder.ts';
import { refusedReason } from './refused-reason.ts';
import { onPage, type RunContext } from './run-context.ts';
import { reportUnread } from './sync-groups.ts';

const SHOW_EVERY_MS = 250;

/** Members, page by page as they arrive: grants and profile changes are applied, lock-outs only noted. */
export async function syncUsers(context: RunContext): Promise<void> {
  const { recorder, syncer } = context;
  const users = new UserPages(context);
  const stopShowing = keepShowingProgress(context);
  try {
    for await (const members of syncer.fetchUsers(context.signal)) {
      throwIfAborted(context.signal);
      await users.store(members);
      showProgress(context);
      await recorder.progress();
    }
  } catch (error) {
    if (!(error instanceof IncompleteReadError)) throw error;
    reportUnread(error, context);
  } finally {
    stopShowing();
  }
  showProgress(context);
  if (isReadReporter(syncer)) for (const note of syncer.readNotes()) recorder.warn(note.code, note.message);
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
  readonly #recreate: boolean;

  /** @param options.recreate make accounts again that a person deleted: only when a person asked for this very member */
  constructor(context: RunContext, options: { readonly recreate: boolean } = { recreate: false }) {
    this.#context = context;
    this.#recreate = options.recreate;
    this.#plan = {
      organization: context.settings.organization,
      limits: context.limits,
      groupNames: context.groupNames,
      bindingColumn: context.settings.bindingColumn,
    };
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
    await this.storeProfiles(shown);
    if (unmapped.length > 0) await this.#reportUnmapped(unmapped);
    recorder.run.progress.membersSeen += members.length;
    recorder.run.counts.members += shown.length + unmapped.length;
  }

  /** The connector shows everybody once; should one fail at that, the second copy changes nothing. */
  #firstSight(key: ExternalKey): boolean {
    if (this.#context.seen.has(key)) return false;
    this.#context.seen.add(key);
    return true;
  }

  /** Plans and applies mapped members; answers the plans of those that the database took. */
  async storeProfiles(profiles: readonly UserProfile[]): Promise<readonly AccountPlan[]> {
    if (profiles.length === 0) return [];
    try {
      const { tally, plans, linked } = await onPage(this.#context, (page) => this.#planPage(page, profiles));
      this.#context.recorder.add(tally);
      this.#context.linkedSeen += linked;
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
      const first = await this.storeProfiles(profiles.slice(0, middle));
      return [...first, ...(await this.storeProfiles(profiles.slice(middle)))];
    }
  }

  async #planPage(
    page: IdentityPage,
    profiles: readonly UserProfile[],
  ): Promise<{ tally: Tally; plans: AccountPlan[]; linked: number }> {
    const { scope, dryRun, recorder } = this.#context;
    const held = await page.heldAccounts(
      scope,
      profiles.map((profile) => keyOf(profile.externalId)),
    );
    const newcomers = await this.#matchNewcomers(page, profiles, held);
    const plans = profiles.map((profile) => {
      const key = keyOf(profile.externalId);
      const known = held.get(key);
      return known?.account
        ? planHeld(profile, { link: known.link, account: known.account }, this.#plan)
        : (newcomers.get(key) ?? planSkip(profile, DELETED_BY_PERSON));
    });

    const tally = new Tally();
    const changes: Change[] = [];
    for (const plan of plans) {
      if (plan.kind === 'unchanged') {
        if (!plan.lockOut) tally.count('unchanged');
      } else {
        const change = toChange(plan, dryRun);
        changes.push(change);
        tally.change(change);
        if (plan.create?.isForbidden) tally.count('forbidden');
      }
      tally.note(plan.notes, plan.userid);
    }
    const managers = plans.flatMap((plan) => this.#managerUpdates(plan));
    for (const _ of managers) tally.count('groupsUpdated');
    await page.write(scope, {
      runId: recorder.run.id,
      changes: [...changes, ...managers.map(({ change }) => change)],
      ...(!dryRun && {
        createAccounts: plans.flatMap((plan) => plan.create ?? []),
        updateAccounts: plans.flatMap((plan) => plan.update ?? []),
        links: plans.flatMap((plan) => plan.link ?? []),
        updateGroups: managers.map(({ update }) => update),
      }),
    });
    const linked = plans.filter((plan, at) => this.#isLinked(plan, profiles[at], held)).length;
    return { tally, plans, linked };
  }

  /** Whether a link row stands for this member once the page is stored. */
  #isLinked(plan: AccountPlan, profile: UserProfile | undefined, held: ReadonlyMap<ExternalKey, HeldAccount>): boolean {
    if (profile && held.has(keyOf(profile.externalId))) return true;
    return plan.link !== undefined && !this.#context.dryRun;
  }

  /** Plans everybody who has no account of ours yet. */
  async #matchNewcomers(
    page: IdentityPage,
    profiles: readonly UserProfile[],
    held: ReadonlyMap<ExternalKey, HeldAccount>,
  ): Promise<Map<ExternalKey, AccountPlan>> {
    const plans = new Map<ExternalKey, AccountPlan>();
    const newcomers = profiles.filter((profile) => !held.get(keyOf(profile.externalId))?.account);
    if (newcomers.length === 0) return plans;
    const index = await this.#context.candidates();
    const matches = new Map<UserProfile, { name: string; by: string; link: AccountLink | undefined }>();
    const taken = new Set<string>();
    for (const profile of newcomers) {
      const key = keyOf(profile.externalId);
      // A link without its account: the account was renamed, or a person deleted it.
      const link = held.get(key)?.link;
      const match = link ? index.matchIdentity(key) : index.match(profile, key);
      if (match.found === 'conflict') {
        plans.set(key, planConflict(profile, match.reason, match.candidates, this.#plan));
      } else if (match.found === 'account' && !taken.has(match.name)) {
        taken.add(match.name);
        matches.set(profile, { name: match.name, by: match.by, link });
      } else if (match.found === 'account') {
        plans.set(key, planConflict(profile, CLAIMED_TWICE, [match.name], this.#plan));
      } else if (link && !this.#recreate) {
        plans.set(key, planSkip(profile, DELETED_BY_PERSON));
      } else if (profile.complete === false) {
        plans.set(key, planSkip(profile, NO_NAME));
      } else {
        plans.set(key, planCreate(profile, this.#plan));
      }
    }
    await this.#planMatched(page, matches, plans);
    await this.#refuseTakenNames(page, newcomers, plans);
    return plans;
  }

  async #planMatched(
    page: IdentityPage,
    matches: ReadonlyMap<UserProfile, { name: string; by: string; link: AccountLink | undefined }>,
    plans: Map<ExternalKey, AccountPlan>,
  ): Promise<void> {
    if (matches.size === 0) return;
    const names = [...matches.values()].map(({ name }) => name);
    const accounts = await page.accountsByName(this.#context.scope, names);
    for (const [profile, { name, by, link }] of matches) {
      const account = accounts.get(name.toLowerCase())?.account;
      const key = keyOf(profile.externalId);
      if (!account) plans.set(key, planSkip(profile, DELETED_BY_PERSON));
      else if (link) plans.set(key, planRelinked(profile, account, link, this.#plan));
      else plans.set(key, planLink(profile, account, BY[by] ?? by, this.#plan));
    }
  }

  /** The index was read when the run began; a person may have made an account of that name since. */
  async #refuseTakenNames(
    page: IdentityPage,
    newcomers: readonly UserProfile[],
    plans: Map<ExternalKey, AccountPlan>,
  ): Promise<void> {
    const names = newcomers.flatMap((profile) => plans.get(keyOf(profile.externalId))?.create?.name ?? []);
    if (names.length === 0) return;
    const standing = await page.accountsByName(this.#context.scope, names);
    if (standing.size === 0) return;
    for (const profile of newcomers) {
      const key = keyOf(profile.externalId);
      const candidate = plans.get(key)?.create && standing.get(key);
      if (candidate) plans.set(key, planConflict(profile, NAME_TAKEN, [candidate.account.name], this.#plan));
    }
  }

  /** What later pages and the sweep need to know; only after the page is stored. */
  async #remember(plans: readonly AccountPlan[]): Promise<void> {
    const { lockOuts, scope, candidates } = this.#context;
    for (const plan of plans) {
      if (plan.lockOut) lockOuts.push({ ...plan.lockOut, cause: 'disabled' });
      if (plan.kind !== 'link') continue;
      (await candidates()).claim(plan.user.slice(scope.organization.length + 1), scope.source);
    }
  }

  /** Departments whose leader turned out to have an account of another name than they were planned with. */
  #managerUpdates(plan: AccountPlan): { change: Change; update: { name: string; manager: string } }[] {
    const { ledBy, settings, dryRun } = this.#context;
    const led = plan.kind === 'link' ? ledBy.get(plan.userid.toLowerCase() as ExternalKey) : undefined;
    if (!led) return [];
    const manager = plan.user.slice(settings.organization.length + 1);
    if (manager.toLowerCase() === led.manager.toLowerCase()) return [];
    return led.groups.map((name) => ({
      update: { name, manager },
      change: {
        kind: 'updateGroup',
        userid: plan.userid,
        user: `${settings.organization}/${name}`,
        fields: [{ field: 'manager', before: led.manager, after: manager }],
        reason: text('The leader’s account has this name.', '部门负责人的账号名如此。'),
        state: dryRun ? 'planned' : 'applied',
      },
    }));
  }

  async #reportUnmapped(errors: readonly MappingError[]): Promise<void> {
    const { recorder, scope, dryRun } = this.#context;
    const changes = errors.map((error): Change => {
      if (error.externalId === undefined) this.#context.complete = false;
      else this.#context.seen.add(keyOf(error.externalId));
      recorder.warn('member-unmappable', error.text, error.externalId);
      return {
        kind: 'skip',
        userid: error.externalId ?? '',
        user: '',
        fields: [],
        reason: error.text,
        state: dryRun ? 'planned' : 'failed',
      };
    });
    this.#context.failedWrites += changes.length;
    recorder.run.counts.skipped += changes.length;
    await onPage(this.#context, (page) => page.write(scope, { runId: recorder.run.id, changes }));
  }

  async #reportRefused(profile: UserProfile, error: WriteConflictError): Promise<void> {
    const { recorder, scope } = this.#context;
    this.#context.failedWrites += 1;
    recorder.warn('write-refused', refusedReason(error), profile.externalId);
    recorder.run.counts.conflicts += 1;
    const change: Change = {
      kind: 'conflict',
      userid: profile.externalId,
      user: '',
      fields: [],
      reason: refusedReason(error),
      state: 'failed',
    };
    await onPage(this.#context, (page) => page.write(scope, { runId: recorder.run.id, changes: [change] }));
  }
}

/** The account of a link was found again under another name: the same person, so the ownership and provenance go on. */
function planRelinked(profile: UserProfile, account: Account, link: AccountLink, context: PlanContext): AccountPlan {
  const moved: AccountLink = { ...link, accountName: account.name };
  const plan = planHeld(profile, { link: moved, account }, context);
  const reason = text(
    `The account was renamed from ${link.accountName}; it is held under its new name.`,
    `账号已由 ${link.accountName} 改名;按新名称继续管理。`,
  );
  return plan.kind === 'skip' ? plan : { ...plan, kind: 'link', reason, link: plan.link ?? moved };
}

const BY: Readonly<Record<string, string>> = { binding: 'its login binding', id: 'its id' };

const NAME_TAKEN = text(
  'A local account has this name; rename it, or allow linking by name.',
  '已有同名的本地账号;请重命名该账号,或允许按名称关联。',
);
const CLAIMED_TWICE = text('Two members of this page match the same account.', '本页有两名成员匹配到同一个账号。');
const NO_NAME = text(
  'Only the userid is visible with these credentials; nobody is created without a name.',
  '当前凭证只能看到 userid;不会创建没有姓名的账号。',
);

/** A change that a person has to look at never happened, whatever kind of run it was found in. */
const toChange = (plan: AccountPlan, dryRun: boolean): Change => ({
  kind: plan.kind === 'unchanged' ? 'update' : plan.kind,
  userid: plan.userid,
  user: plan.user,
  fields: plan.fields,
  reason: plan.reason,
  state: dryRun ? 'planned' : plan.kind === 'conflict' || plan.kind === 'skip' ? 'failed' : 'applied',
});
