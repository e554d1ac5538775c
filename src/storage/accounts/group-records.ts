import type { Database } from '../database.ts';
import { GroupRow, UserRow } from '../entities/index.ts';
import type { Session } from '../session.ts';
import { asList, isSpelling } from '../text-value.ts';
import { countOf, likePattern, pageWithin, type Listing } from './listing.ts';

export const GROUP_FIELDS = [
  'name',
  'displayName',
  'parentId',
  'type',
  'manager',
  'createdTime',
  'updatedTime',
] as const;
export type GroupField = (typeof GROUP_FIELDS)[number];

/** The group of this name; without case where the database compares so. */
export async function groupOf({ manager }: Session, organization: string, name: string): Promise<GroupRow | null> {
  const row = await manager.findOneBy(GroupRow, { owner: organization, name });
  return row && isSpelling(organization, row.owner) && isSpelling(name, row.name) ? row : null;
}

/** Accounts read at one time while members are counted. */
const STRIDE = 5000;

/** The rows of an organization's groups, and who is in them. */
export class GroupRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(organization: string, name: string): Promise<GroupRow | null> {
    return this.#database.read((session) => groupOf(session, organization, name));
  }

  /** @param organization undefined: all */
  list(
    organization: string | undefined,
    listing: Listing<GroupField>,
  ): Promise<{ readonly rows: readonly GroupRow[]; readonly total: number }> {
    return this.#database.read(async ({ manager }) => {
      const query = manager.createQueryBuilder(GroupRow, 'g');
      if (organization !== undefined) query.where('g.owner = :organization', { organization });
      const { filter, sort, page } = listing;
      if (filter) {
        query.andWhere(`LOWER(g.${filter.field}) LIKE :value ESCAPE '!'`, { value: likePattern(filter.value) });
      }
      const total = await countOf(query);
      query.orderBy(`g.${sort?.field ?? 'name'}`, sort?.descending ? 'DESC' : 'ASC').addOrderBy('g.name', 'ASC');
      if (page) query.offset((pageWithin(page, total) - 1) * page.size).limit(page.size);
      return { rows: await query.getMany(), total };
    });
  }

  /** Organizations that have groups, by name. */
  async owners(): Promise<readonly string[]> {
    const rows = await this.#database.read(({ manager }) =>
      manager
        .createQueryBuilder(GroupRow, 'g')
        .select('g.owner', 'owner')
        .distinct(true)
        .orderBy('g.owner', 'ASC')
        .getRawMany<{ owner: string }>(),
    );
    return rows.map(({ owner }) => owner);
  }

  /** All of an organization, by what they are called. */
  all(organization: string): Promise<readonly GroupRow[]> {
    return this.#database.read(({ manager }) =>
      manager
        .createQueryBuilder(GroupRow, 'g')
        .where('g.owner = :organization', { organization })
        .orderBy('g.displayName', 'ASC')
        .addOrderBy('g.name', 'ASC')
        .getMany(),
    );
  }

  /** Members by group name, out of the accounts: that list is what tokens are made from. */
  async members(organization: string, wanted?: ReadonlySet<string>): Promise<Map<string, string[]>> {
    const members = new Map<string, string[]>();
    const prefix = `${organization}/`;
    for (let after = ''; ;) {
      const rows = await this.#database.read(({ manager }) =>
        manager
          .createQueryBuilder(UserRow, 'u')
          .select('u.name', 'name')
          .addSelect('u.groups', 'groups')
          .where('u.owner = :organization AND u.name > :after', { organization, after })
          .orderBy('u.name', 'ASC')
          .limit(STRIDE)
          .getRawMany<{ name: string; groups: unknown }>(),
      );
      for (const row of rows) {
        for (const group of asList(row.groups)) {
          if (!group.startsWith(prefix)) continue;
          const name = group.slice(prefix.length);
          if (wanted && !wanted.has(name)) continue;
          const list = members.get(name);
          if (list) list.push(`${prefix}${row.name}`);
          else members.set(name, [`${prefix}${row.name}`]);
        }
      }
      const last = rows.at(-1);
      if (!last || rows.length < STRIDE) return members;
      after = last.name;
    }
  }
}
