import { flag, required } from '../request/query-parameter.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import { Refusal } from '../../service/refusal.ts';
import { text } from '../../syncer/text.ts';
import type { AuditedDecisions, RunDecision } from '../../service/decisions/audited-decisions.ts';
import { ok } from '../http/envelope.ts';
import { dryRunIn, textsIn } from '../http/query.ts';
import { input, list, TEXT, WHOLE } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedRun } from './named-run.ts';
import { commentAlone, commentIn, selectionIn } from '../../service/runs/change-selection.ts';
import { runJson } from './run-json.ts';
import { RUN } from './run-schema.ts';

export interface DecisionRoutesNeeds {
  readonly runs: RunService;
  readonly decisions: AuditedDecisions;
}

/** Runs, decided. */
export const decisionRoutes = (needs: DecisionRoutesNeeds): Route[] => [
  cancel(needs),
  apply(needs),
  undo(needs),
  decision(
    needs,
    'approve',
    'Applies the held changes of a run, all or those that are named, as far as they still stand today. The rest waits.',
  ),
  decision(
    needs,
    'reject',
    'Leaves the held changes of a run as they are, all or those that are named. The rest waits.',
  ),
];

const cancel = ({ runs, decisions }: DecisionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/cancel-sync-run',
    rule: 'organization',
    action: 'cancel-run',
    summary: 'Ends a run after the page it is at.',
    query: { id: required('the run') },
    answers: { data: RUN.ref },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object: run }) => {
      return ok(runJson(await decisions.cancel(run, call.actor), call.language));
    },
  });

/** A decision about what waits in one run. */
const decision = ({ runs, decisions }: DecisionRoutesNeeds, verb: 'approve' | 'reject', summary: string): Route => {
  const action = `${verb}-run` as const;
  return organizationRoute({
    method: 'POST',
    path: `/api/${verb}-sync-run`,
    rule: 'organization',
    action,
    summary,
    query: { id: required('the run') },
    body: SELECTION,
    answers: { data: RUN.ref },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object: run }) => {
      return ok(runJson(await decisions[verb](run, decisionIn(call), call.actor), call.language));
    },
  });
};

const apply = ({ runs, decisions }: DecisionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/apply-sync-run',
    rule: 'organization',
    action: 'apply-run',
    summary:
      'Applies a preview as it was seen, once, and answers the run at its end: what is no longer the same is listed, not done.',
    query: { id: required('the preview') },
    body: input({ comment: TEXT }),
    answers: { data: RUN.ref },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object: preview }) => {
      const comment = commentAlone(sentBy(call), ABOUT);
      return ok(runJson(await decisions.apply(preview, comment, call.actor), call.language));
    },
  });

const undo = ({ runs, decisions }: DecisionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/undo-sync-run',
    rule: 'organization',
    action: 'undo-run',
    summary:
      'Takes back what a run did, all or what is named, where it still stands as the run left it; answers the run that did so, at its end.',
    query: { id: required('the run'), dryRun: flag('plan, apply nothing') },
    body: SELECTION,
    answers: { data: RUN.ref },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object: undone }) => {
      const decision = { ...decisionIn(call), dryRun: dryRunIn(call.query) };
      return ok(runJson(await decisions.undo(undone, decision, call.actor), call.language));
    },
  });

/** Which changes of a run are meant, and why. */
const SELECTION = input({ changes: list(WHOLE), userids: list(TEXT), comment: TEXT });

/** Said in the body of calls as well as in their query. */
const ABOUT: ReadonlySet<string> = new Set(['id', 'owner', 'organization']);

/**
 * @throws Refusal or ConfigError when it is not clear what is meant: nothing at all would mean everything
 */
function decisionIn(call: Call): RunDecision {
  const body = sentBy(call);
  return { selection: selectionIn(body, ABOUT), comment: commentIn(body) };
}

/** @throws Refusal when something that belongs there stands in the query */
function sentBy(call: Call): unknown {
  for (const key of ['changes', 'userids', 'comment']) {
    if (textsIn(call.query, key).length > 0) throw inTheQuery(key);
  }
  return (call.sent ?? undefined) === undefined ? {} : call.body;
}

const inTheQuery = (key: string): Refusal =>
  new Refusal(text(`Say "${key}" in the body of the request.`, `请在请求内容中指定“${key}”。`));
