import { chunks } from '../../syncer/chunks.ts';

/** Members per page: one transaction of the engine, small enough to be repeated. */
const PAGE_SIZE = 500;

/** Cuts a list into pages; an empty list has none. */
export const pages = <T>(list: readonly T[]): Iterable<readonly T[]> => chunks(list, PAGE_SIZE);

/**
 * Makes full pages out of lists of any length: a transaction costs the same for one member as for hundreds, and most
 * departments are small. What was gathered when the lists throw is dropped.
 */
export async function* gather<T>(
  lists: AsyncIterable<readonly T[]>,
  size: number = PAGE_SIZE,
): AsyncGenerator<readonly T[], void, undefined> {
  let page: T[] = [];
  for await (const list of lists) {
    for (const entry of list) {
      page.push(entry);
      if (page.length < size) continue;
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}
