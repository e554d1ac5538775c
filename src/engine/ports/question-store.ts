import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type {
  AskedQuestion,
  Question,
  QuestionKind,
  QuestionRef,
  QuestionState,
  QuestionSubject,
  QuestionWait,
} from '../question.ts';
import type { Page } from './run-store.ts';

/** The questions of one syncer in one organization: those of another organization are nothing for this one's eyes. */
export interface QuestionsOf {
  readonly syncerId: string;
  readonly organization: string;
}

/** What a person says to an open question. */
export interface Answer {
  readonly state: Exclude<QuestionState, 'open'>;
  readonly answer: string;
  readonly keepSignIn: boolean;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  readonly comment: string;
  readonly waits: QuestionWait;
}

/**
 * Questions that only a person can answer, and the answers. What a run writes is written with its lease checked in the
 * same transaction.
 */
export interface QuestionStore {
  /**
   * Those that a person said something to which a run has to know: ignored ones, and those that wait.
   *
   * @param key only about this member
   */
  answered(of: QuestionsOf, key?: ExternalKey): Promise<readonly Question[]>;
  /**
   * Asks, in this run. A question that is open says what it says now; an ignored one stays so while its fingerprint does;
   * one whose answer waits stays as it is; any other answer is over. `value-taken` takes the place of no other open one.
   */
  ask(lease: LeaseGrant, of: QuestionsOf, runId: string, questions: readonly AskedQuestion[]): Promise<void>;
  /** What waited is done; what a person decided in its place meanwhile still waits. */
  done(
    lease: LeaseGrant,
    of: QuestionsOf,
    refs: readonly QuestionRef[],
    what: Exclude<QuestionWait, ''>,
  ): Promise<void>;
  /** What was decided cannot be done: the questions are open again. */
  refuse(lease: LeaseGrant, of: QuestionsOf, refs: readonly QuestionRef[]): Promise<void>;
  /**
   * Forgets open and ignored ones about these, whose reason is gone.
   *
   * @param keeps kinds that stay
   */
  forget(
    lease: LeaseGrant,
    of: QuestionsOf,
    refs: readonly QuestionRef[],
    keeps?: readonly QuestionKind[],
  ): Promise<void>;
  /** Forgets open and ignored ones of this subject that this run did not ask, but those of `askedOnce`. */
  forgetUnasked(lease: LeaseGrant, of: QuestionsOf, runId: string, subject: QuestionSubject): Promise<void>;
  /**
   * Open and ignored ones of the kinds `renamed` and `value-taken`, which no run asks again.
   *
   * @param key only about this member
   */
  askedOnce(of: QuestionsOf, key?: ExternalKey): Promise<readonly Question[]>;
  /** Newest first; `page` starts at 1. */
  list(of: QuestionsOf, state: QuestionState | undefined, page: number, pageSize: number): Promise<Page<Question>>;
  find(id: string): Promise<Question | undefined>;
  /** @returns false when it was not open any more: of two answers at once one wins */
  answer(id: string, answer: Answer): Promise<boolean>;
  /** @returns false when it was not in this state any more */
  reopen(question: Pick<Question, 'id' | 'state'>, waits: QuestionWait): Promise<boolean>;
}
