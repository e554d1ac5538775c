import type { RunStore } from '../engine/ports/run-store.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import type { Database } from '../storage/database.ts';
import type { SyncerDefinition } from '../syncer/definition.ts';
import type { AuditLog } from '../service/audit/audit-log.ts';
import type { Adoption } from '../service/iam/adoption.ts';
import type { FirstAdministrator } from './first-start.ts';
import type { Logger } from './log.ts';
import type { OrganizationDirectory } from './organizations/organization-directory.ts';
import type { Route } from './request/route.ts';
import type { Metrics } from './monitoring/metrics.ts';
import type { LookingBack } from './decisions/history-calls.ts';
import type { ConfigurationService } from '../service/configuration/configuration-service.ts';
import type { AuditedSyncers } from '../service/audit/audited-syncers.ts';
import type { AuditedDecisions } from '../service/decisions/audited-decisions.ts';
import type { ProtectionService } from '../service/decisions/protections.ts';
import type { QuestionService } from '../service/decisions/questions.ts';
import type { RunService } from '../service/runs/run-service.ts';
import type { ScheduleService } from '../service/runs/schedule-service.ts';
import type { SyncerService } from '../service/syncers/syncer-service.ts';

/** What a program that embeds the host may bring along. */
export interface HostOptions {
  /** Directory types besides the one that comes along. */
  readonly definitions?: readonly SyncerDefinition[];
  readonly log?: Logger;
  readonly scheduler?: Scheduler;
}

/** A host that is put together; it serves once it listens. */
export interface Host {
  /** @internal */
  readonly database: Database;
  /** @internal */
  readonly organizations: OrganizationDirectory;
  /** @internal */
  readonly syncers: SyncerService;
  /** @internal */
  readonly runs: RunService;
  /**
   * Runs that have ended, with their changes.
   *
   * @internal
   */
  readonly runStore: RunStore;
  /** @internal */
  readonly schedule: ScheduleService;
  /**
   * Makes our syncers of those that the IAM's database has.
   *
   * @internal
   */
  readonly adoption: Adoption | undefined;
  /** @internal */
  readonly protections: ProtectionService;
  /** @internal */
  readonly questions: QuestionService;
  /** @internal */
  readonly configuration: ConfigurationService;
  /** @internal */
  readonly decisions: AuditedDecisions;
  /** @internal */
  readonly auditedSyncers: AuditedSyncers;
  /** @internal */
  readonly lookingBack: LookingBack;
  /** @internal */
  readonly audit: AuditLog;
  /** @internal */
  readonly metrics: Metrics;
  /**
   * Every call that it answers.
   *
   * @internal
   */
  readonly routes: readonly Route[];
  /** The administrator that this start created, with the password to print once. */
  readonly firstAdministrator: FirstAdministrator | undefined;
  /** Serves, and starts the schedule. Answers the address, such as `http://127.0.0.1:8000`. */
  listen(): Promise<string>;
  /** The address; only after `listen`. */
  readonly url: string;
  /** No new run; pages that are being applied are finished and stored. Answers within 30 seconds. */
  close(): Promise<void>;
}
