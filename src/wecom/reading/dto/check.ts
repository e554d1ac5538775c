import { plainToInstance, type ClassConstructor } from 'class-transformer';
import type { ValidationError } from 'class-validator';
import type { JsonObject } from '../../../http-client/transport.ts';
import { validator } from './rules.ts';

/** Which keys a class reads; the rest of an answer is never walked, however deep somebody nested it. */
export type Keys<T> = readonly (keyof T & string)[];

const sentences = (errors: readonly ValidationError[]): string[] =>
  errors.flatMap((error) => [...Object.values(error.constraints ?? {}), ...sentences(error.children ?? [])]);

/** Objects are never wanted; an empty one fails its rule just as well, and does not overflow the stack when walked. */
export const shallow = (value: unknown): unknown => {
  if (Array.isArray(value))
    return value.map((entry: unknown) => (typeof entry === 'object' && entry !== null ? {} : entry));
  return typeof value === 'object' ? {} : value;
};

/**
 * Reads a record the thorough way: converts what is harmless and names what is wrong. It costs some twenty
 * microseconds, so large lists come here only with the records that a cheap check turned down.
 *
 * @returns the converted record, and what is wrong with it; values are not quoted, they are personal
 */
export const inspect = <T extends object>(
  type: ClassConstructor<T>,
  keys: Keys<T>,
  raw: JsonObject,
): { readonly value: T; readonly problems: readonly string[] } => {
  const picked: Record<string, unknown> = {};
  for (const key of keys) {
    const value = raw[key];
    if (value !== undefined && value !== null) picked[key] = shallow(value);
  }
  const value = plainToInstance(type, picked, { exposeUnsetFields: false });
  return { value, problems: sentences(validator().validateSync(value, { forbidUnknownValues: false })) };
};
