import { ConfigError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import { readObject } from './syncers/field-readers.ts';

export interface PageOptions {
  /** From 1. */
  readonly page?: number;
  /** Default 100. */
  readonly pageSize?: number;
}

/** A page of a list, and how many there are in all. */
export interface Rows<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

const PAGE_SIZE = 100;

/** @throws ConfigError that names the option to change */
export function pageIn(options: PageOptions): { readonly page: number; readonly pageSize: number } {
  const { page = 1, pageSize = PAGE_SIZE }: PageOptions = readObject('options', options);
  for (const [name, value] of Object.entries({ page, pageSize })) {
    if (Number.isSafeInteger(value) && value >= 1 && value <= 1_000_000) continue;
    throw new ConfigError(text(`"${name}" must be a whole number, 1 or more.`, `“${name}”必须是不小于 1 的整数。`));
  }
  return { page, pageSize };
}
