import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../migrations/index.ts';
import { loadOptional } from '../package-json.ts';
import { ConfigError, UnavailableError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import { codeOf, isAway, translated } from './database-error.ts';
import { Database } from './database.ts';
import { entities } from './entities/index.ts';
import { runPending } from './migrate.ts';

/** The part of better-sqlite3's connection that is needed before TypeORM has it. */
interface SqliteConnection {
  pragma(source: string): unknown;
}

export interface OpenOptions {
  /** Connections to a server, at most; each running sync uses one at a time. Default 10. */
  readonly poolSize?: number;
}

interface Target {
  /** For messages: the one part of a URL that may be shown; "" = a file. */
  readonly host: string;
  readonly connection: DataSourceOptions;
}

const COMMON = { entities, migrations, migrationsTableName: 'wecom_syncer_migration', logging: false } as const;

const REMEDY = text(
  'Set DATABASE_URL to sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE or mysql://USER:PASSWORD@HOST/DATABASE.',
  '请将 DATABASE_URL 设置为 sqlite：路径、postgres://用户：密码@主机/数据库 或 mysql://用户：密码@主机/数据库。',
);

/** While the file is opened; after that better-sqlite3, which blocks the whole process, waits for nothing. */
const SQLITE_OPEN_MS = 250;
/** 64 MiB of write-ahead log, which is also how much of the disk it may take. */
const SQLITE_CHECKPOINT_PAGES = 16_384;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than any page takes; a lock that stays longer belongs to something that hangs. */
const LOCK_TIMEOUT_MS = 20_000;

/**
 * Connects, applies pending migrations and looks at the tables.
 *
 * @param url `sqlite:PATH` (`sqlite::memory:` for one that is gone with the process), `postgres://…`, `mysql://…`
 * @throws ConfigError when the URL or the account in it is wrong; the message never shows the URL
 * @throws UnavailableError when the server does not answer; the message shows its host
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const { host, connection } = await connectionTo(url, options);
  const dataSource = new DataSource(connection);
  try {
    await dataSource.initialize();
  } catch (error) {
    throw openError(error, host);
  }
  try {
    if (dataSource.options.type === 'better-sqlite3') await dataSource.query('PRAGMA busy_timeout = 0');
    await runPending(dataSource);
    await assertBackslashEscapes(dataSource);
    return await Database.owning(dataSource);
  } catch (error) {
    await dataSource.destroy().catch(() => undefined);
    throw translated(error);
  }
}

async function connectionTo(url: string, options: OpenOptions): Promise<Target> {
  if (url.startsWith('sqlite:')) return sqliteOptions(url.slice('sqlite:'.length));
  const parsed = parseUrl(url);
  const poolSize = options.poolSize ?? 10;
  switch (parsed.protocol) {
    case 'postgres:':
    case 'postgresql:':
      return {
        host: parsed.host,
        connection: {
          ...COMMON,
          type: 'postgres',
          driver: (await loadOptional(() => import('pg'))).default,
          url,
          poolSize,
          connectTimeoutMS: CONNECT_TIMEOUT_MS,
          applicationName: 'wecom-syncer',
          // An idle connection that breaks is replaced; whoever needs one next is told if it cannot be.
          poolErrorHandler: () => undefined,
          extra: { lock_timeout: LOCK_TIMEOUT_MS, keepAlive: true },
        },
      };
    case 'mysql:':
    case 'mariadb:':
      return {
        host: parsed.host,
        connection: {
          ...COMMON,
          type: 'mysql',
          driver: (await loadOptional(() => import('mysql2'))).default,
          url: url.replace(/^mariadb:/, 'mysql:'),
          poolSize,
          connectTimeout: CONNECT_TIMEOUT_MS,
          charset: 'utf8mb4',
          ...mysqlTls(parsed),
        },
      };
    default:
      throw new ConfigError(
        text('DATABASE_URL names no known kind of database.', 'DATABASE_URL 的数据库类型无法识别。'),
        {
          remedy: REMEDY,
        },
      );
  }
}

function parseUrl(url: string): URL {
  try {
    const parsed = new URL(url);
    if (parsed.hostname && parsed.pathname.length > 1) return parsed;
  } catch {
    // Falls through: the reason would show the URL and the password in it.
  }
  throw new ConfigError(
    text('DATABASE_URL is not a URL with host and database.', 'DATABASE_URL 不是包含主机和数据库名的有效 URL。'),
    { remedy: REMEDY },
  );
}

/** `ssl-mode` as MySQL's own clients spell it: REQUIRED encrypts, VERIFY_CA and VERIFY_IDENTITY also check who answers. */
function mysqlTls(url: URL): { ssl?: { rejectUnauthorized: boolean } } {
  const mode = (url.searchParams.get('ssl-mode') ?? '').toUpperCase();
  if (mode === 'REQUIRED') return { ssl: { rejectUnauthorized: false } };
  return mode.startsWith('VERIFY_') ? { ssl: { rejectUnauthorized: true } } : {};
}

async function sqliteOptions(given: string): Promise<Target> {
  const path = given.startsWith('//') ? given.slice(2) : given;
  if (path === '') {
    throw new ConfigError(text('DATABASE_URL names no file.', 'DATABASE_URL 未指定文件。'), { remedy: REMEDY });
  }
  const { default: driver } = await loadOptional(() => import('better-sqlite3'));
  if (path !== ':memory:') {
    try {
      await mkdir(dirname(path), { recursive: true });
      // Personal records and password hashes: for the owner only. SQLite gives its side files the same mode.
      await (await open(path, 'a', 0o600)).close();
    } catch (error) {
      throw openError(error, '');
    }
  }
  return {
    host: '',
    connection: {
      ...COMMON,
      type: 'better-sqlite3',
      driver,
      database: path,
      timeout: SQLITE_OPEN_MS,
      enableWAL: path !== ':memory:',
      prepareDatabase: (connection: SqliteConnection) => {
        // With the write-ahead log a power cut can lose the last pages, which the next run writes again, but tear none.
        connection.pragma('synchronous = NORMAL');
        // A first import touches most pages of the indexes again and again: copying them back at every thousandth page,
        // SQLite's default, would write each of them hundreds of times.
        connection.pragma(`wal_autocheckpoint = ${SQLITE_CHECKPOINT_PAGES}`);
      },
    },
  };
}

function openError(error: unknown, host: string): Error {
  const code = codeOf(error) || 'unknown error';
  if (host !== '' && (isAway(error) || code === 'unknown error')) {
    return new UnavailableError(
      text(`The database at ${host} does not answer (${code}).`, `位于 ${host} 的数据库无响应(${code})。`),
      {
        remedy: text(
          'Check that it runs and that host and port in DATABASE_URL are right.',
          '请检查数据库是否运行，以及 DATABASE_URL 中的主机和端口是否正确。',
        ),
      },
    );
  }
  const where = host === '' ? ['The SQLite file', 'SQLite 文件'] : [`The database at ${host}`, `位于 ${host} 的数据库`];
  return new ConfigError(text(`${where[0]} cannot be opened (${code}).`, `${where[1]}无法打开(${code})。`), {
    remedy:
      host === ''
        ? text('Check the path in DATABASE_URL and who may write there.', '请检查 DATABASE_URL 中的路径及其写入权限。')
        : text('Check user, password and database in DATABASE_URL.', '请检查 DATABASE_URL 中的用户、密码和数据库名。'),
  });
}

/** The driver puts values into MySQL's statements with backslashes; a server that does not read those would misread them. */
async function assertBackslashEscapes(dataSource: DataSource): Promise<void> {
  if (dataSource.options.type !== 'mysql') return;
  const [row] = await dataSource.query<{ mode: string }[]>('SELECT @@SESSION.sql_mode AS mode');
  if (!row?.mode.includes('NO_BACKSLASH_ESCAPES')) return;
  throw new ConfigError(
    text(
      'The MySQL server runs with sql_mode NO_BACKSLASH_ESCAPES.',
      'MySQL 服务器启用了 sql_mode NO_BACKSLASH_ESCAPES。',
    ),
    { remedy: text('Remove it from sql_mode of the server.', '请从服务器的 sql_mode 中将其移除。') },
  );
}
