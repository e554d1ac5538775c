import type { Database } from '../../src/storage/database.ts';
import { entities, GroupRow, OrganizationRow, UserRow } from '../../src/storage/entities/index.ts';

/** What people do to accounts behind a sync's back, and what they see. */
export class LocalActs {
  constructor(private readonly database: Database) {}

  /** Every table empty, as after the migrations. */
  async clear(): Promise<void> {
    await this.database.transaction(async ({ manager }) => {
      for (const entity of entities) await manager.createQueryBuilder().delete().from(entity).execute();
    });
  }

  async addOrganization(name: string): Promise<void> {
    await this.database.transaction(({ manager }) =>
      manager.insert(OrganizationRow, { owner: 'admin', name, createdTime: '2026-01-01T00:00:00Z', displayName: name }),
    );
  }

  async addAccount(owner: string, account: Partial<UserRow> & { name: string }): Promise<void> {
    await this.database.transaction(({ manager }) =>
      manager.insert(UserRow, {
        owner,
        displayName: account.name,
        type: 'normal-user',
        isAdmin: false,
        isForbidden: false,
        isDeleted: false,
        groups: '[]',
        ...account,
      }),
    );
  }

  async accounts(owner: string): Promise<UserRow[]> {
    return this.database.read(({ manager }) => manager.find(UserRow, { where: { owner }, order: { name: 'ASC' } }));
  }

  async find(name: string, owner = 'acme'): Promise<UserRow | undefined> {
    return (await this.database.read(({ manager }) => manager.findOneBy(UserRow, { owner, name }))) ?? undefined;
  }

  /** @throws Error when there is no such account */
  async account(name: string, owner = 'acme'): Promise<UserRow> {
    const account = await this.find(name, owner);
    if (!account) throw new Error(`There is no account ${owner}/${name}.`);
    return account;
  }

  async change(name: string, to: Partial<UserRow>, owner = 'acme'): Promise<void> {
    await this.database.transaction(({ manager }) => manager.update(UserRow, { owner, name }, to));
  }

  async remove(name: string, owner = 'acme'): Promise<void> {
    await this.database.transaction(({ manager }) => manager.delete(UserRow, { owner, name }));
  }

  async groups(owner: string): Promise<GroupRow[]> {
    return this.database.read(({ manager }) => manager.find(GroupRow, { where: { owner }, order: { name: 'ASC' } }));
  }
}
