import type { DataSource } from 'typeorm';
import type { Dialect } from './dialect.ts';
import { LiveColumns } from './live-columns.ts';
import type { Session } from './session.ts';
import { Transactor } from './transactor.ts';

export type { DataSource };

/** An open database whose tables are there: what the stores stand on. */
export class Database {
  /** For entities and repositories; statements go through `transaction` and `read`, which give a manager. */
  readonly dataSource: DataSource;
  /** @internal */
  readonly columns: LiveColumns;
  readonly #transactor: Transactor;

  private constructor(dataSource: DataSource, transactor: Transactor, columns: LiveColumns) {
    this.dataSource = dataSource;
    this.columns = columns;
    this.#transactor = transactor;
  }

  /**
   * Over a DataSource that is initialized, holds `entities` and has run `migrations`, such as a host's own.
   *
   * @throws ConfigError for a kind of database that is not supported
   */
  static async over(dataSource: DataSource): Promise<Database> {
    const transactor = await Transactor.over(dataSource);
    const columns = await transactor.read((session) => LiveColumns.read(session, dataSource));
    columns.fitEntities(dataSource);
    return new Database(dataSource, transactor, columns);
  }

  /** @internal */
  get dialect(): Dialect {
    return this.#transactor.dialect;
  }

  /**
   * The single way to write; see `Transactor.transaction`.
   *
   * @internal
   */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#transactor.transaction(work);
  }

  /**
   * See `Transactor.read`.
   *
   * @internal
   */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#transactor.read(work);
  }

  /** @throws UnavailableError when the database does not answer */
  async ping(): Promise<void> {
    await this.read((session) => session.select('SELECT 1 AS one'));
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
