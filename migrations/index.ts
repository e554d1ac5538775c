import type { MigrationInterface } from 'typeorm';
import { AccountHistory1795924800000 } from './2026-11-29-account-history.ts';
import { AppliedConfiguration1795930000000 } from './2026-11-29-applied-configuration.ts';
import { CreateOwnTables1795305600001, CreateTables1795305600000 } from './2026-11-22-create-tables.ts';
import { DecidedAccess1795843000000 } from './2026-11-28-decided-access.ts';
import { DirectoryDecisions1795838400000 } from './2026-11-28-directory-decisions.ts';
import { DirectoryAbsences1795914000000 } from './2026-11-29-directory-absences.ts';
import { DirectoryProtections1795912000000 } from './2026-11-29-directory-protections.ts';
import { HeardCallbacks1795842000000 } from './2026-11-28-heard-callbacks.ts';
import { IamSignOuts1795905600000 } from './2026-11-28-iam-sign-outs.ts';
import { KeepLeavings1795839000000 } from './2026-11-28-keep-leavings.ts';
import { MemberCompletions1795940000000 } from './2026-11-29-member-completions.ts';
import { ProviderColumns1795845000000 } from './2026-11-28-provider-columns.ts';
import { WholeOrganizations1795844000000 } from './2026-11-28-whole-organizations.ts';
import { LinkedAccounts1795941000000 } from './2026-11-29-linked-accounts.ts';
import { LockOutDecisions1795917600000 } from './2026-11-29-lock-out-decisions.ts';
import { MemberVisits1795939200000 } from './2026-11-29-member-visits.ts';
import { SessionsOfIds1795831200000 } from './2026-11-28-sessions-of-ids.ts';
import { OneProtectionEach1795926000000 } from './2026-11-29-one-protection-each.ts';
import { SyncQuestions1795918000000 } from './2026-11-29-sync-questions.ts';
import { SeveralFormerSelves1795925000000 } from './2026-11-29-several-former-selves.ts';

/** Steps of our own tables, after they were made, oldest first. */
const ownSteps: (new () => MigrationInterface)[] = [
  SessionsOfIds1795831200000,
  DirectoryDecisions1795838400000,
  KeepLeavings1795839000000,
  HeardCallbacks1795842000000,
  DecidedAccess1795843000000,
  IamSignOuts1795905600000,
  DirectoryProtections1795912000000,
  DirectoryAbsences1795914000000,
  LockOutDecisions1795917600000,
  SyncQuestions1795918000000,
  AccountHistory1795924800000,
  SeveralFormerSelves1795925000000,
  OneProtectionEach1795926000000,
  AppliedConfiguration1795930000000,
  MemberVisits1795939200000,
  MemberCompletions1795940000000,
  LinkedAccounts1795941000000,
];

/** Steps of the tables that are shared with Casdoor, where they are ours. */
const sharedSteps: (new () => MigrationInterface)[] = [WholeOrganizations1795844000000, ProviderColumns1795845000000];

/** Every schema step, oldest first; for a host's own `DataSource`. */
export const migrations: (new () => MigrationInterface)[] = [CreateTables1795305600000, ...ownSteps, ...sharedSteps];

/** Those of our own tables alone, beside `runEntities`. A host may go over to `migrations` later. */
export const runMigrations: (new () => MigrationInterface)[] = [CreateOwnTables1795305600001, ...ownSteps];
