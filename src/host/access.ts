import { AuditRecords } from '../storage/accounts/audit-records.ts';
import { SessionRecords } from '../storage/accounts/session-records.ts';
import { SignInRecords } from '../storage/accounts/sign-in-records.ts';
import { AuditLog } from '../service/audit/audit-log.ts';
import { Authenticator } from './auth/authenticator.ts';
import { IamSignIn } from './auth/iam-sign-in.ts';
import { PasswordChecks } from './auth/password-checks.ts';
import { RefusedSignIns } from './auth/refused-sign-ins.ts';
import { Sessions } from './auth/session.ts';
import { IamAccounts } from '../service/iam/iam-accounts.ts';
import { RememberedAccounts } from '../service/iam/remembered-accounts.ts';
import type { SecretBox } from '../storage/syncers/secret-box.ts';
import type { Database } from '../storage/database.ts';
import type { Logger } from './log.ts';
import type { Settings } from './settings.ts';

interface AccessGround {
  readonly settings: Pick<Settings, 'iam' | 'credential'>;
  readonly log: Logger;
  readonly box: SecretBox;
  readonly database: Database;
}

/** Who asks, and what is written down of it. */
export function accessOf({ settings, log, box, database }: AccessGround) {
  const signIns = new SignInRecords(database);
  const audit = new AuditLog(new AuditRecords(database), log);
  const sessionRecords = new SessionRecords(database);
  const sessions = new Sessions(sessionRecords, box);
  const { iam } = settings;
  const iamSignIn = iam && new IamSignIn(new RememberedAccounts(new IamAccounts(iam.url, iam.cookie, log)), iam.cookie);
  return {
    audit,
    sessionRecords,
    sessions,
    signIns,
    passwords: new PasswordChecks(signIns),
    refusedSignIns: new RefusedSignIns(audit),
    authenticator: new Authenticator(settings.credential, sessions, iamSignIn),
  };
}
