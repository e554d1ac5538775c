import {
  isStranger,
  type Account,
  type AccountLink,
  type Decision,
  type HeldAccount,
  type StandingAccount,
} from '../../identity/account.ts';
import type { HeldGroup, NamedGroup } from '../../identity/group.ts';
import type { IdentityPage, PageWrite, SyncerScope } from '../../identity/identity-store.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { ValueField } from '../../syncer/profile.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Session } from '../session.ts';
import { asList, rfc3339 } from '../text-value.ts';
import { Accounts } from './accounts.ts';
import { insertChanges } from '../runs/change-rows.ts';
import { Decisions } from './decisions.ts';
import { Groups } from './groups.ts';
import { Links } from './links.ts';
import { endSignIns } from './sign-in-columns.ts';

/** One page's reads and writes on the tables, inside the transaction of its session. */
export class IdentityTables implements IdentityPage {
  readonly #session: Session;
  readonly #live: LiveColumns;
  readonly #now: () => Date;
  readonly #accounts: Accounts;
  readonly #groups: Groups;
  readonly #links: Links;
  readonly #decisions: Decisions;
  /** Accounts and links that were added. */
  inserted = 0;

  constructor(session: Session, live: LiveColumns, now: () => Date) {
    this.#session = session;
    this.#live = live;
    this.#now = now;
    this.#accounts = new Accounts(session, live);
    this.#groups = new Groups(session, live);
    this.#links = new Links(session);
    this.#decisions = new Decisions(session);
  }

  async heldAccounts(
    scope: SyncerScope,
    keys: readonly ExternalKey[],
    fields?: readonly ValueField[],
  ): Promise<Map<ExternalKey, HeldAccount>> {
    const toGroups = rememberingLists();
    const links = await this.#links.ofMembers(scope, keys, toGroups);
    const names = links.map((link) => link.accountName);
    const accounts = await this.#accounts.byName(scope, names, fields, toGroups);
    return new Map(links.map((link) => [link.key, { link, account: accountOf(link, accounts) }]));
  }

  async heldByContact(
    scope: SyncerScope,
    phones: readonly string[],
    emails: readonly string[],
  ): Promise<readonly HeldAccount[]> {
    // What a column cannot store is in no row of it, and a server may refuse to look for it.
    const storable = (column: string, values: readonly string[]): readonly string[] =>
      values.filter((value) => this.#live.takes('user', column, value));
    const names = new Set(await this.#accounts.namesByPhone(scope.organization, storable('phone', phones)));
    for (const name of await this.#accounts.namesByEmail(scope.organization, storable('email', emails)))
      names.add(name);
    const links = await this.#links.toAccounts(scope, [...names]);
    const accounts = await this.#accounts.byName(
      scope,
      links.map((link) => link.accountName),
    );
    return links.flatMap((link) => {
      const account = accountOf(link, accounts);
      return account ? [{ link, account }] : [];
    });
  }

  async accountsByName(scope: SyncerScope, names: readonly string[]): Promise<Map<string, StandingAccount>> {
    const found = [...new Set((await this.#accounts.byName(scope, names)).values())];
    const heldBy = await this.#links.holdersOfAccounts(scope.organization, found);
    return new Map(
      found.map((account) => [account.name.toLowerCase(), { account, heldBy: heldBy.get(account.name) ?? null }]),
    );
  }

  accountsWithId(
    scope: SyncerScope,
    ids: readonly string[],
  ): Promise<readonly Pick<Account, 'owner' | 'name' | 'id'>[]> {
    return this.#accounts.withId(scope.organization, ids);
  }

  linkOf(scope: SyncerScope, accountName: string): Promise<AccountLink | undefined> {
    return this.#links.toAccount(scope, accountName);
  }

  unlinkedAccount(scope: SyncerScope, account: Pick<Account, 'name' | 'id'>): Promise<Decision | undefined> {
    return this.#decisions.unlinked(scope, account);
  }

  decisions(scope: SyncerScope, keys: readonly ExternalKey[]): Promise<Map<ExternalKey, Decision>> {
    return this.#decisions.byKey(scope, keys);
  }

  async heldGroups(scope: SyncerScope, keys?: readonly ExternalKey[]): Promise<Map<ExternalKey, HeldGroup>> {
    const links = await this.#links.ofDepartments(scope, keys);
    const groups = await this.#groups.byName(links.map((link) => link.groupName));
    return new Map(links.map((link) => [link.key, { link, group: groups.get(link.groupName.toLowerCase()) ?? null }]));
  }

  async groupsByName(names: readonly string[]): Promise<Map<string, NamedGroup>> {
    const groups = [...(await this.#groups.byName(names))];
    const heldBy = await this.#links.holdersOfGroups(groups.map(([, group]) => group.name));
    return new Map(groups.map(([name, group]) => [name, { group, heldBy: heldBy.get(group.name) ?? null }]));
  }

  async write(scope: SyncerScope, write: PageWrite): Promise<void> {
    const now = rfc3339(this.#now());
    this.inserted += (write.createAccounts?.length ?? 0) + (write.links?.length ?? 0);
    await this.#links.remove(scope, 'group', write.removeGroupLinks ?? []);
    await this.#groups.create(write.createGroups ?? [], now);
    await this.#groups.update(scope.organization, write.updateGroups ?? [], now);
    await this.#links.replaceOfDepartments(scope, write.groupLinks ?? []);
    await this.#accounts.create(scope, write.createAccounts ?? [], now);
    await this.#accounts.update(scope, write.updateAccounts ?? [], now, write.runId);
    await this.#links.remove(scope, 'user', write.removeLinks ?? []);
    const created = new Set((write.createAccounts ?? []).map(({ name }) => name));
    await this.#links.replaceOfMembers(scope, write.links ?? [], created);
    await endSignIns(this.#session, this.#live, scope, write.endSignIns ?? []);
    await this.#decisions.replace(scope, write.removeDecisions ?? [], write.decisions ?? []);
    await this.#groups.remove(scope.organization, write.removeGroups ?? []);
    await insertChanges(this.#session, this.#live, write.runId, write.changes ?? []);
  }
}

/** Nobody where the account of that name is another one by now. */
function accountOf(link: AccountLink, accounts: ReadonlyMap<string, Account>): Account | null {
  const account = accounts.get(link.accountName);
  return account && !isStranger(link, account) ? account : null;
}

/** Colleagues have the same memberships: each list is read once, however many rows of a page carry it. */
function rememberingLists(): (stored: unknown) => readonly string[] {
  const known = new Map<unknown, readonly string[]>();
  return (stored) => {
    let groups = known.get(stored);
    if (!groups) known.set(stored, (groups = asList(stored)));
    return groups;
  };
}
