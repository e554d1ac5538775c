import { randomUUID } from 'node:crypto';
import type { ExternalKey } from '../syncer/external-id.ts';
import { PROFILE_FIELDS, type ProfileField, type ValueField } from '../syncer/profile.ts';
import { propertyKey } from '../syncer/property.ts';
import {
  isStranger,
  mergedProperties,
  statesProperties,
  withoutProperties,
  type Account,
  type AccountLink,
  type AccountLinkWrite,
  type AccountUpdate,
  type Decision,
  type HeldAccount,
  type NewAccount,
  type StandingAccount,
} from '../identity/account.ts';
import type { Group, GroupUpdate, HeldGroup, NamedGroup } from '../identity/group.ts';
import { StaleReadError, WriteConflictError } from '../identity/errors.ts';
import type { IdentityPage, PageWrite, SyncerScope } from '../identity/identity-store.ts';
import { accountKey, linkKey, type MemoryTables } from './memory-tables.ts';
import { checkText } from '../identity/column-limits.ts';

/** One page's reads and writes on the rows of a `MemoryIdentityStore`. */
export class MemoryPage implements IdentityPage {
  readonly #tables: MemoryTables;
  readonly #recorded: PageWrite[];

  /** Writes are added to `recorded`, for what is done once the page is stored. */
  constructor(tables: MemoryTables, recorded: PageWrite[]) {
    this.#tables = tables;
    this.#recorded = recorded;
  }

  async heldAccounts(
    scope: SyncerScope,
    keys: readonly ExternalKey[],
    fields?: readonly ValueField[],
  ): Promise<Map<ExternalKey, HeldAccount>> {
    const held = new Map<ExternalKey, HeldAccount>();
    for (const key of keys) {
      const link = this.#tables.accountLinks.get(linkKey(scope, key))?.link;
      if (!link) continue;
      const account = this.#tables.heldBy(scope, link) ?? null;
      held.set(key, { link, account: account && asked(account, fields) });
    }
    return held;
  }

  async heldByContact(
    scope: SyncerScope,
    phones: readonly string[],
    emails: readonly string[],
  ): Promise<readonly HeldAccount[]> {
    return this.#tables.accountLinks.values().flatMap((row) => {
      if (row.scope.syncerId !== scope.syncerId) return [];
      const account = this.#tables.heldBy(scope, row.link);
      const { phone = '', email = '' } = account?.values ?? {};
      const hasEmail = email !== '' && emails.some((asked) => asked.toLowerCase() === email.toLowerCase());
      const matches = (phone !== '' && phones.includes(phone)) || hasEmail;
      return account && matches ? [{ link: row.link, account }] : [];
    });
  }

  async accountsByName(scope: SyncerScope, names: readonly string[]): Promise<Map<string, StandingAccount>> {
    const found = new Map<string, StandingAccount>();
    for (const name of names) {
      const account = this.#tables.accounts.get(accountKey(scope.organization, name));
      if (!account) continue;
      const holder = this.#tables.holderOf(account);
      found.set(name.toLowerCase(), { account: asked(account), heldBy: holder?.scope.source ?? null });
    }
    return found;
  }

  async accountsWithId(scope: SyncerScope, ids: readonly string[]): Promise<readonly Account[]> {
    const asked = new Set(ids.map((id) => id.toLowerCase()));
    return this.#tables.accounts
      .values()
      .filter(({ owner, id }) => (owner === scope.organization || owner === 'built-in') && asked.has(id.toLowerCase()));
  }

  async linkOf(scope: SyncerScope, accountName: string): Promise<AccountLink | undefined> {
    const holder = this.#tables.holders.get(accountKey(scope.organization, accountName));
    return holder?.scope.syncerId === scope.syncerId ? holder.link : undefined;
  }

  async unlinkedAccount(scope: SyncerScope, { name, id }: Pick<Account, 'name' | 'id'>): Promise<Decision | undefined> {
    return this.#tables.decisions
      .values()
      .find(
        (row) =>
          row.scope.organization === scope.organization &&
          row.decision.kind === 'unlinked' &&
          (row.decision.accountName === name || (id !== '' && row.decision.accountId === id)),
      )?.decision;
  }

  async decisions(scope: SyncerScope, keys: readonly ExternalKey[]): Promise<Map<ExternalKey, Decision>> {
    return new Map(
      keys.flatMap((key) => {
        const decision = this.#tables.decisions.get(linkKey(scope, key))?.decision;
        return decision ? [[key, decision] as const] : [];
      }),
    );
  }

  async heldGroups(scope: SyncerScope, keys?: readonly ExternalKey[]): Promise<Map<ExternalKey, HeldGroup>> {
    const links = keys
      ? keys.flatMap((key) => this.#tables.groupLinks.get(linkKey(scope, key)) ?? [])
      : this.#tables.groupLinks.values().filter((row) => row.scope.syncerId === scope.syncerId);
    return new Map(
      links.map(({ link }) => [link.key, { link, group: this.#tables.groups.get(link.groupName) ?? null }]),
    );
  }

  async groupsByName(names: readonly string[]): Promise<Map<string, NamedGroup>> {
    const groups = names.flatMap((name) => this.#tables.groups.get(name) ?? []);
    const links = this.#tables.groupLinks.values();
    const heldBy = (group: Group): string | null =>
      links.find(({ link }) => link.groupName === group.name)?.scope.syncerId ?? null;
    return new Map(groups.map((group) => [group.name.toLowerCase(), { group, heldBy: heldBy(group) }]));
  }

  async write(scope: SyncerScope, write: PageWrite): Promise<void> {
    const { groupLinks, groups } = this.#tables;
    for (const key of write.removeGroupLinks ?? []) groupLinks.delete(linkKey(scope, key));
    for (const group of write.createGroups ?? []) this.#createGroup(group);
    for (const update of write.updateGroups ?? []) this.#updateGroup(update);
    for (const link of write.groupLinks ?? []) groupLinks.set(linkKey(scope, link.key), { scope, link });
    for (const account of write.createAccounts ?? []) this.#createAccount(scope, account);
    this.#updateAccounts(scope, write.updateAccounts ?? []);
    this.#removeLinks(scope, write.removeLinks ?? []);
    this.#replaceLinks(scope, write.links ?? [], new Set((write.createAccounts ?? []).map(({ name }) => name)));
    for (const key of write.removeDecisions ?? []) this.#tables.decisions.delete(linkKey(scope, key));
    for (const decision of write.decisions ?? []) {
      this.#tables.decisions.set(linkKey(scope, decision.key), { scope, decision });
    }
    for (const name of write.removeGroups ?? []) groups.delete(name);
    this.#recorded.push(write);
  }

  #removeLinks(scope: SyncerScope, keys: readonly ExternalKey[]): void {
    const { accountLinks, holders } = this.#tables;
    for (const key of keys) {
      const stored = accountLinks.get(linkKey(scope, key));
      if (!stored) continue;
      holders.delete(accountKey(scope.organization, stored.link.accountName));
      accountLinks.delete(linkKey(scope, key));
    }
  }

  #replaceLinks(scope: SyncerScope, links: readonly AccountLinkWrite[], created: ReadonlySet<string>): void {
    const { accountLinks, holders } = this.#tables;
    for (const link of links) {
      const stored = accountLinks.get(linkKey(scope, link.key));
      if (stored) holders.delete(accountKey(scope.organization, stored.link.accountName));
    }
    for (const link of links) {
      const held = accountKey(scope.organization, link.accountName);
      const holder = holders.get(held);
      // Its account is gone, and another one has got the name: it is remembered without one.
      if (holder && (created.has(link.accountName) || isStranger(holder.link, { id: link.accountId ?? '' })))
        accountLinks.set(linkKey(holder.scope, holder.link.key), {
          ...holder,
          link: { ...holder.link, accountName: `/${randomUUID()}` },
        });
      else if (holder) throw new WriteConflictError('a row with this key exists (directory_link.name)');
      holders.set(held, { scope, link });
      accountLinks.set(linkKey(scope, link.key), { scope, link });
    }
  }

  #createAccount(scope: SyncerScope, created: NewAccount): void {
    const key = accountKey(scope.organization, created.name);
    if (this.#tables.accounts.get(key))
      throw new WriteConflictError('a row with this key exists (user.owner, user.name)');
    checkText('name', created.name, 255);
    checkText('id', created.id, 100);
    checkText('binding', created.binding, 100);
    checkValues(created.values);
    const { name, id, binding, isForbidden, groups } = created;
    this.#tables.origins.set(key, 'sync');
    const empty = Object.fromEntries(PROFILE_FIELDS.map((field) => [field, '']));
    this.#tables.accounts.set(key, {
      owner: scope.organization,
      name,
      id,
      binding,
      isAdmin: false,
      isForbidden,
      isDeleted: false,
      groups: [...groups],
      values: { ...empty, ...withoutProperties(created.values) },
      properties: mergedProperties({}, created.values),
    });
  }

  #updateAccounts(scope: SyncerScope, updates: readonly AccountUpdate[]): void {
    const rows = updates.map((update) => ({
      update,
      stored: this.#tables.accounts.get(accountKey(scope.organization, update.name)),
    }));
    const stale = rows.filter(({ update, stored }) => !stored || isStale(update, stored));
    if (stale.length > 0) throw new StaleReadError(stale.map(({ update }) => update.name));
    for (const { update, stored } of rows) {
      if (!stored) continue;
      checkValues(update.values);
      this.#tables.accounts.set(accountKey(scope.organization, update.name), {
        ...stored,
        binding: update.binding ?? stored.binding,
        isForbidden: update.isForbidden ?? stored.isForbidden,
        isDeleted: update.isDeleted ?? stored.isDeleted,
        groups: [...(update.groups ?? stored.groups)],
        values: { ...stored.values, ...withoutProperties(update.values) },
        ...(statesProperties(update.values) && {
          properties: mergedProperties(stored.properties ?? {}, update.values),
        }),
      });
    }
  }

  #createGroup(group: Group): void {
    if (this.#tables.groups.get(group.name))
      throw new WriteConflictError('a row with this key exists (UQE_group_name)');
    checkText('name', group.name, 100);
    checkText('display_name', group.displayName, 100);
    this.#tables.groups.set(group.name, group);
  }

  #updateGroup(update: GroupUpdate): void {
    const stored = this.#tables.groups.get(update.name);
    if (!stored) return;
    if (update.displayName !== undefined) checkText('display_name', update.displayName, 100);
    this.#tables.groups.set(update.name, { ...stored, ...update });
  }
}

const isGuarded = (update: AccountUpdate): boolean =>
  update.isForbidden !== undefined ||
  update.isDeleted !== undefined ||
  update.groups !== undefined ||
  update.over !== undefined;

/** A map that cannot be read is nothing to write into. */
const isStale = (update: AccountUpdate, stored: Account): boolean =>
  (isGuarded(update) && !isAsSeen(stored, update)) || (stored.properties === null && statesProperties(update.values));

const isAsSeen = (stored: Account, { seen, over = {} }: AccountUpdate): boolean =>
  stored.isAdmin === seen.isAdmin &&
  stored.isForbidden === seen.isForbidden &&
  stored.isDeleted === seen.isDeleted &&
  stored.groups.length === seen.groups.length &&
  stored.groups.every((group, index) => group === seen.groups[index]) &&
  PROFILE_FIELDS.every((field) => over[field] === undefined || stored.values[field] === over[field]);

function checkValues(values: NewAccount['values']): void {
  for (const field of PROFILE_FIELDS) {
    const value = values[field];
    if (value !== undefined) checkText(field, value, field === 'avatar' ? Infinity : field === 'countryCode' ? 6 : 100);
  }
}

/** The account with these profile fields alone; without fields, with all. */
function asked(account: Account, fields?: readonly ValueField[]): Account {
  const { properties = {}, ...rest } = account;
  if (!fields) return { ...rest, properties };
  const own = fields.filter((field) => propertyKey(field) === undefined) as readonly ProfileField[];
  const values = Object.fromEntries(own.map((field) => [field, account.values[field]]));
  return own.length === fields.length ? { ...rest, values } : { ...rest, values, properties };
}
