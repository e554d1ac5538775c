import { createHash } from 'node:crypto';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Run } from '../engine/run.ts';
import { COUNTED_AS } from '../engine/run.ts';
import { CHANGE_KINDS } from '../identity/change.ts';
import type { CallRecord } from '../syncer/definition.ts';
import { WEBHOOK_EVENTS, type WebhookEvent } from './webhook/webhook-event.ts';

const HEALTHS = ['ok', 'failing', 'quarantined', 'held'] as const;

const DELIVERY_OUTCOMES = ['delivered', 'refused', 'lost'] as const;
/** How the delivery of an event ended: refused = answered so that trying again is no use; lost = given up. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

export interface MetricsOptions {
  /** Whether labels may name syncers, and with them organizations. */
  readonly namesTenants: boolean;
  /** Calls and codes of the connectors that stand in labels; others are `other`. */
  readonly known: { readonly endpoints: ReadonlySet<string>; readonly codes: ReadonlySet<string> };
}

/** What Prometheus scrapes. Labels name syncers and kinds, never people. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #runs: Counter<'state' | 'trigger'>;
  readonly #runDuration: Histogram<'state'>;
  readonly #members: Counter;
  readonly #changes: Counter<'kind'>;
  readonly #calls: Counter<'endpoint' | 'code'>;
  readonly #retries: Counter<'endpoint'>;
  readonly #callDuration: Histogram<'endpoint'>;
  readonly #lastSuccess: Gauge<'syncer'>;
  readonly #namesTenants: boolean;
  readonly #known: MetricsOptions['known'];
  /** What stands in the place of each syncer's name. */
  readonly #labels = new Map<string, string>();
  readonly #deliveries: Counter<'event' | 'outcome'>;

  /**
   * @param healths the health of every syncer, asked at each scrape
   * @param active runs of this process that are queued and running, asked at each scrape
   */
  constructor(
    healths: () => Promise<readonly string[]>,
    active: () => { readonly queued: number; readonly running: number },
    options: MetricsOptions,
  ) {
    this.#namesTenants = options.namesTenants;
    this.#known = options.known;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#runs = new Counter({
      name: 'wecom_syncer_runs_total',
      help: 'Runs that ended, by state and trigger.',
      labelNames: ['state', 'trigger'],
      registers,
    });
    this.#runDuration = new Histogram({
      name: 'wecom_syncer_run_duration_seconds',
      help: 'How long runs took.',
      labelNames: ['state'],
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
      registers,
    });
    this.#members = new Counter({
      name: 'wecom_syncer_members_total',
      help: 'Members that runs were shown.',
      registers,
    });
    this.#changes = new Counter({
      name: 'wecom_syncer_changes_total',
      help: 'Changes that runs applied, skipped or reported, by kind; dry runs are not counted.',
      labelNames: ['kind'],
      registers,
    });
    this.#calls = new Counter({
      name: 'wecom_syncer_directory_calls_total',
      help: 'Calls to the directory, by endpoint and error code (0 = ok, none = no answer).',
      labelNames: ['endpoint', 'code'],
      registers,
    });
    this.#retries = new Counter({
      name: 'wecom_syncer_directory_retries_total',
      help: 'Calls to the directory that repeated an earlier one.',
      labelNames: ['endpoint'],
      registers,
    });
    this.#callDuration = new Histogram({
      name: 'wecom_syncer_directory_call_duration_seconds',
      help: 'How long calls to the directory took.',
      labelNames: ['endpoint'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    });
    this.#lastSuccess = new Gauge({
      name: 'wecom_syncer_last_success_timestamp_seconds',
      help: 'When a run of the syncer last succeeded in this process; METRICS_TENANTS gives syncers their names.',
      labelNames: ['syncer'],
      registers,
    });
    this.#deliveries = new Counter({
      name: 'wecom_syncer_webhook_deliveries_total',
      help: 'Events whose delivery to the webhook ended, by event and outcome (delivered, refused, lost).',
      labelNames: ['event', 'outcome'],
      registers,
    });
    // A series that begins at 1 has not increased for Prometheus, and the first loss would raise no alert.
    for (const event of WEBHOOK_EVENTS) {
      for (const outcome of DELIVERY_OUTCOMES) this.#deliveries.inc({ event, outcome }, 0);
    }
    const syncers = new Gauge({
      name: 'wecom_syncer_syncers',
      help: 'Configured syncers, by health; held ones wait for a person.',
      labelNames: ['health'],
      registers,
      async collect() {
        const found = await healths();
        for (const health of HEALTHS) syncers.set({ health }, found.filter((one) => one === health).length);
      },
    });
    const activeRuns = new Gauge({
      name: 'wecom_syncer_active_runs',
      help: 'Runs of this process that have not ended.',
      labelNames: ['state'],
      registers,
      collect() {
        const { queued, running } = active();
        activeRuns.set({ state: 'queued' }, queued);
        activeRuns.set({ state: 'running' }, running);
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  called(call: CallRecord): void {
    const endpoint = labelOf(call.endpoint, this.#known.endpoints);
    // What answers chooses the code: a new series for each would fill the memory of host and Prometheus.
    const code = call.code === null ? 'none' : labelOf(String(call.code), this.#known.codes);
    this.#calls.inc({ endpoint, code });
    if (call.attempt > 1) this.#retries.inc({ endpoint });
    this.#callDuration.observe({ endpoint }, call.durationMs / 1000);
  }

  ended(run: Run): void {
    const { state, trigger, counts } = run;
    this.#runs.inc({ state, trigger });
    const took = Date.parse(run.finishedAt ?? '') - Date.parse(run.startedAt);
    if (Number.isFinite(took)) this.#runDuration.observe({ state }, took / 1000);
    this.#members.inc(counts.members);
    if (run.dryRun) return;
    for (const kind of CHANGE_KINDS) this.#changes.inc({ kind }, counts[COUNTED_AS[kind]]);
    if (state === 'succeeded' && trigger !== 'member') {
      this.#lastSuccess.set({ syncer: this.#labelOf(run) }, Date.now() / 1000);
    }
  }

  webhookEnded(event: WebhookEvent, outcome: DeliveryOutcome): void {
    this.#deliveries.inc({ event, outcome });
  }

  /** A syncer that is gone or has another name must not look stale for ever. */
  forget(syncer: string): void {
    const label = this.#labels.get(syncer);
    if (label === undefined) return;
    this.#labels.delete(syncer);
    this.#lastSuccess.remove({ syncer: label });
  }

  /** Anybody may read /metrics: a number that nobody can guess back keeps syncers apart without naming them. */
  #labelOf({ organization, syncerName, syncerId }: Run): string {
    const name = `${organization}/${syncerName}`;
    const label = this.#namesTenants ? name : createHash('sha256').update(syncerId).digest('hex').slice(0, 12);
    this.#labels.set(name, label);
    return label;
  }
}

/** A label from outside, when it is one that we know: whoever chooses labels chooses how many series there are. */
const labelOf = (value: string, known: ReadonlySet<string>): string => (known.has(value) ? value : 'other');
