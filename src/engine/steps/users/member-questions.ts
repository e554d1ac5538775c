import type { IdentityPage } from '../../../identity/identity-store.ts';
import { SyncError } from '../../../syncer/errors.ts';
import { externalId, keyOf, type ExternalId, type ExternalKey } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { isMemberLookup } from '../../../syncer/syncer.ts';
import { text, type Text } from '../../../syncer/text.ts';
import type { AccountPlan } from '../../plan/users/account-plan.ts';
import { ignoredReason } from '../../plan/question.ts';
import type { AskedQuestion, QuestionRef } from '../../question.ts';
import { askAboutAll } from '../ask-directory.ts';
import type { GroupsRead } from '../groups/groups-read.ts';
import { doubtAbout, questionsAbout } from '../questions.ts';
import type { Doubt } from '../run-questions.ts';
import { onPage, type RunContext } from '../run-context.ts';
import type { Settled } from './newcomers.ts';
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
  /** Members of whose userid of before nobody can tell whether it is somebody's: what a person said of them waits. */
  readonly untold = new Set<ExternalKey>();
  /** Those of them of whom it is known when everybody was shown: they are planned then, and not before. */
  readonly postponed = new Set<ExternalKey>();
  #waiting: UserProfile[] = [];

  constructor(context: RunContext, groups: GroupsRead, seen: ReadonlySet<ExternalKey>) {
    this.#context = context;
    this.#groups = groups;
    this.#seen = seen;
  }

  isAnswered({ externalId: id }: UserProfile): boolean {
    return this.#context.questions.waiting('user', keyOf(id)) !== undefined;
  }

  /**
   * Before an account goes on to another userid because a person said so, the former one must be nobody's.
   *
   * @param settled as in `Knowledge`
   */
  async askAboutFormer(profiles: readonly UserProfile[], settled: Settled | undefined): Promise<void> {
    const { recorder, signal, syncer } = this.#context;
    const formerOf = new Map<ExternalId, ExternalKey>();
    for (const { externalId: id } of profiles) {
      const former = await this.#formerKey(keyOf(id));
      if (former !== undefined && !this.gone.has(former)) formerOf.set(id, former);
    }
    if (!isMemberLookup(syncer)) {
      for (const [id, former] of formerOf) this.#judgeBySight(keyOf(id), former, settled);
      return;
    }
    const asked = [...new Set(formerOf.values())].map((former) => externalId(former));
    const answers = await askAboutAll(asked, syncer, signal);
    for (const [id, former] of formerOf) {
      const answer = answers.get(externalId(former));
      this.untold.delete(keyOf(id));
      if (answer instanceof SyncError) {
        this.untold.add(keyOf(id));
        recorder.warn('member-unread', formerUnread(answer.text), former);
      } else if (answer?.says === 'gone') this.gone.add(former);
    }
  }

  /** The userid that holds the account which a person says is this member's. */
  async #formerKey(key: ExternalKey): Promise<ExternalKey | undefined> {
    const { questions, scope } = this.#context;
    const question = questions.waiting('user', key);
    if (question?.kind !== 'renamed' || question.answer === '') return undefined;
    const link = await onPage(this.#context, (page) => page.linkOf(scope, question.answer));
    return link?.key === key ? undefined : link?.key;
  }

  /** Who was not shown yet may be shown later: only when the whole directory was is somebody gone. */
  #judgeBySight(key: ExternalKey, former: ExternalKey, settled: Settled | undefined): void {
    const isKnown = this.#seen.has(former) || settled === 'whole';
    if (!this.#seen.has(former) && settled === 'whole') this.gone.add(former);
    if (isKnown) this.untold.delete(key);
    else this.untold.add(key);
    if (settled === undefined && !isKnown) this.postponed.add(key);
    else this.postponed.delete(key);
  }

  /** Lets everybody go who waits until everybody was shown. */
  release(): readonly UserProfile[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
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
  async record({
    answers,
    asked,
    plans,
    postponed,
  }: Pick<PlannedMembers, 'answers' | 'postponed'> & QuestionedPlans): Promise<void> {
    const { questions, recorder } = this.#context;
    this.#waiting.push(...postponed);
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

const formerUnread = (said: Text): Text =>
  text(
    `What was decided about a member waits for the next run: the directory could not be asked about the userid of before. ${said.en}`,
    `关于某成员的决定将在下次同步时执行：无法向通讯录查询其原 userid。${said.zh}`,
  );
