import { randomUUID } from 'node:crypto';
import { CLOCK_MS } from '../database-clock.ts';
import type { Database } from '../database.ts';
import { HeardCallbackRow } from '../entities/index.ts';

/** Which messages of directories were heard, for all hosts; as many rows as messages come in one window. */
export class HeardCallbacks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Remembers a message.
   *
   * @param keepMs how long it could be sent again and still be taken for new
   * @returns whether nobody heard it before; of several at once exactly one is told so
   */
  async isFirst(syncerId: string, messageId: string, keepMs: number): Promise<boolean> {
    const clockMs = CLOCK_MS[this.#database.dialect];
    const token = randomUUID();
    return this.#database.transaction(async ({ manager }) => {
      await manager
        .createQueryBuilder()
        .insert()
        .into(HeardCallbackRow)
        .values({ syncerId, messageId, token, expiresMs: () => `${clockMs} + :keepMs` })
        .setParameters({ keepMs })
        .orIgnore()
        .execute();
      return manager.existsBy(HeardCallbackRow, { syncerId, messageId, token });
    });
  }

  /** @returns how many were too old to be heard again */
  async prune(): Promise<number> {
    const { affected } = await this.#database.transaction(({ manager }) =>
      manager
        .createQueryBuilder()
        .delete()
        .from(HeardCallbackRow)
        .where(`expires_ms <= ${CLOCK_MS[this.#database.dialect]}`)
        .execute(),
    );
    return affected ?? 0;
  }
}
