import { setMaxListeners } from 'node:events';

/** How much may wait for a consumer who is busy. */
export interface ReadAhead<TResult> {
  /** How much one result adds to that. */
  sizeOf(result: TResult): number;
  /** Nothing new is started once this much waits. */
  readonly most: number;
}

type Work<TInput, TResult> = (input: TInput, signal: AbortSignal) => Promise<TResult>;
type Landed<TResult> = { readonly result: TResult } | { readonly error: unknown };

/** The calls that run, and what came back and nobody took yet. */
class Calls<TInput, TResult> {
  readonly #pending: Iterator<TInput>;
  readonly #concurrency: () => number;
  readonly #work: (input: TInput) => Promise<TResult>;
  readonly #ahead: ReadAhead<TResult> | undefined;
  readonly #landed: Landed<TResult>[] = [];
  #waiting = 0;
  #running = 0;
  #exhausted = false;
  #wake = (): void => undefined;

  constructor(
    inputs: Iterable<TInput>,
    concurrency: () => number,
    work: (input: TInput) => Promise<TResult>,
    ahead: ReadAhead<TResult> | undefined,
  ) {
    this.#pending = inputs[Symbol.iterator]();
    this.#concurrency = concurrency;
    this.#work = work;
    this.#ahead = ahead;
  }

  /** Starts what there is room for. */
  fill(): void {
    while (!this.#exhausted && this.#hasRoom()) {
      const next = this.#pending.next();
      if (next.done) {
        this.#exhausted = true;
        return;
      }
      this.#running += 1;
      void this.#run(next.value);
    }
  }

  /** @returns what came back first, once something did; nothing when all was taken */
  async next(): Promise<Landed<TResult> | undefined> {
    while (this.#landed.length === 0 && this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const first = this.#landed.shift();
    if (first && this.#ahead && 'result' in first) this.#waiting -= this.#ahead.sizeOf(first.result);
    return first;
  }

  #hasRoom(): boolean {
    const calls = this.#concurrency();
    if (this.#running + this.#landed.length < calls) return true;
    return this.#ahead !== undefined && this.#running < calls && this.#waiting < this.#ahead.most;
  }

  async #run(input: TInput): Promise<void> {
    try {
      const result = await this.#work(input);
      this.#landed.push({ result });
      if (this.#ahead) this.#waiting += this.#ahead.sizeOf(result);
    } catch (error) {
      this.#landed.push({ error });
    }
    this.#running -= 1;
    if (this.#ahead) this.fill();
    this.#wake();
  }
}

/**
 * Runs `work` for every input, at most `concurrency` at a time, and yields what comes back in the order in which it
 * comes. What runs and what waits for the consumer count together, so a slow consumer slows the calls down instead of
 * filling the memory.
 *
 * @param concurrency asked before each start; it may go down on the way
 * @param work must not throw for what the consumer wants to hear of; a throw ends everything
 * @param signal aborted for the work that is left when the consumer stops
 * @param ahead lets more results wait than there are calls, as long as they are light
 */
export async function* parallel<TInput, TResult>(
  inputs: Iterable<TInput>,
  concurrency: () => number,
  work: Work<TInput, TResult>,
  signal: AbortSignal,
  ahead?: ReadAhead<TResult>,
): AsyncGenerator<TResult, void, undefined> {
  const own = new AbortController();
  // Each call in flight listens, and stops when it ends; there may be more of them than Node takes for a leak.
  setMaxListeners(0, own.signal);
  const follow = (): void => own.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const calls = new Calls(inputs, concurrency, (input: TInput) => work(input, own.signal), ahead);
  try {
    for (;;) {
      calls.fill();
      const first = await calls.next();
      if (!first) return;
      if ('error' in first) throw first.error;
      calls.fill();
      yield first.result;
    }
  } finally {
    signal.removeEventListener('abort', follow);
    own.abort();
  }
}
