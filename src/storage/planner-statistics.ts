import type { Database } from './database.ts';

/** Rows inserted, counted from the last refresh; then each time ten times as many. */
const FIRST_REFRESH = 500;
const GROWTH = 10;
const GROWING = ['user', 'directory_link', 'sync_change'];

/**
 * PostgreSQL plans by statistics that its autovacuum collects a minute later at best. Until then it takes every table
 * for nearly empty and, in an organization that has just been imported, reads all of its accounts to find one: pages
 * would take longer and longer. So whoever fills the tables says so. The other databases need no telling.
 */
export class PlannerStatistics {
  readonly #database: Database;
  #inserted = 0;
  #refreshAt = FIRST_REFRESH;

  constructor(database: Database) {
    this.#database = database;
  }

  async noteInserted(rows: number): Promise<void> {
    this.#inserted += rows;
    if (this.#database.dialect !== 'postgres' || this.#inserted < this.#refreshAt) return;
    this.#refreshAt = Math.max(this.#refreshAt, this.#inserted) * GROWTH;
    // A table of another owner is passed over with a warning. Whatever else goes wrong: this is advice to the planner,
    // and the page that it follows is stored.
    await this.#database
      .read((session) => session.execute(`ANALYZE ${GROWING.map((name) => session.table(name)).join(', ')}`))
      .catch(() => undefined);
  }
}
