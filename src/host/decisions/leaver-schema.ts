import { component, described, list, oneOf, record, TEXT, TIME, type Shape } from '../http/schema.ts';

/** Somebody whom the directory lacks, and who is given time. */
export const LEAVER = component(
  'Leaver',
  record({
    userid: TEXT,
    user: described(TEXT, 'ORG/NAME'),
    displayName: described(TEXT, 'What the account is called; "" where accounts are somewhere else'),
    groups: described(list(TEXT), 'ORG/GROUP, as the account stands'),
    missingSince: described(TIME, 'RFC 3339: the first run that missed him'),
    dueAt: described(TIME, 'RFC 3339: the first run after it does it'),
    // oxlint-disable-next-line unicorn/no-thenable -- a word, which nobody takes for a promise
    then: oneOf(['forbid', 'softDelete']),
  }),
);
export type LeaverJson = Shape<typeof LEAVER.schema>;
