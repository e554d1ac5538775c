import { QueryFailedError } from 'typeorm';
import { WriteConflictError } from '../identity/errors.ts';
import { UnavailableError, UnforeseenError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';

/**
 * The database refused a statement for a reason that this program did not foresee. Drivers put values into their
 * messages (and MySQL the whole statement), so only the code and the statement with its placeholders leave this room.
 */
class DatabaseError extends UnforeseenError {
  override readonly name = 'DatabaseError';
  constructor(
    /** The driver's code, such as `42P01` or `ER_NO_SUCH_TABLE`. */
    readonly code: string,
    readonly statement: string,
    lacking: string | undefined,
  ) {
    super(`The database refused a statement (${lacking === undefined ? code : `${code}: ${lacking}`}).`);
    this.isLacking = lacking !== undefined && !/denied/.test(lacking);
  }

  /** A table or a column is not there. */
  readonly isLacking: boolean;
}

/** What drivers say about tables and columns that are not there, or not ours to write: names, and no value. */
const LACKING =
  /(?:no such (?:table|column): [\w.]+|table \w+ has no column named \w+|(?:relation|column) "?[\w.]+"? (?:of relation "?\w+"? )?does not exist|permission denied for (?:table|schema|relation) \w+|Table '[\w.-]+' doesn't exist|Unknown column '[\w.]+' in '[\w ]+'|command denied to user .* for table '?`?[\w.`]+)/;

const lackingIn = (error: unknown): string | undefined => {
  const { message } = asDriverError(error);
  return typeof message === 'string' ? LACKING.exec(message)?.[0].replace(/ to user .* for /, ' for ') : undefined;
};

/** Whether the database said that a table or a column is not there. */
export const isLacking = (error: unknown): boolean => error instanceof DatabaseError && error.isLacking;

const RETRYABLE = new Set([
  // PostgreSQL: serialization failure, deadlock, lock not available
  '40001',
  '40P01',
  '55P03',
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_BUSY_RECOVERY',
  'SQLITE_LOCKED',
]);

const UNIQUE = new Set(['23505', 'ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);

const UNFIT = new Set([
  // PostgreSQL: too long, U+0000 in text, lone surrogate in JSON
  '22001',
  '22021',
  '22P05',
  'ER_DATA_TOO_LONG',
  'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD',
  'SQLITE_TOOBIG',
]);

/** Codes that say: nobody answered, or the connection broke. */
const AWAY =
  /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|PROTOCOL_\w+|ER_SERVER_SHUTDOWN|ER_CON_COUNT_ERROR|08\w{3}|57P0\d|53\d{3}|SQLITE_(IOERR\w*|FULL|CANTOPEN\w*))$/;

interface DriverError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly constraint?: unknown;
  readonly column?: unknown;
}

/** By its name too: a host may have brought another copy of TypeORM. */
const isQueryFailure = (error: unknown): error is QueryFailedError =>
  error instanceof QueryFailedError || (error instanceof Error && error.name === 'QueryFailedError');

const asDriverError = (error: unknown): DriverError =>
  isQueryFailure(error) ? error.driverError : (error as DriverError);

export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, message } = asDriverError(error);
  if (typeof code === 'string') return code;
  // pg and its pool report a lost connection without a code.
  return typeof message === 'string' &&
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Pool is closed|closed state/i.test(
      message,
    )
    ? 'ECONNRESET'
    : '';
}

export const isRetryable = (error: unknown): boolean => RETRYABLE.has(codeOf(error));
export const isAway = (error: unknown): boolean => AWAY.test(codeOf(error));

/** Which key or column, where the driver tells it without telling a value. */
function place(error: unknown): string {
  const { constraint, column, message } = asDriverError(error);
  if (typeof constraint === 'string') return constraint;
  if (typeof column === 'string') return column;
  if (typeof message !== 'string') return 'unknown';
  // SQLite: "UNIQUE constraint failed: user.owner, user.name" · MySQL: "Duplicate entry '…' for key 'user.PRIMARY'",
  // "Data too long for column 'title' at row 3"
  const found =
    /constraint failed: ([\w., ]+)$/.exec(message) ?? /for (?:key|column) '([\w.]+)'(?: at row \d+)?$/.exec(message);
  return found?.[1] ?? 'unknown';
}

const isOurs = (error: Error): boolean => !isQueryFailure(error) && codeOf(error) === '';

const LATER = text(
  'Try again in a moment; if it stays so, have the operator of this server look at the database.',
  '请稍后重试；如持续出现，请联系服务器运维人员检查数据库。',
);

/** What may leave this room: our own errors as they are, a driver's without message, values and connection string. */
export function translated(error: unknown): unknown {
  if (error instanceof Error && isOurs(error)) return error;
  const code = codeOf(error);
  if (UNIQUE.has(code)) return new WriteConflictError(`a row with this key exists (${place(error)})`);
  if (UNFIT.has(code)) return new WriteConflictError(`a value does not fit (${place(error)})`);
  if (AWAY.test(code)) {
    return new UnavailableError(text(`The database does not answer (${code}).`, `数据库无响应(${code})。`), {
      remedy: LATER,
    });
  }
  if (RETRYABLE.has(code)) {
    return new UnavailableError(text(`The database is busy (${code}).`, `数据库繁忙(${code})。`), { remedy: LATER });
  }
  const statement = isQueryFailure(error) ? error.query : '';
  return isQueryFailure(error) || /^(ER_|SQLITE_|[0-9A-Z]{5}$)/.test(code)
    ? new DatabaseError(code, statement, lackingIn(error))
    : error;
}
