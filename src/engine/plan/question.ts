import { createHash } from 'node:crypto';
import type { ProfileValues } from '../../syncer/profile.ts';
import { text, type Text } from '../../syncer/text.ts';
import type { Question, QuestionKind } from '../question.ts';
import { fingerprintOf } from './users/person.ts';

/** What a plan asks a person. */
export interface QuestionDraft {
  readonly kind: QuestionKind;
  /** Names of accounts or groups. */
  readonly candidates: readonly DraftCandidate[];
}

interface DraftCandidate {
  readonly name: string;
  readonly reason: Text;
}

/** Of what the directory says of somebody, and of whom he may be: in whichever order, and however a name is spelt. */
export const questionFingerprint = (values: ProfileValues, candidates: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([fingerprintOf(values), ...candidates.map((name) => name.toLowerCase()).toSorted()]))
    .digest('hex');

const LONGEST = 100;

/** Whether an account may be called so, whatever the IAM's own columns and other accounts say. */
export const isAccountName = (name: string): boolean => name.length <= LONGEST && /^[A-Za-z0-9_.@-]+$/.test(name);

/** The names that are proposed for an account of this member, in the order in which they are tried; the last is free. */
export function proposals(userid: string): readonly string[] {
  const base = isAccountName(userid) ? userid : userid.replace(/[^A-Za-z0-9_.@-]+/g, '-').slice(0, LONGEST);
  const short = base.slice(0, LONGEST - 13) || 'member';
  const digest = createHash('sha256').update(userid).digest('hex').slice(0, 12);
  return [...(base === '' ? [] : [base]), ...[2, 3, 4].map((n) => `${short}-${n}`), `${short}-${digest}`];
}

/** Said of a conflict that a person does not want to hear of. */
export function ignoredReason({ decidedBy, comment }: Pick<Question, 'decidedBy' | 'comment'>, reason: Text): Text {
  const said = comment === '' ? text('', '') : text(` (${comment})`, `（${comment}）`);
  return text(
    `Left as it is: ${decidedBy} decided to ignore this until it changes${said.en}. ${reason.en}`,
    `保持现状：${decidedBy} 已决定在情况变化之前忽略此问题${said.zh}。${reason.zh}`,
  );
}
