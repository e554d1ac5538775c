import type { RunStore } from '../engine/ports/run-store.ts';
import type { Database } from '../storage/database.ts';
import type { SyncerRegistry } from '../syncer/registry.ts';
import type { AuditLog } from './auth/audit-log.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { PasswordChecks } from './auth/password-checks.ts';
import type { RefusedSignIns } from './auth/refused-sign-ins.ts';
import type { Sessions } from './auth/session.ts';
import type { CallbackService } from '../service/callback-service.ts';
import type { ChangeNames } from './runs/change-names.ts';
import type { GroupDirectory } from './accounts/group-directory.ts';
import type { Logger } from '../service/log.ts';
import type { Metrics } from '../service/metrics.ts';
import type { OrganizationDirectory } from './organizations/organization-directory.ts';
import type { RunService } from '../service/run-service.ts';
import type { ScheduleService } from '../service/schedule-service.ts';
import type { Settings } from './settings.ts';
import type { StreamSlots } from './runs/stream-slots.ts';
import type { SyncerRemoval } from '../service/syncer-removal.ts';
import type { SyncerService } from '../service/syncer-service.ts';
import type { UserDirectory } from './accounts/user-directory.ts';
import type { UserEditor } from './accounts/user-editor.ts';
import type { UserJson } from './accounts/user-json.ts';
import type { Webhook } from '../service/webhook/webhook.ts';

/** What the host is made of, for its routes. */
export interface HostParts {
  readonly settings: Settings;
  readonly log: Logger;
  readonly database: Database;
  readonly registry: SyncerRegistry;
  readonly syncers: SyncerService;
  readonly runs: RunService;
  readonly runStore: RunStore;
  readonly changeNames: ChangeNames;
  readonly schedule: ScheduleService;
  readonly removal: SyncerRemoval;
  readonly callbacks: CallbackService;
  readonly organizations: OrganizationDirectory;
  readonly users: UserDirectory;
  readonly userEditor: UserEditor;
  readonly userJson: UserJson;
  readonly groups: GroupDirectory;
  readonly sessions: Sessions;
  readonly passwords: PasswordChecks;
  readonly refusedSignIns: RefusedSignIns;
  readonly authenticator: Authenticator;
  readonly streams: StreamSlots;
  readonly audit: AuditLog;
  readonly metrics: Metrics;
  /** Undefined: nobody wants to be told. */
  readonly webhook: Webhook | undefined;
  /** @throws when something that the host cannot work without does not answer */
  readonly checkReady: () => Promise<void>;
}
