import { randomUUID } from 'node:crypto';
import { BUILT_IN } from '../../identity/account.ts';
import { checkText } from '../../identity/column-limits.ts';
import type { Database } from '../database.ts';
import { LinkRow, OrganizationRow, UserRow } from '../entities/index.ts';
import { columnOf, FRESH_USER, type EditableFlags, type EditableTexts } from '../entities/user-columns.ts';
import { writeMemberships } from '../identity/casbin-rules.ts';
import { endSessions } from '../identity/casdoor-sessions.ts';
import type { Session } from '../session.ts';
import { asList, goJson, rfc3339 } from '../text-value.ts';
import { present } from '../../syncer/present.ts';
import { LastAdministratorError, NameTakenError } from './errors.ts';

/** What somebody wants of an account; what is absent stays. */
export interface AccountEdit {
  readonly name?: string;
  readonly texts: EditableTexts;
  readonly flags: EditableFlags;
  /** `ORG/GROUP`. */
  readonly groups?: readonly string[];
  /** Hashed. */
  readonly password?: Readonly<Record<'password' | 'passwordType', string>>;
  /** True: the request named its columns, so that even an unchanged flag is a decision. */
  readonly isExplicit: boolean;
}

type Columns = Partial<Omit<UserRow, 'owner'>>;

/** Throws when a row, as it is stored at that moment, must not be changed. */
type Check = (row: UserRow) => void;
const accept: Check = () => undefined;

/** One at a time: of two that would each rely on the other's account, the second one looks after the first. */
async function lockOrganization({ manager, dialect }: Session, name: string): Promise<OrganizationRow | null> {
  const query = manager
    .createQueryBuilder(OrganizationRow, 'o')
    .where('o.owner = :owner AND o.name = :name', { owner: 'admin', name });
  // SQLite has one writer anyway.
  if (dialect !== 'sqlite') query.setLock('pessimistic_write');
  return query.getOne();
}

/** @throws LastAdministratorError */
async function keepAnAdministrator({ manager }: Session, row: UserRow): Promise<void> {
  if (row.owner !== BUILT_IN || row.isForbidden || row.isDeleted) return;
  const isAnotherActive = await manager
    .createQueryBuilder(UserRow, 'u')
    .where('u.owner = :owner AND u.name <> :name', { owner: row.owner, name: row.name })
    // NULL, as rows that are older than the column have it, is false.
    .andWhere('COALESCE(u.isForbidden, :no) = :no AND COALESCE(u.isDeleted, :no) = :no', { no: false })
    .getExists();
  if (!isAnotherActive) throw new LastAdministratorError();
}

/** Adds, changes and deletes accounts for an administrator, and leaves word of it where syncs look. */
export class UserAccounts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws NameTakenError, WriteConflictError */
  async add(organization: string, edit: AccountEdit, source: string): Promise<void> {
    const { name = '' } = edit;
    const now = rfc3339(new Date());
    const columns = this.#columnsOf(edit);
    await this.#database.transaction(async (session) => {
      await this.#refuseTaken(session, organization, name);
      await session.manager.insert(UserRow, {
        ...FRESH_USER,
        registerType: 'Add User',
        ...columns,
        owner: organization,
        name,
        id: randomUUID(),
        createdTime: now,
        updatedTime: now,
        registerSource: source,
      });
      await this.#writeGroups(session, organization, name, [], edit.groups ?? []);
    });
  }

  /**
   * Answers whether there is such an account.
   *
   * @param check throws when the row must not be changed so
   * @throws LastAdministratorError when nobody could administer everything any more
   */
  async update(organization: string, name: string, edit: AccountEdit, check: Check = accept): Promise<boolean> {
    const wanted = edit.name !== undefined && edit.name !== name ? edit.name : undefined;
    const columns = this.#columnsOf(edit);
    const { isAdmin, isDeleted, isForbidden } = edit.flags;
    const weakens = isAdmin === false || isDeleted === true || isForbidden === true || wanted !== undefined;
    return this.#database.transaction(async (session) => {
      if (weakens) await lockOrganization(session, organization);
      const row = await this.#lock(session, organization, name);
      if (!row) return false;
      check(row);
      const renamed = wanted === row.name ? undefined : wanted;
      const demotes = isAdmin === false && row.isAdmin === true;
      if (demotes || isDeleted || isForbidden || renamed !== undefined) await keepAnAdministrator(session, row);
      await this.#noteDecisions(session, row, edit);
      await session.manager.update(
        UserRow,
        { owner: row.owner, name: row.name },
        { ...columns, updatedTime: rfc3339(new Date()) },
      );
      const before = asList(row.groups);
      if (edit.groups) await this.#writeGroups(session, row.owner, row.name, before, edit.groups);
      if (renamed !== undefined) await this.#rename(session, row, renamed, edit.groups ?? before);
      // Whoever was locked out, renamed or given another password signs in anew.
      if (edit.password !== undefined || edit.flags.isForbidden || edit.flags.isDeleted || renamed !== undefined) {
        await endSessions(session, this.#database.columns, row.owner, [row.name]);
      }
      return true;
    });
  }

  /**
   * Answers whether there was such an account. Where the organization says so, the row stays and is marked.
   *
   * @param check throws when the row must not be deleted
   * @throws LastAdministratorError when nobody could administer everything any more
   */
  async remove(organization: string, name: string, check: Check = accept): Promise<boolean> {
    return this.#database.transaction(async (session) => {
      const owner = await lockOrganization(session, organization);
      const row = await this.#lock(session, organization, name);
      if (!row) return false;
      check(row);
      await keepAnAdministrator(session, row);
      if (owner?.enableSoftDeletion) {
        const now = rfc3339(new Date());
        await session.manager.update(
          UserRow,
          { owner: row.owner, name: row.name },
          { isDeleted: true, deletedTime: now, updatedTime: now },
        );
        await this.#updateLink(session, row, { deletedBy: 'person' });
      } else {
        await this.#writeGroups(session, row.owner, row.name, asList(row.groups), []);
        await session.manager.delete(UserRow, { owner: row.owner, name: row.name });
      }
      await endSessions(session, this.#database.columns, row.owner, [row.name]);
      return true;
    });
  }

  async #lock(session: Session, organization: string, name: string): Promise<UserRow | null> {
    const query = session.manager
      .createQueryBuilder(UserRow, 'u')
      .where('u.owner = :organization AND u.name = :name', { organization, name });
    // SQLite has one writer anyway; the servers must not let a sync write between our reading and writing.
    if (session.dialect !== 'sqlite') query.setLock('pessimistic_write');
    return query.getOne();
  }

  /** @throws WriteConflictError for a text that does not fit */
  #columnsOf(edit: AccountEdit): Columns {
    const now = rfc3339(new Date());
    const { columns } = this.#database;
    for (const [name, value] of Object.entries(edit.texts)) {
      checkText(name, value, columns.limit('user', columnOf(name as keyof EditableTexts)));
    }
    return {
      ...edit.texts,
      ...edit.flags,
      ...(edit.flags.isDeleted === undefined ? {} : { deletedTime: edit.flags.isDeleted ? now : '' }),
      ...present({ groups: edit.groups && goJson(edit.groups) }),
      ...(edit.password ? { ...edit.password, passwordSalt: '', lastChangePasswordTime: now } : {}),
    };
  }

  /** A person's decision outlives every sync, so it is written where the engine reads it. */
  async #noteDecisions(session: Session, row: UserRow, edit: AccountEdit): Promise<void> {
    const { isForbidden, isDeleted } = edit.flags;
    const decided = (wanted: boolean | undefined, stored: boolean | null): wanted is boolean =>
      wanted !== undefined && (edit.isExplicit || wanted !== (stored ?? false));
    await this.#updateLink(session, row, {
      ...(decided(isForbidden, row.isForbidden) ? { forbiddenBy: isForbidden ? 'person' : null } : {}),
      ...(decided(isDeleted, row.isDeleted) ? { deletedBy: isDeleted ? 'person' : null } : {}),
    });
  }

  async #updateLink(session: Session, row: UserRow, columns: Partial<LinkRow>): Promise<void> {
    if (Object.keys(columns).length === 0) return;
    await session.manager.update(LinkRow, { kind: 'user', organization: row.owner, name: row.name }, columns);
  }

  async #rename(session: Session, row: UserRow, name: string, groups: readonly string[]): Promise<void> {
    // A change of case alone is the same key for databases that compare without case.
    if (name.toLowerCase() !== row.name.toLowerCase()) await this.#refuseTaken(session, row.owner, name);
    await this.#writeGroups(session, row.owner, row.name, groups, []);
    await session.manager.update(UserRow, { owner: row.owner, name: row.name }, { name });
    await this.#updateLink(session, row, { name });
    await this.#writeGroups(session, row.owner, name, [], groups);
  }

  async #writeGroups(
    session: Session,
    organization: string,
    accountName: string,
    before: readonly string[],
    after: readonly string[],
  ): Promise<void> {
    if (before.length === 0 && after.length === 0) return;
    await writeMemberships(session, this.#database.columns, organization, [{ accountName, before, after }]);
  }

  async #refuseTaken(session: Session, organization: string, name: string): Promise<void> {
    if (await session.manager.existsBy(UserRow, { owner: organization, name })) throw new NameTakenError();
  }
}
