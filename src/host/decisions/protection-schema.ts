import { PROTECTION_KINDS } from '../../identity/protection.ts';
import { component, described, oneOf, orNull, record, TEXT, TIME, type Shape } from '../http/schema.ts';

export const VALUE = described(TEXT, 'ORG/NAME of an account or a group, a userid, or the id of a department');
export const SYNCER = described(TEXT, 'ORG/NAME; "" for whichever syncer of the organization');
export const UNTIL = described(TEXT, 'A date, whose whole day counts, or RFC 3339');

/** Somebody whom no run locks out or takes from. */
export const PROTECTION = component(
  'Protection',
  record({
    id: TEXT,
    owner: described(TEXT, 'The organization'),
    kind: oneOf(PROTECTION_KINDS),
    value: VALUE,
    syncer: SYNCER,
    reason: TEXT,
    until: orNull(UNTIL),
    by: described(TEXT, 'ORG/NAME of the person, or "undo"'),
    at: TIME,
  }),
);
export type ProtectionJson = Shape<typeof PROTECTION.schema>;
