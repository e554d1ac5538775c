import type { RunService } from '../../service/runs/run-service.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import type { DirectoryView } from '../../syncer/directory-view.ts';
import { ok } from '../http/envelope.ts';
import { described, list, record, TEXT, WHOLE, type Schema } from '../http/schema.ts';
import { draftIn } from '../request/named-syncer.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { namedSyncer } from '../runs/named-run.ts';
import { SYNCER_INPUT } from './syncer-schema.ts';

export interface DirectoryRoutesNeeds {
  readonly syncers: SyncerService;
  /** A look ends with the host, as runs do. */
  readonly runs: Pick<RunService, 'closing'>;
}

const TAG = record({ id: WHOLE, name: TEXT });
const DEPARTMENT = record({ id: WHOLE, name: TEXT, parentId: described(WHOLE, '0 = none, or unknown') });

/** What a syncer sees of its directory now: whoever sets it up chooses from that, before it is saved, too. */
export const directoryRoutes = (needs: DirectoryRoutesNeeds): Route[] => [
  ...lookRoutes(needs, {
    path: '/api/get-directory-departments',
    sees: 'The departments that the app of a syncer sees now, parents first',
    operation: 'readDirectoryDepartments',
    answer: list(DEPARTMENT),
    see: (view, signal) => view.seenDepartments(signal),
  }),
  ...lookRoutes(needs, {
    path: '/api/get-directory-tags',
    sees: 'The tags that the app of a syncer may use now',
    operation: 'readDirectoryTags',
    answer: list(TAG),
    see: (view, signal) => view.seenTags(signal),
  }),
];

interface Look {
  readonly path: string;
  readonly sees: string;
  /** As a client's method, with settings of its own. */
  readonly operation: string;
  readonly answer: Schema;
  readonly see: (view: DirectoryView, signal: AbortSignal) => Promise<readonly unknown[]>;
}

const lookRoutes = ({ syncers, runs }: DirectoryRoutesNeeds, { path, sees, operation, answer, see }: Look): Route[] => [
  organizationRoute({
    method: 'GET',
    path,
    rule: 'organization',
    summary: `${sees}.`,
    query: { id: required('ORG/NAME') },
    answers: { data: answer },
    find: (call) => namedSyncer(syncers, call),
    answer: async (_call, { object }) => ok(await syncers.trials.look({}, object, see, runs.closing)),
  }),
  organizationRoute({
    method: 'POST',
    path,
    rule: 'organization',
    summary: `${sees}, by settings that nobody saved yet; nothing is stored.`,
    operation,
    body: SYNCER_INPUT,
    answers: { data: answer },
    find: (call) => draftIn(syncers, call),
    answer: async ({ body }, { object: stored }) => ok(await syncers.trials.look(body, stored, see, runs.closing)),
  }),
];
