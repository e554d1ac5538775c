import { described, list, oneOf, record, TEXT, TIME, type Schema, type Shape } from '../http/schema.ts';

const ANY: Schema = { description: 'As the JSON of a syncer has it; "***" for a secret, null for nothing' };

/** Syncers and protections as YAML. */
export const CONFIGURATION = record({ yaml: TEXT });
export type ConfigurationJson = Shape<typeof CONFIGURATION>;

const CHANGE = record({
  kind: oneOf(['syncer', 'protection']),
  name: described(TEXT, 'ORG/NAME; of a protection whom it is about'),
  action: oneOf(['add', 'update', 'delete']),
  fields: list(record({ field: TEXT, before: ANY, after: ANY })),
});
export type ConfigurationChangeJson = Shape<typeof CHANGE>;

export const CONFIGURATION_CHANGES = record({ changes: list(CHANGE) });
export type ConfigurationChangesJson = Shape<typeof CONFIGURATION_CHANGES>;

/** What was changed by hand. */
export const CONFIGURATION_DRIFT = record({
  organization: TEXT,
  appliedAt: described(TIME, 'When a text that named it was applied last'),
  by: described(TEXT, 'Who applied it'),
  changes: described(list(CHANGE), 'From what that text said to what is now; "delete" for what is gone'),
});
export type ConfigurationDriftJson = Shape<typeof CONFIGURATION_DRIFT>;
