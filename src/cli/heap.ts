import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap grow to twice of what is alive before V8 collects the whole of it, instead of four times, its habit on
 * machines with much memory. A sync goes through a directory page by page: what is alive stays small, and what was
 * alive a moment ago would fill whatever room V8 allows. A run costs the same time, and half the memory (measured in
 * docs/performance.md). For the program, not for libraries: the flag is the whole process's. In a file of its own, so that the
 * bench, which measures memory, loads nothing else with it.
 */
export const limitHeapGrowth = (): void => setFlagsFromString('--heap-growing-percent=100');
