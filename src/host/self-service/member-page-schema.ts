import { described, list, record, TEXT } from '../http/schema.ts';
import { CHANGE, FIELD_CHANGE, RUN } from '../runs/run-schema.ts';

/** What a member would store, as he sees it. */
export const OFFERED = record({
  userid: TEXT,
  fields: list(FIELD_CHANGE),
  refused: described(list(record({ field: TEXT, reason: TEXT })), 'What he gave and is not stored'),
});

/** What was stored; no change where nothing was to be. */
export const COMPLETED = record({ run: RUN.ref, changes: list(CHANGE.ref) });
