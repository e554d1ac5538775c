import { In, MoreThan } from 'typeorm';
import { present } from '../../syncer/present.ts';
import type { Database } from '../database.ts';
import { SessionRow, UserRow } from '../entities/index.ts';

/** Of the account that a session stands for: whether it may still do so, and as whom. */
export type SignedIn = Pick<UserRow, 'owner' | 'name' | 'isAdmin' | 'isForbidden' | 'isDeleted'>;

/** Who is signed in to the host, and where. */
export interface SignIns {
  readonly owner: string;
  readonly name: string;
  /** Milliseconds since 1970, of the oldest. */
  readonly since: number;
  /** One for each, to tell them apart: it signs nobody in. */
  readonly marks: readonly string[];
}

/** Enough to tell the sessions of one account apart. */
const MARK_LENGTH = 16;
const markOf = (sidHash: string): string => sidHash.slice(0, MARK_LENGTH);

/** The rows of sign-ins to the host. */
export class SessionRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Stores one, unless the account is no longer what the password was looked at with: whatever ends the sign-ins of an
   * account ends those that are stored, so one that began before and is stored after would outlive it. Deletes those
   * that are over by the way.
   *
   * @param password the stored one that the sign-in is for
   * @returns false when nothing was stored
   */
  async insert(row: SessionRow, password: string): Promise<boolean> {
    return this.#database.transaction(async ({ manager, dialect }) => {
      const { userOwner: owner, userName: name } = row;
      const query = manager
        .createQueryBuilder(UserRow, 'u')
        .select(['u.owner', 'u.name', 'u.id', 'u.password', 'u.isForbidden', 'u.isDeleted'])
        .where('u.owner = :owner AND u.name = :name', { owner, name });
      // SQLite has one writer anyway; on the servers whoever changes the account waits for us, or we for him.
      if (dialect !== 'sqlite') query.setLock('pessimistic_write');
      const account = await query.getOne();
      const isSame = account && (account.id ?? '') === row.userId && (account.password ?? '') === password;
      if (!isSame || account.isForbidden || account.isDeleted) return false;
      const over = { now: row.createdMs };
      await manager.createQueryBuilder().delete().from(SessionRow).where('expires_ms < :now', over).execute();
      await manager.insert(SessionRow, row);
      return true;
    });
  }

  /** One that is not over, and whose account is still the one that signed in. */
  find(
    sidHash: string,
    now: number,
  ): Promise<{ readonly session: SessionRow; readonly account: SignedIn } | undefined> {
    return this.#database.read(async ({ manager }) => {
      const session = await manager.findOneBy(SessionRow, { sidHash });
      if (!session || session.expiresMs <= now) return undefined;
      const { userOwner: owner, userName: name } = session;
      const account = await manager
        .createQueryBuilder(UserRow, 'u')
        .select(['u.owner', 'u.name', 'u.id', 'u.isAdmin', 'u.isForbidden', 'u.isDeleted'])
        .where('u.owner = :owner AND u.name = :name', { owner, name })
        .getOne();
      // Deleted and made again under that name, or renamed to it: that is somebody else.
      return account && (account.id ?? '') === session.userId ? { session, account } : undefined;
    });
  }

  async touch(sidHash: string, lastSeenMs: number): Promise<void> {
    await this.#database.transaction(({ manager }) => manager.update(SessionRow, { sidHash }, { lastSeenMs }));
  }

  async remove(sidHash: string): Promise<void> {
    await this.#database.transaction(({ manager }) => manager.delete(SessionRow, { sidHash }));
  }

  /**
   * Who is signed in, by name.
   *
   * @param organization undefined: of all
   */
  async list(organization?: string, name?: string): Promise<readonly SignIns[]> {
    const rows = await this.#database.read(({ manager }) =>
      manager.find(SessionRow, {
        where: {
          expiresMs: MoreThan(Date.now()),
          ...present({ userOwner: organization, userName: name }),
        },
        order: { userOwner: 'ASC', userName: 'ASC', createdMs: 'ASC' },
      }),
    );
    const signIns = new Map<string, SignIns & { readonly marks: string[] }>();
    for (const { userOwner: owner, userName, createdMs, sidHash } of rows) {
      const known = signIns.get(`${owner}/${userName}`);
      if (known) known.marks.push(markOf(sidHash));
      else signIns.set(`${owner}/${userName}`, { owner, name: userName, since: createdMs, marks: [markOf(sidHash)] });
    }
    return [...signIns.values()];
  }

  /**
   * Answers how many sign-ins of an account were ended.
   *
   * @param mark "": all of them
   */
  async end(owner: string, name: string, mark = ''): Promise<number> {
    return this.#database.transaction(async ({ manager }) => {
      const rows = await manager.findBy(SessionRow, { userOwner: owner, userName: name });
      const ended = rows.filter(({ sidHash }) => mark === '' || markOf(sidHash) === mark);
      if (ended.length > 0) await manager.delete(SessionRow, { sidHash: In(ended.map(({ sidHash }) => sidHash)) });
      return ended.length;
    });
  }
}
