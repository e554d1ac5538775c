import { hostname } from 'node:os';
import { SyncEngine } from '../engine/engine.ts';
import type { AbsenceStore } from '../engine/ports/absence-store.ts';
import type { GivenValues } from '../engine/ports/given-values.ts';
import type { LeaseStore } from '../engine/ports/lease-store.ts';
import type { ProtectionStore } from '../engine/ports/protection-store.ts';
import type { QuestionStore } from '../engine/ports/question-store.ts';
import type { RunStore } from '../engine/ports/run-store.ts';
import type { SignOutStore } from '../engine/ports/sign-outs.ts';
import type { IdentityStore } from '../identity/identity-store.ts';
import type { Scheduler } from '../scheduler/scheduler.ts';
import { present } from '../syncer/present.ts';
import type { SyncerRegistry } from '../syncer/registry.ts';
import { Adoption } from './iam/adoption.ts';
import type { CasdoorSyncerStore } from './iam/casdoor-syncer.ts';
import { IamSignOuts, type SignOutDeps } from './iam/sign-outs.ts';
import type { AuditLog } from './audit/audit-log.ts';
import { AuditedSyncers } from './audit/audited-syncers.ts';
import type { AllowedHosts } from './limits/allowed-hosts.ts';
import type { AppliedStore } from './configuration/applied-text.ts';
import { ConfigurationService } from './configuration/configuration-service.ts';
import { CallbackService, type HeardMessages } from './callback-service.ts';
import { AuditedDecisions } from './decisions/audited-decisions.ts';
import { LeaverService } from './decisions/leavers.ts';
import { ProtectionService } from './decisions/protections.ts';
import { QuestionService } from './decisions/questions.ts';
import { CredentialBudget, REFUSED_RUNS, REFUSED_TESTS, REFUSED_VISITS } from './limits/credential-budget.ts';
import { FairGate } from './limits/fair-gate.ts';
import type { ServiceLog } from './log.ts';
import { RunService } from './runs/run-service.ts';
import { ScheduleService } from './runs/schedule-service.ts';
import { CompletionService, membersOf, type CompletionStore } from './self-service/completions.ts';
import type { SecretAddresses } from './syncers/secret-address.ts';
import { Nudges, type NudgeStore } from './self-service/nudges.ts';
import { SelfService } from './self-service/self-service.ts';
import type { VisitStore } from './self-service/visit-store.ts';
import { ServiceEvents, type EventListener } from './service-event.ts';
import type { ServiceMetrics } from './service-metrics.ts';
import type { SyncerStore } from './syncers/syncer-record.ts';
import { SyncerRemoval } from './syncer-removal.ts';
import { SyncerService } from './syncers/syncer-service.ts';
import { WebhookReporter } from './webhook/webhook-reporter.ts';
import { Webhook, type WebhookDeps } from './webhook/webhook.ts';

/** What a service keeps its things in. */
export interface ServiceStores {
  readonly records: SyncerStore;
  /** The same that seal the secrets of the records. */
  readonly addresses: SecretAddresses;
  readonly identity: IdentityStore;
  readonly runStore: RunStore;
  readonly leases: LeaseStore;
  readonly heard: HeardMessages;
  readonly visits: VisitStore;
  readonly given: GivenValues;
  readonly protections: ProtectionStore;
  readonly absences: AbsenceStore;
  readonly questions: QuestionStore;
  readonly applied: AppliedStore;
  readonly completions: CompletionStore;
  readonly nudges: NudgeStore;
  /** All that is written within to these stores is stored, or nothing; accounts may be somewhere else. */
  readonly transaction: <T>(work: () => Promise<T>) => Promise<T>;
  /** Absent: accounts are in no IAM's database. */
  readonly signOuts?: SignOutStore;
  /** Absent: there is no IAM that could have syncers of its own. */
  readonly casdoors?: CasdoorSyncerStore;
}

export interface ServiceDeps {
  readonly stores: ServiceStores;
  readonly registry: SyncerRegistry;
  readonly scheduler: Scheduler;
  readonly log: ServiceLog;
  /** Runs at one time in this process. */
  readonly runConcurrency: number;
  readonly runRetentionDays: number;
  /** Calls in flight per syncer. */
  readonly concurrency?: number;
  /** A run that works longer, in milliseconds, ends as failed. */
  readonly deadlineMs?: number;
  /** Absent: only the definitions say where secrets may be sent. */
  readonly allowedHosts?: AllowedHosts;
  readonly listener?: EventListener;
  readonly metrics?: ServiceMetrics;
  readonly audit: AuditLog;
  readonly auditRetentionDays: number;
  /** An IAM beside us in which whoever is locked out is signed out. */
  readonly iam?: SignOutDeps['iam'];
  readonly webhook?: Pick<WebhookDeps, 'url' | 'secret'>;
  /** Where people reach the page that messages link to. */
  readonly publicUrl?: string;
}

/** What a service is made of. */
export interface ServiceParts {
  /** Who did what. */
  readonly audit: AuditLog;
  readonly stores: ServiceStores;
  readonly syncers: SyncerService;
  readonly runs: RunService;
  readonly schedule: ScheduleService;
  readonly removal: SyncerRemoval;
  readonly callbacks: CallbackService;
  /** Members who complete their own data. */
  readonly selfService: SelfService;
  readonly configuration: ConfigurationService;
  readonly protections: ProtectionService;
  readonly questions: QuestionService;
  readonly decisions: AuditedDecisions;
  readonly auditedSyncers: AuditedSyncers;
  readonly leavers: LeaverService;
  readonly completions: CompletionService;
  readonly events: ServiceEvents;
  readonly signOuts: IamSignOuts | undefined;
  /** Undefined: there is no IAM that could have syncers of its own. */
  readonly adoption: Adoption | undefined;
  /**
   * No new run; those that go on end after their page, and are told. Answers within 30 seconds; again it does nothing.
   *
   * @param afterRuns what of the host ends before the last messages are given up
   */
  close(afterRuns?: () => Promise<void>): Promise<void>;
}

const DEFAULT_CONCURRENCY = 8;
/** Page transactions end in a moment; what hangs longer than this hangs for another reason. */
const LONGEST_CLOSE_MS = 25_000;

/** Puts a service together, and begins nothing yet. */
export async function assembleService(deps: ServiceDeps): Promise<ServiceParts> {
  const { stores, scheduler, log, metrics, audit, auditRetentionDays, runRetentionDays } = deps;
  const { records, identity, runStore, heard } = stores;
  const events = new ServiceEvents(deps.listener, log);
  const syncers = syncersOf(deps);
  await bindSecrets(syncers, log);
  const webhook = deps.webhook && new Webhook({ ...deps.webhook, ...present({ metrics }), log });
  const reporter = webhook && reporterOf(deps, webhook);
  const signOuts = stores.signOuts && new IamSignOuts({ store: stores.signOuts, log, ...present({ iam: deps.iam }) });
  const engine = engineOf(deps, signOuts);
  const credentials = new CredentialBudget(REFUSED_RUNS);
  const runs = new RunService({
    engine,
    runs: runStore,
    records,
    syncers,
    credentials,
    log,
    events,
    nudges: new Nudges({
      store: stores.nudges,
      records,
      syncers,
      runStore,
      log,
      ...present({ publicUrl: deps.publicUrl }),
    }),
    ...present({ metrics, reporter }),
  });
  const schedule = new ScheduleService({
    scheduler,
    records,
    runs,
    runStore,
    log,
    runRetentionDays,
    rosterInterval: (record) => syncers.fields.rosterInterval(record),
    ...present({ metrics }),
    audit: { retentionDays: auditRetentionDays, prune: pruneOf(deps) },
  });
  const removal = new SyncerRemoval({ engine, identity, records, syncers, runs, schedule });
  const auditedSyncers = new AuditedSyncers({ audit, syncers, runs, schedule, removal, events });
  const adoption = adoptionOf(deps, engine, syncers, auditedSyncers);
  const callbacks = new CallbackService({ syncers, runs, schedule, heard, log });
  const selfService = new SelfService({
    registry: deps.registry,
    syncers,
    runs,
    identity,
    earlier: stores.given,
    visits: stores.visits,
    completions: stores.completions,
    audit,
    log,
    credentials: new CredentialBudget(REFUSED_VISITS),
    now: () => runStore.now(),
  });
  const protections = new ProtectionService({ store: stores.protections, records, identity, runStore, engine });
  const questions = new QuestionService({
    store: stores.questions,
    records,
    identity,
    syncers,
    engine,
    runs,
    forgetMember: async (record, key) => {
      const of = membersOf(record, syncers);
      await stores.completions.forget(of, key);
      await stores.nudges.forget(of, key);
    },
    log,
  });
  const decisions = new AuditedDecisions({ audit, protections, questions, runs });
  const configuration = new ConfigurationService({
    records,
    syncers,
    registry: deps.registry,
    protections,
    schedule,
    removal,
    audit,
    decisions,
    transaction: stores.transaction,
    applied: stores.applied,
  });
  const leavers = new LeaverService({ absences: stores.absences, syncers });
  const completions = new CompletionService(stores.completions, syncers);
  let closing: Promise<void> | undefined;
  const close = async (afterRuns?: () => Promise<void>): Promise<void> => {
    const ended = Promise.all([schedule.close(), callbacks.close(), runs.close()]).then(() => afterRuns?.());
    if (!(await isIn(LONGEST_CLOSE_MS, ended)))
      log.warn({}, 'a run did not end in time; the service closes all the same');
    // After the runs, whose end may be an event, and also when one of them is late.
    await webhook?.close();
    events.close();
  };
  return {
    audit,
    stores,
    syncers,
    runs,
    schedule,
    removal,
    callbacks,
    selfService,
    configuration,
    protections,
    questions,
    decisions,
    auditedSyncers,
    leavers,
    completions,
    events,
    signOuts,
    adoption,
    close: (afterRuns) => (closing ??= close(afterRuns)),
  };
}

/** What people did, and began and did not end. */
const pruneOf =
  ({ audit, stores }: ServiceDeps) =>
  async (before: Date): Promise<number> => {
    await stores.visits.prune();
    return audit.prune(before);
  };

const syncersOf = ({ stores, registry, metrics, concurrency, allowedHosts, publicUrl }: ServiceDeps): SyncerService =>
  new SyncerService({
    records: stores.records,
    addresses: stores.addresses,
    registry,
    identity: stores.identity,
    leases: stores.leases,
    credentials: new CredentialBudget(REFUSED_TESTS),
    connector: {
      concurrency: concurrency ?? DEFAULT_CONCURRENCY,
      onCall: (call) => metrics?.called(call),
    },
    ...present({ allowedHosts, publicUrl }),
  });

const adoptionOf = (
  { audit, registry, stores: { casdoors, identity } }: ServiceDeps,
  engine: SyncEngine,
  syncers: SyncerService,
  auditedSyncers: AuditedSyncers,
): Adoption | undefined =>
  casdoors && new Adoption({ casdoors, identity, registry, syncers, engine, audit, auditedSyncers });

const reporterOf = ({ stores, log, publicUrl }: ServiceDeps, webhook: Webhook): WebhookReporter =>
  new WebhookReporter({ webhook, runs: stores.runStore, log, ...present({ publicUrl }) });

function engineOf(
  { stores, log, runConcurrency, deadlineMs }: ServiceDeps,
  signOuts: IamSignOuts | undefined,
): SyncEngine {
  const places = new FairGate(runConcurrency);
  return new SyncEngine({
    identity: stores.identity,
    protections: stores.protections,
    absences: stores.absences,
    questions: stores.questions,
    runs: stores.runStore,
    leases: stores.leases,
    owner: `${hostname()}:${process.pid}`,
    logger: log,
    gate: (organization, signal, work) => places.pass(organization, signal, work),
    ...present({ deadlineMs, signOuts }),
  });
}

async function bindSecrets(syncers: SyncerService, log: ServiceLog): Promise<void> {
  const unopened = await syncers.bindSecrets();
  if (unopened.length === 0) return;
  log.warn(
    { syncers: unopened },
    'stored secrets do not open with this SECRET_KEY: start with the one of before, or enter them again',
  );
}

/** Whether something has ended after so many milliseconds. */
async function isIn(ms: number, ending: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([ending.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
