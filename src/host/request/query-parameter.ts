import { FLAG, oneOf, TEXT, type Schema } from '../http/schema.ts';

/** A parameter of the query. */
export interface QueryParameter {
  /** What it is, for the reader of the API's documentation. */
  readonly says: string;
  readonly schema: Schema;
  /** Without it the call is refused. */
  readonly isRequired: boolean;
}

/** What a call takes in its query; a text alone says what it is of a text that may be absent. */
export type QueryShape = Readonly<Record<string, string | QueryParameter>>;

export const required = (says: string): QueryParameter => ({ says, schema: TEXT, isRequired: true });

/** `true` or `false`. */
export const flag = (says: string): QueryParameter => ({ says, schema: FLAG, isRequired: false });

export const choice = (says: string, values: readonly string[]): QueryParameter => ({
  says,
  schema: oneOf(values),
  isRequired: false,
});

export const parameterOf = (shape: string | QueryParameter): QueryParameter =>
  typeof shape === 'string' ? { says: shape, schema: TEXT, isRequired: false } : shape;
