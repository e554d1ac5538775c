import { flag, required } from '../request/query-parameter.ts';
import type { Run } from '../../engine/run.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import type { Selection } from '../../engine/lifecycle/selection.ts';
import { Refusal } from '../../service/refusal.ts';
import { text } from '../../syncer/text.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
import { callerName } from '../auth/caller.ts';
import { ok } from '../http/envelope.ts';
import { flagIn, textsIn } from '../http/query.ts';
import { input, list, TEXT, WHOLE } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedRun } from './named-run.ts';
import { commentAlone, commentIn, selectionIn } from '../../service/runs/change-selection.ts';
import { runJson } from './run-json.ts';
import { RUN } from './run-schema.ts';

export interface DecisionRoutesNeeds {
  readonly runs: RunService;
  readonly audit: AuditLog;
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

const cancel = ({ runs, audit }: DecisionRoutesNeeds): Route =>
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
      const entry = { action: 'cancel-run', organization: run.organization, target: run.id } as const;
      return ok(runJson(await audit.during(call.actor, entry, () => runs.cancel(run), stateOf), call.language));
    },
  });

/** A decision about what waits in one run. */
const decision = ({ runs, audit }: DecisionRoutesNeeds, verb: 'approve' | 'reject', summary: string): Route => {
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
      const { selection, comment } = decisionIn(call);
      const entry = { action, organization: run.organization, target: run.id, comment, selection };
      const decided = await audit.during(
        call.actor,
        entry,
        () => runs[verb](run, selection, callerName(call.caller)),
        stateOf,
      );
      return ok(runJson(decided, call.language));
    },
  });
};

const apply = ({ runs, audit }: DecisionRoutesNeeds): Route =>
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
      const entry = { action: 'apply-run', organization: preview.organization, target: preview.id, comment } as const;
      const run = await audit.during(
        call.actor,
        entry,
        async () => (await runs.apply(preview, callerName(call.caller))).ended,
        stateOf,
      );
      return ok(runJson(run, call.language));
    },
  });

const undo = ({ runs, audit }: DecisionRoutesNeeds): Route =>
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
      const { selection, comment } = decisionIn(call);
      const dryRun = flagIn(call.query, 'dryRun');
      const entry = {
        action: 'undo-run',
        organization: undone.organization,
        target: undone.id,
        comment,
        selection,
      } as const;
      const work = async () => (await runs.undo(undone, selection, dryRun, callerName(call.caller))).ended;
      const run = await audit.during(call.actor, entry, work, ({ id, state }) => `${dryRun ? 'preview' : state} ${id}`);
      return ok(runJson(run, call.language));
    },
  });

/** Which changes of a run are meant, and why. */
const SELECTION = input({ changes: list(WHOLE), userids: list(TEXT), comment: TEXT });

/** Said in the body of calls as well as in their query. */
const ABOUT: ReadonlySet<string> = new Set(['id', 'owner', 'organization']);

/**
 * @throws Refusal or ConfigError when it is not clear what is meant: nothing at all would mean everything
 */
export function decisionIn(call: Call): { readonly selection: Selection; readonly comment: string } {
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

const stateOf = ({ state }: Run): string => state;
