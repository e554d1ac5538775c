import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { systemClock, type Clock } from '../../http-client/clock.ts';
import { backoffDelay, type Backoff } from '../../http-client/retry.ts';
import type { ServiceLog } from '../log.ts';
import type { ServiceMetrics } from '../service-metrics.ts';
import type { DeliveryOutcome } from './webhook-event.ts';
import type { WebhookMessage } from './webhook-message.ts';
import type { ExchangeLimits } from '../../http-client/open-http.ts';
import { Post, type Attempt } from '../../http-client/post.ts';
import { signedHeaders, signingKey } from './webhook-signature.ts';

export interface WebhookDeps {
  readonly url: string;
  readonly secret: string;
  readonly metrics?: Pick<ServiceMetrics, 'webhookEnded'>;
  readonly log: ServiceLog;
  readonly clock?: Clock;
  /** From 0 up to 1. */
  readonly random?: () => number;
  readonly limits?: ExchangeLimits;
}

const MOST_TRIES = 6;
/** Six tries take two or three minutes, four and a half at most: as long as a receiver is away while it is replaced. */
const BACKOFF: Backoff = { baseMs: 10_000, capMs: 120_000, floorMs: 1_000 };
/** A receiver that asks to be left alone for longer than this is asked again all the same. */
const LONGEST_RETRY_AFTER_MS = 300_000;
/** Events that wait here, at most: when everything fails at once, a receiver that is away must not fill the memory. */
export const MOST_WAITING = 1_000;
const MOST_AT_ONCE = 4;
/** What is under way when the host closes has so long to end. */
const LAST_CHANCE_MS = 3_000;

/**
 * Tells one receiver, and never keeps anybody waiting for it: events are delivered behind the back of the run, those of
 * one syncer in their order. They wait in memory, so what a host that dies had not told is lost; the Syncers tab and
 * the metrics have it.
 */
export class Webhook {
  readonly #deps: WebhookDeps;
  readonly #receiver: Post;
  readonly #key: Buffer;
  readonly #clock: Clock;
  readonly #slots = pLimit(MOST_AT_ONCE);
  /** Ends with the last event of each syncer. */
  readonly #lines = new Map<string, Promise<void>>();
  #waiting = 0;
  /** Nobody waits for a better moment any more. */
  readonly #closing = new AbortController();
  /** What is still under way is given up. */
  readonly #givenUp = new AbortController();

  constructor(deps: WebhookDeps) {
    this.#deps = deps;
    this.#receiver = new Post(deps.url, deps.limits);
    this.#key = signingKey(deps.secret);
    this.#clock = deps.clock ?? systemClock;
    setMaxListeners(0, this.#closing.signal, this.#givenUp.signal);
  }

  /** Answers at once, and never throws: whoever tells has something else to do. */
  tell(message: WebhookMessage): void {
    if (this.#closing.signal.aborted) return this.#lost(message, 0, 'the host closes');
    if (this.#waiting >= MOST_WAITING) return this.#lost(message, 0, 'too many events wait');
    this.#waiting += 1;
    const { syncer } = message;
    const line = this.#deliver(message, this.#lines.get(syncer)).finally(() => {
      this.#waiting -= 1;
      if (this.#lines.get(syncer) === line) this.#lines.delete(syncer);
    });
    this.#lines.set(syncer, line);
  }

  /**
   * Takes no more. What waits for a better moment is tried now, for the last time; what is not delivered when the time
   * is up is lost, and the log says what it was.
   */
  async close(lastChanceMs = LAST_CHANCE_MS): Promise<void> {
    this.#closing.abort();
    const timer = setTimeout(() => this.#givenUp.abort(), lastChanceMs);
    await Promise.all(this.#lines.values());
    clearTimeout(timer);
  }

  async #deliver(message: WebhookMessage, before: Promise<void> | undefined): Promise<void> {
    await before;
    const body = JSON.stringify(message);
    for (let tries = 1; ; tries += 1) {
      const attempt = await this.#slots(() => this.#attempt(message.id, body));
      if (attempt.outcome !== 'unavailable') return this.#answered(message, tries, attempt);
      const { reason } = attempt;
      if (tries === MOST_TRIES || this.#closing.signal.aborted) return this.#lost(message, tries, reason);
      this.#deps.log.warn(
        { ...labels(message), tries, reason },
        'a webhook event was not delivered; it is tried again',
      );
      await this.#pause(tries, attempt.retryAfterMs);
    }
  }

  #attempt(id: string, body: string): Promise<Attempt> {
    const headers = signedHeaders(this.#key, id, new Date(), body);
    return this.#receiver.send(body, headers, this.#givenUp.signal);
  }

  async #pause(tries: number, retryAfterMs: number): Promise<void> {
    const wait = backoffDelay(BACKOFF, tries, (this.#deps.random ?? Math.random)());
    const asked = Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
    // Cut short when the host closes: then it is tried at once.
    await this.#clock.sleep(Math.max(wait, asked), this.#closing.signal).catch(() => undefined);
  }

  #answered(
    message: WebhookMessage,
    tries: number,
    { outcome, status }: Exclude<Attempt, { readonly outcome: 'unavailable' }>,
  ): void {
    const fields = { ...labels(message), tries, status };
    if (outcome === 'delivered') this.#deps.log.debug?.(fields, 'a webhook event was delivered');
    else this.#deps.log.error(fields, 'the receiver refused a webhook event; it is not tried again');
    this.#count(message, outcome);
  }

  #lost(message: WebhookMessage, tries: number, reason: string): void {
    this.#deps.log.error({ ...labels(message), tries, reason }, 'a webhook event was lost');
    this.#count(message, 'lost');
  }

  #count({ event }: WebhookMessage, outcome: DeliveryOutcome): void {
    this.#deps.metrics?.webhookEnded(event, outcome);
  }
}

/** What a log line says of an event; the address is nowhere in it. */
const labels = ({ id, event, syncer, runId }: WebhookMessage) => ({ webhookId: id, event, syncer, runId });
