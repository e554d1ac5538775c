import { createHash } from 'node:crypto';
import { throwIfAborted } from '../../syncer/errors.ts';
import type { Clock } from '../../http-client/clock.ts';

/** What `gettoken` answered. */
export interface FreshToken {
  readonly token: string;
  /** Milliseconds that it is good for, as WeCom says. */
  readonly lifeMs: number;
}

interface Flight {
  readonly promise: Promise<string>;
  readonly controller: AbortController;
  waiters: number;
}

interface Slot {
  token?: string;
  expiresAt: number;
  flight?: Flight;
}

/** A token is given up this long before it ends, so that no call starts with one that dies on the way. */
const MARGIN_MS = 200_000;

/** Identifies credentials without keeping the secret in a map's key. */
export const tokenKey = (baseUrl: string, corpId: string, secret: string): string =>
  JSON.stringify([baseUrl, corpId, createHash('sha256').update(secret).digest('hex')]);

/**
 * Access tokens of a whole process. WeCom blocks who asks for tokens too often (doc 91039), so calls that need one at
 * the same time share one request, and runs share its result.
 */
export class TokenCache {
  readonly #slots = new Map<string, Slot>();

  /**
   * @param fetch asks WeCom; aborted only when nobody waits for it any more, since others may
   * @throws what `fetch` throws; CancelledError when this caller's signal aborts
   */
  async get(
    key: string,
    clock: Clock,
    signal: AbortSignal,
    fetch: (signal: AbortSignal) => Promise<FreshToken>,
  ): Promise<string> {
    throwIfAborted(signal);
    const slot = this.#slot(key, clock);
    if (slot.token !== undefined && clock.now() < slot.expiresAt) return slot.token;
    slot.flight ??= this.#launch(slot, clock, fetch);
    return await this.#await(slot, slot.flight, signal);
  }

  /** Forgets a token that was refused, unless it was replaced meanwhile. */
  drop(key: string, token: string): void {
    const slot = this.#slots.get(key);
    if (slot?.token === token) delete slot.token;
  }

  #slot(key: string, clock: Clock): Slot {
    const known = this.#slots.get(key);
    if (known) return known;
    // Credentials change over the life of a process; what nobody can use any more goes.
    for (const [other, slot] of this.#slots) {
      if (!slot.flight && slot.expiresAt <= clock.now()) this.#slots.delete(other);
    }
    const slot: Slot = { expiresAt: 0 };
    this.#slots.set(key, slot);
    return slot;
  }

  #launch(slot: Slot, clock: Clock, fetch: (signal: AbortSignal) => Promise<FreshToken>): Flight {
    const controller = new AbortController();
    const land = async (): Promise<string> => {
      try {
        const { token, lifeMs } = await fetch(controller.signal);
        slot.token = token;
        slot.expiresAt = clock.now() + Math.max(lifeMs / 2, lifeMs - MARGIN_MS);
        return token;
      } finally {
        if (slot.flight === flight) delete slot.flight;
      }
    };
    const flight: Flight = { controller, waiters: 0, promise: Promise.resolve().then(land) };
    return flight;
  }

  async #await(slot: Slot, flight: Flight, signal: AbortSignal): Promise<string> {
    flight.waiters += 1;
    let leave = (): void => undefined;
    const aborted = new Promise<void>((resolve) => {
      leave = resolve;
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      const token = await Promise.race([flight.promise, aborted]);
      throwIfAborted(signal);
      // Only the abort resolves without a token, and that has thrown above.
      return token ?? '';
    } finally {
      signal.removeEventListener('abort', leave);
      flight.waiters -= 1;
      if (flight.waiters === 0 && slot.flight === flight) {
        delete slot.flight;
        flight.promise.catch(() => undefined);
        flight.controller.abort();
      }
    }
  }
}

/** The one that every run of this process uses unless it is given another. */
export const processTokens = new TokenCache();
