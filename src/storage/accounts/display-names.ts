import { In } from 'typeorm';
import type { Database } from '../database.ts';
import { GroupRow, UserRow } from '../entities/index.ts';

type Named = Pick<UserRow | GroupRow, 'owner' | 'name' | 'displayName'>;

/** What people and groups are called, by `ORG/NAME` in lower case; who has no name is absent. */
export class DisplayNames {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param ids `ORG/NAME`; whatever is none is nobody's */
  ofUsers(ids: readonly string[]): Promise<Map<string, string>> {
    return this.#of(UserRow, ids);
  }

  /** @param ids `ORG/NAME`; whatever is none is no group's */
  ofGroups(ids: readonly string[]): Promise<Map<string, string>> {
    return this.#of(GroupRow, ids);
  }

  async #of(entity: typeof UserRow | typeof GroupRow, ids: readonly string[]): Promise<Map<string, string>> {
    const byOwner = new Map<string, string[]>();
    for (const id of ids) {
      const slash = id.indexOf('/');
      if (slash < 0) continue;
      const owner = id.slice(0, slash);
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), id.slice(slash + 1)]);
    }
    const found = new Map<string, string>();
    for (const [owner, names] of byOwner) {
      const rows = await this.#database.read<readonly Named[]>(({ manager }) =>
        manager.find<Named>(entity, {
          select: { owner: true, name: true, displayName: true },
          where: { owner, name: In(names) },
        }),
      );
      for (const row of rows) if (row.displayName) found.set(`${row.owner}/${row.name}`.toLowerCase(), row.displayName);
    }
    return found;
  }
}
