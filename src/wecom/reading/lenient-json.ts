import { withoutUnstorable } from '../../syncer/characters.ts';

/**
 * Readers for values whose JSON type varies in the field: WeCom's documents say number, private deployments and old
 * versions send numeric strings or null (go-laoji decodes `enable` as json.Number for that reason).
 */

const INTEGER_TEXT = /^-?\d{1,15}$/;

/** A whole number, also when it came as text; undefined for everything else. */
export const integerOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return INTEGER_TEXT.test(trimmed) ? Number(trimmed) : undefined;
};

/** Text, also when it came as a number; undefined for everything else. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return withoutUnstorable(value);
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
};
