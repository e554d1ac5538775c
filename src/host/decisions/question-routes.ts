import { QUESTION_STATES, type Question } from '../../engine/question.ts';
import {
  NO_QUESTION,
  questionStateIn,
  type QuestionObject,
  type QuestionService,
} from '../../service/decisions/questions.ts';
import { DECISIONS } from '../../service/decisions/question-refusals.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { answered, type AuditedDecisions } from '../../service/decisions/audited-decisions.ts';
import { ok } from '../http/envelope.ts';
import { inLanguage, type Language } from '../http/language.ts';
import { pageOf } from '../http/paging.ts';
import { requiredIn } from '../http/query.ts';
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
  readonly decisions: AuditedDecisions;
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
      const state = questionStateIn(call.text('state'));
      const { rows, total } = await pageOf(call.query, (page, size) => questions.list(record, state, page, size));
      return ok(
        rows.map((question) => questionJson(question, call.language)),
        { data2: total },
      );
    },
  });

const decideQuestion = ({ questions, decisions }: QuestionRoutesNeeds): Route =>
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
    answer: async (call, { object: question }) =>
      ok(questionJson(await decisions.decide(question, call.body, call.actor), call.language)),
  });

const reopenQuestion = ({ questions, decisions }: QuestionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/reopen-sync-question',
    rule: 'organization',
    action: 'reopen-question',
    summary: 'Takes a decision back: an account that was linked or created is unlinked, and stays as it is.',
    query: { id: required('the question') },
    answers: { data: QUESTION.ref },
    find: (call) => namedQuestion(questions, call),
    answer: async (call, { object: question }) =>
      ok(questionJson(await decisions.reopen(question, call.actor), call.language)),
  });

const questionJson = (question: QuestionObject, language: Language): QuestionJson => inLanguage(question, language);

/** The question that `id` names. Strangers to its organization learn no more than for an id that nobody gave out. */
async function namedQuestion(questions: QuestionService, call: Call): Promise<Subject<Question>> {
  requiredIn(call.query, 'id');
  const { word: id, refusal } = unambiguous(namedIn(call, 'id'));
  const question = id.length > 36 ? undefined : await questions.find(id);
  const organizations = question ? [question.organization] : [];
  const touched = { organizations, target: question ? answered(question) : id.slice(0, 300), unseen: NO_QUESTION };
  if (refusal) return { ...touched, refusal };
  return question ? { ...touched, object: question } : { ...touched, refusal: NO_QUESTION };
}
