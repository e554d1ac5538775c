import type { IdentityPage } from '../../../identity/identity-store.ts';
import type { HeldGroup, NamedGroup } from '../../../identity/group.ts';
import { keyOf } from '../../../syncer/external-id.ts';
import type { GroupProfile } from '../../../syncer/profile.ts';
import { text, type Text } from '../../../syncer/text.ts';
import {
  groupNames,
  planGroup,
  planGroupByHand,
  planIgnored,
  type GroupContext,
  type GroupPlan,
} from '../../plan/groups/group.ts';
import { ignoredReason, questionFingerprint } from '../../plan/question.ts';
import type { AskedQuestion, Question, QuestionRef } from '../../question.ts';
import type { RunContext } from '../run-context.ts';

/** A group that is in the way of a department, which a person is asked about. */
interface Doubt {
  readonly profile: GroupProfile;
  readonly plan: GroupPlan;
}

/** What people say, and are asked, about the departments of one page. */
export class GroupQuestions {
  readonly #context: RunContext;
  readonly #doubts: Doubt[] = [];
  #done: QuestionRef[] = [];
  readonly #refused: { readonly ref: QuestionRef; readonly userid: string; readonly reason: Text }[] = [];

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** The names that are to be looked up for what people said. */
  names(profiles: readonly GroupProfile[]): readonly string[] {
    return profiles.flatMap((profile) => this.#waiting(profile)?.answer ?? []);
  }

  plan(profile: GroupProfile, held: HeldGroup | undefined, context: GroupContext): GroupPlan {
    const answer = this.#waiting(profile);
    const answered = answer && this.#planAnswer(profile, held, answer, context);
    const plan = answered ?? planGroup(profile, held, context);
    if (plan.inTheWay?.owner !== context.organization) return plan;
    this.#doubts.push({ profile, plan });
    const ignored = this.#context.questions.ignored('group', keyOf(profile.externalId));
    return ignored?.fingerprint === fingerprint({ profile, plan })
      ? planIgnored(plan, ignoredReason(ignored, plan.reason))
      : plan;
  }

  /** What was planned for it is not done. */
  passOver({ externalId }: GroupProfile): void {
    this.#done = this.#done.filter(({ key }) => key !== keyOf(externalId));
  }

  /** What is asked, with names that are free. */
  async asked(page: IdentityPage, context: GroupContext): Promise<readonly AskedQuestion[]> {
    if (this.#doubts.length === 0 || this.#context.dryRun) return [];
    const tries = new Map(this.#doubts.map((doubt) => [doubt, proposals(doubt.profile, context)]));
    const standing = await page.groupsByName([...tries.values()].flat());
    return this.#doubts.map((doubt): AskedQuestion => {
      const { profile, plan } = doubt;
      const { displayName = '', name } = plan.inTheWay ?? { name: '' };
      const names = tries.get(doubt) ?? [];
      return {
        subject: 'group',
        key: keyOf(profile.externalId),
        userid: profile.externalId,
        kind: 'group-name-taken',
        member: { name: profile.displayName ?? profile.provisionalName ?? '', email: '', phone: '', groups: [] },
        candidates: [
          {
            user: `${context.organization}/${name}`,
            displayName,
            email: '',
            phone: '',
            groups: [],
            reason: plan.reason,
          },
        ],
        proposedName: names.find((tried) => !standing.has(tried.toLowerCase())) ?? names.at(-1) ?? '',
        fingerprint: fingerprint(doubt),
      };
    });
  }

  /** After the page is stored. */
  async record(asked: readonly AskedQuestion[]): Promise<void> {
    const { questions, recorder } = this.#context;
    for (const { userid, reason } of this.#refused) recorder.warn('decision-refused', reason, userid);
    await questions.record({ asked, done: this.#done, refused: this.#refused.map(({ ref }) => ref) });
  }

  #waiting({ externalId }: GroupProfile): Question | undefined {
    return this.#context.questions.waiting('group', keyOf(externalId));
  }

  /** Undefined: it cannot be done as things stand now, and the question is open again. */
  #planAnswer(
    profile: GroupProfile,
    held: HeldGroup | undefined,
    { state, answer }: Question,
    context: GroupContext,
  ): GroupPlan | undefined {
    const ref: QuestionRef = { subject: 'group', key: keyOf(profile.externalId) };
    const standing = context.named(answer);
    const plan =
      held?.group?.name === answer
        ? planGroup(profile, held, context)
        : state === 'linked'
          ? linkPlan(profile, standing, answer, context)
          : planGroup(profile, held, context, answer);
    if (plan && plan.kind !== 'conflict') {
      this.#done.push(ref);
      return plan;
    }
    this.#refused.push({
      ref,
      userid: profile.externalId,
      reason: state === 'linked' ? GROUP_TAKEN : nameTaken(answer),
    });
    return undefined;
  }
}

function linkPlan(
  profile: GroupProfile,
  standing: NamedGroup | undefined,
  name: string,
  context: GroupContext,
): GroupPlan | undefined {
  const isFree =
    standing?.heldBy === null && standing.group.owner === context.organization && standing.group.name === name;
  return isFree ? planGroupByHand(profile, standing.group, context) : undefined;
}

const fingerprint = ({ profile, plan }: Doubt): string =>
  questionFingerprint({ displayName: profile.displayName ?? '' }, [plan.inTheWay?.name ?? '']);

function proposals({ externalId }: GroupProfile, context: GroupContext): readonly string[] {
  const [name = '', withDigest = ''] = groupNames(context, externalId);
  return [...[2, 3, 4].map((n) => `${name}-${n}`).filter((one) => one.length <= context.limits.groupName), withDigest];
}

const GROUP_TAKEN = text(
  'There is no such group in this organization, or it is another department’s. Choose another one.',
  '该组织中没有此群组，或该群组属于其他部门。请选择其他群组。',
);
const nameTaken = (name: string): Text =>
  text(`A group is called "${name}" already. Choose another name.`, `已有名为“${name}”的群组。请使用其他名称。`);
