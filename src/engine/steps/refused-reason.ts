import type { WriteConflictError } from '../../identity/errors.ts';
import { text, type Text } from '../../syncer/text.ts';

/** The sentence for a row that the database did not take. */
export const refusedReason = (error: WriteConflictError): Text =>
  text(`The database refused the row: ${error.detail}.`, `数据库拒绝了该行：${error.detail}。`);
