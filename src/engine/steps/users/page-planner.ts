import type { AccountLink, HeldAccount } from '../../../identity/account.ts';
import type { IdentityPage } from '../../../identity/identity-store.ts';
import { ConfigError } from '../../../syncer/errors.ts';
import { keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { together, type Text } from '../../../syncer/text.ts';
import type { AccountPlan, PlanContext } from '../../plan/users/account-plan.ts';
import { planDeleted, planRenamed } from '../../plan/users/account.ts';
import {
  hasOnlyOwnInTheWay,
  mayBeRenamed,
  newcomersAmong,
  planMember,
  statedFields,
  type PageKnowledge,
} from '../../plan/page.ts';
import { fingerprintOf } from '../../plan/users/person.ts';
import type { DeferredMember } from '../../plan/users/renames.ts';
import { planAnswer } from './answer-question.ts';
import { planDecidedLink } from './decide-link.ts';
import { Newcomers, type OtherMembers, type Settled } from './newcomers.ts';
import type { RenameDetector } from './rename-detector.ts';
import type { RunContext } from '../run-context.ts';

/** What is known about members before they are planned. */
export interface Knowledge {
  /** The key under which each of them was held until now. */
  readonly former?: ReadonlyMap<ExternalKey, ExternalKey>;
  /**
   * Set: nobody is made to wait any more. `whole`: everybody was shown, so it is known who claims what; `part`: not
   * everybody was, so nobody is linked by a value.
   */
  readonly settled?: Settled;
  /** Where not everybody was shown: names, in small letters, that no member has as his userid. */
  readonly freeNames?: ReadonlySet<string>;
  /** The account that a person named for the one member that this is about. */
  readonly account?: string;
  /** They were asked for by id because they are held: nobody of them is a newcomer who may have been somebody else. */
  readonly wasAsked?: true;
}

/** One page of members, planned; who has to wait is not among them. */
export interface PlannedMembers {
  readonly profiles: readonly UserProfile[];
  /** In the same order. */
  readonly plans: readonly AccountPlan[];
  readonly held: PageKnowledge['held'];
  readonly deferred: readonly DeferredMember[];
  /** The accounts that newcomers claim by a value, who wait for that. */
  readonly claims: ReadonlyMap<UserProfile, readonly string[]>;
  /** The same of newcomers of whom it is known already that they get none. */
  readonly contests: readonly (readonly string[])[];
  /** Accounts that a preview would link. */
  readonly relinked: ReadonlyMap<ExternalKey, HeldAccount>;
  /** Members whose question a person has answered: with why that cannot be done, where it cannot. */
  readonly answers: ReadonlyMap<UserProfile, Text | undefined>;
  /** Who is to be planned when everybody was shown. */
  readonly postponed: readonly UserProfile[];
}

/** Looks up what a page of members meets in the organization, and plans it. Changes nothing: it may be planned again. */
export class PagePlanner {
  readonly #context: RunContext;
  readonly #plan: PlanContext;
  readonly #renames: RenameDetector;
  readonly #others: OtherMembers;
  readonly #newcomers: Newcomers;

  constructor(context: RunContext, plan: PlanContext, renames: RenameDetector, others: OtherMembers) {
    this.#context = context;
    this.#plan = plan;
    this.#renames = renames;
    this.#others = others;
    this.#newcomers = new Newcomers(context, plan, others);
  }

  async plan(page: IdentityPage, all: readonly UserProfile[], knowledge: Knowledge): Promise<PlannedMembers> {
    const { former, settled, account, wasAsked } = knowledge;
    const postponed = all.filter(({ externalId: id }) => this.#others.postponed.has(keyOf(id)));
    const { plans: answered, answers } = await this.#planAnswers(page, account === undefined ? all : []);
    const profiles = all.filter((profile) => !answered.has(profile) && !postponed.includes(profile));
    const keys = profiles.map((profile) => keyOf(profile.externalId));
    const held = await page.heldAccounts(this.#context.scope, keys, statedFields(profiles));
    const renamed = await this.#planRenamed(page, profiles, held, former);
    const newcomers = newcomersAmong(profiles, { held, renamed });
    const asked = settled ?? (account !== undefined || former || wasAsked ? 'part' : undefined);
    const { plans: matched, ...found } = await this.#newcomers.plan(page, newcomers, held, asked, knowledge.freeNames);
    const deferred = asked ? [] : await this.#findDeferred(page, newcomers, matched, found.claims);
    const waits = new Set(deferred.map(({ profile }) => profile));
    const claims = new Map([...found.claims].filter(([profile]) => !waits.has(profile)));
    const planned = profiles.filter((profile) => !waits.has(profile) && !claims.has(profile));
    const plans = await this.#planAll(page, planned, { held, renamed, matched }, account);
    return {
      ...found,
      claims,
      deferred,
      held,
      plans: [...plans, ...answered.values()],
      profiles: [...planned, ...answered.keys()],
      answers,
      postponed,
    };
  }

  /** Those whose question a person has answered, as far as that can be done. */
  async #planAnswers(
    page: IdentityPage,
    profiles: readonly UserProfile[],
  ): Promise<{
    readonly plans: ReadonlyMap<UserProfile, AccountPlan>;
    readonly answers: PlannedMembers['answers'];
  }> {
    const plans = new Map<UserProfile, AccountPlan>();
    const answers = new Map<UserProfile, Text | undefined>();
    const where = { page, context: this.#context, plan: this.#plan, gone: this.#others.gone };
    for (const profile of profiles) {
      const question = this.#context.questions.waiting('user', keyOf(profile.externalId));
      // Nobody is made, or linked, of whom only an id is known: the answer waits.
      if (!question || profile.complete === false || this.#others.untold.has(question.key)) continue;
      try {
        const plan = await planAnswer(profile, question, where);
        plans.set(profile, plan);
        // Before the end of a freeze the answer is not done, and stays.
        if (!plan.frozen) answers.set(profile, undefined);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        answers.set(profile, error.remedy ? together(error.text, error.remedy) : error.text);
      }
    }
    return { plans, answers };
  }

  async #planAll(
    page: IdentityPage,
    profiles: readonly UserProfile[],
    read: PageKnowledge,
    account: string | undefined,
  ): Promise<readonly AccountPlan[]> {
    const plans =
      account === undefined
        ? profiles.map((profile) => planMember(profile, read, this.#plan))
        : await Promise.all(
            profiles.map((profile) => planDecidedLink(page, profile, account, this.#context, this.#plan)),
          );
    const confirmed = await this.#confirmed(page, profiles, plans);
    if (confirmed.size === 0) return plans;
    return plans.map((plan, at) => {
      const profile = profiles[at];
      return profile && confirmed.has(profile) ? planMember(profile, read, this.#plan, true) : plan;
    });
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
    matched: PageKnowledge['matched'],
    claims: ReadonlyMap<UserProfile, readonly string[]>,
  ): Promise<readonly DeferredMember[]> {
    const open = mayBeRenamed(newcomers, { matched }, claims);
    const found = await this.#renames.look(page, this.#context.scope, open, this.#others.seen);
    return found.filter((member) => hasOnlyOwnInTheWay(member, { matched }, this.#plan.organization));
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
}
