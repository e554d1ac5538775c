/** What a suite asks of mocha, node:test or vitest, which is handed in: the suites themselves depend on none of them. */
export interface Runner {
  readonly describe: (title: string, define: () => void) => unknown;
  readonly it: (title: string, test: () => Promise<void>, timeoutMs: number) => unknown;
  readonly beforeEach: (prepare: () => Promise<void>) => unknown;
  readonly afterEach: (tidy: () => Promise<void>) => unknown;
}

/** `it` of a runner, for a test that is given its time. */
export type DefineTest = (title: string, test: () => Promise<void>) => void;

/** A test that waits gives up after so long. */
export const LONGEST_WAIT_MS = 10_000;
/** More than a test waits, so that it is the test which says what did not come. */
const TEST_MS = 3 * LONGEST_WAIT_MS;

/**
 * Some runners end a test after two or five seconds by default, when a database of thousands of rows still works. vitest is
 * told as an argument, mocha through `this`; node:test ends no test by itself.
 *
 * @returns `it` of the runner, with more time than that
 */
export const patientIt =
  ({ it }: Runner): DefineTest =>
  (title, test) => {
    const timed = function (this: unknown): Promise<void> {
      (this as { timeout?: (ms: number) => unknown } | undefined)?.timeout?.(TEST_MS);
      return test();
    };
    it(title, timed, TEST_MS);
  };

/**
 * Waits until something holds.
 *
 * @throws Error when it does not within ten seconds
 */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const givesUpAt = performance.now() + LONGEST_WAIT_MS;
  while (!(await inTime(Promise.resolve(holds())))) {
    if (performance.now() > givesUpAt) throw new Error(`waited ${LONGEST_WAIT_MS / 1000} s for ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * @returns what the work comes to
 * @throws Error when it has not ended after ten seconds
 */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`has not ended after ${LONGEST_WAIT_MS / 1000} s`)), LONGEST_WAIT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
