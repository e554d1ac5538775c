import { component, described, FLAG, list, orNull, record, TEXT, type Schema, type Shape } from '../http/schema.ts';

const MEMBER: Schema<Readonly<Record<string, unknown>>> = {
  type: 'object',
  additionalProperties: true,
  description: 'What the directory said',
};

/** What settings make of one member, in the reader's language. */
export const MAPPING_TRIAL = component(
  'MappingTrial',
  record({
    member: MEMBER,
    inScope: FLAG,
    detail: described(TEXT, 'Why, or why not'),
    fields: list(
      record(
        {
          casdoorName: described(TEXT, 'As the mapping spells it; `Name`: what a new account is called'),
          before: described(orNull(TEXT), 'null: there is no account yet'),
          value: described(orNull(TEXT), 'What would stand'),
          steps: list(record({ what: TEXT, value: orNull(TEXT) })),
          warning: TEXT,
        },
        ['warning'],
      ),
    ),
  }),
);
export type MappingTrialJson = Shape<typeof MAPPING_TRIAL.schema>;
