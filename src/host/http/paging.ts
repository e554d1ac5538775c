import { pageWithin, type Listing } from '../../storage/accounts/listing.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { textIn, type Query } from './query.ts';
import { Refusal } from '../../service/refusal.ts';

const DEFAULT_SIZE = 10;
const LARGEST_SIZE = 1000;
/** Beyond this no list goes, and arithmetic with it stays exact. */
const LAST_PAGE = 1_000_000_000;

function wholeNumber(given: string, fallback: number, largest: number): number {
  const number = /^\d+$/.test(given) ? Number(given) : fallback;
  return Math.min(Math.max(number, 1), largest);
}

function fieldOf<TField extends string>(given: string, fields: readonly TField[]): TField | undefined {
  const wanted = given.replaceAll('_', '').toLowerCase();
  return fields.find((name) => name.toLowerCase() === wanted);
}

function knownField<TField extends string>(given: string, fields: readonly TField[]): TField {
  const field = fieldOf(given, fields);
  if (field === undefined) {
    const known = fields.join(', ');
    throw new Refusal(
      text(`This list cannot be searched by that field; known: ${known}.`, `不支持按该字段搜索；可用字段：${known}。`),
    );
  }
  return field;
}

/**
 * Casdoor's list parameters. `p=abc` and the like mean the first page; fields come from an allow-list, because a
 * filter or an order over a secret column would tell its value letter by letter.
 *
 * @throws Refusal for a filter over a field that is not in the list
 */
export function listingIn<TField extends string>(query: Query, fields: readonly TField[]): Listing<TField> {
  return present({ page: pageIn(query), filter: filterIn(query, fields), sort: sortIn(query, fields) });
}

/** Which page is asked for; undefined: none, so all of the list. */
export function pageIn(query: Query): Listing['page'] {
  const [p, pageSize] = [textIn(query, 'p'), textIn(query, 'pageSize')];
  if (p === '' || pageSize === '') return undefined;
  return { number: wholeNumber(p, 1, LAST_PAGE), size: wholeNumber(pageSize, DEFAULT_SIZE, LARGEST_SIZE) };
}

function filterIn<TField extends string>(query: Query, fields: readonly TField[]): Listing<TField>['filter'] {
  const [field, value] = [textIn(query, 'field'), textIn(query, 'value')];
  return field === '' || value === '' ? undefined : { field: knownField(field, fields), value };
}

function sortIn<TField extends string>(query: Query, fields: readonly TField[]): Listing<TField>['sort'] {
  const [field, order] = [textIn(query, 'sortField'), textIn(query, 'sortOrder').toLowerCase()];
  // Casdoor's page lets people click on every column; an order that means nothing here is none.
  const known = fieldOf(field, fields);
  return known && { field: known, descending: order !== 'ascend' && order !== 'asc' };
}

/** The page that is asked for, or the first hundred; beyond the end, the last. */
export async function pageOf<T extends { readonly total: number }>(
  query: Query,
  read: (page: number, size: number) => Promise<T>,
): Promise<T> {
  const page = pageIn(query) ?? { number: 1, size: 100 };
  const found = await read(page.number, page.size);
  const last = pageWithin(page, found.total);
  return last === page.number ? found : read(last, page.size);
}

/** Filter, order and page of a list that is in memory. */
export function listed<T, TField extends string>(
  rows: readonly T[],
  listing: Listing<TField>,
  valueOf: (row: T, field: TField) => string | number | boolean | null,
): { readonly rows: readonly T[]; readonly total: number } {
  const { filter, sort, page } = listing;
  const needle = filter?.value.toLowerCase() ?? '';
  let found = filter
    ? rows.filter((row) =>
        String(valueOf(row, filter.field) ?? '')
          .toLowerCase()
          .includes(needle),
      )
    : [...rows];
  if (sort) {
    const direction = sort.descending ? -1 : 1;
    found = found.toSorted((a, b) => {
      const [left, right] = [valueOf(a, sort.field), valueOf(b, sort.field)];
      if (typeof left === 'number' && typeof right === 'number') return (left - right) * direction;
      const [one, other] = [String(left ?? ''), String(right ?? '')];
      return (one < other ? -1 : one > other ? 1 : 0) * direction;
    });
  }
  const total = found.length;
  if (!page) return { rows: found, total };
  const start = (pageWithin(page, total) - 1) * page.size;
  return { rows: found.slice(start, start + page.size), total };
}
