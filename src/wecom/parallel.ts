/**
 * Runs `work` for every input, at most `concurrency` at a time, and yields what comes back in the order in which it
 * comes. What runs and what waits for the consumer count together, so a slow consumer slows the calls down instead of
 * filling the memory.
 *
 * @param concurrency asked before each start; it may go down on the way
 * @param work must not throw for what the consumer wants to hear of; a throw ends everything
 * @param signal aborted for the work that is left when the consumer stops
 */
export async function* parallel<TInput, TResult>(
  inputs: Iterable<TInput>,
  concurrency: () => number,
  work: (input: TInput, signal: AbortSignal) => Promise<TResult>,
  signal: AbortSignal,
): AsyncGenerator<TResult, void, undefined> {
  const own = new AbortController();
  const follow = (): void => own.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const pending = inputs[Symbol.iterator]();
  const landed: ({ readonly result: TResult } | { readonly error: unknown })[] = [];
  let running = 0;
  let exhausted = false;
  let wake = (): void => undefined;

  const run = async (input: TInput): Promise<void> => {
    try {
      landed.push({ result: await work(input, own.signal) });
    } catch (error) {
      landed.push({ error });
    }
    running -= 1;
    wake();
  };
  const fill = (): void => {
    while (!exhausted && running + landed.length < concurrency()) {
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
