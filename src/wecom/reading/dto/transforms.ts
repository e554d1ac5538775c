import { Transform } from 'class-transformer';
import { integerOf, textOf } from '../lenient-json.ts';

/** A number where the documents say text. Values that are neither stay, for the validator to name. */
export const AsText = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => textOf(value) ?? value);

/** Text where the documents say number. */
export const AsInteger = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => integerOf(value) ?? value);

/** One id where the documents say a list, or ids as text ("1" and "1,2" as in callbacks). */
export const AsIntegers = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => {
    const list: readonly unknown[] = Array.isArray(value)
      ? value
      : typeof value === 'string'
        ? value.split(',').filter((part) => part.trim() !== '')
        : [value];
    return list.map((entry) => integerOf(entry) ?? entry);
  });

/** Null and empty entries are what forms leave behind. */
export const ListOf = (read: (entry: unknown) => unknown): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    Array.isArray(value)
      ? value.filter((entry) => entry !== null && entry !== '').map((entry: unknown) => read(entry) ?? entry)
      : value,
  );
