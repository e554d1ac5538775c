import { heldRuns } from '../../engine/lifecycle/approval.ts';
import type { RunStore } from '../../engine/ports/run-store.ts';
import { isOfPart, type Run } from '../../engine/run.ts';
import { SyncError } from '../../syncer/errors.ts';
import { CREDENTIALS_REFUSED, type CredentialBudget } from '../limits/credential-budget.ts';
import type { ServiceLog } from '../log.ts';
import type { ServiceEvents } from '../service-event.ts';
import type { ServiceMetrics } from '../service-metrics.ts';
import { conditionAfter, conditionBeside } from '../syncers/syncer-condition.ts';
import type { SyncerCondition, SyncerRecord, SyncerStore } from '../syncers/syncer-record.ts';
import type { WebhookReporter } from '../webhook/webhook-reporter.ts';

export type ConclusionListener = (syncerId: string, run: Run) => Promise<void>;

export interface RunOutcomesDeps {
  readonly runs: RunStore;
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
      const condition = record && (await this.#conditionAfter(run, record, decided));
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

  /**
   * What it says about its syncer that a person rejected the last of a held run, stored before anybody can see that it is
   * decided.
   *
   * @returns whether the syncer is in another health than before
   */
  async noteRejected(held: Run): Promise<boolean> {
    const { records } = this.#deps;
    const record = await records.findById(held.syncerId);
    if (!record) return false;
    const after = conditionBeside(record, await this.#waiting(held, held));
    await records.note(record.id, { ...after });
    return after?.health !== record.health;
  }

  /**
   * While anything waits for a person, so does the syncer, unless something is wrong with it. An undo and its approval read
   * no directory.
   */
  async #conditionAfter(
    run: Run,
    record: SyncerRecord,
    decided: Run | undefined,
  ): Promise<SyncerCondition | undefined> {
    const { failures } = record;
    const condition = conditionAfter(run, failures);
    const isUndo = (decided ?? run).trigger === 'undo';
    if (isUndo && condition) {
      return conditionBeside(record, run.state === 'held' ? run : await this.#waiting(run, decided));
    }
    const waiting = condition?.health === 'ok' ? await this.#waiting(run, decided) : undefined;
    return waiting ? conditionAfter(waiting, failures) : condition;
  }

  /** @param decided of which it is not stored yet what became of it */
  async #waiting(run: Run, decided: Run | undefined): Promise<Run | undefined> {
    if (decided?.state === 'held') return decided;
    return (await heldRuns(this.#deps.runs, run)).find(({ id }) => id !== decided?.id);
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
