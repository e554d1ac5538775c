import { quote } from '../dialect.ts';
import type { Session } from '../session.ts';
import { asText } from '../text-value.ts';

/** How long a total stands. Nobody waits for a page of a list so long, and another process may have added somebody. */
const FRESH_MS = 5_000;
/** From here on it matters how they are counted. */
const LARGE = 10_000;

interface Known {
  readonly total: number;
  readonly at: number;
}

/**
 * How many accounts an organization has, for MySQL and MariaDB: they keep whole rows in the primary key, so counting
 * walks over all that is stored of everybody, at each page of a list.
 *
 * A total is remembered for a few seconds, and forgotten as soon as this process has added or removed an account. Only
 * totals of whole organizations are: what a search finds changes with every edit.
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
    for (const [organization, { total }] of this.#known) this.#known.set(organization, { total, at: -Infinity });
  }

  async of(session: Session, table: string, organization: string): Promise<number> {
    const known = this.#known.get(organization);
    if (known && this.#now() - known.at < FRESH_MS) return known.total;
    const [writes, at] = [this.#writes, this.#now()];
    const hint = known && known.total >= LARGE ? await narrowIndex(session, known.total) : '';
    const [row] = await session.select(`SELECT COUNT(*) AS n FROM ${table} ${hint} WHERE owner = ?`, [organization]);
    const total = Number(row?.['n'] ?? 0);
    // Whoever was added while it was counted may be missing.
    this.#known.set(organization, { total, at: this.#writes === writes ? at : -Infinity });
    return total;
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
