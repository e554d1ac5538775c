import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { goJson } from '../text-value.ts';

/** Which part of a list is asked for, in which order. */
export interface Listing<TField extends string = string> {
  /** Undefined: all of it, and no total is answered. */
  readonly page?: { readonly number: number; readonly size: number };
  /** Only rows whose field contains the value, without case. */
  readonly filter?: { readonly field: TField; readonly value: string };
  readonly sort?: { readonly field: TField; readonly descending: boolean };
}

/** The page to show of so many rows: one beyond the end shows the last, as Casdoor does after the last row of a page was deleted. */
export function pageWithin(page: { readonly number: number; readonly size: number }, total: number): number {
  return Math.min(page.number, Math.max(1, Math.ceil(total / page.size)));
}

/** For SQL's LIKE with `ESCAPE '!'`: nothing in the text is a wildcard. */
const containing = (text: string): string => `%${text.replaceAll(/[!%_]/g, '!$&')}%`;

/** A search text for SQL's LIKE with `ESCAPE '!'`: what a person typed is never a wildcard. */
export const likePattern = (value: string): string => containing(value.toLowerCase());

/**
 * A condition for accounts `u` that are in a group. Names of groups are exact, and the list is JSON as Go writes it; a
 * database whose LIKE knows no case finds those who are in one of another spelling, too.
 *
 * @param group `ORG/GROUP`
 */
export const hasGroup = (group: string): readonly [condition: string, values: { readonly group: string }] => [
  `u.groups LIKE :group ESCAPE '!'`,
  { group: containing(goJson(group)) },
];

/**
 * How many rows a query finds. TypeORM's own count over a key of two columns glues them together in every row; that
 * costs a hundred times what counting costs.
 */
export async function countOf<T extends ObjectLiteral>(query: SelectQueryBuilder<T>): Promise<number> {
  const row = await query.clone().select('COUNT(*)', 'n').getRawOne<{ n: unknown }>();
  return Number(row?.n ?? 0);
}
