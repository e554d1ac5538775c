import { createHash } from 'node:crypto';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { COUNTED_AS, isOfPart, type Run } from '../../engine/run.ts';
import { CHANGE_KINDS } from '../../identity/change.ts';
import type { ServiceMetrics } from '../../service/service-metrics.ts';
import { HEALTHS } from '../../service/syncers/syncer-record.ts';
import {
  DELIVERY_OUTCOMES,
  WEBHOOK_EVENTS,
  type DeliveryOutcome,
  type WebhookEvent,
} from '../../service/webhook/webhook-event.ts';
import { loadOptional } from '../../package-json.ts';
import type { CallRecord } from '../../syncer/definition.ts';

/** Name, what it tells, labels; of a histogram the buckets, too. */
type Entry = readonly [name: string, help: string, labels: readonly string[], buckets?: readonly number[]];

const COUNTERS = {
  runs: ['wecom_syncer_runs_total', 'Runs that ended, by state and trigger.', ['state', 'trigger']],
  members: ['wecom_syncer_members_total', 'Members that runs were shown.', []],
  changes: [
    'wecom_syncer_changes_total',
    'Changes that runs applied, skipped or reported, by kind; dry runs are not counted.',
    ['kind'],
  ],
  signedOut: ['wecom_syncer_signed_out_total', 'People whose sessions at the IAM beside us runs ended.', []],
  calls: [
    'wecom_syncer_directory_calls_total',
    'Calls to the directory, by endpoint and error code (0 = ok, none = no answer).',
    ['endpoint', 'code'],
  ],
  retries: [
    'wecom_syncer_directory_retries_total',
    'Calls to the directory that repeated an earlier one.',
    ['endpoint'],
  ],
  rosterChecks: [
    'wecom_syncer_roster_checks_total',
    'Roster checks, by what they found (nothing, changes, busy, incomplete).',
    ['found'],
  ],
  deliveries: [
    'wecom_syncer_webhook_deliveries_total',
    'Events whose delivery to the webhook ended, by event and outcome (delivered, refused, lost).',
    ['event', 'outcome'],
  ],
} as const satisfies Readonly<Record<string, Entry>>;

const HISTOGRAMS = {
  runDuration: [
    'wecom_syncer_run_duration_seconds',
    'How long runs took.',
    ['state'],
    [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
  ],
  callDuration: [
    'wecom_syncer_directory_call_duration_seconds',
    'How long calls to the directory took.',
    ['endpoint'],
    [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30],
  ],
} as const satisfies Readonly<Record<string, Entry>>;

const GAUGES = {
  lastSuccess: [
    'wecom_syncer_last_success_timestamp_seconds',
    'When a run of the syncer last succeeded in this process; METRICS_TENANTS gives syncers their names.',
    ['syncer'],
  ],
  syncers: ['wecom_syncer_syncers', 'Configured syncers, by health; held ones wait for a person.', ['health']],
  activeRuns: ['wecom_syncer_active_runs', 'Runs of this process that have not ended.', ['state']],
} as const satisfies Readonly<Record<string, Entry>>;

/** Makes what a table lists. */
const made = <K extends string, M>(table: Readonly<Record<K, Entry>>, make: (entry: Entry) => M): Record<K, M> =>
  Object.fromEntries(Object.entries<Entry>(table).map(([key, entry]) => [key, make(entry)])) as Record<K, M>;

export const loadPrometheus = () => loadOptional(() => import('prom-client'));

export interface MetricsOptions {
  /** Whether labels may name syncers, and with them organizations. */
  readonly namesTenants: boolean;
  /** Calls and codes of the connectors that stand in labels; others are `other`. */
  readonly known: { readonly endpoints: ReadonlySet<string>; readonly codes: ReadonlySet<string> };
  /** The health of every syncer, asked at each scrape. */
  readonly healths: () => Promise<readonly string[]>;
  /** Runs of this process that are queued and running, asked at each scrape. */
  readonly active: () => { readonly queued: number; readonly running: number };
}

/** What Prometheus scrapes. Labels name syncers and kinds, never people. */
export class Metrics implements ServiceMetrics {
  readonly #registry: Registry;
  readonly #options: MetricsOptions;
  /** What stands in the place of each syncer's name. */
  readonly #labels = new Map<string, string>();
  readonly #counters: Record<keyof typeof COUNTERS, Counter>;
  readonly #histograms: Record<keyof typeof HISTOGRAMS, Histogram>;
  readonly #gauges: Record<keyof typeof GAUGES, Gauge>;

  constructor(prometheus: Awaited<ReturnType<typeof loadPrometheus>>, options: MetricsOptions) {
    this.#options = options;
    this.#registry = new prometheus.Registry();
    const described = (name: string, help: string, labels: readonly string[]) => ({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
    });
    this.#counters = made(COUNTERS, ([name, help, labels]) => new prometheus.Counter(described(name, help, labels)));
    this.#histograms = made(
      HISTOGRAMS,
      ([name, help, labels, buckets = []]) =>
        new prometheus.Histogram({ ...described(name, help, labels), buckets: [...buckets] }),
    );
    this.#gauges = made(GAUGES, ([name, help, labels]) => new prometheus.Gauge(described(name, help, labels)));
    prometheus.collectDefaultMetrics({ register: this.#registry });
    // A series that begins at 1 has not increased for Prometheus, and the first loss would raise no alert.
    for (const event of WEBHOOK_EVENTS) {
      for (const outcome of DELIVERY_OUTCOMES) this.#counters.deliveries.inc({ event, outcome }, 0);
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    const { syncers, activeRuns } = this.#gauges;
    const healths = await this.#options.healths();
    for (const health of HEALTHS) syncers.set({ health }, healths.filter((one) => one === health).length);
    const { queued, running } = this.#options.active();
    activeRuns.set({ state: 'queued' }, queued);
    activeRuns.set({ state: 'running' }, running);
    return this.#registry.metrics();
  }

  called(call: CallRecord): void {
    const endpoint = labelOf(call.endpoint, this.#options.known.endpoints);
    // What answers chooses the code: a new series for each would fill the memory of host and Prometheus.
    const code = call.code === null ? 'none' : labelOf(String(call.code), this.#options.known.codes);
    this.#counters.calls.inc({ endpoint, code });
    if (call.attempt > 1) this.#counters.retries.inc({ endpoint });
    this.#histograms.callDuration.observe({ endpoint }, call.durationMs / 1000);
  }

  ended(run: Run): void {
    const { state, trigger, counts } = run;
    this.#counters.runs.inc({ state, trigger });
    const took = Date.parse(run.finishedAt ?? '') - Date.parse(run.startedAt);
    if (Number.isFinite(took)) this.#histograms.runDuration.observe({ state }, took / 1000);
    this.#counters.members.inc(counts.members);
    if (run.dryRun) return;
    for (const kind of CHANGE_KINDS) this.#counters.changes.inc({ kind }, counts[COUNTED_AS[kind]]);
    this.#counters.signedOut.inc(counts.signedOut);
    if (state === 'succeeded' && !isOfPart(run)) {
      this.#gauges.lastSuccess.set({ syncer: this.#labelOf(run) }, Date.now() / 1000);
    }
  }

  rosterChecked(found: string): void {
    this.#counters.rosterChecks.inc({ found });
  }

  webhookEnded(event: WebhookEvent, outcome: DeliveryOutcome): void {
    this.#counters.deliveries.inc({ event, outcome });
  }

  forget(syncer: string): void {
    const label = this.#labels.get(syncer);
    if (label === undefined) return;
    this.#labels.delete(syncer);
    this.#gauges.lastSuccess.remove({ syncer: label });
  }

  /** Anybody may read /metrics: a number that nobody can guess back keeps syncers apart without naming them. */
  #labelOf({ organization, syncerName, syncerId }: Run): string {
    const name = `${organization}/${syncerName}`;
    const label = this.#options.namesTenants ? name : createHash('sha256').update(syncerId).digest('hex').slice(0, 12);
    this.#labels.set(name, label);
    return label;
  }
}

/** A label from outside, when it is one that we know: whoever chooses labels chooses how many series there are. */
const labelOf = (value: string, known: ReadonlySet<string>): string => (known.has(value) ? value : 'other');
