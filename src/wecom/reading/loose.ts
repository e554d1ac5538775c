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

const LONE_SURROGATE = /\p{Surrogate}/gu;
const NEEDS_CARE = /[\0\uD800-\uDFFF]/;

/** Text that every database takes: PostgreSQL refuses U+0000, and a lone surrogate has no UTF-8 form. */
export const cleanText = (value: string): string =>
  NEEDS_CARE.test(value) ? value.replaceAll('\0', '').replace(LONE_SURROGATE, '\uFFFD') : value;

/** Text, also when it came as a number; undefined for everything else. */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return cleanText(value);
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
};
