import { withoutUnstorable } from '../syncer/characters.ts';
import type { CelEnvironment } from './cel-library.ts';

/** What an expression may ask of: a text, a whole number, a list, or a record of these. */
export type Shape = 'text' | 'integer' | { readonly listOf: Shape } | RecordShape;

export interface RecordShape {
  /** As messages name it, such as `Department`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Shape>>;
}

type Reader = (told: unknown) => unknown;

const textOf: Reader = (told) => {
  if (typeof told === 'string') return withoutUnstorable(told);
  return typeof told === 'number' && Number.isFinite(told) ? String(told) : undefined;
};

const WHOLE = /^-?\d{1,15}$/;
const integerOf: Reader = (told) => {
  if (typeof told === 'number') return Number.isSafeInteger(told) ? BigInt(told) : undefined;
  return typeof told === 'string' && WHOLE.test(told.trim()) ? BigInt(told.trim()) : undefined;
};

/**
 * Declares a shape to the library.
 *
 * @returns its name there, and what makes a value of it from JSON: undefined where that is none of this shape
 */
export function declareShape(
  shape: Shape,
  environment: CelEnvironment,
): { readonly type: string; readonly read: Reader } {
  if (shape === 'text') return { type: 'string', read: textOf };
  if (shape === 'integer') return { type: 'int', read: integerOf };
  if ('listOf' in shape) {
    const entry = declareShape(shape.listOf, environment);
    const read: Reader = (told) =>
      Array.isArray(told) ? told.map(entry.read).filter((value) => value !== undefined) : undefined;
    return { type: `list<${entry.type}>`, read };
  }
  // Fields of a list's entries are read only of instances.
  class Instance {}
  const types: Record<string, string> = {};
  const readers: [string, Reader][] = [];
  for (const [name, field] of Object.entries(shape.fields)) {
    const { type, read } = declareShape(field, environment);
    types[name] = type;
    readers.push([name, read]);
  }
  environment.registerType(shape.name, { ctor: Instance, fields: types });
  const read: Reader = (told) => {
    if (typeof told !== 'object' || told === null || Array.isArray(told)) return undefined;
    const instance: Record<string, unknown> = new Instance() as Record<string, unknown>;
    for (const [name, readField] of readers) {
      const value = Object.hasOwn(told, name) ? readField((told as Record<string, unknown>)[name]) : undefined;
      if (value !== undefined) instance[name] = value;
    }
    return instance;
  };
  return { type: shape.name, read };
}
