import { chunks } from '../syncer/chunks.ts';

let last: Promise<void> = Promise.resolve();

/**
 * Waits for a turn of the event loop that nobody else here has: what follows may be long, and everything else that the
 * process does (answering, renewing leases) comes between two of them.
 */
export const yieldToEventLoop = (): Promise<void> => {
  last = last.then(() => new Promise<void>((resolve) => void setImmediate(resolve)));
  return last;
};

/** Records of one turn: an unreadable one costs some twenty microseconds. */
const SLICE = 500;

/** A long list in pieces that are short enough for one turn each; a short one costs no turn. */
export async function* slices<T>(list: readonly T[]): AsyncGenerator<readonly T[], void, undefined> {
  let isFirst = true;
  for (const slice of chunks(list, SLICE)) {
    if (!isFirst) await yieldToEventLoop();
    isFirst = false;
    yield slice;
  }
}

/** Waits among others until somebody calls what was put there, or until nobody wants to wait any longer. */
export const woken = (waiting: Set<() => void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      waiting.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
  });
