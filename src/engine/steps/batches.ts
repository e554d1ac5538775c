import { chunks } from '../../syncer/chunks.ts';

/** Rows per transaction: small enough to be planned again. */
const BATCH = 500;

/** Cuts a list into batches; an empty list has none. */
export const batches = <T>(rows: readonly T[]): Iterable<readonly T[]> => chunks(rows, BATCH);
