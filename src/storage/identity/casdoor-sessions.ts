import { deleteBySet, selectBySet, updateBySet } from '../bulk.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Session } from '../session.ts';
import { asText } from '../text-value.ts';

/** What tells Casdoor's tables from others that happen to have such common names. */
const TOKEN_COLUMNS = ['owner', 'name', 'application', 'organization', 'user', 'access_token', 'expires_in'];
const SESSION_COLUMNS = ['owner', 'name', 'created_time', 'session_id'];

/**
 * Ends every sign-in of these accounts: ours, and Casdoor's where its tables are in this database. A flag on the
 * account alone stops the next sign-in only; whoever is signed in would stay so, with tokens that go on working.
 * To be called in the transaction that takes the access away, so that there is never the one without the other.
 */
export async function endSessions(
  session: Session,
  live: LiveColumns,
  organization: string,
  accountNames: readonly string[],
): Promise<void> {
  if (accountNames.length === 0) return;
  const ours = { equal: { user_owner: organization }, column: 'user_name' };
  await deleteBySet(session, 'host_session', ours, accountNames);
  if (live.hasAll('session', SESSION_COLUMNS)) {
    await deleteBySet(session, 'session', { equal: { owner: organization }, column: 'name' }, accountNames);
  }
  if (live.hasAll('token', TOKEN_COLUMNS)) await expireTokens(session, organization, accountNames);
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
