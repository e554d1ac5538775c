/**
 * Cuts a list into pieces; an empty one has none, and a short one is its only piece, uncopied.
 *
 * @param size the most that a piece holds
 */
export function* chunks<T>(list: readonly T[], size: number): Generator<readonly T[], void, undefined> {
  if (list.length > 0 && list.length <= size) yield list;
  else for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}
