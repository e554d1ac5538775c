import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import type { AccountHistory, PastEvent } from '../../storage/history/account-history.ts';
import { pageWithin } from '../../storage/accounts/listing.ts';
import { noUserOf } from '../accounts/named-account.ts';
import { EDITS } from '../auth/audit-log.ts';
import { ok } from '../http/envelope.ts';
import { pageIn } from '../http/paging.ts';
import { list } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { namesInId, oneNamed } from '../request/named-object.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { HISTORY_ENTRY, ORIGINS, type HistoryEntryJson } from './history-schema.ts';
import { originsOf } from './origins.ts';

export interface HistoryRoutesNeeds {
  readonly history: AccountHistory;
  /** Absent: the host keeps accounts, nobody knows where. */
  readonly users?: Pick<UserDirectory, 'find'>;
}

/** As far back as it is looked for who wrote a value. */
const FURTHEST_BACK = 2_000;

/** What happened to one account. */
export const getUserHistory = ({ history, users }: HistoryRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-user-history',
    rule: 'organization',
    summary: 'Everything that happened to an account, by whatever name it had, newest first.',
    query: { id: required('ORG/NAME') },
    listed: [],
    answers: { data: list(HISTORY_ENTRY.ref), data3: ORIGINS },
    find: (call) => oneNamed(namesInId(call)),
    answer: async (call, { object: { organization, name } }) => {
      const found = await users?.find(organization, name);
      const user = `${organization}/${found?.row.name ?? name}`;
      const page = pageIn(call.query) ?? { number: 1, size: 100 };
      const { events, total } = await history.newest(user, Math.max(page.number * page.size, FURTHEST_BACK));
      // Whoever is deleted leaves a history; who never was, has none.
      if (users && !found && total === 0) throw noUserOf(`${organization}/${name}`);
      const start = (pageWithin(page, total) - 1) * page.size;
      const rows = events.slice(start, start + page.size).map((event) => entryOf(event, call));
      return ok(rows, { data2: total, data3: { origins: originsOf(found, events) } });
    },
  });

const IS_EDIT: ReadonlySet<string> = new Set(EDITS);

function entryOf(event: PastEvent, call: Call): HistoryEntryJson {
  const { atMs, by, changes } = event;
  const entry = { at: new Date(atMs).toISOString(), by, changes };
  if (event.source === 'run') return { ...entry, what: 'run', run: event.runId, reason: call.say(event.reason) };
  const { action, runId, comment } = event;
  const what = IS_EDIT.has(action) ? 'edit' : action.endsWith('protect-user') ? 'protection' : 'decision';
  return { ...entry, what, ...(runId !== undefined && { run: runId }), reason: comment };
}
