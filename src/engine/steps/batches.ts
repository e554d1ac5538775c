/** Rows per transaction: small enough to be planned again. */
const BATCH = 500;

/** Cuts a list into batches; an empty list has none. */
export function* batches<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += BATCH) yield rows.slice(start, start + BATCH);
}
