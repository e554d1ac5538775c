import { described, list, oneOf, record, TEXT, type Schema, type Shape } from '../http/schema.ts';

const ANY: Schema = { description: 'As the JSON of a syncer has it; "***" for a secret, null for nothing' };

/** Syncers and protections as YAML. */
export const CONFIGURATION = record({ yaml: TEXT });

export const CONFIGURATION_CHANGES = record({
  changes: list(
    record({
      kind: oneOf(['syncer', 'protection']),
      name: described(TEXT, 'ORG/NAME; of a protection whom it is about'),
      action: oneOf(['add', 'update', 'delete']),
      fields: list(record({ field: TEXT, before: ANY, after: ANY })),
    }),
  ),
});
export type ConfigurationChangesJson = Shape<typeof CONFIGURATION_CHANGES>;
