import { updateBySet, type Constants } from '../bulk.ts';
import { endSessions } from './casdoor-sessions.ts';
import { PROVIDER_COLUMNS, USER_COLUMNS } from '../entities/casdoor/user-columns.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Session } from '../session.ts';

/** Secrets and second factors of whoever had the account: they let him in, or shut the next one out. */
const TEXTS = [
  'password',
  'password_salt',
  'password_type',
  'last_change_password_time',
  'ldap',
  'access_key',
  'access_secret',
  'access_token',
  'original_token',
  'original_refresh_token',
  'verification_code',
  'preferred_mfa_type',
  'totp_secret',
  'mfa_radius_username',
  'mfa_radius_provider',
  'mfa_push_receiver',
  'mfa_push_provider',
  'mfa_remember_deadline',
] as const;
const FLAGS = ['mfa_phone_enabled', 'mfa_email_enabled', 'mfa_radius_enabled', 'mfa_push_enabled'] as const;
/** Casdoor reads NULL as an empty list. */
const LISTS = ['webauthnCredentials', 'recovery_codes', 'face_ids', 'managedAccounts', 'mfaAccounts'] as const;

/** Casdoor's filters do not match NULL, which the columns have that our entity does not declare. */
export async function emptyProviders(
  session: Session,
  live: LiveColumns,
  organization: string,
  accountName: string,
): Promise<void> {
  const unset = PROVIDER_COLUMNS.filter((name) => live.has('user', name) && !(name in USER_COLUMNS));
  if (unset.length === 0) return;
  const constants: Constants = Object.fromEntries(unset.map((name) => [name, "''"]));
  await updateBySet(session, 'user', constants, { equal: { owner: organization }, column: 'name' }, [accountName]);
}

/**
 * Ends whatever let somebody into these accounts until now, in the transaction that gives them to somebody: sessions and
 * tokens, the local password, and every login binding but the one that the directory itself writes.
 */
export async function endSignIns(
  session: Session,
  live: LiveColumns,
  at: { readonly organization: string; readonly bindingColumn: string },
  accountNames: readonly string[],
): Promise<void> {
  if (accountNames.length === 0) return;
  const constants: Record<string, string> = {};
  const fill = (columns: readonly string[], literal: string): void => {
    for (const name of columns) if (live.has('user', name) && name !== at.bindingColumn) constants[name] = literal;
  };
  fill([...PROVIDER_COLUMNS, ...TEXTS], "''");
  fill(FLAGS, 'FALSE');
  fill(LISTS, 'NULL');
  const where = { equal: { owner: at.organization }, column: 'name' };
  await updateBySet(session, 'user', constants satisfies Constants, where, accountNames);
  await endSessions(session, live, { organization: at.organization, cause: 'sign-in' }, accountNames);
}
