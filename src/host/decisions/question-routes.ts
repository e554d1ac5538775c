import { QUESTION_STATES, type Question } from '../../engine/question.ts';
import {
  DECISIONS,
  NO_QUESTION,
  type QuestionObject,
  type QuestionService,
} from '../../service/decisions/questions.ts';
import { Refusal } from '../../service/refusal.ts';
import { commentIn } from '../../service/runs/change-selection.ts';
import { readFlag } from '../../service/syncers/field-readers.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { text } from '../../syncer/text.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
import { callerName } from '../auth/caller.ts';
import { ok } from '../http/envelope.ts';
import { inLanguage, type Language } from '../http/language.ts';
import { pageOf } from '../http/paging.ts';
import { requiredIn, textOf } from '../http/query.ts';
import { FLAG, input, list, oneOf, TEXT } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { choice, required } from '../request/query-parameter.ts';
import { namedIn, unambiguous } from '../request/named-object.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { namedSyncer } from '../runs/named-run.ts';
import { QUESTION, type QuestionJson } from './question-schema.ts';

export interface QuestionRoutesNeeds {
  readonly questions: QuestionService;
  readonly syncers: SyncerService;
  readonly audit: AuditLog;
}

/** What only a person can decide, and what he decides. */
export const questionRoutes = (needs: QuestionRoutesNeeds): Route[] => [
  getQuestions(needs),
  decideQuestion(needs),
  reopenQuestion(needs),
];

const getQuestions = ({ questions, syncers }: QuestionRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-questions',
    rule: 'organization',
    summary: 'Matches that a person has to decide, or decided, newest first.',
    query: { id: required('ORG/NAME of the syncer'), state: choice('one state', QUESTION_STATES) },
    listed: [],
    answers: { data: list(QUESTION.ref) },
    find: (call) => namedSyncer(syncers, call),
    answer: async (call, { object: record }) => {
      const state = stateIn(call);
      const { rows, total } = await pageOf(call.query, (page, size) => questions.list(record, state, page, size));
      return ok(
        rows.map((question) => questionJson(question, call.language)),
        { data2: total },
      );
    },
  });

const decideQuestion = ({ questions, audit }: QuestionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/decide-sync-question',
    rule: 'organization',
    action: 'decide-question',
    summary:
      'Links the member to an account, makes a new one, or ignores the question until it changes. A run of the member begins at once.',
    query: { id: required('the question') },
    body: input({ decision: oneOf(DECISIONS), user: TEXT, name: TEXT, comment: TEXT, keepSignIn: FLAG }, ['decision']),
    answers: { data: QUESTION.ref },
    find: (call) => namedQuestion(questions, call),
    answer: async (call, { object: question }) => {
      const said = {
        decision: textOf(call.body, 'decision'),
        user: textOf(call.body, 'user'),
        name: textOf(call.body, 'name'),
        comment: commentIn(call.body),
        keepSignIn: call.body['keepSignIn'] !== undefined && readFlag('keepSignIn', call.body['keepSignIn']),
      };
      const decided = await audit.during(
        call.actor,
        {
          action: 'decide-question',
          organization: question.organization,
          target: targetOf(question, said),
          comment: said.comment,
        },
        () => questions.decide(question.id, said, callerName(call.caller)),
        ({ state }) => ({ outcome: state, subject: subjectOf(question, said) }),
      );
      return ok(questionJson(decided, call.language));
    },
  });

const reopenQuestion = ({ questions, audit }: QuestionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/reopen-sync-question',
    rule: 'organization',
    action: 'reopen-question',
    summary: 'Takes a decision back: an account that was linked or created is unlinked, and stays as it is.',
    query: { id: required('the question') },
    answers: { data: QUESTION.ref },
    find: (call) => namedQuestion(questions, call),
    answer: async (call, { object: question }) => {
      const { organization } = question;
      const opened = await audit.during(
        call.actor,
        { action: 'reopen-question', organization, target: targetOf(question, {}) },
        () => questions.reopen(question.id),
        () => ({ subject: subjectOf(question, {}) }),
      );
      return ok(questionJson(opened, call.language));
    },
  });

/** The account whose history it is part of; "" for a group, and for who has none. */
const subjectOf = (question: Question, said: Parameters<typeof targetOf>[1]): string =>
  question.kind === 'group-name-taken' || !targetOf(question, said).includes('/') ? '' : targetOf(question, said);

/** The account or group that it is about. */
function targetOf(
  { organization, answer, candidates, proposedName }: Question,
  said: { decision?: string; user?: string; name?: string },
): string {
  if (said.decision === 'link' && said.user) return said.user;
  if (said.decision === 'create') return `${organization}/${said.name || proposedName}`;
  return answer === '' ? (candidates[0]?.user ?? organization) : `${organization}/${answer}`;
}

const questionJson = (question: QuestionObject, language: Language): QuestionJson => inLanguage(question, language);

/** The question that `id` names. Strangers to its organization learn no more than for an id that nobody gave out. */
async function namedQuestion(questions: QuestionService, call: Call): Promise<Subject<Question>> {
  requiredIn(call.query, 'id');
  const { word: id, refusal } = unambiguous(namedIn(call, 'id'));
  const question = id.length > 36 ? undefined : await questions.find(id);
  const organizations = question ? [question.organization] : [];
  const touched = { organizations, target: question ? targetOf(question, {}) : id.slice(0, 300), unseen: NO_QUESTION };
  if (refusal) return { ...touched, refusal };
  return question ? { ...touched, object: question } : { ...touched, refusal: NO_QUESTION };
}

/** @throws Refusal naming the states, for one that is none of them */
function stateIn(call: Call): QuestionObject['state'] | undefined {
  const asked = call.text('state');
  const state = QUESTION_STATES.find((known) => known === asked);
  if (asked === '' || state) return state;
  const known = QUESTION_STATES;
  throw new Refusal(
    text(`There is no such state; known: ${known.join(', ')}.`, `没有该状态；可用：${known.join('、')}。`),
  );
}
