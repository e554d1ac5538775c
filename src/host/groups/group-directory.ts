import type { GroupField, GroupRecords } from '../../storage/accounts/group-records.ts';
import type { Listing } from '../../storage/accounts/listing.ts';
import type { GroupRow } from '../../storage/entities/index.ts';
import type { GroupJson, GroupNodeJson } from './group-json.ts';

/** Deeper than any directory; a cycle in the parents ends here at the latest. */
const DEEPEST = 100;

/** The groups of an organization and who is in them. */
export class GroupDirectory {
  readonly #records: GroupRecords;

  constructor(records: GroupRecords) {
    this.#records = records;
  }

  async find(organization: string, name: string): Promise<GroupJson | undefined> {
    const found = await this.#records.find(organization, name);
    return found ? (await this.#shown(organization, [found]))[0] : undefined;
  }

  async list(
    organization: string,
    listing: Listing<GroupField>,
  ): Promise<{ readonly rows: readonly GroupJson[]; readonly total: number }> {
    const { rows, total } = await this.#records.list(organization, listing);
    return { rows: await this.#shown(organization, rows), total };
  }

  /** All groups, each below its parent. A group whose parent is not there stands at the top, so that none is lost. */
  async tree(organization: string): Promise<readonly GroupNodeJson[]> {
    const rows = await this.#records.outline(organization);
    const members = await this.#records.members(organization);
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
    const members = await this.#records.members(organization, new Set(rows.map((row) => row.name)));
    const all = await this.#records.outline(organization);
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
}
