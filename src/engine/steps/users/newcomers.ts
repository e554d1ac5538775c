import { linkTo, type Account, type AccountLink, type HeldAccount } from '../../../identity/account.ts';
import type { IdentityPage } from '../../../identity/identity-store.ts';
import { keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { text, type Text } from '../../../syncer/text.ts';
import {
  ADMIN_FOUND,
  ID_TAKEN,
  NAME_TAKEN,
  UNLINKED,
  type CandidateIndex,
  type Match,
} from '../../plan/users/candidates.ts';
import {
  DELETED_BY_PERSON,
  planConflict,
  planCreate,
  planCreateBeside,
  planHeld,
  planLink,
  planSkip,
  type FoundConflict,
} from '../../plan/users/account.ts';
import type { AccountPlan, PlanContext } from '../../plan/users/account-plan.ts';
import type { LinkClaims } from '../../plan/users/link-claims.ts';
import type { RunContext } from '../run-context.ts';
import { Turn } from './map-members.ts';
import { WishedNames } from './wished-names.ts';

const NO_NAMES: ReadonlySet<string> = new Set();

/** Whether everybody was shown (`whole`), or the read was incomplete (`part`). */
export type Settled = 'whole' | 'part';

/** What newcomers come to. */
interface NewcomerPlans {
  readonly plans: Map<ExternalKey, AccountPlan>;
  /** Those who have to wait, for they claim an account by a value: with the names of accounts that they claim. */
  readonly claims: ReadonlyMap<UserProfile, readonly string[]>;
  /** The same of those who need not wait to get none. */
  readonly contests: readonly (readonly string[])[];
  /** Accounts that were found for them; a preview stores no link, so the sweep has to be told whose they are. */
  readonly relinked: ReadonlyMap<ExternalKey, HeldAccount>;
}

/** What the run knows of the others. */
export interface OtherMembers {
  readonly claims: LinkClaims;
  readonly seen: ReadonlySet<ExternalKey>;
  readonly moved: ReadonlySet<ExternalKey>;
  /** Keys that a question is about, and of which the directory says that nobody has them any more. */
  readonly gone: ReadonlySet<ExternalKey>;
  /** Of whom nobody can tell whether somebody else is who they were: what a person said of them waits. */
  readonly untold: ReadonlySet<ExternalKey>;
  /** Who is planned when everybody was shown. */
  readonly postponed: ReadonlySet<ExternalKey>;
}

interface FoundAccount {
  readonly name: string;
  readonly by: string;
  readonly link: AccountLink | undefined;
}

/** Plans everybody who has no account of ours yet. */
export class Newcomers {
  readonly #context: RunContext;
  readonly #plan: PlanContext;
  readonly #others: OtherMembers;
  readonly #names: WishedNames;

  constructor(context: RunContext, plan: PlanContext, others: OtherMembers) {
    this.#names = new WishedNames(context, plan);
    this.#others = others;
    this.#context = context;
    this.#plan = plan;
  }

  /**
   * @param held links without an account are looked at: the account was renamed, or a person deleted it
   * @param settled undefined: who claims an account by a value waits, and whose account is to have a name of its own
   * @param freeNames where not everybody was shown: what is nobody's userid all the same
   */
  async plan(
    page: IdentityPage,
    newcomers: readonly UserProfile[],
    held: ReadonlyMap<ExternalKey, HeldAccount>,
    settled: Settled | undefined,
    freeNames: ReadonlySet<string> = NO_NAMES,
  ): Promise<NewcomerPlans> {
    const plans = new Map<ExternalKey, AccountPlan>();
    if (newcomers.length === 0) return { plans, claims: new Map(), contests: [], relinked: new Map() };
    const matches = new Map<UserProfile, FoundAccount>();
    const index = await this.#context.candidates();
    const open = await this.#matchIdentities(page, index, newcomers, held, plans, matches);
    const { claims, contests } = await this.#matchValues(page, index, open, settled, plans, matches);
    const turn = new Turn();
    for (const profile of open) {
      if (turn.isOver) await turn.pass();
      const key = keyOf(profile.externalId);
      if (plans.has(key) || matches.has(profile) || claims.has(profile)) continue;
      const wish = this.#names.of(profile).name;
      if (wish !== undefined && settled === undefined) {
        claims.set(profile, []);
        continue;
      }
      // What another member's account is called is in nobody's way who gets another name.
      const isElsewhere = wish !== undefined && index.isAnothers(key);
      const taken = held.has(key) || isElsewhere ? undefined : index.inTheWay(key);
      const plan = taken ? planConflict(profile, taken, this.#plan) : planCreate(profile, this.#plan);
      // What a person deleted and a person makes again: tokens of before are still about an account of this name.
      plans.set(key, plan.create && held.has(key) && !this.#plan.keepsSignIn ? { ...plan, endsSignIn: true } : plan);
    }
    const relinked = await this.#planMatched(page, matches, plans);
    await this.#names.give(page, newcomers, plans, {
      wereAllShown: settled === 'whole',
      seen: this.#others.seen,
      free: freeNames,
    });
    await this.#refuseTaken(page, newcomers, plans);
    return { plans, claims, contests, relinked };
  }

  /** Plans those whose account is known beyond doubt, or about whom a person decided; answers the others. */
  async #matchIdentities(
    page: IdentityPage,
    index: CandidateIndex,
    newcomers: readonly UserProfile[],
    held: ReadonlyMap<ExternalKey, HeldAccount>,
    plans: Map<ExternalKey, AccountPlan>,
    matches: Map<UserProfile, FoundAccount>,
  ): Promise<readonly UserProfile[]> {
    const keys = newcomers.map((profile) => keyOf(profile.externalId));
    const decisions = await page.decisions(this.#context.scope, keys);
    return newcomers.filter((profile) => {
      const key = keyOf(profile.externalId);
      const decision = decisions.get(key);
      const link = held.get(key)?.link;
      if (!link && decision?.kind === 'unlinked') {
        plans.set(key, planConflict(profile, nameTaken(UNLINKED, decision.accountName), this.#plan));
        return false;
      }
      const match = link ? index.findRenamed(key, link.accountName) : index.identify(key);
      if (match?.found === 'account') matches.set(profile, { name: match.name, by: match.by, link });
      else if (match?.found === 'conflict') {
        plans.set(key, planConflict(profile, match, this.#plan));
      } else if (link && this.#plan.restoresDeleted !== true) plans.set(key, planSkip(profile, DELETED_BY_PERSON));
      else return true;
      return false;
    });
  }

  /** By the rules that an administrator chose; answers who has to wait until it is known who else claims what. */
  async #matchValues(
    page: IdentityPage,
    index: CandidateIndex,
    open: readonly UserProfile[],
    settled: Settled | undefined,
    plans: Map<ExternalKey, AccountPlan>,
    matches: Map<UserProfile, FoundAccount>,
  ): Promise<Pick<NewcomerPlans, 'contests'> & { readonly claims: Map<UserProfile, readonly string[]> }> {
    const { scope } = this.#context;
    const { claims, moved, seen } = this.#others;
    const waiting = new Map<UserProfile, readonly string[]>();
    const contests: (readonly string[])[] = [];
    if (!claims.isWorthwhile || open.length === 0) return { claims: waiting, contests };
    const { phones, emails } = claims.valuesOf(open);
    const held = await page.heldByContact(scope, phones, emails);
    const contested = claims.contested();
    for (const profile of open) {
      const key = keyOf(profile.externalId);
      const names = index.claimed(profile);
      const collisions = claims.collisions(profile, held);
      if (names.length === 0 && collisions.length === 0) continue;
      if (settled === undefined && collisions.length === 0 && (names.length > 1 || claims.areContested(names))) {
        contests.push(names);
        const match = index.decide(profile, new Set(names), []);
        if (match && match.found !== 'account') plans.set(key, this.#planMatch(profile, index, match));
      } else if (settled === undefined) {
        waiting.set(profile, names);
      } else if (settled === 'part') {
        plans.set(key, planSkip(profile, WAITS_FOR_WHOLE));
      } else {
        // Somebody gone is a former self, and was looked at as one; beside an account of others he is one more candidate.
        const others = collisions.filter(({ link }) => names.length > 0 || seen.has(link.key) || moved.has(link.key));
        const match = index.decide(
          profile,
          contested,
          others.map(({ link }) => link.accountName),
        );
        if (match?.found === 'account') matches.set(profile, { name: match.name, by: match.by, link: undefined });
        else if (match) plans.set(key, this.#planMatch(profile, index, match));
      }
    }
    return { claims: waiting, contests };
  }

  #planMatch(
    profile: UserProfile,
    index: CandidateIndex,
    match: Exclude<Match, { found: 'nobody' | 'account' }>,
  ): AccountPlan {
    if (match.found === 'conflict') return planConflict(profile, match, this.#plan);
    const taken = index.inTheWay(keyOf(profile.externalId));
    return taken ? planConflict(profile, taken, this.#plan) : planCreateBeside(profile, match.name, this.#plan);
  }

  async #planMatched(
    page: IdentityPage,
    matches: ReadonlyMap<UserProfile, FoundAccount>,
    plans: Map<ExternalKey, AccountPlan>,
  ): Promise<ReadonlyMap<ExternalKey, HeldAccount>> {
    const relinked = new Map<ExternalKey, HeldAccount>();
    if (matches.size === 0) return relinked;
    const names = [...matches.values()].map(({ name }) => name);
    const accounts = await page.accountsByName(this.#context.scope, names);
    const taken = new Set<string>();
    for (const [profile, { name, by, link }] of matches) {
      const account = accounts.get(name.toLowerCase())?.account;
      const key = keyOf(profile.externalId);
      if (!account) {
        plans.set(key, planSkip(profile, DELETED_BY_PERSON));
        continue;
      }
      // The index was read when the run began; a person may have made him an administrator since.
      const isPromoted = account.isAdmin && !link;
      if (isPromoted || taken.has(name)) {
        plans.set(
          key,
          planConflict(profile, isPromoted ? nameTaken(ADMIN_FOUND, name) : claimedTwice(name), this.#plan),
        );
        continue;
      }
      taken.add(name);
      const plan = link
        ? planRelinked(profile, account, link, this.#plan)
        : planLink(profile, account, BY[by] ?? by, this.#plan);
      plans.set(key, plan);
      const found = link ? linkTo(link, account) : plan.link;
      if (found && this.#context.dryRun) relinked.set(key, { account, link: found });
    }
    return relinked;
  }

  /**
   * The index was read when the run began, and knows neither what was made since nor other organizations: a name and an
   * id are given once. `built-in` counts as well, for its accounts are global administrators, and an id is what other
   * programs know them by.
   */
  async #refuseTaken(
    page: IdentityPage,
    newcomers: readonly UserProfile[],
    plans: Map<ExternalKey, AccountPlan>,
  ): Promise<void> {
    const created = newcomers.flatMap((profile) => plans.get(keyOf(profile.externalId))?.create ?? []);
    if (created.length === 0) return;
    const { scope } = this.#context;
    const standing = await page.accountsByName(
      scope,
      created.map(({ name }) => name),
    );
    const withId = new Map<string, Pick<Account, 'owner' | 'name'>[]>();
    const ids = created.map(({ id }) => id);
    for (const account of await page.accountsWithId(scope, ids)) {
      const id = account.id.toLowerCase();
      withId.set(id, [...(withId.get(id) ?? []), account]);
    }
    for (const profile of newcomers) {
      const key = keyOf(profile.externalId);
      const create = plans.get(key)?.create;
      if (!create) continue;
      const named = standing.get(create.name.toLowerCase());
      const same = withId.get(create.id.toLowerCase()) ?? [];
      // Whom it is in `built-in` that has it is not told to an organization.
      const own = same.filter(({ owner }) => owner === scope.organization).map(({ name }) => name);
      if (named) plans.set(key, planConflict(profile, nameTaken(NAME_TAKEN, named.account.name), this.#plan));
      else if (same.length > 0) plans.set(key, planConflict(profile, nameTaken(ID_TAKEN, ...own), this.#plan));
    }
  }
}

/** The account of a link was found again under another name: the same person, so the ownership and provenance go on. */
function planRelinked(profile: UserProfile, account: Account, link: AccountLink, context: PlanContext): AccountPlan {
  const moved = linkTo(link, account);
  const plan = planHeld(profile, { link: moved, account }, context);
  const reason = text(
    `The account was renamed from ${link.accountName}; it is held under its new name.`,
    `账号已由 ${link.accountName} 改名；按新名称继续管理。`,
  );
  if (plan.kind === 'skip' || plan.kind === 'conflict') return plan;
  return { ...plan, kind: 'link', reason, link: plan.link ?? moved };
}

const nameTaken = (reason: Text, ...candidates: readonly string[]): FoundConflict => ({
  kind: 'name-taken',
  reason,
  candidates,
});

const claimedTwice = (name: string): FoundConflict => ({
  kind: 'several-candidates',
  reason: CLAIMED_TWICE,
  candidates: [name],
});

const BY: Readonly<Record<string, string>> = { binding: 'its login binding', id: 'its id' };

const CLAIMED_TWICE = text('Several members match the same account.', '有多名成员匹配到同一个账号。');
const WAITS_FOR_WHOLE = text(
  'An account may be this member’s by a value that they share. That is decided only when everybody was read: run a full sync.',
  '可能有账号与该成员的某个值相同。仅在完整读取所有成员后才会决定：请执行完整同步。',
);
