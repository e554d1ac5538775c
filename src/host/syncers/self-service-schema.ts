import { component, described, list, oneOf, orNull, record, TEXT, TIME, WHOLE, type Shape } from '../http/schema.ts';

const MISSING = oneOf(['email', 'phone']);

/** An active member who is no administrator, and how far his account is complete. */
export const MEMBER_COMPLETION = component(
  'MemberCompletion',
  record({
    userid: TEXT,
    user: described(TEXT, 'ORG/NAME'),
    completedAt: orNull(described(TIME, 'RFC 3339: when he last completed his data himself')),
    missing: described(list(MISSING), 'What is empty, whether the syncer lets members give it or not'),
  }),
);
export type MemberCompletionJson = Shape<typeof MEMBER_COMPLETION.schema>;

export const COMPLETION_TOTALS = record({
  completed: described(WHOLE, 'Members who completed their data at least once'),
  missing: record({ email: WHOLE, phone: WHOLE }),
  address: described(TEXT, "The members' own page, for the home page of the app; empty without PUBLIC_URL"),
});
export type CompletionTotalsJson = Shape<typeof COMPLETION_TOTALS>;
