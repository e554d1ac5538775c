import { present } from '../../syncer/present.ts';

/** Never there: it carries the type of what a schema describes. */
declare const shape: unique symbol;

/** A JSON Schema (2020-12), as OpenAPI 3.1 uses it, of values of a type. */
export type Schema<T = unknown> = Readonly<Record<string, unknown>> & { readonly [shape]?: T };

/** What a schema describes: so an answer, its type and its documentation are declared once. */
export type Shape<S> = S extends { readonly [shape]?: infer T } ? T : never;

export const TEXT: Schema<string> = { type: 'string' };
export const WHOLE: Schema<number> = { type: 'integer' };
export const NUMBER: Schema<number> = { type: 'number' };
export const FLAG: Schema<boolean> = { type: 'boolean' };
export const NOTHING: Schema<null> = { type: 'null' };
export const TIME: Schema<string> = { type: 'string', description: 'RFC 3339' };

export const oneOf = <const T extends string>(values: readonly T[]): Schema<T> => ({
  type: 'string',
  enum: [...values],
});

/** An object whose keys are free, and whose values are texts. */
export const TEXTS: Schema<Readonly<Record<string, string>>> = { type: 'object', additionalProperties: TEXT };

/** What calls that add, change or delete answer: SDKs compare it with the first of these words. */
export const AFFECTED = oneOf(['Affected', 'Unaffected']);

export const list = <T>(items: Schema<T>): Schema<readonly T[]> => ({ type: 'array', items });

export const anyOf = <const S extends readonly Schema[]>(...schemas: S): Schema<Shape<S[number]>> => ({
  anyOf: schemas,
});

export const orNull = <T>(schema: Schema<T>): Schema<T | null> => ({ anyOf: [schema, NOTHING] });

export const described = <T>(schema: Schema<T>, description: string): Schema<T> => ({ ...schema, description });

/** An entry of the document's `components`. */
export const ref = <T = unknown>(name: string): Schema<T> => ({ $ref: `#/components/schemas/${name}` });

/** A shape that several calls speak of. */
export interface Component<T = unknown> {
  readonly name: string;
  readonly schema: Schema<T>;
  /** Stands for it wherever it is spoken of. */
  readonly ref: Schema<T>;
}

export const component = <T>(name: string, schema: Schema<T>): Component<T> => ({ name, schema, ref: ref(name) });

export type Properties = Readonly<Record<string, Schema>>;

/** An object of these keys. */
export type Keyed<P extends Properties, O extends keyof P = never> = {
  readonly [K in Exclude<keyof P, O>]: Shape<P[K]>;
} & { readonly [K in O]?: Shape<P[K]> };

/** An object of exactly these keys. */
export const record = <const P extends Properties, const O extends keyof P & string = never>(
  properties: P,
  optional: readonly O[] = [],
): Schema<Keyed<P, O>> => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !(optional as readonly string[]).includes(key)),
  additionalProperties: false,
});

/** What a client sends: further keys are ignored, and most may be absent. */
export const input = (properties: Properties, required: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  ...present({ required: required.length > 0 ? [...required] : undefined }),
});
