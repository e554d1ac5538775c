import { Like } from 'typeorm';
import type { Database } from '../database.ts';
import { OrganizationRow, UserRow } from '../entities/index.ts';
import { rfc3339 } from '../text-value.ts';
import { OWNER_OF_ORGANIZATIONS } from './organization-records.ts';

/** What signing in with a password reads and leaves behind. */
export class SignInRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The database decides which spelling of a name means whom. */
  find(
    organization: string,
    name: string,
  ): Promise<{ readonly user: UserRow | null; readonly organization: OrganizationRow | null }> {
    return this.#database.read(async ({ manager }) => ({
      user: await manager.findOneBy(UserRow, { owner: organization, name }),
      organization: await manager.findOneBy(OrganizationRow, { owner: OWNER_OF_ORGANIZATIONS, name: organization }),
    }));
  }

  /** The hash of somebody of the organization, if anybody has one. */
  async anyHash(owner: string): Promise<Readonly<Record<'password' | 'passwordType', string>> | undefined> {
    const [row] = await this.#database.read(({ manager }) =>
      manager.find(UserRow, {
        select: { owner: true, name: true, password: true, passwordType: true },
        where: { owner, password: Like('$%') },
        take: 1,
      }),
    );
    return row && { password: row.password ?? '', passwordType: row.passwordType ?? '' };
  }

  async noteSignIn({ owner, name }: Pick<UserRow, 'owner' | 'name'>, address: string): Promise<void> {
    const seen = { lastSigninTime: rfc3339(new Date()), lastSigninIp: address.slice(0, 100) };
    await this.#database.transaction(({ manager }) => manager.update(UserRow, { owner, name }, seen));
  }
}
