import type { Host, HostOptions } from './host.ts';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { DisplayNames } from '../storage/accounts/display-names.ts';
import { GroupEdits } from '../storage/accounts/group-edits.ts';
import { GroupRecords } from '../storage/accounts/group-records.ts';
import { OrganizationRecords } from '../storage/accounts/organization-records.ts';
import { UserAccounts } from '../storage/accounts/user-accounts.ts';
import { openDatabase } from '../storage/open-database.ts';
import type { Database } from '../storage/database.ts';
import { SecretBox } from '../storage/syncers/secret-box.ts';
import type { SyncerDefinition } from '../syncer/definition.ts';
import { present } from '../syncer/present.ts';
import { SyncerRegistry } from '../syncer/registry.ts';
import { defineWecomSyncer } from '../wecom/definition.ts';
import { KNOWN_LABELS } from '../wecom/api/error-codes.ts';
import type { AuditLog } from '../service/audit/audit-log.ts';
import { loadPasswordLibraries } from './auth/password.ts';
import { ChangeNames } from './runs/change-names.ts';
import { AllowedHosts } from '../service/limits/allowed-hosts.ts';
import { assembleService, type ServiceParts } from '../service/assemble-service.ts';
import { storesOver } from '../service/create-sync-service.ts';
import { createAdministrator } from './first-start.ts';
import { GroupDirectory } from './groups/group-directory.ts';
import { createLogger, type Logger } from './log.ts';
import { openScheduler } from './open-scheduler.ts';
import { OrganizationDirectory } from './organizations/organization-directory.ts';
import type { Route } from './request/route.ts';
import { Site } from './request/site.ts';
import { fastifySite } from './mount/fastify-site.ts';
import { documentationRoutes } from './openapi/documentation-routes.ts';
import { casdoorPageRoutes } from './sign-in/casdoor-page-routes.ts';
import { groupEditRoutes } from './groups/group-edit-routes.ts';
import { groupRoutes } from './groups/group-routes.ts';
import { HEALTH_PATHS, healthRoutes } from './monitoring/health-routes.ts';
import { loadPrometheus, Metrics } from './monitoring/metrics.ts';
import { decisionCalls } from './decisions/decision-calls.ts';
import { historyCalls, lookingBack } from './decisions/history-calls.ts';
import { linkRoutes } from './accounts/link-routes.ts';
import { memberPageRoutes } from './self-service/member-page-routes.ts';
import { organizationRoutes } from './organizations/organization-routes.ts';
import { checkPasswordRoute } from './accounts/check-password-route.ts';
import { leaveGroupRoute } from './accounts/leave-group-route.ts';
import { setPasswordRoute } from './accounts/set-password-route.ts';
import { userEditRoutes } from './accounts/user-edit-routes.ts';
import { accountRoute, userinfoRoute } from './sign-in/account-route.ts';
import { applicationRoutes } from './sign-in/application-routes.ts';
import { sessionRoutes } from './sign-in/session-routes.ts';
import { tokenRoutes } from './sign-in/token-routes.ts';
import { signInRoutes } from './sign-in/sign-in-routes.ts';
import { syncerCalls } from './syncers/syncer-calls.ts';
import { userRoutes } from './accounts/user-routes.ts';
import { accessOf } from './access.ts';
import { exposedFiles } from './exposed-files.ts';
import { findSecretKey } from './secret-key.ts';
import { createServer } from './server.ts';
import { pageUrlOf, type Settings } from './settings.ts';
import { StaticPage } from './http/static-page.ts';
import { StreamSlots } from './runs/stream-slots.ts';
import { UserDirectory } from '../storage/accounts/user-directory.ts';
import { UserEditor } from './accounts/user-editor.ts';

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
      oauthUrl: settings.wecomOauthUrl,
      ...present({ allowedHosts: settings.wecomAllowedHosts, proxyUrl: settings.wecomProxyUrl }),
    }),
  );
  for (const definition of others) registry.register(definition);
  return registry;
}

/** Stores, who may come in, the service, its calls, the server. */
async function assemble(ground: Ground): Promise<Host> {
  const { settings, database } = ground;
  const stores = storesOf(ground);
  const access = accessOf(ground);
  const service = await serviceOf(ground, stores, access.audit);
  const { organizations, users } = stores;
  const userEditor = new UserEditor(new UserAccounts(database), service.signOuts);
  const firstAdministrator = await createAdministrator(users, organizations, userEditor, settings.adminPassword);
  const routes = routesOf(ground, { ...stores, userEditor }, access, service);
  const { syncers, runs, schedule, metrics, adoption, protections, questions, configuration } = service;
  const { decisions, auditedSyncers } = service;
  let app: FastifyInstance | undefined;
  let url: string | undefined;
  let closing: Promise<void> | undefined;
  return {
    database,
    organizations,
    syncers,
    runs,
    runStore: stores.service.runStore,
    schedule,
    adoption,
    protections,
    questions,
    configuration,
    decisions,
    auditedSyncers,
    lookingBack: lookingBack(database, stores.changeNames, users),
    audit: access.audit,
    metrics,
    routes,
    firstAdministrator,
    async listen() {
      // Only now: a command that syncs and ends serves nobody.
      app = await serverOf(ground, access, routes);
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

/** The page and every call, below the prefix. */
async function serverOf(
  { settings: { publicUrl, basePath: prefix, trustedHops }, log }: Ground,
  { audit, authenticator }: ReturnType<typeof accessOf>,
  routes: readonly Route[],
): Promise<FastifyInstance> {
  const app = await createServer(log, trustedHops);
  const page = await StaticPage.read({ prefix, signIn: 'here' });
  if (!page) log.info('the Syncers tab is not built (npm run build); calls are served all the same');
  const site = { routes, page, callers: authenticator, audit, log, publicUrl };
  await app.register(fastifySite(new Site(site)), { prefix });
  // Load balancers and Prometheus need not know the prefix.
  const atRoot = { ...site, routes: routes.filter(({ path }) => HEALTH_PATHS.has(path)), page: undefined };
  if (prefix !== '') await app.register(fastifySite(new Site(atRoot)));
  return app;
}

function storesOf({ box, database, registry }: Ground) {
  const groupRecords = new GroupRecords(database);
  return {
    service: storesOver(database, box, registry),
    changeNames: new ChangeNames(new DisplayNames(database)),
    organizations: new OrganizationDirectory(new OrganizationRecords(database)),
    users: new UserDirectory(database),
    groupRecords,
    groups: new GroupDirectory(groupRecords),
    groupEdits: new GroupEdits(database),
  };
}

async function serviceOf(ground: Ground, { service: stores }: ReturnType<typeof storesOf>, audit: AuditLog) {
  const { settings, log, scheduler, registry } = ground;
  const { publicUrl, webhook, iam } = settings;
  const pageUrl = publicUrl === undefined ? undefined : pageUrlOf(settings);
  const metrics: Metrics = new Metrics(ground.prometheus, {
    namesTenants: settings.metricsTenants,
    known: KNOWN_LABELS,
    healths: async () => (await stores.records.list()).map(({ health }) => health),
    active: () => parts.runs.counts(),
  });
  const parts: ServiceParts = await assembleService({
    stores,
    registry,
    scheduler,
    log,
    runConcurrency: settings.runConcurrency,
    runRetentionDays: settings.runRetentionDays,
    concurrency: settings.wecomConcurrency,
    deadlineMs: settings.runDeadlineMs,
    metrics,
    allowedHosts: new AllowedHosts(settings.wecomAllowedHosts, 'WECOM_ALLOWED_HOSTS'),
    audit,
    auditRetentionDays: settings.auditRetentionDays,
    ...present({ webhook, publicUrl: pageUrl, iam: iam?.client && { url: iam.url, client: iam.client } }),
  });
  return { ...parts, metrics };
}

type HostStores = ReturnType<typeof storesOf> & { readonly userEditor: UserEditor };
type Access = ReturnType<typeof accessOf>;
type HostService = Awaited<ReturnType<typeof serviceOf>>;

/** Every call, with what it needs. */
function routesOf(ground: Ground, stores: HostStores, access: Access, service: HostService): Route[] {
  const { settings, database, scheduler } = ground;
  const { organizations, users, groupRecords } = stores;
  const { metrics, syncers } = service;
  const checkReady = async (): Promise<void> => {
    await Promise.all([database.ping(), scheduler.ping()]);
  };
  const calls = [
    ...signInCalls(settings, stores, access),
    ...organizationRoutes({ organizations, audit: access.audit }),
    ...callsAboutSyncers(ground, stores, access, service),
    ...accountCalls(stores, access),
    ...memberPageRoutes({
      selfService: service.selfService,
      organizations,
      publicUrl: settings.publicUrl,
      publicUrlName: 'PUBLIC_URL',
      prefix: settings.basePath,
      log: ground.log,
    }),
    ...casdoorPageRoutes({ organizations, users, groups: groupRecords }),
    ...healthRoutes({ metrics, checkReady }),
  ];
  return [...calls, ...documentationRoutes({ syncers, prefix: settings.basePath }, calls)];
}

const signInCalls = (
  { publicUrl, basePath: prefix, iam }: Settings,
  { organizations, users, userEditor }: HostStores,
  { audit, signIns, sessionRecords, sessions, passwords, refusedSignIns }: Access,
): readonly Route[] => [
  ...signInRoutes({
    accounts: signIns,
    passwords,
    sessions,
    refusedSignIns,
    audit,
    publicUrl,
    prefix,
    // Below a prefix the origin in the browser is the IAM's, and IAM_URL may be a name that only servers know.
    iamUrl: prefix === '' ? iam?.url : iam && (publicUrl ?? iam.url),
  }),
  accountRoute({ users, organizations }),
  userinfoRoute({ users, publicUrl }),
  ...applicationRoutes({ organizations }),
  ...sessionRoutes({ sessions: sessionRecords, audit }),
  ...tokenRoutes(),
  setPasswordRoute({ users, userEditor, organizations, passwords, audit }),
];

const callsAboutSyncers = (
  { settings, registry, database }: Ground,
  { service: { runStore }, users, changeNames }: HostStores,
  { authenticator }: Access,
  {
    metrics,
    syncers,
    runs,
    schedule,
    callbacks,
    protections,
    questions,
    decisions,
    auditedSyncers,
    leavers,
    completions,
    configuration,
  }: HostService,
): readonly Route[] => [
  ...syncerCalls({
    registry,
    syncers,
    schedule,
    auditedSyncers,
    metrics,
    runs,
    runStore,
    callbacks,
    changeNames,
    configuration,
    completions,
    decisions,
    callers: authenticator,
    streams: new StreamSlots(),
    pageUrl: pageUrlOf(settings),
  }),
  ...decisionCalls({ protections, questions, decisions, leavers, syncers }),
  ...historyCalls(lookingBack(database, changeNames, users)),
  ...linkRoutes({ users, syncers, runs, changeNames, decisions }),
];

/** Of accounts and groups: seen and changed. */
const accountCalls = (
  { organizations, users, userEditor, groups, groupEdits }: HostStores,
  { audit, passwords }: Access,
): readonly Route[] => [
  ...userRoutes({ users }),
  ...userEditRoutes({ users, userEditor, organizations, passwords, audit }),
  ...groupRoutes({ groups }),
  ...groupEditRoutes({ groupEdits, organizations, audit }),
  checkPasswordRoute({ users, passwords }),
  leaveGroupRoute({ users, userEditor, audit }),
];

async function shutDown({ database }: Ground, service: ServiceParts, app: FastifyInstance | undefined): Promise<void> {
  await service.close(async () => {
    // Event streams and idle connections would keep the server open.
    app?.server.closeAllConnections();
    await app?.close();
  });
  await database.close();
}
