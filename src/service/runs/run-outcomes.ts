import { isOfPart, type Run } from '../../engine/run.ts';
import { SyncError } from '../../syncer/errors.ts';
import { CREDENTIALS_REFUSED, type CredentialBudget } from '../limits/credential-budget.ts';
import type { ServiceLog } from '../log.ts';
import type { ServiceEvents } from '../service-event.ts';
import type { ServiceMetrics } from '../service-metrics.ts';
import { conditionAfter } from '../syncers/syncer-condition.ts';
import type { SyncerCondition, SyncerRecord, SyncerStore } from '../syncers/syncer-record.ts';
import type { WebhookReporter } from '../webhook/webhook-reporter.ts';

export type ConclusionListener = (syncerId: string, run: Run) => Promise<void>;

export interface RunOutcomesDeps {
  readonly records: SyncerStore;
  readonly credentials: CredentialBudget;
  /** Absent: nobody counts. */
  readonly metrics?: Pick<ServiceMetrics, 'ended'>;
  readonly log: ServiceLog;
  readonly events: ServiceEvents;
  /** Absent: nobody wants to be told. */
  readonly reporter?: Pick<WebhookReporter, 'ended'>;
}

/** What runs say about their syncers: noted on them, and told to whoever wants to know. */
export class RunOutcomes {
  readonly #deps: RunOutcomesDeps;
  /** How the syncer was before a run that ends, and is after it, until somebody is told. */
  readonly #conditions = new Map<string, { readonly before: SyncerRecord; readonly after: SyncerCondition }>();
  #onConcluded: ConclusionListener = async () => undefined;

  constructor(deps: RunOutcomesDeps) {
    this.#deps = deps;
  }

  onConcluded(listener: ConclusionListener): void {
    this.#onConcluded = listener;
  }

  /** Never throws, as the others here: the run goes on, whatever becomes of its record. */
  async noteBegun(syncerId: string, run: Run): Promise<void> {
    try {
      await this.#deps.records.note(syncerId, { lastRunId: run.id });
    } catch (error) {
      this.#deps.log.error({ runId: run.id, err: error }, 'a run could not be noted on its syncer');
    }
  }

  /**
   * What a run says about its syncer, stored before anybody can see that the run has ended. Never throws: the run ends,
   * whatever becomes of its record.
   *
   * @param decided the held run that it was to apply, all of it or a part
   */
  async noteEnd(run: Run, decided?: Run): Promise<void> {
    const { credentials, log, records } = this.#deps;
    if (run.error?.code === CREDENTIALS_REFUSED) credentials.refuse(run.organization);
    if (run.dryRun) return;
    try {
      const record = await records.findById(run.syncerId);
      // While the rest of a held run waits, so does its syncer.
      const isGood = run.state === 'succeeded' || run.state === 'partial';
      const telling = isGood && decided?.state === 'held' ? decided : run;
      const condition = record && conditionAfter(telling, record.failures);
      if (condition) this.#conditions.set(run.id, { before: record, after: condition });
      // Every other run was noted as the last one when it began.
      const isByWord = run.trigger === 'approval' || run.trigger === 'undo';
      const last = isByWord ? { lastRunId: run.id } : {};
      if (record) await records.note(record.id, { ...last, ...condition });
    } catch (error) {
      const code = error instanceof SyncError ? error.code : undefined;
      log.error({ runId: run.id, err: error, code }, 'the end of a run could not be noted on its syncer');
    }
  }

  /** Never throws: the run has ended, whoever hears of it. */
  async conclude(run: Run): Promise<void> {
    const { events, log, metrics, reporter } = this.#deps;
    metrics?.ended(run);
    log.info(
      { runId: run.id, syncer: `${run.organization}/${run.syncerName}`, state: run.state, error: run.error?.code },
      'a run ended',
    );
    const condition = this.#conditions.get(run.id);
    this.#conditions.delete(run.id);
    try {
      if (condition) await reporter?.ended(run, condition.before, condition.after);
      if (!run.dryRun && !isOfPart(run)) await this.#onConcluded(run.syncerId, run);
    } catch (error) {
      const code = error instanceof SyncError ? error.code : undefined;
      log.error({ runId: run.id, err: error, code }, 'the schedule could not be told of the end of a run');
    }
    events.ended(run, condition !== undefined && condition.before.health !== condition.after.health);
  }
}
