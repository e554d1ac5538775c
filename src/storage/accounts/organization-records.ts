import { checkText } from '../../identity/column-limits.ts';
import { selectBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import { AppliedConfigurationRow, GroupRow, OrganizationRow, SyncerRow, UserRow } from '../entities/index.ts';
import { FRESH_ORGANIZATION, type OrganizationValues } from '../entities/casdoor/organization-columns.ts';
import { Groups } from '../identity/groups.ts';
import type { Session } from '../session.ts';
import { columnName, rfc3339 } from '../text-value.ts';
import { NameTakenError, OrganizationInUseError } from './errors.ts';
import { hasSpelling } from '../dialect.ts';

/** Every organization belongs to it, in Casdoor's tables. */
export const OWNER_OF_ORGANIZATIONS = 'admin';

type Values = Partial<OrganizationValues>;

/** The rows of the organizations. */
export class OrganizationRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): Promise<readonly OrganizationRow[]> {
    return this.#database.read(({ manager }) =>
      manager.find(OrganizationRow, { where: { owner: OWNER_OF_ORGANIZATIONS }, order: { name: 'ASC' } }),
    );
  }

  /** By its name; a database that compares without case answers other spellings too. */
  find(name: string): Promise<OrganizationRow | null> {
    return this.#database.read(({ manager }) =>
      manager.findOneBy(OrganizationRow, { owner: OWNER_OF_ORGANIZATIONS, name }),
    );
  }

  /**
   * @throws NameTakenError, also for another spelling of case: some databases cannot tell them apart
   * @throws WriteConflictError for a text that does not fit
   */
  async insert(name: string, values: Values): Promise<void> {
    this.#check({ ...values, name });
    await this.#database.transaction(async (session) => {
      await refuseTaken(session, name);
      await session.manager.insert(OrganizationRow, {
        ...FRESH_ORGANIZATION,
        ...values,
        owner: OWNER_OF_ORGANIZATIONS,
        name,
        createdTime: values.createdTime || rfc3339(new Date()),
      });
    });
  }

  /**
   * Answers whether there is one.
   *
   * @throws OrganizationInUseError when it would be renamed and somebody belongs to it
   * @throws NameTakenError, WriteConflictError
   */
  async update(name: string, values: Values): Promise<boolean> {
    this.#check(values);
    return this.#database.transaction(async (session) => {
      const row = await lockOrganization(session, name);
      if (row?.name !== name) return false;
      const { name: renamed = name, ...others } = values;
      if (renamed !== name) {
        await this.#refuseInUse(session, name);
        if (renamed.toLowerCase() !== name.toLowerCase()) await refuseTaken(session, renamed);
        await moveGroups(session, name, renamed);
      }
      const written = { ...others, ...(renamed === name ? {} : { name: renamed }) };
      if (Object.keys(written).length > 0)
        await session.manager.update(OrganizationRow, { owner: OWNER_OF_ORGANIZATIONS, name }, written);
      return true;
    });
  }

  /**
   * Answers whether there was one. Its groups go with it: nobody is in them.
   *
   * @throws OrganizationInUseError when somebody belongs to it
   */
  async remove(name: string): Promise<boolean> {
    return this.#database.transaction(async (session) => {
      const row = await lockOrganization(session, name);
      if (row?.name !== name) return false;
      await this.#refuseInUse(session, name);
      const groups = await session.manager.find(GroupRow, {
        select: { owner: true, name: true },
        where: { owner: name },
      });
      const names = groups.map((group) => group.name);
      await new Groups(session, this.#database.columns).remove(name, names);
      // What was said of it says nothing of one of that name later.
      await session.manager.delete(AppliedConfigurationRow, { organization: name });
      await session.manager.delete(OrganizationRow, { owner: OWNER_OF_ORGANIZATIONS, name });
      return true;
    });
  }

  /** @throws WriteConflictError */
  #check(values: Values): void {
    for (const [key, value] of Object.entries(values)) {
      if (typeof value !== 'string') continue;
      const column = columnName(key);
      checkText(column, value, this.#database.columns.limit('organization', column));
    }
  }

  /** @throws OrganizationInUseError with how many users and syncers it has, Casdoor's own included */
  async #refuseInUse(session: Session, name: string): Promise<void> {
    const users = await session.manager.countBy(UserRow, { owner: name });
    let syncers = await session.manager.countBy(SyncerRow, { organization: name });
    if (this.#database.columns.has('syncer', 'organization')) {
      const theirs = { equal: {}, column: 'organization' };
      syncers += (await selectBySet(session, 'syncer', ['organization'], theirs, [name])).length;
    }
    if (users > 0 || syncers > 0) throw new OrganizationInUseError(users, syncers);
  }
}

/** One at a time: whoever adds to an organization, or takes from it, waits for whoever does it already. */
export async function lockOrganization({ manager, dialect }: Session, name: string): Promise<OrganizationRow | null> {
  const query = manager
    .createQueryBuilder(OrganizationRow, 'o')
    .where('o.owner = :owner AND o.name = :name', { owner: OWNER_OF_ORGANIZATIONS, name });
  // SQLite has one writer anyway.
  if (dialect !== 'sqlite') query.setLock('pessimistic_write');
  return query.getOne();
}

async function refuseTaken({ manager, dialect }: Session, name: string): Promise<void> {
  const taken = await manager
    .createQueryBuilder(OrganizationRow, 'o')
    .where(hasSpelling(dialect, 'o.name', 'name'), { name })
    .getExists();
  if (taken) throw new NameTakenError();
}

/** Groups follow their organization; those at the top name it as their parent. */
async function moveGroups({ manager }: Session, before: string, after: string): Promise<void> {
  await manager.update(GroupRow, { owner: before, parentId: before }, { parentId: after });
  await manager.update(GroupRow, { owner: before }, { owner: after });
}
