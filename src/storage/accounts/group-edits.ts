import { checkText } from '../../identity/column-limits.ts';
import { OWN_COLLATION, selectBySet, updateEach, type RowUpdate } from '../bulk.ts';
import type { Database } from '../database.ts';
import { GroupRow, OrganizationRow, UserRow } from '../entities/index.ts';
import { FRESH_GROUP } from '../entities/group-row.ts';
import { membershipsByRule, removeGroupRules, writeMemberships } from '../identity/casbin-rules.ts';
import { Groups } from '../identity/groups.ts';
import type { Session } from '../session.ts';
import { asList, asText, columnName, goJson, rfc3339 } from '../text-value.ts';
import { endGroupProtections, freeGroupName, renameTraces } from './account-traces.ts';
import { GroupError, NameTakenError } from './errors.ts';
import { groupOf } from './group-records.ts';
import { hasGroup } from './listing.ts';
import { lockOrganization, OWNER_OF_ORGANIZATIONS } from './organization-records.ts';

/** What somebody wants of a group; what is absent stays. */
export interface GroupEdit {
  readonly name?: string;
  readonly displayName?: string;
  readonly manager?: string;
  readonly contactEmail?: string;
  readonly type?: string;
  /** Name of the parent group; "" or the organization's name: at the top. */
  readonly parentId?: string;
  readonly title?: string;
  readonly key?: string;
  readonly isEnabled?: boolean;
  readonly gidNumber?: number;
  /** JSON. */
  readonly properties?: string;
  /** Of a group that is to be. */
  readonly createdTime?: string;
}

/** Deeper than any tree; a circle of parents ends here at the latest. */
const DEEPEST = 1000;
/** Accounts rewritten at one time. */
const STRIDE = 500;

const TEXTS = [
  'name',
  'displayName',
  'manager',
  'contactEmail',
  'type',
  'parentId',
  'title',
  'key',
  'properties',
  'createdTime',
] as const;

/** Adds, changes and deletes groups for an administrator; both places of membership follow. */
export class GroupEdits {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @throws NameTakenError: names are unique over all organizations
   * @throws GroupError, WriteConflictError
   */
  async add(organization: string, name: string, edit: GroupEdit): Promise<void> {
    this.#check({ ...edit, name });
    const now = rfc3339(new Date());
    await this.#database.transaction(async (session) => {
      await lockOrganization(session, organization);
      await refuseTaken(session, name);
      await freeGroupName(session, name);
      await session.manager.insert(GroupRow, {
        displayName: name,
        manager: '',
        ...FRESH_GROUP,
        ...edit,
        ...(await placeOf(session, organization, name, edit.parentId ?? '')),
        owner: organization,
        name,
        createdTime: edit.createdTime || now,
        updatedTime: now,
      });
    });
  }

  /**
   * Answers whether there is such a group. One that is as it is wanted already is not written.
   *
   * @param note told of what changes as it is stored, and as it will be
   * @throws NameTakenError, GroupError, WriteConflictError
   */
  async update(
    organization: string,
    name: string,
    edit: GroupEdit,
    note: (before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>) => void = () =>
      undefined,
  ): Promise<boolean> {
    this.#check(edit);
    return this.#database.transaction(async (session) => {
      await lockOrganization(session, organization);
      const row = await groupOf(session, organization, name);
      if (!row) return false;
      const { name: wanted = row.name, parentId, ...others } = edit;
      const isMoved = parentId !== undefined && parentId !== (row.parentId ?? '');
      const place = isMoved ? await placeOf(session, organization, row.name, parentId) : {};
      const written = Object.fromEntries(
        Object.entries({ ...others, ...place }).filter(
          ([key, value]) => key !== 'createdTime' && value !== (row[key as keyof GroupRow] ?? ''),
        ),
      );
      const isRenamed = wanted !== row.name;
      const after: Readonly<Record<string, unknown>> = { ...written, ...(isRenamed && { name: wanted }) };
      note(Object.fromEntries(Object.keys(after).map((key) => [key, row[key as keyof GroupRow]])), after);
      if (isRenamed) await this.#rename(session, organization, row.name, wanted);
      if (Object.keys(written).length > 0 || isRenamed)
        await session.manager.update(
          GroupRow,
          { owner: organization, name: wanted },
          { ...written, updatedTime: rfc3339(new Date()) },
        );
      return true;
    });
  }

  /**
   * Answers whether there was such a group.
   *
   * @param note told of what it was
   * @throws GroupError while groups are below it, or accounts in it
   */
  async remove(
    organization: string,
    name: string,
    note: (before: Readonly<Record<string, unknown>>) => void = () => undefined,
  ): Promise<boolean> {
    return this.#database.transaction(async (session) => {
      await lockOrganization(session, organization);
      const row = await groupOf(session, organization, name);
      if (!row) return false;
      if (await session.manager.existsBy(GroupRow, { owner: organization, parentId: row.name }))
        throw new GroupError('has-children');
      const { columns } = this.#database;
      const isInIt = await membersIn(session, organization, row.name).getExists();
      const byRule = await membershipsByRule(session, columns, organization, [row.name]);
      if (isInIt || byRule.size > 0) throw new GroupError('has-users');
      const { displayName, manager, contactEmail, type, parentId, title, key, isEnabled } = row;
      note({ displayName, manager, contactEmail, type, parentId, title, key, isEnabled });
      await new Groups(session, columns).remove(organization, [row.name]);
      await freeGroupName(session, row.name);
      await endGroupProtections(session.manager, row);
      return true;
    });
  }

  /** Everything that names the group follows: children, members, rules, and what syncers hold and gave. */
  async #rename(session: Session, organization: string, before: string, after: string): Promise<void> {
    if (after.toLowerCase() !== before.toLowerCase()) await refuseTaken(session, after);
    const { manager } = session;
    const { columns } = this.#database;
    const [old, renamed] = [`${organization}/${before}`, `${organization}/${after}`];
    const replaced = (groups: unknown): string[] => asList(groups).map((group) => (group === old ? renamed : group));
    const renamedIn = (key: unknown, groups: unknown): RowUpdate => ({
      key: asText(key),
      cells: [['groups', goJson(replaced(groups))]],
    });
    await manager.update(GroupRow, { owner: organization, name: before }, { name: after });
    await manager.update(GroupRow, { owner: organization, parentId: before }, { parentId: after });
    await renameTraces(session, 'group', { owner: organization, name: before }, after);
    const ofAccounts = { equal: { owner: organization }, column: 'name' };
    const ofLinks = { equal: { kind: 'user', organization }, column: 'name' };
    for (let last = ''; ;) {
      const query = membersIn(session, organization, before)
        .andWhere('u.name > :last', { last })
        .orderBy('u.name', 'ASC')
        .limit(STRIDE);
      // SQLite has one writer anyway; on the servers a run that just took a membership away would find it written back.
      if (session.dialect !== 'sqlite') query.setLock('pessimistic_write');
      const found = await query.getMany();
      const rows = found.filter(({ groups }) => asList(groups).includes(old));
      const accounts = rows.map(({ name, groups }) => renamedIn(name, groups));
      await updateEach(session, 'user', ofAccounts, accounts, columns.collation('user', 'name'));
      const changes = rows.map(({ name, groups }) => ({
        accountName: name,
        before: asList(groups),
        after: replaced(groups),
      }));
      await writeMemberships(session, columns, organization, changes);
      const names = rows.map(({ name }) => name);
      for (const table of ['directory_link', 'directory_leaving']) {
        const links = await selectBySet(session, table, ['name', 'groups'], ofLinks, names, true);
        const given = links.filter((link) => asList(link['groups']).includes(old));
        const updates = given.map((link) => renamedIn(link['name'], link['groups']));
        await updateEach(session, table, ofLinks, updates, OWN_COLLATION);
      }
      const [end] = found.slice(-1);
      if (!end || found.length < STRIDE) break;
      last = end.name;
    }
    // Rules of accounts that do not have the group themselves.
    await removeGroupRules(session, columns, organization, [before]);
  }

  /** @throws WriteConflictError for a text that does not fit */
  #check(edit: GroupEdit): void {
    for (const property of TEXTS) {
      const [column, value] = [columnName(property), edit[property]];
      if (value !== undefined) checkText(column, value, this.#database.columns.limit('group', column));
    }
  }
}

function membersIn({ manager }: Session, organization: string, group: string) {
  return manager
    .createQueryBuilder(UserRow, 'u')
    .select(['u.owner', 'u.name', 'u.groups'])
    .where('u.owner = :organization', { organization })
    .andWhere(...hasGroup(`${organization}/${group}`));
}

/** @throws GroupError for a name that an organization has, NameTakenError for one that a group has, wherever it is */
async function refuseTaken(session: Session, name: string): Promise<void> {
  if (await session.manager.existsBy(OrganizationRow, { owner: OWNER_OF_ORGANIZATIONS, name }))
    throw new GroupError('name-of-organization');
  if (await Groups.isNameTaken(session, name)) throw new NameTakenError();
}

/**
 * Where a group hangs in the tree.
 *
 * @throws GroupError when there is no such parent, or it hangs below the group itself
 */
async function placeOf(
  session: Session,
  organization: string,
  name: string,
  parentId: string,
): Promise<{ readonly parentId: string; readonly isTopGroup: boolean }> {
  if (parentId === '' || parentId === organization) return { parentId: organization, isTopGroup: true };
  const parent = await groupOf(session, organization, parentId);
  if (!parent) throw new GroupError('no-parent');
  const select = { owner: true, name: true, parentId: true } as const;
  let above: GroupRow | null = parent;
  for (let depth = 0; above; depth += 1) {
    if (above.name === name || depth === DEEPEST) throw new GroupError('below-itself');
    above = await session.manager.findOne(GroupRow, {
      select,
      where: { owner: organization, name: above.parentId ?? '' },
    });
  }
  return { parentId: parent.name, isTopGroup: false };
}
