import { randomUUID } from 'node:crypto';
import { BUILT_IN } from '../../identity/account.ts';
import { checkText } from '../../identity/column-limits.ts';
import type { Database } from '../database.ts';
import { AccountRenameRow, type OrganizationRow, UserRow } from '../entities/index.ts';
import {
  columnOf,
  FRESH_USER,
  type EditableFlags,
  type EditableTexts,
  type UserProperty,
} from '../entities/casdoor/user-columns.ts';
import { writeMemberships } from '../identity/casbin-rules.ts';
import { endSessions } from '../identity/casdoor-sessions.ts';
import { emptyProviders } from '../identity/sign-in-columns.ts';
import type { Session } from '../session.ts';
import { asList, asObject, goJson, rfc3339 } from '../text-value.ts';
import { present } from '../../syncer/present.ts';
import { MASK } from '../../syncer/definition.ts';
import { endUserProtections, freeName, renameTraces, writeTakenBy, writeTakenByOfFree } from './account-traces.ts';
import { LastAdministratorError, ValueTakenError } from './errors.ts';
import { hasSpelling } from '../dialect.ts';
import { lockOrganization } from './organization-records.ts';

/** What somebody wants of an account; what is absent stays. */
export interface AccountEdit {
  readonly name?: string;
  readonly texts: EditableTexts;
  readonly flags: EditableFlags;
  /** `ORG/GROUP`. */
  readonly groups?: readonly string[];
  /** Merged into those that are stored. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Hashed. */
  readonly password?: Readonly<Record<'password' | 'passwordType', string>>;
  /** Keys that were named one by one; none: the account came whole. */
  readonly named?: ReadonlySet<string>;
}

type Columns = Partial<Omit<UserRow, 'owner'>>;

/** Throws when a row, as it is stored at that moment, must not be changed. */
type Check = (row: UserRow) => void;
const accept: Check = () => undefined;

/** What is wanted, once it is known what is stored at that moment; throws what must not be. */
type EditOf<Row> = (row: Row, organization: OrganizationRow | null) => AccountEdit;

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

  /**
   * @param editOf throws when there must be no such account
   * @throws ValueTakenError, WriteConflictError
   */
  async add(organization: string, name: string, editOf: EditOf<undefined>, source: string): Promise<void> {
    const now = rfc3339(new Date());
    await this.#counted(async (session) => {
      const edit = editOf(undefined, await lockOrganization(session, organization));
      const columns = this.#columnsOf(edit);
      await this.#refuseTaken(session, { organization, columns: { name, ...columns } });
      await freeName(session, { owner: organization, name });
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
      await emptyProviders(session, this.#database.columns, organization, name);
      await this.#writeGroups(session, organization, name, [], edit.groups ?? []);
    });
  }

  /**
   * Answers whether there is such an account. One that is as it is wanted already is not written.
   *
   * @param editOf throws when the row must not be changed so
   * @throws ValueTakenError, WriteConflictError
   * @throws LastAdministratorError when nobody could administer everything any more
   */
  async update(organization: string, name: string, editOf: EditOf<UserRow>): Promise<boolean> {
    return this.#database.transaction(async (session) => {
      const owner = await lockOrganization(session, organization);
      const row = await this.#lock(session, organization, name);
      if (!row) return false;
      const edit = editOf(row, owner);
      const columns = this.#columnsOf(edit, row);
      const renamed = edit.name !== undefined && edit.name !== row.name ? edit.name : undefined;
      await this.#refuseTaken(session, {
        organization: row.owner,
        row,
        columns: { ...columns, ...present({ name: renamed }) },
      });
      const { isAdmin, isDeleted, isForbidden } = columns;
      // By what changes: clients send whole accounts back.
      const isLockedOut = isDeleted || isForbidden || renamed !== undefined;
      if (isAdmin === false || isLockedOut) await keepAnAdministrator(session, row);
      await this.#noteDecisions(session, row, columns);
      if (Object.keys(columns).length > 0 || renamed !== undefined) {
        const changed = { ...columns, updatedTime: rfc3339(new Date()) };
        await session.manager.update(UserRow, { owner: row.owner, name: row.name }, changed);
      }
      const before = asList(row.groups);
      if (edit.groups) await this.#writeGroups(session, row.owner, row.name, before, edit.groups);
      if (renamed !== undefined) await this.#rename(session, row, renamed, edit.groups ?? before);
      // Whoever was locked out, renamed or given another password signs in anew.
      if (isLockedOut || edit.password !== undefined) {
        const cause = isLockedOut ? 'access' : 'sign-in';
        await endSessions(session, this.#database.columns, { organization: row.owner, cause }, [row.name]);
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
    return this.#counted(async (session) => {
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
        await writeTakenBy(session.manager, row, { deletedBy: 'person' });
      } else {
        await this.#writeGroups(session, row.owner, row.name, asList(row.groups), []);
        await session.manager.delete(UserRow, { owner: row.owner, name: row.name });
        await freeName(session, row);
        await writeTakenByOfFree(session.manager, row, { forbiddenBy: null, deletedBy: null });
        await endUserProtections(session.manager, row);
      }
      await endSessions(session, this.#database.columns, { organization: row.owner, cause: 'access' }, [row.name]);
      return true;
    });
  }

  /** A transaction after which there may be more or fewer accounts. */
  async #counted<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await this.#database.transaction(work);
    } finally {
      this.#database.userTotals.forget();
    }
  }

  async #lock(session: Session, organization: string, name: string): Promise<UserRow | null> {
    const query = session.manager
      .createQueryBuilder(UserRow, 'u')
      .where('u.owner = :organization AND u.name = :name', { organization, name });
    // SQLite has one writer anyway; the servers must not let a sync write between our reading and writing.
    if (session.dialect !== 'sqlite') query.setLock('pessimistic_write');
    return query.getOne();
  }

  /**
   * What is to be written: of a row that is there, only what differs from it.
   *
   * @throws WriteConflictError for a text that does not fit
   */
  #columnsOf(edit: AccountEdit, row?: UserRow): Columns {
    const now = rfc3339(new Date());
    const { texts, flags, groups, properties, password } = edit;
    const differs = {
      ...differing(texts, (key, value) => value !== (row?.[key] ?? '')),
      ...differing(flags, (key, value) => value !== (row?.[key] ?? false)),
      ...(groups && goJson(groups) !== goJson(asList(row?.groups)) ? { groups: goJson(groups) } : {}),
      ...(properties ? mergedProperties(row?.properties, properties) : {}),
    };
    for (const [name, value] of Object.entries(differs)) {
      if (typeof value !== 'string') continue;
      checkText(name, value, this.#database.columns.limit('user', columnOf(name as UserProperty)));
    }
    const deletedTime = 'isDeleted' in differs ? { deletedTime: flags.isDeleted ? now : '' } : {};
    return {
      ...differs,
      ...deletedTime,
      ...(password ? { ...password, passwordSalt: '', lastChangePasswordTime: now } : {}),
    };
  }

  /**
   * A person's decision outlives every sync, so it is written where the engine reads it. What is as it was decides
   * nothing: clients send whole accounts back.
   */
  async #noteDecisions(session: Session, row: UserRow, { isForbidden, isDeleted }: Columns): Promise<void> {
    const by = (isTaken: boolean | null): string | null => (isTaken ? 'person' : null);
    await writeTakenBy(session.manager, row, {
      ...(isForbidden === undefined ? {} : { forbiddenBy: by(isForbidden) }),
      ...(isDeleted === undefined ? {} : { deletedBy: by(isDeleted) }),
    });
  }

  async #rename(session: Session, row: UserRow, name: string, groups: readonly string[]): Promise<void> {
    await this.#writeGroups(session, row.owner, row.name, groups, []);
    await session.manager.update(UserRow, { owner: row.owner, name: row.name }, { name });
    await renameTraces(session, 'user', row, name);
    // What happens from now on is told under the new name, and what happened before under the former one.
    await session.manager.insert(AccountRenameRow, {
      id: randomUUID(),
      former: `${row.owner}/${row.name}`,
      name: `${row.owner}/${name}`,
      renamedMs: Date.now(),
    });
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

  /**
   * Nobody gets what another account of the organization has: names and e-mails compare without case, and digits are
   * the same number in one country, or in none.
   *
   * @throws ValueTakenError
   */
  async #refuseTaken(session: Session, { organization, row, columns }: Wanted): Promise<void> {
    const others = (condition: string, values: Readonly<Record<string, string>>): Promise<boolean> =>
      session.manager
        .createQueryBuilder(UserRow, 'u')
        .where('u.owner = :organization AND u.name <> :self', { organization, self: row?.name ?? '' })
        .andWhere(condition, values)
        .getExists();
    const { name, email, phone = row?.phone, countryCode = row?.countryCode } = columns;
    const has = (column: string): boolean => this.#database.columns.has('user', column);
    if (name && (await others(hasSpelling(session.dialect, 'u.name', 'name'), { name })))
      throw new ValueTakenError('name');
    if (email && has('email') && (await others(hasSpelling(session.dialect, 'u.email', 'email'), { email })))
      throw new ValueTakenError('email');
    if (!phone || !has('phone') || (columns.phone === undefined && columns.countryCode === undefined)) return;
    const inCountry = has('country_code') ? ` AND COALESCE(u.countryCode, '') IN (:country, '')` : '';
    if (await others(`u.phone = :phone${inCountry}`, { phone, country: countryCode ?? '' }))
      throw new ValueTakenError('phone');
  }
}

interface Wanted {
  readonly organization: string;
  /** The account that may have the value. */
  readonly row?: UserRow;
  readonly columns: Columns;
}

function differing<T extends object>(wanted: T, differs: (key: keyof T, value: T[keyof T]) => boolean): T {
  const entries = Object.entries(wanted) as [keyof T, T[keyof T]][];
  return Object.fromEntries(entries.filter(([key, value]) => differs(key, value))) as T;
}

/** Keys as Casdoor sorts them; a masked value keeps what is stored. Nothing where nothing differs. */
function mergedProperties(
  stored: string | null | undefined,
  wanted: Readonly<Record<string, string>>,
): { readonly properties?: string } {
  const before = new Map(Object.entries(asObject(stored)));
  const after = new Map(before);
  for (const [key, value] of Object.entries(wanted)) if (value !== MASK) after.set(key, value);
  const isSame = after.size === before.size && [...after].every(([key, value]) => before.get(key) === value);
  if (isSame) return {};
  return { properties: goJson(Object.fromEntries([...after].toSorted(([a], [b]) => (a < b ? -1 : 1)))) };
}
