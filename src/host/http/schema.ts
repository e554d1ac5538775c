/** A JSON Schema (2020-12), as OpenAPI 3.1 uses it. */
export type Schema = Readonly<Record<string, unknown>>;

export const TEXT: Schema = { type: 'string' };
export const WHOLE: Schema = { type: 'integer' };
export const NUMBER: Schema = { type: 'number' };
export const FLAG: Schema = { type: 'boolean' };
export const NOTHING: Schema = { type: 'null' };
export const TIME: Schema = { type: 'string', description: 'RFC 3339' };

/** What calls that add, change or delete answer: SDKs compare it with the first of these words. */
export const AFFECTED: Schema = { type: 'string', enum: ['Affected', 'Unaffected'] };

export const oneOf = (values: readonly string[]): Schema => ({ type: 'string', enum: [...values] });

export const list = (items: Schema): Schema => ({ type: 'array', items });

export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, NOTHING] });

/** An entry of the document's `components`. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

type Properties = Readonly<Record<string, Schema>>;

/** An object of exactly these keys. */
export const record = (properties: Properties, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
  additionalProperties: false,
});

/** What a client sends: further keys are ignored, and most may be absent. */
export const input = (properties: Properties, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required: [...required] } : {}),
});
