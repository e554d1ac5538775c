import { component, described, list, oneOf, record, TEXT, TIME, type Schema, type Shape } from '../http/schema.ts';
import { FIELD_CHANGE } from '../runs/run-schema.ts';

const BY = described(TEXT, 'ORG/NAME of the person; of a run that began by itself, of the syncer');

/** Something that happened to an account. */
export const HISTORY_ENTRY = component(
  'HistoryEntry',
  record(
    {
      at: TIME,
      what: oneOf(['run', 'decision', 'edit', 'protection']),
      run: described(TEXT, 'The run that did it, or whose lock-out was decided; it may be gone'),
      by: BY,
      changes: list(FIELD_CHANGE),
      reason: TEXT,
    },
    ['run'],
  ),
);
export type HistoryEntryJson = Shape<typeof HISTORY_ENTRY.schema>;

/** Where the value of a field comes from. */
const ORIGIN = oneOf(['directory', 'person', 'self', 'linked', 'never']);
export type Origin = Shape<typeof ORIGIN>;

const BY_FIELD: Schema<Readonly<Record<string, Origin>>> = {
  type: 'object',
  description:
    'Of each field: who wrote its value (self: the member), or that it was there when the account was linked, or that nobody did',
  additionalProperties: ORIGIN,
};

export const ORIGINS = record({ origins: BY_FIELD });
export type OriginsJson = Shape<typeof ORIGINS>;

/** Who did what. */
export const AUDIT_ENTRY = component(
  'AuditEntry',
  record({
    id: TEXT,
    at: TIME,
    action: TEXT,
    by: described(TEXT, 'ORG/NAME'),
    address: described(TEXT, 'Where the call came from'),
    object: described(TEXT, 'ORG/NAME, or the id of a run'),
    outcome: described(TEXT, '"ok", the state that it led to, or the kind of error'),
    changes: list(FIELD_CHANGE),
    comment: TEXT,
  }),
);
export type AuditEntryJson = Shape<typeof AUDIT_ENTRY.schema>;
