/** How much may wait for a consumer who is busy. */
export interface ReadAhead<TResult> {
  /** What one result weighs. */
  weigh(result: TResult): number;
  /** Nothing new is started once this much waits. */
  readonly most: number;
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
  work: (input: TInput, signal: AbortSignal) => Promise<TResult>,
  signal: AbortSignal,
  ahead?: ReadAhead<TResult>,
): AsyncGenerator<TResult, void, undefined> {
  const own = new AbortController();
  const follow = (): void => own.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const pending = inputs[Symbol.iterator]();
  const landed: ({ readonly result: TResult } | { readonly error: unknown })[] = [];
  let waiting = 0;
  let running = 0;
  let exhausted = false;
  let wake = (): void => undefined;

  const run = async (input: TInput): Promise<void> => {
    try {
      const result = await work(input, own.signal);
      landed.push({ result });
      if (ahead) waiting += ahead.weigh(result);
    } catch (error) {
      landed.push({ error });
    }
    running -= 1;
    if (ahead) fill();
    wake();
  };
  const hasRoom = (): boolean => {
    const calls = concurrency();
    if (running + landed.length < calls) return true;
    return ahead !== undefined && running < calls && waiting < ahead.most;
  };
  const fill = (): void => {
    while (!exhausted && hasRoom()) {
      const next = pending.next();
      if (next.done) {
        exhausted = true;
        return;
      }
      running += 1;
      void run(next.value);
    }
  };

  try {
    for (;;) {
      fill();
      const first = landed.shift();
      if (first) {
        if ('error' in first) throw first.error;
        if (ahead) waiting -= ahead.weigh(first.result);
        fill();
        yield first.result;
      } else if (running > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else {
        return;
      }
    }
  } finally {
    signal.removeEventListener('abort', follow);
    own.abort();
  }
}
