import type { DataSource } from 'typeorm';
import { checkDataSource, checkTables } from './embedded/check-data-source.ts';
import { OwnConnection } from './embedded/own-connection.ts';
import { qualified, type Dialect } from './dialect.ts';
import { isLacking } from './database-error.ts';
import { LiveColumns } from './live-columns.ts';
import type { Session } from './session.ts';
import type { Statement } from './statement.ts';
import { Transactor } from './transactor.ts';
import { UserTotals } from './accounts/user-totals.ts';

export type { DataSource };

/** An open database whose tables are there: what the stores stand on. */
export class Database {
  /** Statements go through `transaction` and `read`, which give a manager: on SQLite it is that of another connection. */
  readonly dataSource: DataSource;
  #columns: LiveColumns;
  readonly #transactor: Transactor;
  /** @internal */
  readonly userTotals = new UserTotals();
  readonly #own: OwnConnection | undefined;
  readonly #isOurs: boolean;

  private constructor(
    { dataSource, own }: { readonly dataSource: DataSource; readonly own: OwnConnection | undefined },
    transactor: Transactor,
    columns: LiveColumns,
    isOurs: boolean,
  ) {
    this.dataSource = dataSource;
    this.#columns = columns;
    this.#transactor = transactor;
    this.#own = own;
    this.#isOurs = isOurs;
  }

  /**
   * Over a host's own DataSource, which is initialized, holds `entities` (or `runEntities`) and has run `migrations` (or
   * `runMigrations`). On SQLite it opens a connection of its own to the same file: what is written here takes part in no
   * transaction of the host's. `close()` closes that, and never the DataSource.
   *
   * @throws ConfigError that says in one sentence what is missing, or what is not supported
   */
  static async over(dataSource: DataSource): Promise<Database> {
    await checkDataSource(dataSource);
    const own = dataSource.options.type === 'better-sqlite3' ? await OwnConnection.beside(dataSource) : undefined;
    try {
      return await Database.#open(dataSource, own);
    } catch (error) {
      await own?.close();
      throw error;
    }
  }

  /** Over a DataSource that nobody else uses, and that `close()` closes. */
  static owning(dataSource: DataSource): Promise<Database> {
    return Database.#open(dataSource, undefined, true);
  }

  static async #open(dataSource: DataSource, own?: OwnConnection, isOurs = false): Promise<Database> {
    const transactor = await Transactor.over(dataSource, own);
    try {
      const columns = await transactor.read((session) => LiveColumns.read(session, dataSource));
      checkTables(dataSource, columns);
      const database = new Database({ dataSource, own }, transactor, columns, isOurs);
      await database.#fitEntities();
      return database;
    } catch (error) {
      await transactor.close();
      throw error;
    }
  }

  /**
   * As they were when they were last looked at.
   *
   * @internal
   */
  get columns(): LiveColumns {
    return this.#columns;
  }

  /**
   * Looks at the tables again: the IAM that owns them may have been upgraded while we run.
   *
   * @returns whether they changed
   * @internal
   */
  async refreshColumns(): Promise<boolean> {
    const columns = await this.#transactor.read((session) => LiveColumns.read(session, this.dataSource, this.#columns));
    if (columns.equals(this.#columns)) return false;
    this.#columns = columns;
    await this.#fitEntities();
    return true;
  }

  async #fitEntities(): Promise<void> {
    this.#columns.fitEntities(this.dataSource);
    if (this.#own) this.#columns.fitEntities(await this.#own.dataSource());
  }

  /** @internal */
  get dialect(): Dialect {
    return this.#transactor.dialect;
  }

  /**
   * A table's name for a statement.
   *
   * @internal
   */
  table(name: string): string {
    return qualified(this.dialect, this.#transactor.schema, name);
  }

  /**
   * The single way to write; see `Transactor.transaction`.
   *
   * @internal
   */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#onLiveColumns(() => this.#transactor.transaction(work));
  }

  /**
   * See `Transactor.writeBriefly`.
   *
   * @internal
   */
  writeBriefly(...statements: readonly Statement[]): Promise<readonly number[]> {
    return this.#onLiveColumns(() => this.#transactor.writeBriefly(statements));
  }

  /**
   * See `Transactor.read`.
   *
   * @internal
   */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#onLiveColumns(() => this.#transactor.read(work));
  }

  /** What failed because a table is not what it was, is done once more with the table as it is. */
  async #onLiveColumns<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // Within a transaction nothing more can be read; whoever began it comes here too.
      if (!isLacking(error) || this.#transactor.isInside || !(await this.refreshColumns())) throw error;
      return work();
    }
  }

  /** @throws UnavailableError when the database does not answer */
  async ping(): Promise<void> {
    await this.read((session) => session.select('SELECT 1 AS one'));
  }

  /** Closes what was opened here. Whoever asks something after that is answered all the same, by a connection that stays open. */
  async close(): Promise<void> {
    await this.#transactor.close();
    if (this.#isOurs && this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
