import { createHash } from 'node:crypto';
import { In } from 'typeorm';
import type { AppliedList, AppliedRecord, AppliedStore } from '../../service/configuration/applied-text.ts';
import { present } from '../../syncer/present.ts';
import { readClock } from '../database-clock.ts';
import type { Database } from '../database.ts';
import { AppliedConfigurationRow, SyncerRow } from '../entities/index.ts';
import { asciiJson } from '../text-value.ts';

/** The table `applied_configuration`. */
export class AppliedConfigurations implements AppliedStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async put(lists: readonly AppliedList[], appliedBy: string): Promise<void> {
    if (lists.length === 0) return;
    await this.#database.transaction(async (session) => {
      const appliedMs = (await readClock(session)).getTime();
      const rows = lists.map(({ organization, list, said }) => ({
        organization,
        list,
        said: asciiJson(said),
        appliedBy,
        appliedMs,
      }));
      await session.manager.upsert(AppliedConfigurationRow, rows, ['organization', 'list']);
    });
  }

  async list(organization?: string): Promise<readonly AppliedRecord[]> {
    const rows = await this.#database.read(({ manager }) =>
      manager.find(AppliedConfigurationRow, {
        ...present({ where: organization === undefined ? undefined : { organization } }),
        // Syncers before protections.
        order: { organization: 'ASC', list: 'DESC' },
      }),
    );
    return rows.map(({ organization: of, list, said, appliedBy, appliedMs }) => {
      const applied = { organization: of, list, said: JSON.parse(said) as unknown } as AppliedList;
      return { ...applied, by: appliedBy, at: new Date(appliedMs) };
    });
  }

  async marks(syncerIds: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    if (syncerIds.length === 0) return new Map();
    const rows = await this.#database.read(({ manager }) =>
      manager.find(SyncerRow, { select: { id: true, secrets: true }, where: { id: In(syncerIds) } }),
    );
    return new Map(
      rows.map(({ id, secrets }) => {
        const sealed = Object.entries(JSON.parse(secrets) as Record<string, string>);
        return [id, Object.fromEntries(sealed.map(([field, text]) => [field, markOf(text)]))] as const;
      }),
    );
  }
}

/** A secret is sealed with a number that is drawn anew each time, so even the same one entered again looks another. */
const markOf = (sealed: string): string => createHash('sha256').update(sealed).digest('base64url').slice(0, 22);
