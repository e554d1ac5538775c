import { component, described, oneOf, record, TEXT, TIME, type Shape } from '../http/schema.ts';

/** Somebody whom the directory lacks, and who is given time. */
export const LEAVER = component(
  'Leaver',
  record({
    userid: TEXT,
    user: described(TEXT, 'ORG/NAME'),
    missingSince: described(TIME, 'RFC 3339: the first run that missed him'),
    dueAt: described(TIME, 'RFC 3339: the first run after it does it'),
    // oxlint-disable-next-line unicorn/no-thenable -- a word, which nobody takes for a promise
    then: oneOf(['forbid', 'softDelete']),
  }),
);
export type LeaverJson = Shape<typeof LEAVER.schema>;
