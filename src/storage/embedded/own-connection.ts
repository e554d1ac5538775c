import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConfigError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import { codeOf, isRetryable } from '../database-error.ts';

/**
 * SQLite gives a DataSource one connection, and a page that is written on it belongs to whatever transaction is open
 * there: when the host rolls his back, the page is gone. So a sync opens the same file a second time, for itself.
 */
export class OwnConnection {
  readonly #options: DataSourceOptions;
  #opening: Promise<DataSource> | undefined;

  private constructor(options: DataSourceOptions) {
    this.#options = options;
  }

  /**
   * Beside a host's DataSource, with its entities, its driver and its key.
   *
   * @throws ConfigError that says why the database cannot be opened a second time
   */
  static async beside(host: DataSource): Promise<OwnConnection> {
    const connection = new OwnConnection(ownOptions(host, await fileOf(host)));
    await connection.dataSource();
    return connection;
  }

  /** Opens it anew when it was closed. */
  dataSource(): Promise<DataSource> {
    this.#opening ??= open(this.#options).catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const dataSource = await opening?.catch(() => undefined);
    await dataSource?.destroy();
  }
}

/** Of the host's options only what says how to read the file: no step of his runs a second time here. */
function ownOptions(host: DataSource, file: string): DataSourceOptions {
  return {
    ...host.options,
    database: file,
    fileMustExist: true,
    // better-sqlite3 would stand still with the whole process while it waits: the waiting is the transactor's.
    timeout: 0,
    enableWAL: false,
    migrations: [],
    migrationsRun: false,
    subscribers: [],
    synchronize: false,
    dropSchema: false,
    cache: false,
  } as DataSourceOptions;
}

/**
 * Where a host's SQLite database is.
 *
 * @throws ConfigError for a database without a file, or with one that nobody else may open
 */
export async function fileOf(host: DataSource): Promise<string> {
  if ('readonly' in host.options && host.options.readonly) {
    throw refused('it is opened for reading alone', '该数据库以只读方式打开');
  }
  const databases = await host.query<{ readonly name: string; readonly file: string | null }[]>('PRAGMA database_list');
  const file = databases.find(({ name }) => name === 'main')?.file ?? '';
  // Also for a temporary one, whose name is empty.
  if (file === '') throw refused('it is in memory alone (":memory:")', '该数据库仅存在于内存中（“:memory:”）');
  const [mode] = await host.query<{ readonly locking_mode: string }[]>('PRAGMA locking_mode');
  if (mode?.locking_mode === 'exclusive') {
    throw refused('its locking_mode is EXCLUSIVE', '其 locking_mode 为 EXCLUSIVE');
  }
  return file;
}

async function open(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = new DataSource(options);
  try {
    await dataSource.initialize();
    // What the host prepares on each of his connections may be a time to wait.
    await dataSource.query('PRAGMA busy_timeout = 0');
    await dataSource.query('SELECT COUNT(*) FROM sqlite_master').catch((error: unknown) => {
      // The host is in the middle of something; whoever asks next waits for that.
      if (!isRetryable(error)) throw error;
    });
    return dataSource;
  } catch (error) {
    await dataSource.destroy().catch(() => undefined);
    const code = codeOf(error);
    throw refused(
      `its file cannot be opened again (${code || 'unknown error'})`,
      `无法再次打开其文件（${code || '未知错误'}）`,
    );
  }
}

const refused = (en: string, zh: string): ConfigError =>
  new ConfigError(
    text(
      `A sync needs a connection of its own to the SQLite database, and cannot have one: ${en}.`,
      `同步需要对 SQLite 数据库建立自己的连接，但无法建立：${zh}。`,
    ),
    {
      remedy: text(
        'Give the DataSource a file that this process may open twice and write.',
        '请为 DataSource 指定一个本进程可以打开两次并可写入的文件。',
      ),
    },
  );
