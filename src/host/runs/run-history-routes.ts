import { choice, required } from '../request/query-parameter.ts';
import { CHANGE_KINDS, CHANGE_STATES } from '../../identity/change.ts';
import type { ChangeFilter, RunStore } from '../../engine/ports/run-store.ts';
import { Refusal } from '../../service/refusal.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { ok } from '../http/envelope.ts';
import { pageOf } from '../http/paging.ts';
import { list } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import type { ChangeNames } from './change-names.ts';
import { namedRun, namedSyncer } from './named-run.ts';
import { changeJson, runJson } from './run-json.ts';
import { CHANGE, RUN } from './run-schema.ts';

export interface RunHistoryRoutesNeeds {
  readonly syncers: SyncerService;
  readonly runs: RunService;
  readonly runStore: RunStore;
  readonly changeNames: ChangeNames;
}

/** Runs, looked back at. */
export const runHistoryRoutes = (needs: RunHistoryRoutesNeeds): Route[] => [
  getSyncRuns(needs),
  getSyncRun(needs),
  getSyncChanges(needs),
];

const getSyncRuns = ({ syncers, runStore }: RunHistoryRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-runs',
    rule: 'organization',
    summary: 'Runs of a syncer, newest first.',
    query: { id: required('ORG/NAME') },
    listed: [],
    answers: { data: list(RUN.ref) },
    find: (call) => namedSyncer(syncers, call),
    answer: async (call, { object: record }) => {
      const of = { syncerId: record.id, organization: record.organization };
      const { rows, total } = await pageOf(call.query, (page, size) => runStore.list(of, page, size));
      return ok(
        rows.map((run) => runJson(run, call.language)),
        { data2: total },
      );
    },
  });

const getSyncRun = ({ runs }: RunHistoryRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-run',
    rule: 'organization',
    summary: 'One run.',
    query: { id: required('the run') },
    answers: { data: RUN.ref },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object }) => ok(runJson(object, call.language)),
  });

const getSyncChanges = ({ runs, runStore, changeNames }: RunHistoryRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-changes',
    rule: 'organization',
    summary: 'What a run did, would do, or could not do.',
    query: {
      id: required('the run'),
      kind: choice('one kind of change', CHANGE_KINDS),
      userid: 'one member',
      state: choice('one state', CHANGE_STATES),
    },
    listed: [],
    answers: { data: list(CHANGE.ref) },
    find: (call) => namedRun(runs, call),
    answer: async (call, { object: run }) => {
      const filter = filterIn(call);
      const { rows, total } = await pageOf(call.query, (page, size) => runStore.changes(run.id, filter, page, size));
      const names = await changeNames.of(rows);
      return ok(
        rows.map((change, index) => changeJson(change, call.language, names[index])),
        { data2: total },
      );
    },
  });

/** @throws Refusal naming the kinds, for one that is none of them */
function filterIn(call: Call): ChangeFilter {
  const [kind, userid] = [call.text('kind'), call.text('userid')];
  const known = CHANGE_KINDS.find((one) => one === kind);
  if (kind !== '' && !known) {
    throw new Refusal(
      text(
        `There is no such kind; known: ${CHANGE_KINDS.join(', ')}.`,
        `没有该类型；可用：${CHANGE_KINDS.join('、')}。`,
      ),
    );
  }
  const state = CHANGE_STATES.find((one) => one === call.text('state'));
  return present({ kind: known, userid: userid || undefined, state });
}
