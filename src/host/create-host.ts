import { hostname } from 'node:os';
import type { AddressInfo } from 'node:net';
import { SyncEngine } from '../engine/engine.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { openDatabase } from '../storage/open-database.ts';
import type { Database } from '../storage/database.ts';
import { SecretBox } from '../storage/syncers/secret-box.ts';
import { SyncerRecords } from '../storage/syncers/syncer-records.ts';
import { TypeormIdentityStore } from '../storage/identity/typeorm-identity-store.ts';
import { TypeormLeaseStore } from '../storage/runs/typeorm-lease-store.ts';
import { TypeormRunStore } from '../storage/runs/typeorm-run-store.ts';
import type { SyncerDefinition, SyncerDeps } from '../syncer/definition.ts';
import { SyncerRegistry } from '../syncer/registry.ts';
import { defineWecomSyncer } from '../wecom/definition.ts';
import { KNOWN_LABELS } from '../wecom/api/error-codes.ts';
import { HeardCallbacks } from '../storage/heard-callbacks.ts';
import { AuditLog } from './auth/audit-log.ts';
import { Authenticator } from './auth/authenticator.ts';
import { PasswordChecks } from './auth/password-checks.ts';
import { RefusedSignIns } from './auth/refused-sign-ins.ts';
import { Sessions } from './auth/session.ts';
import { ChangeNames } from './runs/change-names.ts';
import { CallbackService } from '../service/callback-service.ts';
import { CredentialBudget, REFUSED_RUNS, REFUSED_TESTS } from '../service/credential-budget.ts';
import { FairGate } from '../service/fair-gate.ts';
import { createAdministrator, type FirstAdministrator } from './first-start.ts';
import { GroupDirectory } from './accounts/group-directory.ts';
import type { HostParts } from './host-parts.ts';
import { createLogger, type Logger } from '../service/log.ts';
import { Metrics } from '../service/metrics.ts';
import { openScheduler } from './open-scheduler.ts';
import { OrganizationDirectory } from './organizations/organization-directory.ts';
import { register, type Route } from './request/route.ts';
import { callbackRoutes } from './syncers/callback-routes.ts';
import { documentationRoutes } from './openapi/documentation-routes.ts';
import { frameRoutes } from './sign-in/frame-routes.ts';
import { groupRoutes } from './accounts/group-routes.ts';
import { healthRoutes } from './monitoring/health-routes.ts';
import { linkRoutes } from './accounts/link-routes.ts';
import { organizationRoutes } from './organizations/organization-routes.ts';
import { runRoutes } from './runs/run-routes.ts';
import { passwordRoutes } from './accounts/set-password-routes.ts';
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
import { UserDirectory } from './accounts/user-directory.ts';
import { UserEditor } from './accounts/user-editor.ts';
import { UserJson } from './accounts/user-json.ts';
import { WebhookReporter } from '../service/webhook/webhook-reporter.ts';
import { Webhook } from '../service/webhook/webhook.ts';

/** What a program that embeds the host may bring along. */
export interface HostOptions {
  /** Directory types besides WeCom. */
  readonly definitions?: readonly SyncerDefinition[];
  readonly log?: Logger;
  readonly scheduler?: Scheduler;
}

/** A host that is put together; it serves once it listens. */
export interface Host {
  readonly parts: HostParts;
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

/** Page transactions end in a moment; what hangs longer than this hangs for another reason. */
const LONGEST_CLOSE_MS = 25_000;

/**
 * Puts the host together: database with migrations, engine, schedule, calls.
 *
 * @throws SettingsError, ConfigError or UnavailableError that says what to change before it can start
 */
export async function createHost(settings: Settings, options: HostOptions = {}): Promise<Host> {
  const log = options.log ?? createLogger(settings.logLevel);
  // Before the key file is closed to others: it was open until now.
  for (const file of await exposedFiles(settings)) {
    log.warn({ file }, `other accounts of this machine can read or change ${file}: chmod 600 ${file}`);
  }
  const box = new SecretBox(await findSecretKey(settings));
  const database = await openDatabase(settings.databaseUrl);
  let scheduler: Scheduler | undefined;
  try {
    scheduler = options.scheduler ?? (await openScheduler(settings, log));
    return await assemble(settings, options, log, box, scheduler, database);
  } catch (error) {
    await scheduler?.close();
    await database.close();
    throw error;
  }
}

async function assemble(
  settings: Settings,
  options: HostOptions,
  log: Logger,
  box: SecretBox,
  scheduler: Scheduler,
  database: Database,
): Promise<Host> {
  const registry = new SyncerRegistry().register(
    defineWecomSyncer({
      baseUrl: settings.wecomApiUrl,
      allowedHosts: settings.wecomAllowedHosts,
      ...(settings.wecomProxyUrl === undefined ? {} : { proxyUrl: settings.wecomProxyUrl }),
    }),
  );
  for (const definition of options.definitions ?? []) registry.register(definition);
  const parts = buildParts(settings, log, box, scheduler, database, registry);
  const unopened = await parts.syncers.bindSecrets();
  if (unopened.length > 0) {
    log.warn(
      { syncers: unopened },
      'stored secrets do not open with this SECRET_KEY: start with the one of before, or enter them again',
    );
  }
  const firstAdministrator = await createAdministrator(
    database,
    parts.organizations,
    parts.userEditor,
    settings.adminPassword,
  );
  const app = await createServer(log, settings.trustedHops);
  const calls = [
    ...signInRoutes(parts),
    ...passwordRoutes(parts),
    ...organizationRoutes(parts),
    ...syncerRoutes(parts),
    ...runRoutes(parts),
    ...linkRoutes(parts),
    ...userRoutes(parts),
    ...groupRoutes(parts),
    ...callbackRoutes(parts),
    ...frameRoutes(),
    ...healthRoutes(parts),
  ];
  const routes = [...calls, ...documentationRoutes(parts, calls)];
  register(app, parts, routes);
  if (!(await servePage(app))) log.info('the Syncers tab is not built (npm run build); calls are served all the same');
  let url: string | undefined;
  let closing: Promise<void> | undefined;

  const shutDown = async (): Promise<void> => {
    const ended = (async () => {
      await Promise.all([parts.schedule.close(), parts.callbacks.close(), parts.runs.close()]);
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
    await parts.webhook?.close();
    await database.close();
  };

  return {
    parts,
    routes,
    firstAdministrator,
    async listen() {
      await app.listen({ host: settings.host, port: settings.port });
      const { address, family, port } = app.server.address() as AddressInfo;
      url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
      await parts.schedule.start();
      return url;
    },
    get url() {
      if (url === undefined) throw new Error('The host does not listen yet.');
      return url;
    },
    close: () => (closing ??= shutDown()),
  };
}

function buildParts(
  settings: Settings,
  log: Logger,
  box: SecretBox,
  scheduler: Scheduler,
  database: Database,
  registry: SyncerRegistry,
): HostParts {
  const addresses = addressesOf(registry, settings.wecomApiUrl);
  const records = new SyncerRecords(database, box, addresses);
  const identity = new TypeormIdentityStore(database);
  const runStore = new TypeormRunStore(database);
  const leases = new TypeormLeaseStore(database);
  const places = new FairGate(settings.runConcurrency);
  const engine = new SyncEngine({
    identity,
    runs: runStore,
    leases,
    owner: `${hostname()}:${process.pid}`,
    logger: log,
    gate: (organization, signal, work) => places.pass(organization, signal, work),
    deadlineMs: settings.runDeadlineMs,
  });
  const metrics: Metrics = new Metrics(
    async () => (await records.list()).map(({ health }) => health),
    () => runs.counts(),
    { namesTenants: settings.metricsTenants, known: KNOWN_LABELS },
  );
  const connector: SyncerDeps = {
    concurrency: settings.wecomConcurrency,
    onCall: (call) => metrics.called(call),
  };
  const organizations = new OrganizationDirectory(database);
  const syncers = new SyncerService({
    records,
    addresses,
    registry,
    organizations,
    identity,
    leases,
    credentials: new CredentialBudget(REFUSED_TESTS),
    connector,
  });
  const webhook = settings.webhook && new Webhook({ ...settings.webhook, metrics, log });
  const reporter =
    webhook &&
    new WebhookReporter({
      webhook,
      runs: runStore,
      log,
      ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl }),
    });
  const runs: RunService = new RunService({
    engine,
    runs: runStore,
    records,
    syncers,
    credentials: new CredentialBudget(REFUSED_RUNS),
    metrics,
    log,
    ...(reporter && { reporter }),
  });
  const audit = new AuditLog(database, log);
  const schedule = new ScheduleService({
    scheduler,
    records,
    runs,
    runStore,
    log,
    runRetentionDays: settings.runRetentionDays,
    audit,
    auditRetentionDays: settings.auditRetentionDays,
  });
  const sessions = new Sessions(database, box);
  return {
    settings,
    log,
    database,
    registry,
    syncers,
    runs,
    runStore,
    changeNames: new ChangeNames(database),
    schedule,
    removal: new SyncerRemoval({ engine, identity, records, syncers, runs, schedule }),
    callbacks: new CallbackService({ syncers, runs, schedule, heard: new HeardCallbacks(database), log }),
    organizations,
    users: new UserDirectory(database),
    userEditor: new UserEditor(database),
    userJson: new UserJson(database.dataSource),
    groups: new GroupDirectory(database),
    sessions,
    passwords: new PasswordChecks(database),
    refusedSignIns: new RefusedSignIns(audit),
    streams: new StreamSlots(),
    authenticator: new Authenticator(settings.credential, sessions),
    audit,
    metrics,
    webhook,
    checkReady: async () => {
      await Promise.all([database.ping(), scheduler.ping()]);
    },
  };
}
