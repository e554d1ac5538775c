import { quote } from '../dialect.ts';
import type { Session } from '../session.ts';
import { asText } from '../text-value.ts';

/** How long a total stands. Nobody waits for a page of a list so long, and another process may have added somebody. */
const FRESH_MS = 5_000;
/** From here on it matters how they are counted; fewer are counted each time. */
const LARGE = 10_000;
/** Of one list: the first row of as many pages as anybody turns in that time. */
const MOST_PLACES = 1_000;

/** An account in the list of its organization by name. */
export interface Place {
  /** How many stand before it. */
  readonly position: number;
  readonly name: string;
}

/** How many accounts a list by name has, and where some of them stand. */
export class CountedList {
  readonly total: number;
  readonly #keepsPlaces: boolean;
  /** In the order of the list. */
  readonly #places: Place[] = [];

  constructor(total: number) {
    this.total = total;
    this.#keepsPlaces = total >= LARGE;
  }

  /** The last known one at a position or before it: whoever begins there need not walk from the end of the list. */
  nearest(position: number): Place | undefined {
    return this.#places[this.#after(position) - 1];
  }

  /** Tells where an account was seen. */
  note(place: Place): void {
    const at = this.#after(place.position);
    if (!this.#keepsPlaces || this.#places.length >= MOST_PLACES) return;
    if (this.#places[at - 1]?.position !== place.position) this.#places.splice(at, 0, place);
  }

  /** Index of the first one behind a position. */
  #after(position: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#places[middle]?.position ?? Infinity) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Known {
  readonly list: CountedList;
  readonly at: number;
}

/**
 * How many accounts an organization has. Counting walks over an index with everybody in it, on MySQL and MariaDB over all
 * that is stored of them, at each page of a list; and so does whoever looks for the rows in the middle.
 *
 * What is known of a large organization is remembered for a few seconds, and forgotten as soon as this process has added
 * or removed an account. Only of whole organizations: what a search finds changes with every edit.
 */
export class UserTotals {
  readonly #known = new Map<string, Known>();
  readonly #now: () => number;
  #writes = 0;

  /** @param now milliseconds, for intervals only */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Called after accounts were added or removed, also when it is not known whether that was stored. */
  forget(): void {
    this.#writes += 1;
    for (const [organization, { list }] of this.#known) this.#known.set(organization, { list, at: -Infinity });
  }

  async of(session: Session, table: string, organization: string): Promise<CountedList> {
    const known = this.#known.get(organization);
    if (known && this.#now() - known.at < FRESH_MS) return known.list;
    const [writes, at] = [this.#writes, this.#now()];
    const { dialect } = session;
    const hint = known && dialect === 'mysql' ? await narrowIndex(session, known.list.total) : '';
    const [row] = await session.select(
      `SELECT COUNT(*) AS n FROM ${table} ${hint} WHERE owner = ${dialect === 'postgres' ? '$1' : '?'}`,
      [organization],
    );
    const list = new CountedList(Number(row?.['n'] ?? 0));
    if (list.total < LARGE) this.#known.delete(organization);
    // Whoever was added while it was counted may be missing.
    else this.#known.set(organization, { list, at: this.#writes === writes ? at : -Infinity });
    return list;
  }
}

/**
 * Every secondary index holds the primary key, too, and a narrow one is quickly read from one end to the other: right
 * for an organization that most accounts are in, wrong for one of many.
 */
async function narrowIndex(session: Session, total: number): Promise<string> {
  const rows = await session.select(
    `SELECT s.INDEX_NAME AS name, t.TABLE_ROWS AS accounts
     FROM information_schema.STATISTICS s
     JOIN information_schema.COLUMNS c
       ON c.TABLE_SCHEMA = s.TABLE_SCHEMA AND c.TABLE_NAME = s.TABLE_NAME AND c.COLUMN_NAME = s.COLUMN_NAME
     JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.TABLE_SCHEMA AND t.TABLE_NAME = s.TABLE_NAME
     WHERE s.TABLE_SCHEMA = DATABASE() AND s.TABLE_NAME = 'user' AND s.INDEX_NAME <> 'PRIMARY'
       AND s.INDEX_TYPE = 'BTREE' AND s.SUB_PART IS NULL
     GROUP BY s.INDEX_NAME, t.TABLE_ROWS
     ORDER BY SUM(COALESCE(c.CHARACTER_OCTET_LENGTH, 8)), s.INDEX_NAME LIMIT 1`,
  );
  const [index] = rows;
  if (!index || total < Number(index['accounts']) / 2) return '';
  return `FORCE INDEX (${quote('mysql', asText(index['name']))})`;
}
