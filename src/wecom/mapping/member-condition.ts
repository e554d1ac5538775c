import type { Expression } from '../../expressions/expression-language.ts';
import { yieldToEventLoop } from '../../http-client/event-loop.ts';
import { externalId, type ExternalId } from '../../syncer/external-id.ts';
import type { ScopeAnswer } from '../../syncer/syncer.ts';
import { text, type Text } from '../../syncer/text.ts';
import { decide } from './member-expression.ts';
import { MalformedMember, RosterMember, UndecidedMember, type WeComMember } from '../reading/member.ts';
import type { DepartmentPaths } from './department-paths.ts';

/** Of a page: expressions may take a while, and whoever asks this process something does not wait for all of them. */
const LONGEST_TURN_MS = 50;

export const EXCLUDED_BY_CONDITION = text(
  'The condition of this syncer leaves this member out (condition).',
  '此同步器的同步条件排除了该成员(condition)。',
);

/** Whether he belongs cannot be told: an account stays as it is, and none is made. */
export const conditionFailed = (why: Text): Text =>
  text(
    `Whether this member belongs cannot be told, so the account stays as it is and none is created: ${why.en}. Change the condition of this syncer (condition), and try it on this member.`,
    `无法判断该成员是否属于同步范围，账号保持不变，也不会创建账号：${why.zh}。请修改此同步器的同步条件(condition)，并用该成员试运行。`,
  );

/** Who of those that the scope shows belongs, by an expression of the administrator's. */
export class MemberCondition {
  readonly #expression: Expression<boolean> | undefined;
  #excluded: ExternalId[] = [];

  constructor(expression: Expression<boolean> | undefined) {
    this.#expression = expression;
  }

  /** Whom the last read left out. */
  get excluded(): readonly ExternalId[] {
    return this.#excluded;
  }

  /**
   * Whoever belongs, and in place of those of whom that cannot be told, that they are there. Of whom only an id is
   * known, nothing can be asked.
   */
  async *select(
    pages: AsyncIterable<readonly WeComMember[]>,
    paths: () => DepartmentPaths,
  ): AsyncGenerator<readonly WeComMember[], void, undefined> {
    this.#excluded = [];
    if (!this.#expression) {
      yield* pages;
      return;
    }
    let turn = performance.now();
    for await (const page of pages) {
      const shown: WeComMember[] = [];
      for (const member of page) {
        if (performance.now() - turn > LONGEST_TURN_MS) {
          await yieldToEventLoop();
          turn = performance.now();
        }
        const judged = this.judge(member, paths());
        if (judged) shown.push(judged);
        else if (member.userid !== undefined) this.#excluded.push(externalId(member.userid));
      }
      yield shown;
    }
  }

  /** Undefined: left out. */
  judge(member: WeComMember, paths: DepartmentPaths): WeComMember | undefined {
    if (!this.#expression || isPartOnly(member)) return member;
    const outcome = decide(this.#expression, member, paths);
    if ('failure' in outcome) return new UndecidedMember(member.userid, outcome.failure);
    return outcome.value ? member : undefined;
  }

  /** Why of a member it cannot be told whether he belongs; undefined: it can. */
  failureOf(member: WeComMember, paths: DepartmentPaths): ScopeAnswer | undefined {
    const judged = this.judge(member, paths);
    return judged instanceof UndecidedMember ? { inScope: false, detail: conditionFailed(judged.reason) } : undefined;
  }

  /** The answer about one member, once the condition counts, too. */
  answer(member: WeComMember, paths: DepartmentPaths, scope: ScopeAnswer): ScopeAnswer {
    if (this.judge(member, paths)) return scope;
    return { inScope: false, isExcluded: true, detail: EXCLUDED_BY_CONDITION };
  }
}

export const isPartOnly = (member: WeComMember): member is MalformedMember | RosterMember | UndecidedMember =>
  member instanceof MalformedMember || member instanceof RosterMember || member instanceof UndecidedMember;
