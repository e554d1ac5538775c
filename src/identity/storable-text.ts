import { fitsCharacters } from '../syncer/characters.ts';
import { WriteConflictError } from './identity-store.ts';

/** The first is quick and knows what most values are; the second tells halves from pairs. */
const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * SQLite would store what the others refuse, and MySQL in a lax mode would cut it; so every store refuses it here.
 *
 * @throws WriteConflictError that names the column, never the value
 */
export function checkText(column: string, value: string, limit: number): void {
  if (value.includes('\u0000')) throw new WriteConflictError(`U+0000 cannot be stored (${column})`);
  if (SURROGATE.test(value) && LONE_SURROGATE.test(value))
    throw new WriteConflictError(`half of a surrogate pair cannot be stored (${column})`);
  if (!fitsCharacters(value, limit)) {
    throw new WriteConflictError(`longer than ${limit} characters (${column})`);
  }
}
