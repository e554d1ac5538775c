import type { Dialect } from './dialect.ts';
import type { Session } from './session.ts';

/**
 * The database's own clock in milliseconds since 1970, to be asked inside a statement: it is the one clock that all
 * processes share, whereas their own may differ by hours or be set while they run. None of these depends on a time zone.
 *
 * PostgreSQL is asked for the moment itself, since its `now()` is the begin of the transaction, which may have waited for
 * a lock. SQLite has no server: its clock is this machine's, as is every process that can open the file.
 */
export const CLOCK_MS: Readonly<Record<Dialect, string>> = {
  sqlite: `CAST(ROUND(unixepoch('subsec') * 1000) AS INTEGER)`,
  postgres: 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)',
  // UNIX_TIMESTAMP(NOW(3)) would read one hour of each autumn twice.
  mysql: `(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)`,
};

/** What the database's clock shows. */
export async function readClock(session: Session): Promise<Date> {
  const [row] = await session.select(`SELECT ${CLOCK_MS[session.dialect]} AS now_ms`);
  return new Date(Number(row?.['now_ms']));
}
