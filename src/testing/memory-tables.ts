import type { ExternalKey } from '../syncer/external-id.ts';
import { isStranger, type Account, type AccountLink, type AccountOrigin, type Decision } from '../identity/account.ts';
import type { Group, GroupLink } from '../identity/group.ts';
import type { SyncerScope } from '../identity/identity-store.ts';
import { MemoryTable } from './memory-table.ts';

/** A link with the syncer and the organization that it belongs to. */
export interface StoredLink<T> {
  readonly scope: SyncerScope;
  readonly link: T;
}

export const linkKey = (scope: SyncerScope, key: ExternalKey): string => `${scope.syncerId}\n${key}`;
export const accountKey = (organization: string, name: string): string => `${organization}/${name}`;

/** The rows of a `MemoryIdentityStore`: what a page changes, and takes back when it fails. */
export class MemoryTables {
  /** By `ORG/NAME`. */
  readonly accounts = new MemoryTable<Account>();
  /** By name: unique across organizations. */
  readonly groups = new MemoryTable<Group>();
  /** By syncer and key. */
  readonly accountLinks = new MemoryTable<StoredLink<AccountLink>>();
  /** The same links by the account that they point to, `ORG/NAME`: an account belongs to one syncer. */
  readonly holders = new MemoryTable<StoredLink<AccountLink>>();
  /** By `ORG/NAME`; who is not here was made by a person. */
  readonly origins = new MemoryTable<AccountOrigin>();
  /** By syncer and key. */
  readonly decisions = new MemoryTable<{ readonly scope: SyncerScope; readonly decision: Decision }>();
  /** By syncer and key. */
  readonly groupLinks = new MemoryTable<StoredLink<GroupLink>>();

  /** The account of a link; not another one that has got its name. */
  heldBy({ organization }: SyncerScope, link: AccountLink): Account | undefined {
    const account = this.accounts.get(accountKey(organization, link.accountName));
    return account && !isStranger(link, account) ? account : undefined;
  }

  holderOf(account: Account): StoredLink<AccountLink> | undefined {
    const holder = this.holders.get(accountKey(account.owner, account.name));
    return holder && !isStranger(holder.link, account) ? holder : undefined;
  }

  begin(): void {
    for (const table of this.#all()) table.begin();
  }

  commit(): void {
    for (const table of this.#all()) table.commit();
  }

  rollback(): void {
    for (const table of this.#all()) table.rollback();
  }

  #all(): MemoryTable<unknown>[] {
    return [
      this.accounts,
      this.groups,
      this.accountLinks,
      this.holders,
      this.groupLinks,
      this.origins,
      this.decisions,
    ] as MemoryTable<unknown>[];
  }
}
