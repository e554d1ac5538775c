import { QUESTION_KINDS, QUESTION_STATES } from '../../engine/question.ts';
import { component, described, FLAG, list, oneOf, orNull, record, TEXT, TIME, type Shape } from '../http/schema.ts';

const CANDIDATE = record({
  user: described(TEXT, 'ORG/NAME'),
  displayName: TEXT,
  email: TEXT,
  phone: TEXT,
  groups: list(described(TEXT, 'ORG/GROUP')),
  reason: described(TEXT, 'Why it may be the member’s, or what is in the way'),
});

/** A match that only a person can decide. */
export const QUESTION = component(
  'Question',
  record({
    id: TEXT,
    syncer: described(TEXT, 'ORG/NAME'),
    kind: oneOf(QUESTION_KINDS),
    userid: described(TEXT, 'Of a group: the department id'),
    member: record({ name: TEXT, email: TEXT, phone: TEXT, groups: list(described(TEXT, 'ORG/GROUP')) }),
    candidates: list(CANDIDATE),
    proposedName: described(TEXT, 'A name that is free'),
    state: oneOf(QUESTION_STATES),
    user: described(TEXT, 'ORG/NAME of the account or group that it was decided for, or ""'),
    decidedBy: described(TEXT, 'ORG/NAME of the person, or ""'),
    decidedAt: orNull(TIME),
    comment: TEXT,
    isPending: described(FLAG, 'Decided or taken back, and done once the run that goes on has ended'),
  }),
);
export type QuestionJson = Shape<typeof QUESTION.schema>;
