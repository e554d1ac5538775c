import type { MigrationInterface } from 'typeorm';
import { CreateTables1795305600000 } from './2026-11-22-create-tables.ts';
import { DecidedAccess1795843000000 } from './2026-11-28-decided-access.ts';
import { DirectoryDecisions1795838400000 } from './2026-11-28-directory-decisions.ts';
import { HeardCallbacks1795842000000 } from './2026-11-28-heard-callbacks.ts';
import { IamSignOuts1795905600000 } from './2026-11-28-iam-sign-outs.ts';
import { KeepLeavings1795839000000 } from './2026-11-28-keep-leavings.ts';
import { WholeOrganizations1795844000000 } from './2026-11-28-whole-organizations.ts';
import { SessionsOfIds1795831200000 } from './2026-11-28-sessions-of-ids.ts';

/** Every schema step, oldest first; for a host's own `DataSource`. */
export const migrations: (new () => MigrationInterface)[] = [
  CreateTables1795305600000,
  SessionsOfIds1795831200000,
  DirectoryDecisions1795838400000,
  KeepLeavings1795839000000,
  HeardCallbacks1795842000000,
  DecidedAccess1795843000000,
  WholeOrganizations1795844000000,
  IamSignOuts1795905600000,
];
