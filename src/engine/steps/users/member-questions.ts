import type { IdentityPage } from '../../../identity/identity-store.ts';
import { externalId, keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { isMemberLookup } from '../../../syncer/syncer.ts';
import type { AccountPlan } from '../../plan/account-plan.ts';
import { ignoredReason } from '../../plan/question.ts';
import type { AskedQuestion, QuestionRef } from '../../question.ts';
import type { GroupsRead } from '../groups/sync-groups.ts';
import { doubtAbout, questionsAbout } from '../questions.ts';
import type { Doubt } from '../run-questions.ts';
import type { RunContext } from '../run-context.ts';
import type { PlannedMembers } from './page-planner.ts';

/** Plans as a person left them, and what he is asked. */
export interface QuestionedPlans {
  readonly plans: readonly AccountPlan[];
  readonly asked: readonly AskedQuestion[];
}

/** What people say, and are asked, about the members of a run. */
export class MemberQuestions {
  readonly #context: RunContext;
  readonly #groups: GroupsRead;
  readonly #seen: ReadonlySet<ExternalKey>;
  /** Userids of before of which the directory says that nobody has them any more. */
  readonly gone = new Set<ExternalKey>();

  constructor(context: RunContext, groups: GroupsRead, seen: ReadonlySet<ExternalKey>) {
    this.#context = context;
    this.#groups = groups;
    this.#seen = seen;
  }

  isAnswered({ externalId: id }: UserProfile): boolean {
    return this.#context.questions.waiting('user', keyOf(id)) !== undefined;
  }

  /** Before an account goes on to another userid because a person said so, the former one must be nobody's. */
  async askAboutFormer(profiles: readonly UserProfile[]): Promise<void> {
    const { questions, signal, syncer } = this.#context;
    for (const { externalId: id } of profiles) {
      const former = questions.waiting('user', keyOf(id))?.formerKey as ExternalKey | '' | undefined;
      if (!former) continue;
      const isGone = isMemberLookup(syncer)
        ? (await syncer.fetchUser(externalId(former), signal)) === undefined
        : !this.#seen.has(former);
      if (isGone) this.gone.add(former);
    }
  }

  /** What a person is asked about these members; what he does not want to hear of is passed over. */
  async about(page: IdentityPage, { plans, profiles }: PlannedMembers): Promise<QuestionedPlans> {
    const { questions, dryRun } = this.#context;
    const doubts: Doubt[] = [];
    const decided = plans.map((plan, at) => {
      const profile = profiles[at];
      const draft = profile && (plan.question ?? questions.changedSince(profile));
      if (!draft) return plan;
      doubts.push(doubtAbout(profile, draft, this.#groups.groupNames));
      const ignored = plan.kind === 'conflict' ? questions.ignoredStill({ ...profile, draft }) : undefined;
      return ignored ? { ...plan, kind: 'skip' as const, reason: ignoredReason(ignored, plan.reason) } : plan;
    });
    const isTaken = (key: ExternalKey): boolean => this.#seen.has(key);
    return { plans: decided, asked: dryRun ? [] : await questionsAbout(page, doubts, isTaken, this.#context) };
  }

  /** After the page is stored. */
  async record({ answers, asked, plans }: Pick<PlannedMembers, 'answers'> & QuestionedPlans): Promise<void> {
    const { questions, recorder } = this.#context;
    const done: QuestionRef[] = [];
    const refused: QuestionRef[] = [];
    const passedOver = new Set(plans.flatMap((plan) => (plan.passedOver ? plan.userid : [])));
    for (const [{ externalId: id }, problem] of answers) {
      if (passedOver.has(id)) continue;
      (problem ? refused : done).push({ subject: 'user', key: keyOf(id) });
      if (problem) recorder.warn('decision-refused', problem, id);
    }
    await questions.record({ asked, done, refused });
  }
}
