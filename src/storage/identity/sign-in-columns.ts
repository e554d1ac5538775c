import { updateBySet, type Constants } from '../bulk.ts';
import { endSessions } from './casdoor-sessions.ts';
import { USER_COLUMNS } from '../entities/user-columns.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Session } from '../session.ts';

/** The columns by which Casdoor finds an account when somebody signs in through a provider, in its own order. */
export const PROVIDERS =
  `github google qq wechat facebook dingtalk weibo gitee linkedin wecom lark gitlab adfs baidu alipay casdoor iam infoflow
  apple azuread azureadb2c slack steam bilibili okta douyin kwai line amazon auth0 battlenet bitbucket box cloudfoundry
  dailymotion deezer digitalocean discord dropbox eveonline fitbit gitea heroku influxcloud instagram intercom kakao
  lastfm mailru meetup microsoftonline naver nextcloud onedrive oura patreon paypal salesforce shopify soundcloud spotify
  strava stripe telegram tiktok tumblr twitch twitter typetalk uber vk wepay xero yahoo yammer yandex zoom metamask
  web3onboard custom custom2 custom3 custom4 custom5 custom6 custom7 custom8 custom9 custom10`.split(/\s+/);

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
  const unset = PROVIDERS.filter((name) => live.has('user', name) && !(name in USER_COLUMNS));
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
  fill([...PROVIDERS, ...TEXTS], "''");
  fill(FLAGS, 'FALSE');
  fill(LISTS, 'NULL');
  const where = { equal: { owner: at.organization }, column: 'name' };
  await updateBySet(session, 'user', constants satisfies Constants, where, accountNames);
  await endSessions(session, live, { organization: at.organization, cause: 'sign-in' }, accountNames);
}
