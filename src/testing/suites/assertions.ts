import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

/** Compares by value: what a store answers may be an instance of a class of its own. */
export function assertSame(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(structuredClone(actual), structuredClone(expected), message);
}

/** Whether an object has these values under these keys, whatever else it has. */
export function assertIncludes(actual: unknown, part: Readonly<Record<string, unknown>>): void {
  assert.ok(typeof actual === 'object' && actual !== null, `an object, and not ${String(actual)}`);
  const found = Object.entries(actual).filter(([key]) => key in part);
  assertSame(Object.fromEntries(found), part);
}

/** Whether two lists have the same in them, each as often, in whatever order. */
export function assertMembers(actual: readonly unknown[], expected: readonly unknown[], message?: string): void {
  const missing = [...expected];
  const surplus = actual.filter((one) => {
    const index = missing.findIndex((other) => isDeepStrictEqual(one, other));
    if (index >= 0) missing.splice(index, 1);
    return index < 0;
  });
  assertSame({ surplus, missing }, { surplus: [], missing: [] }, message);
}

/** Narrows an error to the class that the port names. */
export function assertInstance<T>(actual: unknown, type: abstract new (...given: never[]) => T): asserts actual is T {
  assert.ok(actual instanceof type, `an error of the class ${type.name}, and not ${String(actual)}`);
}

/**
 * @returns what a promise is rejected with
 * @throws Error when it is fulfilled
 */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('The promise was fulfilled.');
}
