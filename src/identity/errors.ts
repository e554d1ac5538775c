import { UnforeseenError } from '../syncer/errors.ts';
import type { Account } from './account.ts';

/** Someone changed a row between reading and writing it. */
export class StaleReadError extends Error {
  override readonly name = 'StaleReadError';
  constructor(readonly accounts: readonly Account['name'][]) {
    super('An account changed while it was being synced.');
  }
}

/** The database refused a row. Says which column or key where the database tells; never the values. */
export class WriteConflictError extends UnforeseenError {
  override readonly name = 'WriteConflictError';
  constructor(readonly detail: string) {
    super(`The database refused a row: ${detail}`);
  }
}
