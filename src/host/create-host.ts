import { hostname } from 'node:os';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { RunStore } from '../engine/ports/run-store.ts';
import { SyncEngine } from '../engine/engine.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { AuditRecords } from '../storage/accounts/audit-records.ts';
import { DisplayNames } from '../storage/accounts/display-names.ts';
import { GroupRecords } from '../storage/accounts/group-records.ts';
import { OrganizationRecords } from '../storage/accounts/organization-records.ts';
import { SessionRecords } from '../storage/accounts/session-records.ts';
import { SignInRecords } from '../storage/accounts/sign-in-records.ts';
import { UserAccounts } from '../storage/accounts/user-accounts.ts';
import { openDatabase } from '../storage/open-database.ts';
import type { Database } from '../storage/database.ts';
import { SecretBox } from '../storage/syncers/secret-box.ts';
import { SyncerRecords } from '../storage/syncers/syncer-records.ts';
import { TypeormIdentityStore } from '../storage/identity/typeorm-identity-store.ts';
import { TypeormLeaseStore } from '../storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../storage/runs/typeorm-run-store.ts';
import type { SyncerDefinition, SyncerDeps } from '../syncer/definition.ts';
import { present } from '../syncer/present.ts';
import { SyncerRegistry } from '../syncer/registry.ts';
import { defineWecomSyncer } from '../wecom/definition.ts';
import { KNOWN_LABELS } from '../wecom/api/error-codes.ts';
import { HeardCallbacks } from '../storage/heard-callbacks.ts';
import { AuditLog } from './auth/audit-log.ts';
import { Authenticator } from './auth/authenticator.ts';
import { loadPasswordLibraries } from './auth/password.ts';
import { PasswordChecks } from './auth/password-checks.ts';
import { RefusedSignIns } from './auth/refused-sign-ins.ts';
import { Sessions } from './auth/session.ts';
import { ChangeNames } from './runs/change-names.ts';
import { CallbackService } from '../service/callback-service.ts';
import { CredentialBudget, REFUSED_RUNS, REFUSED_TESTS } from '../service/credential-budget.ts';
import { FairGate } from '../service/fair-gate.ts';
import { createAdministrator, type FirstAdministrator } from './first-start.ts';
import { GroupDirectory } from './accounts/group-directory.ts';
import { createLogger, type Logger } from './log.ts';
import { openScheduler } from './open-scheduler.ts';
import { OrganizationDirectory } from './organizations/organization-directory.ts';
import { register, type Route } from './request/route.ts';
import { callbackRoutes } from './syncers/callback-routes.ts';
import { documentationRoutes } from './openapi/documentation-routes.ts';
import { casdoorPageRoutes } from './sign-in/casdoor-page-routes.ts';
import { groupRoutes } from './accounts/group-routes.ts';
import { healthRoutes } from './monitoring/health-routes.ts';
import { loadPrometheus, Metrics } from './monitoring/metrics.ts';
import { linkRoutes } from './accounts/link-routes.ts';
import { organizationRoutes } from './organizations/organization-routes.ts';
import { runRoutes } from './runs/run-routes.ts';
import { setPasswordRoute } from './accounts/set-password-route.ts';
import { userEditRoutes } from './accounts/user-edit-routes.ts';
import { accountRoute } from './sign-in/account-route.ts';
import { connectionTestRoute } from './syncers/connection-test-route.ts';
import { syncerEditRoutes } from './syncers/syncer-edit-routes.ts';
import { runEventRoute } from './runs/run-event-route.ts';
import { runHistoryRoutes } from './runs/run-history-routes.ts';
import { decisionRoutes } from './runs/decision-routes.ts';
import { signInRoutes } from './sign-in/sign-in-routes.ts';
import { syncerRoutes } from './syncers/syncer-routes.ts';
import { userRoutes } from './accounts/user-routes.ts';
import { RunService } from '../service/run-service.ts';
import { ScheduleService } from '../service/schedule-service.ts';
import { exposedFiles } from './exposed-files.ts';
import { findSecretKey } from './secret-key.ts';
import { createServer } from './server.ts';
import type { Settings } from './settings.ts';
import { servePage } from './http/static-page.ts';
import { StreamSlots } from './runs/stream-slots.ts';
import { SyncerRemoval } from '../service/syncer-removal.ts';
import { addressesOf, SyncerService } from '../service/syncer-service.ts';
import { UserDirectory } from '../storage/accounts/user-directory.ts';
import { UserEditor } from './accounts/user-editor.ts';
import { WebhookReporter } from '../service/webhook/webhook-reporter.ts';
import { Webhook } from '../service/webhook/webhook.ts';

/** What a program that embeds the host may bring along. */
export interface HostOptions {
  /** Directory types besides the one that comes along. */
  readonly definitions?: readonly SyncerDefinition[];
  readonly log?: Logger;
  readonly scheduler?: Scheduler;
}

/** A host that is put together; it serves once it listens. */
export interface Host {
  readonly database: Database;
  readonly organizations: OrganizationDirectory;
  readonly syncers: SyncerService;
  readonly runs: RunService;
  /** Runs that have ended, with their changes. */
  readonly runStore: RunStore;
  readonly schedule: ScheduleService;
  readonly audit: AuditLog;
  readonly metrics: Metrics;
  /** Every call that it answers. */
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

/** What everything else stands on. */
interface Ground {
  readonly settings: Settings;
  readonly log: Logger;
  readonly box: SecretBox;
  readonly database: Database;
  readonly scheduler: Scheduler;
  readonly registry: SyncerRegistry;
  readonly prometheus: Awaited<ReturnType<typeof loadPrometheus>>;
}

/** Page transactions end in a moment; what hangs longer than this hangs for another reason. */
const LONGEST_CLOSE_MS = 25_000;

/**
 * Puts the host together: database with migrations, engine, schedule, calls.
 *
 * @throws SettingsError, ConfigError or UnavailableError that says what to change before it can start
 */
export async function createHost(settings: Settings, options: HostOptions = {}): Promise<Host> {
  const registry = registryOf(settings, options.definitions ?? []);
  const log = options.log ?? (await createLogger(settings.logLevel, registry.list()));
  // Before the key file is closed to others: it was open until now.
  for (const file of await exposedFiles(settings)) {
    log.warn({ file }, `other accounts of this machine can read or change ${file}: chmod 600 ${file}`);
  }
  const box = new SecretBox(await findSecretKey(settings));
  const prometheus = await loadPrometheus();
  await loadPasswordLibraries();
  const database = await openDatabase(settings.databaseUrl);
  let scheduler: Scheduler | undefined;
  try {
    scheduler = options.scheduler ?? (await openScheduler(settings, log));
    return await assemble({ settings, log, box, database, scheduler, registry, prometheus });
  } catch (error) {
    await scheduler?.close();
    await database.close();
    throw error;
  }
}

/** The one place that knows which types of directory there are. */
function registryOf(settings: Settings, others: readonly SyncerDefinition[]): SyncerRegistry {
  const registry = new SyncerRegistry().register(
    defineWecomSyncer({
      baseUrl: settings.wecomApiUrl,
      allowedHosts: settings.wecomAllowedHosts,
      ...present({ proxyUrl: settings.wecomProxyUrl }),
    }),
  );
  for (const definition of others) registry.register(definition);
  return registry;
}

/** Stores, who may come in, the service, its calls, the server. */
async function assemble(ground: Ground): Promise<Host> {
  const { settings, log, database } = ground;
  const stores = storesOf(ground);
  const access = accessOf(ground);
  const service = serviceOf(ground, stores, access.audit);
  const unopened = await service.syncers.bindSecrets();
  if (unopened.length > 0) {
    log.warn(
      { syncers: unopened },
      'stored secrets do not open with this SECRET_KEY: start with the one of before, or enter them again',
    );
  }
  const { organizations, users, userEditor } = stores;
  const firstAdministrator = await createAdministrator(users, organizations, userEditor, settings.adminPassword);
  const routes = routesOf(ground, stores, access, service);
  const app = await createServer(log, settings.trustedHops);
  const { audit, authenticator } = access;
  register(app, { authenticator, audit, publicUrl: settings.publicUrl }, routes);
  if (!(await servePage(app))) log.info('the Syncers tab is not built (npm run build); calls are served all the same');
  const { syncers, runs, schedule, metrics } = service;
  let url: string | undefined;
  let closing: Promise<void> | undefined;
  return {
    database,
    organizations,
    syncers,
    runs,
    runStore: stores.runStore,
    schedule,
    audit,
    metrics,
    routes,
    firstAdministrator,
    async listen() {
      await app.listen({ host: settings.host, port: settings.port });
      const { address, family, port } = app.server.address() as AddressInfo;
      url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
      await schedule.start();
      return url;
    },
    get url() {
      if (url === undefined) throw new Error('The host does not listen yet.');
      return url;
    },
    close: () => (closing ??= shutDown(ground, service, app)),
  };
}

function storesOf({ box, database, registry }: Ground) {
  const addresses = addressesOf(registry);
  return {
    addresses,
    records: new SyncerRecords(database, box, addresses),
    identity: new TypeormIdentityStore(database),
    runStore: new TypeormRunStore(database),
    leases: new TypeormLeaseStore(database),
    heard: new HeardCallbacks(database),
    changeNames: new ChangeNames(new DisplayNames(database)),
    organizations: new OrganizationDirectory(new OrganizationRecords(database)),
    users: new UserDirectory(database),
    userEditor: new UserEditor(new UserAccounts(database)),
    groups: new GroupDirectory(new GroupRecords(database)),
  };
}

/** Who asks, and what is written down of it. */
function accessOf({ settings, log, box, database }: Ground) {
  const signIns = new SignInRecords(database);
  const audit = new AuditLog(new AuditRecords(database), log);
  const sessions = new Sessions(new SessionRecords(database), box);
  return {
    audit,
    sessions,
    signIns,
    passwords: new PasswordChecks(signIns),
    refusedSignIns: new RefusedSignIns(audit),
    authenticator: new Authenticator(settings.credential, sessions),
  };
}

function serviceOf(ground: Ground, stores: ReturnType<typeof storesOf>, audit: AuditLog) {
  const { settings, log, scheduler, registry } = ground;
  const { records, addresses, identity, runStore, leases, heard } = stores;
  const engine = engineOf(ground, stores);
  const metrics: Metrics = new Metrics(ground.prometheus, {
    namesTenants: settings.metricsTenants,
    known: KNOWN_LABELS,
    healths: async () => (await records.list()).map(({ health }) => health),
    active: () => runs.counts(),
  });
  const connector: SyncerDeps = {
    concurrency: settings.wecomConcurrency,
    onCall: (call) => metrics.called(call),
  };
  const syncers = new SyncerService({
    records,
    addresses,
    registry,
    identity,
    leases,
    credentials: new CredentialBudget(REFUSED_TESTS),
    connector,
  });
  const webhook = settings.webhook && new Webhook({ ...settings.webhook, metrics, log });
  const { publicUrl } = settings;
  const reporter = webhook && new WebhookReporter({ webhook, runs: runStore, log, ...present({ publicUrl }) });
  const runs: RunService = new RunService({
    engine,
    runs: runStore,
    records,
    syncers,
    credentials: new CredentialBudget(REFUSED_RUNS),
    metrics,
    log,
    ...present({ reporter }),
  });
  const { runRetentionDays, auditRetentionDays } = settings;
  const retention = { audit, runRetentionDays, auditRetentionDays };
  const schedule = new ScheduleService({ scheduler, records, runs, runStore, log, ...retention });
  const removal = new SyncerRemoval({ engine, identity, records, syncers, runs, schedule });
  const callbacks = new CallbackService({ syncers, runs, schedule, heard, log });
  return { metrics, syncers, webhook, runs, schedule, removal, callbacks };
}

function engineOf({ settings, log }: Ground, { identity, runStore, leases }: ReturnType<typeof storesOf>): SyncEngine {
  const places = new FairGate(settings.runConcurrency);
  return new SyncEngine({
    identity,
    runs: runStore,
    leases,
    owner: `${hostname()}:${process.pid}`,
    logger: log,
    gate: (organization, signal, work) => places.pass(organization, signal, work),
    deadlineMs: settings.runDeadlineMs,
  });
}

/** Every call, with what it needs. */
function routesOf(
  { settings: { publicUrl }, database, scheduler, registry }: Ground,
  { organizations, users, userEditor, groups, runStore, changeNames }: ReturnType<typeof storesOf>,
  { audit, signIns, sessions, passwords, refusedSignIns, authenticator }: ReturnType<typeof accessOf>,
  { metrics, syncers, runs, schedule, removal, callbacks }: ReturnType<typeof serviceOf>,
): Route[] {
  const checkReady = async (): Promise<void> => {
    await Promise.all([database.ping(), scheduler.ping()]);
  };
  const calls = [
    ...signInRoutes({ accounts: signIns, passwords, sessions, refusedSignIns, audit, publicUrl }),
    accountRoute({ users, organizations }),
    setPasswordRoute({ users, userEditor, passwords, audit }),
    ...organizationRoutes({ organizations, audit }),
    ...syncerRoutes({ registry, syncers, runs }),
    ...syncerEditRoutes({ syncers, schedule, removal, metrics, audit }),
    connectionTestRoute({ syncers, runs, audit }),
    ...runRoutes({ syncers, runs, changeNames, audit, publicUrl }),
    ...runHistoryRoutes({ syncers, runs, runStore, changeNames }),
    runEventRoute({ runs, streams: new StreamSlots(), authenticator }),
    ...decisionRoutes({ runs, audit }),
    ...linkRoutes({ users, syncers, runs, changeNames, audit }),
    ...userRoutes({ users }),
    ...userEditRoutes({ users, userEditor, organizations, passwords, audit }),
    ...groupRoutes({ groups }),
    ...callbackRoutes({ callbacks, registry }),
    ...casdoorPageRoutes(),
    ...healthRoutes({ metrics, checkReady }),
  ];
  return [...calls, ...documentationRoutes({ syncers }, calls)];
}

async function shutDown(
  { log, database }: Ground,
  { schedule, callbacks, runs, webhook }: ReturnType<typeof serviceOf>,
  app: FastifyInstance,
): Promise<void> {
  const ended = (async () => {
    await Promise.all([schedule.close(), callbacks.close(), runs.close()]);
    // Event streams and idle connections would keep the server open.
    app.server.closeAllConnections();
    await app.close();
  })();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), LONGEST_CLOSE_MS);
  });
  if ((await Promise.race([ended, late])) === 'late')
    log.warn('a run did not end in time; the host closes all the same');
  clearTimeout(timer);
  // After the runs, whose end may be an event, and also when one of them is late.
  await webhook?.close();
  await database.close();
}
