/** Waits for a state, however long it takes; mocha's timeout ends what never comes. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

export { rejection } from '../../src/testing/suites/assertions.ts';
