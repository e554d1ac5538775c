import type { ValueTransformer } from 'typeorm';

/** PostgreSQL and MySQL drivers answer bigint as text; milliseconds since 1970 fit a number for 285,000 years. */
export const bigintAsNumber: ValueTransformer = {
  from: (stored: unknown): number | null => (stored === null || stored === undefined ? null : Number(stored)),
  to: (value: unknown): unknown => value,
};
