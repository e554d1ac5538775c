import type { Change, ChangeKind } from '../../identity/change.ts';
import { withoutUnstorable } from '../../syncer/characters.ts';
import { insertRows, type Column, type Values } from '../bulk.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Session } from '../session.ts';
import { asciiJson } from '../text-value.ts';

const COLUMNS: readonly Column[] = [
  { name: 'run_id', type: 'text' },
  { name: 'seq', type: 'integer' },
  { name: 'kind', type: 'text' },
  { name: 'userid', type: 'text' },
  { name: 'userid_key', type: 'text' },
  { name: 'user', type: 'text' },
  { name: 'fields', type: 'text' },
  { name: 'reason', type: 'text' },
  { name: 'state', type: 'text' },
];

/** What is part of the history of an account. */
const OF_ACCOUNTS: ReadonlySet<ChangeKind> = new Set(['create', 'update', 'forbid', 'restore', 'remove', 'link']);

/** A report about a value that cannot be stored must itself be storable. */
const storable = (value: string, live: LiveColumns): string => live.storable(withoutUnstorable(value, '\ufffd'));

/** A name that is too long to store must not fail the page that reports it. */
const cut = (value: string, limit: number): string => (value.length > limit ? value.slice(0, limit) : value);

/** Appends to the record of a run; the run's lease keeps anybody else from doing the same at the same time. */
export async function insertChanges(
  session: Session,
  live: LiveColumns,
  runId: string,
  changes: readonly Change[],
): Promise<void> {
  if (changes.length === 0) return;
  const parameter = session.dialect === 'postgres' ? '$1' : '?';
  const [row] = await session.select(
    `SELECT MAX(seq) AS n FROM ${session.table('sync_change')} WHERE run_id = ${parameter}`,
    [runId],
  );
  // Twice as long where most is Chinese: only where it has to be.
  const json = live.takesEverything ? JSON.stringify : asciiJson;
  const last = Number(row?.['n'] ?? 0);
  const rows = changes.map((change, index): Values => {
    const userid = cut(storable(change.userid, live), 255);
    return [
      runId,
      last + index + 1,
      change.kind,
      userid,
      cut(userid.toLowerCase(), 255),
      cut(storable(change.user, live), 360),
      json(change.fields),
      json(change.reason),
      change.state,
    ];
  });
  const done = changes.map(({ kind, state }) => state === 'applied' && OF_ACCOUNTS.has(kind));
  const happened = rows.filter((_, index) => done[index]);
  await insertRows(session, 'sync_change', COLUMNS, { at_ms: String(Date.now()) }, happened);
  if (happened.length < rows.length) {
    await insertRows(
      session,
      'sync_change',
      COLUMNS,
      {},
      rows.filter((_, index) => !done[index]),
    );
  }
}
