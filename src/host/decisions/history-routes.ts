import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import type { AccountHistory, PastEvent } from '../../storage/history/account-history.ts';
import { pageWithin } from '../../storage/accounts/listing.ts';
import { asList } from '../../storage/text-value.ts';
import type { Text } from '../../syncer/text.ts';
import { noUserOf } from '../accounts/named-account.ts';
import { EDITS } from '../../service/audit/audit-action.ts';
import { ok } from '../http/envelope.ts';
import { pageIn } from '../http/paging.ts';
import { list } from '../http/schema.ts';
import { namesInId, oneNamed, type Named } from '../request/named-object.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { HISTORY_ENTRY, ORIGINS, type HistoryEntryJson, type OriginsJson } from './history-schema.ts';
import { originsOf } from './origins.ts';

export interface HistoryRoutesNeeds {
  readonly history: AccountHistory;
  /** Absent: the host keeps accounts, nobody knows where. */
  readonly users?: Pick<UserDirectory, 'find'>;
}

/** What happened to one account, a page of it, and where its values come from. */
interface ToldHistory {
  readonly entries: readonly HistoryEntryJson[];
  readonly total: number;
  readonly origins: OriginsJson['origins'];
}

/**
 * @param say in the reader's language
 * @returns undefined: there is no such account, and never was
 */
export async function historyOf(
  { history, users }: HistoryRoutesNeeds,
  { organization, name }: Named,
  page: { readonly number: number; readonly size: number },
  say: (sentence: Text) => string,
): Promise<ToldHistory | undefined> {
  const found = await users?.find(organization, name);
  const user = `${organization}/${found?.row.name ?? name}`;
  const { events, total } = await history.newest(
    user,
    Math.max(page.number * page.size, FURTHEST_BACK),
    found && asList(found.row.groups),
  );
  // Whoever is deleted leaves a history; who never was, has none.
  if (users && !found && total === 0) return undefined;
  const start = (pageWithin(page, total) - 1) * page.size;
  const entries = events.slice(start, start + page.size).map((event) => entryOf(event, say));
  return { entries, total, origins: originsOf(found, events) };
}

/** As far back as it is looked for who wrote a value. */
const FURTHEST_BACK = 2_000;

/** What happened to one account. */
export const getUserHistory = (needs: HistoryRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-user-history',
    rule: 'organization',
    summary: 'Everything that happened to an account, by whatever name it had, newest first.',
    query: { id: required('ORG/NAME') },
    listed: [],
    answers: { data: list(HISTORY_ENTRY.ref), data3: ORIGINS },
    find: (call) => oneNamed(namesInId(call)),
    answer: async (call, { object: named }) => {
      const page = pageIn(call.query) ?? { number: 1, size: 100 };
      const told = await historyOf(needs, named, page, (sentence) => call.say(sentence));
      if (!told) throw noUserOf(`${named.organization}/${named.name}`);
      return ok(told.entries, { data2: told.total, data3: { origins: told.origins } });
    },
  });

const IS_EDIT: ReadonlySet<string> = new Set(EDITS);

function entryOf(event: PastEvent, say: (sentence: Text) => string): HistoryEntryJson {
  const { atMs, by, changes } = event;
  const entry = { at: new Date(atMs).toISOString(), by, changes };
  if (event.source === 'run') return { ...entry, what: 'run', run: event.runId, reason: say(event.reason) };
  const { action, runId, comment } = event;
  const what = IS_EDIT.has(action) ? 'edit' : action.endsWith('protect-user') ? 'protection' : 'decision';
  return { ...entry, what, ...(runId !== undefined && { run: runId }), reason: comment };
}
