import { In } from 'typeorm';
import type { Change, ChangeKind } from '../../identity/change.ts';
import type { Database } from '../../storage/database.ts';
import { GroupRow, UserRow } from '../../storage/entities/index.ts';

/** Whose change it is: an account's, or a group's. */
const IS_GROUP: ReadonlySet<ChangeKind> = new Set(['createGroup', 'updateGroup', 'removeGroup']);

type Named = Pick<UserRow | GroupRow, 'owner' | 'name' | 'displayName'>;

/** What the people and groups in a list of changes are called. */
export class ChangeNames {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order of the changes; undefined where nobody knows a name. */
  async of(changes: readonly Change[]): Promise<readonly (string | undefined)[]> {
    const users = await this.#names(
      UserRow,
      changes.filter(({ kind }) => !IS_GROUP.has(kind)),
    );
    const groups = await this.#names(
      GroupRow,
      changes.filter(({ kind }) => IS_GROUP.has(kind)),
    );
    return changes.map((change) => {
      const names = IS_GROUP.has(change.kind) ? groups : users;
      return names.get(change.user.toLowerCase()) ?? statedIn(change);
    });
  }

  async #names(entity: typeof UserRow | typeof GroupRow, changes: readonly Change[]): Promise<Map<string, string>> {
    const byOwner = new Map<string, string[]>();
    for (const { user } of changes) {
      const slash = user.indexOf('/');
      if (slash < 0) continue;
      const owner = user.slice(0, slash);
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), user.slice(slash + 1)]);
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

/** Of what is not there: not yet, or not any more. */
function statedIn({ fields }: Change): string | undefined {
  const stated = fields.find(({ field }) => field === 'displayName');
  return [stated?.after, stated?.before].find((value) => typeof value === 'string' && value !== '') as
    string | undefined;
}
