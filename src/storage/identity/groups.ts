import { checkText } from '../../identity/column-limits.ts';
import type { Group, GroupUpdate } from '../../identity/group.ts';
import {
  deleteBySet,
  insertRows,
  literalOf,
  selectBySet,
  updateEach,
  type Cell,
  type Column,
  type Values,
} from '../bulk.ts';
import { hasSpelling } from '../dialect.ts';
import { FRESH_GROUP, GroupRow } from '../entities/group-row.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Session } from '../session.ts';
import { asBoolean, asText, columnName } from '../text-value.ts';
import { removeGroupRules } from './casbin-rules.ts';

const NAMES = ['owner', 'name', 'display_name', 'parent_id', 'is_top_group', 'manager'] as const;
const CHANGEABLE = {
  displayName: 'display_name',
  parentId: 'parent_id',
  isTopGroup: 'is_top_group',
  manager: 'manager',
} as const;
const CONSTANTS = Object.entries(FRESH_GROUP).map(([name, value]) => [columnName(name), literalOf(value)] as const);

/** Casdoor's table `group`, as far as a sync reads and writes it. */
export class Groups {
  readonly #session: Session;
  readonly #live: LiveColumns;

  constructor(session: Session, live: LiveColumns) {
    this.#session = session;
    this.#live = live;
  }

  /** Whether a group of any organization is called so, in whichever spelling. */
  static isNameTaken({ manager, dialect }: Pick<Session, 'manager' | 'dialect'>, name: string): Promise<boolean> {
    return manager
      .createQueryBuilder(GroupRow, 'g')
      .where(hasSpelling(dialect, 'g.name', 'name'), { name })
      .getExists();
  }

  /** Over the whole database, by lower-cased name. */
  async byName(names: readonly string[]): Promise<Map<string, Group>> {
    const rows = await selectBySet(this.#session, 'group', NAMES, { equal: {}, column: 'name' }, names);
    return new Map(
      rows.map((row) => {
        const group: Group = {
          owner: asText(row['owner']),
          name: asText(row['name']),
          displayName: asText(row['display_name']),
          parentId: asText(row['parent_id']),
          isTopGroup: asBoolean(row['is_top_group']),
          manager: asText(row['manager']),
        };
        return [group.name.toLowerCase(), group];
      }),
    );
  }

  async create(groups: readonly Group[], now: string): Promise<void> {
    if (groups.length === 0) return;
    const columns: readonly Column[] = [
      ...NAMES.map((name): Column => ({ name, type: name === 'is_top_group' ? 'boolean' : 'text' })),
      { name: 'created_time', type: 'text' },
      { name: 'updated_time', type: 'text' },
    ];
    const rows = groups.map((group): Values => {
      this.#check(group);
      return [group.owner, group.name, group.displayName, group.parentId, group.isTopGroup, group.manager, now, now];
    });
    const present = CONSTANTS.filter(([name]) => this.#live.has('group', name));
    await insertRows(this.#session, 'group', columns, Object.fromEntries(present), rows);
  }

  async update(organization: string, updates: readonly GroupUpdate[], now: string): Promise<void> {
    const rows = updates.map((update) => {
      this.#check(update);
      const cells = Object.entries(CHANGEABLE).flatMap(([field, column]): Cell[] => {
        const value = update[field as keyof typeof CHANGEABLE];
        return value === undefined ? [] : [[column, value]];
      });
      return { key: update.name, cells: [...cells, ['updated_time', now] as const] };
    });
    const where = { equal: { owner: organization }, column: 'name' };
    await updateEach(this.#session, 'group', where, rows, this.#live.collation('group', 'name'));
  }

  /** With their rules, so that nobody is in a later group of the same name. */
  async remove(organization: string, names: readonly string[]): Promise<void> {
    await removeGroupRules(this.#session, this.#live, organization, names);
    await deleteBySet(this.#session, 'group', { equal: { owner: organization }, column: 'name' }, names);
  }

  #check(group: GroupUpdate): void {
    const check = (column: string, value: string | undefined): void => {
      if (value !== undefined) checkText(column, value, this.#live.limit('group', column));
    };
    check('name', group.name);
    check('display_name', group.displayName);
    check('parent_id', group.parentId);
    check('manager', group.manager);
  }
}
