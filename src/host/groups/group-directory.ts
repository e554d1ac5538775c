import type { GroupField, GroupRecords } from '../../storage/accounts/group-records.ts';
import type { Listing } from '../../storage/accounts/listing.ts';
import type { GroupRow } from '../../storage/entities/index.ts';
import { asTexts } from '../../storage/text-value.ts';
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
    return found ? (await this.#shown([found]))[0] : undefined;
  }

  /** @param organization undefined: all */
  async list(
    organization: string | undefined,
    listing: Listing<GroupField>,
  ): Promise<{ readonly rows: readonly GroupJson[]; readonly total: number }> {
    const { rows, total } = await this.#records.list(organization, listing);
    return { rows: await this.#shown(rows), total };
  }

  /**
   * All groups, each below its parent. A group whose parent is not there stands at the top, so that none is lost.
   *
   * @param organization undefined: all, one after the other
   */
  async tree(organization: string | undefined): Promise<readonly GroupNodeJson[]> {
    const trees: GroupNodeJson[] = [];
    for (const owner of organization === undefined ? await this.#records.owners() : [organization])
      trees.push(...(await this.#treeOf(owner)));
    return trees;
  }

  async #treeOf(organization: string): Promise<readonly GroupNodeJson[]> {
    const rows = await this.#records.all(organization);
    const members = await this.#records.members(organization);
    const titles = new Map(rows.map((row) => [row.name, row.displayName ?? '']));
    const below = new Map<string, GroupRow[]>();
    for (const row of rows) {
      const parent = row.parentId !== null && titles.has(row.parentId) ? row.parentId : organization;
      const siblings = below.get(parent);
      if (siblings) siblings.push(row);
      else below.set(parent, [row]);
    }
    const placed = new Set<string>();
    const node = (row: GroupRow, depth: number): GroupNodeJson => {
      placed.add(row.name);
      const children = (depth < DEEPEST ? (below.get(row.name) ?? []) : [])
        .filter((child) => !placed.has(child.name))
        .map((child) => node(child, depth + 1));
      return {
        ...groupKeys(row),
        key: row.name,
        title: row.displayName || row.name,
        parentName: titles.get(row.parentId ?? '') ?? '',
        haveChildren: children.length > 0,
        userCount: members.get(row.name)?.length ?? 0,
        users: null,
        children,
      };
    };
    const tree = (below.get(organization) ?? []).map((row) => node(row, 1));
    // What is left over hangs in a cycle; it is cut where it is met first.
    for (const row of rows) if (!placed.has(row.name)) tree.push(node(row, 1));
    return tree;
  }

  async #shown(rows: readonly GroupRow[]): Promise<GroupJson[]> {
    const shown = new Map<GroupRow, GroupJson>();
    const byOwner = new Map<string, GroupRow[]>();
    for (const row of rows) {
      const ofOwner = byOwner.get(row.owner);
      if (ofOwner) ofOwner.push(row);
      else byOwner.set(row.owner, [row]);
    }
    for (const [organization, ofOwner] of byOwner) {
      const members = await this.#records.members(organization, new Set(ofOwner.map(({ name }) => name)));
      const all = await this.#records.all(organization);
      const titles = new Map(all.map((row) => [row.name, row.displayName ?? '']));
      const parents = new Set(all.map((row) => row.parentId));
      for (const row of ofOwner) {
        const users = members.get(row.name) ?? [];
        shown.set(row, {
          ...groupKeys(row),
          title: row.title ?? '',
          key: row.key ?? '',
          parentName: titles.get(row.parentId ?? '') ?? '',
          haveChildren: parents.has(row.name),
          children: [],
          users,
          userCount: users.length,
        });
      }
    }
    return rows.flatMap((row) => shown.get(row) ?? []);
  }
}

/** What the row alone says. */
const groupKeys = (row: GroupRow) => ({
  owner: row.owner,
  name: row.name,
  createdTime: row.createdTime ?? '',
  updatedTime: row.updatedTime ?? '',
  displayName: row.displayName ?? '',
  manager: row.manager ?? '',
  contactEmail: row.contactEmail ?? '',
  type: row.type ?? '',
  parentId: row.parentId ?? '',
  isTopGroup: row.isTopGroup === true,
  isEnabled: row.isEnabled === true,
  gidNumber: row.gidNumber ?? 0,
  properties: asTexts(row.properties),
});
