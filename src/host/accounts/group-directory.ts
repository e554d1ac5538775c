import type { Database } from '../../storage/database.ts';
import { GroupRow, UserRow } from '../../storage/entities/index.ts';
import { asList } from '../../storage/text-value.ts';
import type { GroupJson, GroupNodeJson } from './group-json.ts';
import { countOf, likePattern, pageWithin, type Listing } from '../http/paging.ts';

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

/** Accounts read at one time while members are counted. */
const STRIDE = 5000;
/** Deeper than any directory; a cycle in the parents ends here at the latest. */
const DEEPEST = 100;

/** The groups of an organization and who is in them. */
export class GroupDirectory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(organization: string, name: string): Promise<GroupJson | undefined> {
    const found = await this.#database.read(({ manager }) =>
      manager.findOneBy(GroupRow, { owner: organization, name }),
    );
    if (!found) return undefined;
    return (await this.#shown(organization, [found]))[0];
  }

  async list(
    organization: string,
    listing: Listing<GroupField>,
  ): Promise<{ readonly rows: readonly GroupJson[]; readonly total: number }> {
    const { rows, total } = await this.#database.read(async ({ manager }) => {
      const query = manager.createQueryBuilder(GroupRow, 'g').where('g.owner = :organization', { organization });
      const { filter, sort, page } = listing;
      if (filter) {
        query.andWhere(`LOWER(g.${filter.field}) LIKE :value ESCAPE '!'`, { value: likePattern(filter.value) });
      }
      const total = await countOf(query);
      query.orderBy(`g.${sort?.field ?? 'name'}`, sort?.descending ? 'DESC' : 'ASC').addOrderBy('g.name', 'ASC');
      if (page) query.offset((pageWithin(page, total) - 1) * page.size).limit(page.size);
      return { rows: await query.getMany(), total };
    });
    return { rows: await this.#shown(organization, rows), total };
  }

  /** All groups, each below its parent. A group whose parent is not there stands at the top, so that none is lost. */
  async tree(organization: string): Promise<readonly GroupNodeJson[]> {
    const rows = await this.#database.read(({ manager }) =>
      manager
        .createQueryBuilder(GroupRow, 'g')
        .select(['g.owner', 'g.name', 'g.displayName', 'g.parentId', 'g.type'])
        .where('g.owner = :organization', { organization })
        .orderBy('g.displayName', 'ASC')
        .addOrderBy('g.name', 'ASC')
        .getMany(),
    );
    const members = await this.#members(organization);
    const names = new Set(rows.map((row) => row.name));
    const below = new Map<string, GroupRow[]>();
    for (const row of rows) {
      const parent = row.parentId !== null && names.has(row.parentId) ? row.parentId : organization;
      const siblings = below.get(parent);
      if (siblings) siblings.push(row);
      else below.set(parent, [row]);
    }
    const placed = new Set<string>();
    const node = (row: GroupRow, depth: number): GroupNodeJson => {
      placed.add(row.name);
      const children = depth < DEEPEST ? (below.get(row.name) ?? []) : [];
      return {
        owner: organization,
        key: row.name,
        title: row.displayName || row.name,
        type: row.type ?? '',
        userCount: members.get(row.name)?.length ?? 0,
        children: children.filter((child) => !placed.has(child.name)).map((child) => node(child, depth + 1)),
      };
    };
    const tree = (below.get(organization) ?? []).map((row) => node(row, 1));
    // What is left over hangs in a cycle; it is cut where it is met first.
    for (const row of rows) if (!placed.has(row.name)) tree.push(node(row, 1));
    return tree;
  }

  async #shown(organization: string, rows: readonly GroupRow[]): Promise<GroupJson[]> {
    if (rows.length === 0) return [];
    const members = await this.#members(organization, new Set(rows.map((row) => row.name)));
    const all = await this.#database.read(({ manager }) =>
      manager
        .createQueryBuilder(GroupRow, 'g')
        .select(['g.owner', 'g.name', 'g.displayName', 'g.parentId'])
        .where('g.owner = :organization', { organization })
        .getMany(),
    );
    const titles = new Map(all.map((row) => [row.name, row.displayName ?? '']));
    const parents = new Set(all.map((row) => row.parentId));
    return rows.map((row) => {
      const users = members.get(row.name) ?? [];
      return {
        owner: row.owner,
        name: row.name,
        createdTime: row.createdTime ?? '',
        updatedTime: row.updatedTime ?? '',
        displayName: row.displayName ?? '',
        manager: row.manager ?? '',
        contactEmail: row.contactEmail ?? '',
        type: row.type ?? '',
        parentId: row.parentId ?? '',
        parentName: titles.get(row.parentId ?? '') ?? '',
        isTopGroup: row.isTopGroup === true,
        title: row.title ?? '',
        key: row.key ?? '',
        haveChildren: parents.has(row.name),
        children: [],
        isEnabled: row.isEnabled === true,
        users,
        userCount: users.length,
      };
    });
  }

  /** Members by group name, out of the accounts: that list is what tokens are made from. */
  async #members(organization: string, wanted?: ReadonlySet<string>): Promise<Map<string, string[]>> {
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
