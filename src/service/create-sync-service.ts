import type { IdentityStore } from '../identity/identity-store.ts';
import { InProcessScheduler } from '../scheduler/in-process-scheduler.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { translated } from '../storage/database-error.ts';
import { Database, type DataSource } from '../storage/database.ts';
import { AuditRecords } from '../storage/accounts/audit-records.ts';
import { TypeormAbsenceStore } from '../storage/decisions/typeorm-absence-store.ts';
import { TypeormProtectionStore } from '../storage/decisions/typeorm-protection-store.ts';
import { TypeormQuestionStore } from '../storage/decisions/typeorm-question-store.ts';
import { HeardCallbacks } from '../storage/syncers/heard-callbacks.ts';
import { AccountHistory } from '../storage/history/account-history.ts';
import { TypeormIdentityStore } from '../storage/identity/typeorm-identity-store.ts';
import { Completions } from '../storage/self-service/completions.ts';
import { Nudges } from '../storage/self-service/nudges.ts';
import { TypeormSignOutStore } from '../storage/identity/sign-outs.ts';
import { TypeormLeaseStore } from '../storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../storage/runs/typeorm-run-store.ts';
import { MemberVisits } from '../storage/self-service/member-visits.ts';
import { SecretBox } from '../storage/syncers/secret-box.ts';
import { AppliedConfigurations } from '../storage/syncers/applied-configurations.ts';
import { CasdoorSyncers } from '../storage/syncers/casdoor-syncers.ts';
import { SyncerRecords } from '../storage/syncers/syncer-records.ts';
import { ConfigError, errorFields } from '../syncer/errors.ts';
import { present } from '../syncer/present.ts';
import type { SyncerRegistry } from '../syncer/registry.ts';
import { text } from '../syncer/text.ts';
import { AuditLog } from './audit/audit-log.ts';
import { AllowedHosts } from './limits/allowed-hosts.ts';
import { hostIdentity } from './host-identity.ts';
import { assembleService, type ServiceParts, type ServiceStores } from './assemble-service.ts';
import { masked, secretFieldsOf, type ServiceLog } from './log.ts';
import { addressesOf } from './syncers/secret-address.ts';
import type { EventListener, ServiceEventType } from './service-event.ts';
import { runObject, type RunObject } from './service-object.ts';
import { SyncService } from './sync-service.ts';

/** Something that happened here. */
export interface ServiceEvent {
  readonly type: ServiceEventType;
  /** `ORG/NAME`. */
  readonly syncer: string;
  /** As it was at that moment; absent where a person changed the health of the syncer. */
  readonly run?: RunObject;
}

export interface SyncServiceOptions {
  /** The host's own: initialized, with `entities` and `migrations`. It is never closed here. */
  readonly dataSource: DataSource;
  /** The types of directory that syncers may have. */
  readonly registry: SyncerRegistry;
  /** Seals the secrets of syncers; with another one they do not open. */
  readonly secretKey: string;
  /** Where accounts and groups are. Default: Casdoor's tables in the same database. */
  readonly identity?: IdentityStore;
  /** Started and closed with the service. Default: one of this process. */
  readonly scheduler?: Scheduler;
  /** Default: nothing is written. Neither secrets nor messages of unforeseen errors are handed to it. */
  readonly log?: ServiceLog;
  /** Told in the order in which things happen; what it throws or rejects changes nothing. */
  readonly onEvent?: (event: ServiceEvent) => unknown;
  /** Runs at one time in this process. Default 4. */
  readonly runConcurrency?: number;
  /** How long runs and their changes are kept. Default 90. */
  readonly runRetentionDays?: number;
  /** `host[:port]` values that addresses of syncers may name, of whatever type. Default: the definitions say. */
  readonly allowedHosts?: readonly string[];
  /**
   * Where people reach the page that is mounted, its prefix with it, such as `https://example.com/admin/sync`: members come
   * back there from their directory, and messages lead there. Default: nobody knows, and no member is asked.
   */
  readonly pageUrl?: string;
}

const DEFAULT_RUNS = 4;
const DEFAULT_DAYS = 90;
/** What people did is kept so long. */
const AUDIT_DAYS = 400;
const QUIET: ServiceLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Stored syncers, their runs and their schedule, over a host's own database and without a server of any kind.
 *
 * @throws ConfigError that names the option to change
 */
export async function createSyncService(options: SyncServiceOptions): Promise<SyncService> {
  const { dataSource, registry, secretKey, identity } = options;
  if (typeof (registry as Partial<SyncerRegistry> | undefined)?.find !== 'function') throw NO_REGISTRY;
  if (typeof secretKey !== 'string' || secretKey.trim() === '') throw NO_KEY;
  const runConcurrency = wholeNumber('runConcurrency', options.runConcurrency ?? DEFAULT_RUNS);
  const runRetentionDays = wholeNumber('runRetentionDays', options.runRetentionDays ?? DEFAULT_DAYS);
  const { pageUrl } = options;
  if (pageUrl !== undefined && !isAddress(pageUrl)) throw NO_PAGE;
  const log = options.log ? guarded(options.log, registry) : QUIET;
  const box = new SecretBox(secretKey);
  const onFailure = (task: string, error: unknown): void => log.error({ task, err: error }, 'a scheduled task failed');
  const database = await Database.over(dataSource);
  try {
    const parts = await assembleService({
      stores: storesOver(database, box, registry, identity && hostIdentity(identity, log, translated)),
      registry,
      scheduler: options.scheduler ?? new InProcessScheduler(onFailure),
      log,
      runConcurrency,
      runRetentionDays,
      audit: new AuditLog(new AuditRecords(database), log),
      auditRetentionDays: AUDIT_DAYS,
      allowedHosts: new AllowedHosts(options.allowedHosts),
      ...present({ publicUrl: pageUrl, listener: options.onEvent && listenerOf(options.onEvent) }),
    });
    const close = async (): Promise<void> => {
      await parts.close();
      await database.close();
    };
    const service = new SyncService({ ...parts, close });
    foundations.set(service, { parts, registry, database, log, hasAccounts: identity === undefined, pageUrl });
    return service;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** What a service stands on, for whoever serves it over HTTP. */
export interface ServiceFoundation {
  readonly parts: ServiceParts;
  readonly registry: SyncerRegistry;
  readonly database: Database;
  readonly log: ServiceLog;
  /** Accounts, groups and organizations are in the same database; otherwise the host keeps them, nobody knows where. */
  readonly hasAccounts: boolean;
  /** Where people reach what is mounted, as far as the host has said so. */
  readonly pageUrl: string | undefined;
}

const foundations = new WeakMap<SyncService, ServiceFoundation>();

/** @returns undefined for what is no service of ours */
export const foundationOf = (service: SyncService): ServiceFoundation | undefined => foundations.get(service);

/**
 * The stores of a service in one database.
 *
 * @param identity where accounts are, if not there: then nobody's sessions at an IAM are there either
 */
export function storesOver(
  database: Database,
  box: SecretBox,
  registry: SyncerRegistry,
  identity?: IdentityStore,
): ServiceStores {
  const addresses = addressesOf(registry);
  return {
    addresses,
    records: new SyncerRecords(database, box, addresses, identity === undefined),
    identity: identity ?? new TypeormIdentityStore(database),
    runStore: new TypeormRunStore(database),
    leases: new TypeormLeaseStore(database),
    heard: new HeardCallbacks(database),
    visits: new MemberVisits(database, box),
    given: new AccountHistory(database),
    questions: new TypeormQuestionStore(database),
    absences: new TypeormAbsenceStore(database, identity === undefined),
    applied: new AppliedConfigurations(database),
    completions: new Completions(database, identity === undefined),
    nudges: new Nudges(database, identity === undefined),
    transaction: (work) => database.transaction(work),
    protections: new TypeormProtectionStore(database, identity === undefined),
    ...(identity ? {} : { signOuts: new TypeormSignOutStore(database), casdoors: new CasdoorSyncers(database) }),
  };
}

const listenerOf =
  (onEvent: (event: ServiceEvent) => unknown): EventListener =>
  (type, syncer, run) =>
    onEvent({ type, syncer, ...present({ run: run && runObject(run) }) });

/** Error messages of drivers and clients carry statements, values and URLs: only the kind of error is told. */
function guarded(log: ServiceLog, registry: SyncerRegistry): ServiceLog {
  const secretFields = secretFieldsOf(registry.list());
  const shown = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    masked('err' in fields ? { ...fields, err: errorFields(fields['err']) } : fields, secretFields);
  return {
    info: (fields, message) => log.info(shown(fields), message),
    warn: (fields, message) => log.warn(shown(fields), message),
    error: (fields, message) => log.error(shown(fields), message),
  };
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new ConfigError(text(`"${name}" must be a whole number, 1 or more.`, `“${name}”必须是不小于 1 的整数。`));
}

/** Of browsers, with nothing behind its path. */
const isAddress = (value: unknown): boolean =>
  typeof value === 'string' && URL.canParse(value) && /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/i.test(value);

const NO_PAGE = new ConfigError(
  text(
    '"pageUrl" must be the address of the page in the browser, its prefix with it, such as https://example.com/admin/sync.',
    '“pageUrl”必须是浏览器中访问页面的地址(包含前缀)，例如 https://example.com/admin/sync。',
  ),
);

const NO_REGISTRY = new ConfigError(
  text(
    '"registry" is missing: give the service a SyncerRegistry with the types of directories that it knows.',
    '缺少“registry”：请提供包含可用目录类型的 SyncerRegistry。',
  ),
);

const NO_KEY = new ConfigError(
  text(
    '"secretKey" is missing: give the service a random text of 32 characters or more, the same at each start; it seals the stored secrets.',
    '缺少“secretKey”：请提供一个不少于 32 个字符的随机文本，每次启动保持不变；它用于加密存储的密钥。',
  ),
);
