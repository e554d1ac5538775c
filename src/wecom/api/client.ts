import type { CallRecord } from '../../syncer/definition.ts';
import { CredentialsError, ProtocolError, UnavailableError, type SyncError } from '../../syncer/errors.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { apiError } from './api-error.ts';
import { processTokens, tokenKey, type FreshToken, type TokenCache } from './access-token.ts';
import type { ByteShare } from '../../http-client/byte-budget.ts';
import { systemClock, type Clock } from '../../http-client/clock.ts';
import { AdaptiveLimiter } from './concurrency.ts';
import { inspect } from '../reading/dto/check.ts';
import { TOKEN_KEYS, TokenAnswer } from '../reading/dto/token.ts';
import { readEnvelope } from './envelope.ts';
import { scrub } from './errmsg.ts';
import { ERROR_CODES, type RetryKind } from './error-codes.ts';
import type { JsonObject } from '../../http-client/transport.ts';
import { RatePause } from './rate-pause.ts';
import { backoffDelay, type Backoff } from '../../http-client/retry.ts';
import type { Exchange, Transport } from '../../http-client/transport.ts';

/** System busy, conflicts, and transport failures. */
export const BACKOFF: Backoff = { baseMs: 1_000, capMs: 15_000, floorMs: 0 };

/** WeCom's figure for "too many at once" (45033) is one to three seconds. */
export const CONGESTION: Backoff = { baseMs: 3_000, capMs: 15_000, floorMs: 1_000 };

/** How stubborn a client is. */
export interface RetryLimits {
  /** Tries of one call, the first included (WeCom asks for three repetitions at most). */
  readonly attempts: number;
  /** Tries of a call that is refused for congestion: each lowers the number of calls in flight first. */
  readonly congestedAttempts: number;
  /** How often the run may be stopped for a rate limit. */
  readonly maxPauses: number;
}

export const RUN_RETRIES: RetryLimits = { attempts: 4, congestedAttempts: 8, maxPauses: 10 };

/** For a person who waits in front of a form: what is wrong now, at once. */
export const TEST_RETRIES: RetryLimits = { attempts: 1, congestedAttempts: 1, maxPauses: 0 };

/** What several clients of one run share: the limits are WeCom's view of this company, whatever secret is used. */
export interface Traffic {
  readonly limiter: AdaptiveLimiter;
  readonly gate: RatePause;
  readonly retries: RetryLimits;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly onCall?: (call: CallRecord) => void;
}

export interface TrafficOptions {
  readonly concurrency: number;
  readonly retries?: RetryLimits;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly onCall?: (call: CallRecord) => void;
}

export const makeTraffic = (options: TrafficOptions): Traffic => {
  const { retries = RUN_RETRIES, clock = systemClock, random = Math.random, onCall } = options;
  return {
    limiter: new AdaptiveLimiter(options.concurrency),
    gate: new RatePause(clock, retries.maxPauses),
    retries,
    clock,
    random,
    ...present({ onCall }),
  };
};

export interface Credentials {
  readonly corpId: string;
  readonly secret: string;
}

type Outcome =
  | { readonly answer: JsonObject }
  | { readonly error: SyncError; readonly retry: RetryKind; readonly pauseMs: number; readonly token?: string };

/** Calls WeCom with one secret. Calls are repeated, as those that read may be; `TEST_RETRIES` repeats none. */
export class WeComClient {
  readonly #transport: Transport;
  readonly #credentials: Credentials;
  readonly #traffic: Traffic;
  readonly #tokens: TokenCache;
  readonly #key: string;
  #refusal: CredentialsError | undefined;

  constructor(transport: Transport, credentials: Credentials, traffic: Traffic, tokens: TokenCache = processTokens) {
    this.#transport = transport;
    this.#credentials = credentials;
    this.#traffic = traffic;
    this.#tokens = tokens;
    this.#key = tokenKey(transport.baseUrl, credentials.corpId, credentials.secret);
  }

  /** For an answer that is looked at for longer than the call lasts. */
  openShare(): ByteShare {
    return this.#transport.openShare();
  }

  /**
   * Makes sure that there is a token.
   *
   * @throws CredentialsError when the secret is not accepted
   */
  async signIn(signal: AbortSignal): Promise<void> {
    await this.#token(signal);
  }

  /**
   * One call, repeated as the error table says.
   *
   * @param share counts the answer for as long as somebody looks at it; cleared by the caller
   * @returns the answer; its errcode is 0
   * @throws SyncError of the class that the error table names
   */
  async call(exchange: Exchange, signal: AbortSignal, share?: ByteShare): Promise<JsonObject> {
    return await this.#repeat(async (attempt) => {
      const token = await this.#token(signal);
      const query = { access_token: token, ...exchange.query };
      const outcome = await this.#attempt({ ...exchange, query }, attempt, [token], signal, share);
      return 'answer' in outcome ? outcome : { ...outcome, token };
    }, signal);
  }

  async #token(signal: AbortSignal): Promise<string> {
    // WeCom blocks the whole address for an hour after repeated wrong secrets: a refused one is not tried again.
    if (this.#refusal) throw this.#refusal;
    const { clock } = this.#traffic;
    try {
      return await this.#tokens.get(this.#key, clock, signal, (shared) => this.#fetchToken(shared));
    } catch (error) {
      if (error instanceof CredentialsError) this.#refusal = error;
      throw error;
    }
  }

  async #fetchToken(signal: AbortSignal): Promise<FreshToken> {
    const { corpId, secret } = this.#credentials;
    const exchange: Exchange = { endpoint: 'gettoken', query: { corpid: corpId, corpsecret: secret } };
    const answer = await this.#repeat((attempt) => this.#attempt(exchange, attempt, [], signal), signal, true);
    const { value, problems } = inspect(TokenAnswer, TOKEN_KEYS, answer);
    if (problems.length > 0) {
      throw new ProtocolError(
        text(
          `gettoken answered without a usable token: ${problems.join('; ')}.`,
          `gettoken 未返回可用的 access_token。`,
        ),
      );
    }
    return { token: value.access_token, lifeMs: (value.expires_in ?? 60) * 1_000 };
  }

  /** @param slotless the caller waits inside a call that holds a place in the limiter already */
  async #repeat(
    once: (attempt: number) => Promise<Outcome>,
    signal: AbortSignal,
    slotless = false,
  ): Promise<JsonObject> {
    const { gate, limiter, retries, clock, random } = this.#traffic;
    let renewed = false;
    let congested = 0;
    for (let attempt = 1; ; attempt += 1) {
      const release = slotless ? undefined : await limiter.acquire(signal);
      let outcome: Outcome;
      let pauses = 0;
      let lowerings = 0;
      try {
        await gate.pass(signal);
        pauses = gate.pauses;
        lowerings = limiter.lowerings;
        outcome = await once(attempt);
      } finally {
        release?.();
      }
      if ('answer' in outcome) {
        gate.succeeded(pauses);
        return outcome.answer;
      }
      const { error, retry, pauseMs, token } = outcome;
      switch (retry) {
        case 'none':
        case 'restart':
          throw error;
        case 'renew':
          if (renewed || token === undefined) throw error;
          renewed = true;
          this.#tokens.drop(this.#key, token);
          break;
        case 'backoff':
          if (attempt >= retries.attempts) throw error;
          await clock.sleep(backoffDelay(BACKOFF, attempt, random()), signal);
          break;
        case 'slow':
          congested += 1;
          if (congested >= retries.congestedAttempts) throw error;
          limiter.lower(lowerings);
          await clock.sleep(backoffDelay(CONGESTION, congested, random()), signal);
          break;
        case 'pause':
          if (!gate.close(pauses, pauseMs)) throw error;
          break;
      }
    }
  }

  async #attempt(
    exchange: Exchange,
    attempt: number,
    secrets: readonly string[],
    signal: AbortSignal,
    share?: ByteShare,
  ): Promise<Outcome> {
    const { clock, onCall } = this.#traffic;
    const started = clock.now();
    let code: number | null = null;
    try {
      const answer = await this.#transport.exchange(exchange, signal, share);
      const { errcode, errmsg } = readEnvelope(answer);
      if (errcode === undefined) {
        throw new ProtocolError(
          text(
            `${exchange.endpoint} answered with an errcode that is not a number.`,
            `${exchange.endpoint} 返回的 errcode 不是数字。`,
          ),
        );
      }
      code = errcode;
      if (errcode === 0) return { answer };
      share?.clear();
      const error = apiError(errcode, scrub(errmsg, [this.#credentials.secret, ...secrets]), exchange.endpoint);
      const entry = ERROR_CODES.get(errcode);
      return { error, retry: entry?.retry ?? 'none', pauseMs: entry?.pauseMs ?? 0 };
    } catch (error) {
      if (error instanceof UnavailableError) return { error, retry: 'backoff', pauseMs: 0 };
      throw error;
    } finally {
      onCall?.({ endpoint: exchange.endpoint, code, durationMs: clock.now() - started, attempt });
    }
  }
}
