import { throwIfAborted } from '../syncer/errors.ts';

/** Time as the connector uses it; injected so that nobody waits a minute in a test. */
export interface Clock {
  /** Milliseconds of a clock that never jumps: a stepped wall clock must not make a dead token live. */
  now(): number;
  /** @throws CancelledError as soon as the signal aborts, not when the time is up */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
  throwIfAborted(signal);
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener('abort', wake, { once: true });
  });
  throwIfAborted(signal);
};

export const systemClock: Clock = { now: () => performance.now(), sleep };
