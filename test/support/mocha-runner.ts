import type { Runner } from '../../src/testing/index.ts';

/** For the suites of src/testing, which are handed their runner. */
export const MOCHA: Runner = { describe, it, beforeEach, afterEach };
