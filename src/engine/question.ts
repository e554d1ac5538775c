import type { ExternalKey } from '../syncer/external-id.ts';
import type { Text } from '../syncer/text.ts';

/** Why only a person can say whose account it is. */
export const QUESTION_KINDS = [
  'name-taken',
  'several-candidates',
  'renamed',
  'handed-on',
  'value-taken',
  'group-name-taken',
] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export const QUESTION_STATES = ['open', 'linked', 'created', 'ignored'] as const;
export type QuestionState = (typeof QUESTION_STATES)[number];

/** A member, or a department: their ids may be the same. */
export type QuestionSubject = 'user' | 'group';

/** Whom a question is about; there is one for each of them at most. */
export interface QuestionRef {
  readonly subject: QuestionSubject;
  readonly key: ExternalKey;
}

/** What the directory says of the member. */
export interface QuestionMember {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  /** `ORG/<group name>`. */
  readonly groups: readonly string[];
}

/** An account, or a group, that may be the member's. */
export interface QuestionCandidate {
  /** `ORG/NAME`. */
  readonly user: string;
  readonly displayName: string;
  readonly email: string;
  readonly phone: string;
  /** `ORG/<group name>`, in stored order; none of a group, and none where it was asked before they were kept. */
  readonly groups: readonly string[];
  /** Why it may be, or what is in the way. */
  readonly reason: Text;
}

/** What a run asks. */
export interface AskedQuestion extends QuestionRef {
  /** As the directory spells it; the department id for a group. */
  readonly userid: string;
  readonly kind: QuestionKind;
  readonly member: QuestionMember;
  readonly candidates: readonly QuestionCandidate[];
  /** A name that a new account, or group, may have. */
  readonly proposedName: string;
  /** Of what the directory says and of the set of candidates: differs it, an ignored question is asked again. */
  readonly fingerprint: string;
}

/** What is still to be done about a decision: `apply` it, or `undo` it. */
export type QuestionWait = '' | 'apply' | 'undo';

/** A stored question, with what a person said to it. */
export interface Question extends AskedQuestion {
  readonly id: string;
  readonly syncerId: string;
  readonly organization: string;
  readonly state: QuestionState;
  /** Name of the account or group that a person chose; "" = none. */
  readonly answer: string;
  readonly keepSignIn: boolean;
  /** `ORG/NAME`; "" = nobody decided. */
  readonly decidedBy: string;
  /** RFC 3339. */
  readonly decidedAt: string | null;
  readonly comment: string;
  readonly waits: QuestionWait;
}
