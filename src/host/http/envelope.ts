import type { Listing } from '../../storage/accounts/listing.ts';

/** What every call under `/api` answers, in Casdoor's shape: each key always present. */
export interface Envelope {
  readonly status: 'ok' | 'error';
  readonly msg: string;
  readonly sub: string;
  readonly name: string;
  readonly data: unknown;
  readonly data2: unknown;
  readonly data3: unknown;
}

const EMPTY = { msg: '', sub: '', name: '', data: null, data2: null, data3: null };

export const ok = (
  data: unknown = null,
  more: Partial<Pick<Envelope, 'msg' | 'sub' | 'name' | 'data2' | 'data3'>> = {},
): Envelope => ({ ...EMPTY, status: 'ok', data, ...more });

/** A list, or a page of it: then `data2` says how many there are in all. */
export const okList = (rows: readonly unknown[], page: Listing['page'], total = rows.length): Envelope =>
  ok(rows, page ? { data2: total } : {});

/** The answer of add-, update- and delete-calls: SDKs compare `data` with this word. */
export const affected = (changed: boolean, msg = ''): Envelope => ok(changed ? 'Affected' : 'Unaffected', { msg });

export const failed = (msg: string, data: unknown = null): Envelope => ({ ...EMPTY, status: 'error', msg, data });
