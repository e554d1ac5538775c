import type { RosterCheck } from '../engine/roster-check.ts';
import type { Run } from '../engine/run.ts';
import type { CallRecord } from '../syncer/definition.ts';
import type { DeliveryOutcome, WebhookEvent } from './webhook/webhook-event.ts';

/** What a service counts; whoever shows the numbers keeps them. */
export interface ServiceMetrics {
  /** A connector called its directory. */
  called(call: CallRecord): void;
  /** A run ended here. */
  ended(run: Run): void;
  /** A roster check ended. */
  rosterChecked(found: RosterCheck['found']): void;
  /** The delivery of an event ended. */
  webhookEnded(event: WebhookEvent, outcome: DeliveryOutcome): void;
  /** A syncer, `ORG/NAME`, is gone or has another name: it must not look stale for ever. */
  forget(syncer: string): void;
}
