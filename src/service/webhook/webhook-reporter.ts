import type { RunStore } from '../../engine/ports/run-store.ts';
import { isOfOneMember, type Run } from '../../engine/run.ts';
import type { SyncerCondition } from '../syncers/syncer-record.ts';
import type { ServiceLog } from '../log.ts';
import { eventAfter, type FormerCondition } from './webhook-event.ts';
import { messageOf } from './webhook-message.ts';
import type { Webhook } from './webhook.ts';

export interface WebhookReporterDeps {
  readonly webhook: Pick<Webhook, 'tell'>;
  readonly runs: Pick<RunStore, 'list'>;
  readonly publicUrl?: string;
  readonly log: ServiceLog;
}

const PAGE = 50;
/** A directory that tells every change leaves a run for each member; nobody reads years of them for one sentence. */
const MOST_PAGES = 10;

/** Looks at each run that ended here, and tells what an operator wants to know. */
export class WebhookReporter {
  readonly #deps: WebhookReporterDeps;

  constructor(deps: WebhookReporterDeps) {
    this.#deps = deps;
  }

  /** Waits for the database alone, never for the receiver. Never throws: the run has ended, whoever hears of it. */
  async ended(run: Run, before: FormerCondition, after: SyncerCondition): Promise<void> {
    const { webhook, publicUrl, log } = this.#deps;
    try {
      const event = await eventAfter(run, before, after, this.#earlier(run));
      if (event) webhook.tell(messageOf(event, run, after.failures ?? 0, publicUrl));
    } catch (error) {
      log.error({ runId: run.id, err: error }, 'what to tell the webhook about a run could not be found out');
    }
  }

  async *#earlier(run: Run): AsyncGenerator<Run> {
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const { rows } = await this.#deps.runs.list(run, page, PAGE);
      for (const one of rows) if (one.id !== run.id && !one.dryRun && !isOfOneMember(one)) yield one;
      if (rows.length < PAGE) return;
    }
  }
}
