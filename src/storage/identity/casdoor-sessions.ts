import { deleteBySet, insertRows, selectBySet, updateBySet, type Column } from '../bulk.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Row, Session } from '../session.ts';
import { asText } from '../text-value.ts';

/** What tells Casdoor's tables from others that happen to have such common names. */
const TOKEN_COLUMNS = ['owner', 'name', 'application', 'organization', 'user', 'access_token', 'expires_in'];
export const SESSION_COLUMNS = ['owner', 'name', 'application', 'created_time', 'session_id'];

/** Which sign-ins end, and why. */
export interface EndedSessions {
  readonly organization: string;
  /** `access`: the accounts are locked out. `sign-in`: they stay, but what let somebody in counts no more. */
  readonly cause: 'access' | 'sign-in';
  /** The run that does it, if one does. */
  readonly runId?: string;
}

/**
 * Ends every sign-in of these accounts: ours, and Casdoor's where its tables are in this database. A flag on the
 * account alone stops the next sign-in only; whoever is signed in would stay so, with tokens that go on working.
 * To be called in the transaction that takes the access away, so that there is never the one without the other.
 *
 * Casdoor's sessions themselves are not in its table, which only lists them: they end when it is asked to end them, by
 * that list. So the rows stay, and what is to be asked for is noted.
 */
export async function endSessions(
  session: Session,
  live: LiveColumns,
  ended: EndedSessions,
  accountNames: readonly string[],
): Promise<void> {
  if (accountNames.length === 0) return;
  const { organization } = ended;
  const ours = { equal: { user_owner: organization }, column: 'user_name' };
  await deleteBySet(session, 'host_session', ours, accountNames);
  if (live.hasAll('session', SESSION_COLUMNS)) await noteSignOuts(session, ended, accountNames);
  if (live.hasAll('token', TOKEN_COLUMNS)) await expireTokens(session, organization, accountNames);
}

/** Of a row of `session`, or of the note that it is to be ended. */
export const sessionKey = (row: Row): string => JSON.stringify([asText(row['name']), asText(row['application'])]);

const NOTED = ['owner', 'name', 'application', 'cause', 'run_id'].map((name): Column => ({ name, type: 'text' }));

async function noteSignOuts(
  session: Session,
  { organization, cause, runId = '' }: EndedSessions,
  accountNames: readonly string[],
): Promise<void> {
  const theirs = { equal: { owner: organization }, column: 'name' };
  const rows = await selectBySet(session, 'session', ['owner', 'name', 'application'], theirs, accountNames);
  if (rows.length === 0) return;
  const names = [...new Set(rows.map((row) => asText(row['name'])))];
  // Noted before, by a run whose sign-outs failed.
  const noted = await selectBySet(session, 'iam_sign_out', ['name', 'application', 'cause'], theirs, names);
  if (noted.length > 0) await deleteBySet(session, 'iam_sign_out', theirs, names);
  // An account that is allowed again keeps its sessions, but not those of whoever had it, or knew its password, before.
  const lasting = new Set(noted.filter((row) => row['cause'] === 'sign-in').map(sessionKey));
  await insertRows(
    session,
    'iam_sign_out',
    NOTED,
    {},
    rows.map((row) => [
      ...['owner', 'name', 'application'].map((column) => asText(row[column])),
      lasting.has(sessionKey(row)) ? 'sign-in' : cause,
      runId,
    ]),
  );
}

/**
 * Casdoor takes a token with a lifetime of 0 for a revoked one. Found first and written by their key: no index leads
 * to the tokens of an account, and MySQL would lock each row that such an update looks at, and with them all sign-ins.
 */
async function expireTokens(session: Session, organization: string, accountNames: readonly string[]): Promise<void> {
  const theirs = { equal: { organization }, column: 'user' };
  const found = await selectBySet(session, 'token', ['owner', 'name', 'expires_in'], theirs, accountNames);
  const byOwner = new Map<string, string[]>();
  for (const row of found) {
    if (Number(row['expires_in'] ?? 0) === 0) continue;
    const owner = asText(row['owner']);
    const names = byOwner.get(owner);
    if (names) names.push(asText(row['name']));
    else byOwner.set(owner, [asText(row['name'])]);
  }
  for (const [owner, names] of byOwner) {
    await updateBySet(session, 'token', { expires_in: '0' }, { equal: { owner }, column: 'name' }, names);
  }
}
