import { LeaseError } from '../syncer/errors.ts';
import type { ExternalKey } from '../syncer/external-id.ts';
import { propertyField } from '../syncer/property.ts';
import { text } from '../syncer/text.ts';
import {
  goJson,
  valueIn,
  type Account,
  type AccountLink,
  type AccountOrigin,
  type Candidate,
} from '../identity/account.ts';
import { digestedText, digestedValue, digestOf, hasAllOnce, type DigestShape } from '../identity/account-digest.ts';
import type { Change } from '../identity/change.ts';
import { CASDOOR_LIMITS, type ColumnLimits } from '../identity/column-limits.ts';
import type { Group, GroupLink } from '../identity/group.ts';
import type {
  IdentityLook,
  IdentityPage,
  IdentityStore,
  LeaseGrant,
  PageWrite,
  SyncerScope,
} from '../identity/identity-store.ts';
import { MemoryPage } from './memory-page.ts';
import { accountKey, MemoryTables, type StoredLink } from './memory-tables.ts';

export interface MemoryIdentityOptions {
  readonly organizations?: readonly string[];
  /** Whether this grant is the one that stands; absent: every grant does. */
  readonly holdsLease?: (lease: LeaseGrant) => Promise<boolean>;
  /** Where the changes of a stored page go. */
  readonly recordChanges?: (runId: string, changes: readonly Change[]) => void;
}

/** Behaves like the database stores, transactions included, and is gone with the process: for tests and for trying things out. */
export class MemoryIdentityStore implements IdentityStore {
  readonly #tables = new MemoryTables();
  readonly #options: MemoryIdentityOptions;
  readonly #organizations: Set<string>;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: MemoryIdentityOptions = {}) {
    this.#options = options;
    this.#organizations = new Set(options.organizations);
  }

  putOrganization(name: string): void {
    this.#organizations.add(name);
  }

  /** Stores an account as a person would, beside any sync; replaces the one of this name. */
  putAccount(account: Account, origin: AccountOrigin = 'person'): void {
    this.#tables.accounts.set(accountKey(account.owner, account.name), account);
    this.#tables.origins.set(accountKey(account.owner, account.name), origin);
  }

  account(organization: string, name: string): Account | undefined {
    return this.#tables.accounts.get(accountKey(organization, name));
  }

  /** Accounts of an organization, by name. */
  accounts(organization: string): readonly Account[] {
    return byName(this.#tables.accounts.values().filter((account) => account.owner === organization));
  }

  deleteAccount(organization: string, name: string): void {
    this.#tables.accounts.delete(accountKey(organization, name));
  }

  putGroup(group: Group): void {
    this.#tables.groups.set(group.name, group);
  }

  groups(organization: string): readonly Group[] {
    return byName(this.#tables.groups.values().filter((group) => group.owner === organization));
  }

  deleteGroup(name: string): void {
    this.#tables.groups.delete(name);
  }

  links(scope: SyncerScope): readonly AccountLink[] {
    return this.#accountLinks(scope).toSorted((a, b) => compare(a.key, b.key));
  }

  columnLimits(): ColumnLimits {
    return CASDOOR_LIMITS;
  }

  /** There is no other program that could write here. */
  async competingSyncers(): Promise<readonly string[]> {
    return [];
  }

  async organizationExists(organization: string): Promise<boolean> {
    return this.#organizations.has(organization);
  }

  async isGroupNameTaken(name: string): Promise<boolean> {
    return this.#tables.groups.values().some((group) => group.name.toLowerCase() === name.toLowerCase());
  }

  async countActive(scope: SyncerScope): Promise<number> {
    return this.#accountLinks(scope).filter((link) => {
      const account = this.#tables.heldBy(scope, link);
      return account !== undefined && !account.isForbidden && !account.isDeleted;
    }).length;
  }

  async countLinks(scope: SyncerScope): Promise<number> {
    return this.#accountLinks(scope).length;
  }

  async *heldKeys(scope: SyncerScope): AsyncIterable<readonly ExternalKey[]> {
    const links = this.links(scope);
    if (links.length > 0) yield links.map((link) => link.key);
  }

  async *heldLinks(scope: SyncerScope): AsyncIterable<readonly AccountLink[]> {
    const links = this.links(scope);
    if (links.length > 0) yield links;
  }

  async groupLinks(scope: SyncerScope): Promise<readonly GroupLink[]> {
    const rows = this.#tables.groupLinks.values().filter((row) => row.scope.syncerId === scope.syncerId);
    return rows.map(({ link }) => link);
  }

  async heldDigests(scope: SyncerScope, shape: DigestShape, take: (digest: string) => void): Promise<void> {
    for (const link of this.#accountLinks(scope)) {
      const account = this.#tables.heldBy(scope, link);
      const { properties = [] } = shape;
      if (account?.properties === null && properties.length > 0) continue;
      if (!account || (shape.groups && !hasAllOnce(account.groups, link.groups))) continue;
      const text = digestedText({
        ...link,
        binding: scope.bindingColumn === '' ? '' : account.binding,
        isForbidden: account.isForbidden,
        isDeleted: account.isDeleted,
        groups: shape.groups ? goJson(link.groups) : '',
        fields: [
          ...shape.fields.map(({ field, as }) => digestedValue(account.values[field] ?? '', as)),
          ...properties.map(({ key, as }) => digestedValue(valueIn(account, propertyField(key)) ?? '', as)),
        ],
      });
      if (text !== undefined) take(digestOf(text));
    }
  }

  async takenNames({ organization }: SyncerScope, names: readonly string[]): Promise<ReadonlySet<string>> {
    const wanted = new Set(names.map((name) => name.toLowerCase()));
    const taken = this.accounts(organization).map(({ name }) => name.toLowerCase());
    return new Set(taken.filter((name) => wanted.has(name)));
  }

  async *candidates(scope: SyncerScope): AsyncIterable<readonly Candidate[]> {
    const candidates = this.accounts(scope.organization).filter((account) => {
      const holder = this.#holder(account);
      const key = holder?.link.key;
      return (
        holder?.scope.syncerId !== scope.syncerId ||
        key !== account.name.toLowerCase() ||
        (account.id !== '' && key !== account.id.toLowerCase())
      );
    });
    const decided = this.#tables.decisions.values().filter(({ decision }) => decision.kind === 'unlinked');
    if (candidates.length === 0) return;
    yield candidates.map((account) => ({
      account,
      heldBy: this.#holder(account)?.scope.source ?? null,
      isOurs: this.#holder(account)?.scope.syncerId === scope.syncerId,
      origin: this.#tables.origins.get(accountKey(account.owner, account.name)) ?? 'person',
      emailVerified: false,
      unlinked: decided.some(
        (row) =>
          row.scope.organization === account.owner &&
          (row.decision.accountName === account.name || (account.id !== '' && row.decision.accountId === account.id)),
      ),
    }));
  }

  async strangersInGroups(scope: SyncerScope, groupNames: readonly string[]): Promise<Map<string, number>> {
    const ours = new Set(
      this.#tables.groupLinks
        .values()
        .flatMap((row) => (row.scope.syncerId === scope.syncerId ? [row.link.groupName] : [])),
    );
    const strangers = (group: string): number => {
      const membership = `${scope.organization}/${group}`;
      const members = this.accounts(scope.organization).filter((account) => {
        const holder = this.#holder(account);
        const made = holder?.scope.syncerId === scope.syncerId && holder.link.groups.includes(membership);
        return account.groups.includes(membership) && !made;
      });
      const children = this.groups(scope.organization).filter(
        (child) => child.parentId === group && !ours.has(child.name),
      );
      return members.length + children.length;
    };
    return new Map(groupNames.map((name) => [name, strangers(name)]));
  }

  /** Pages take turns, as they do on SQLite. */
  async look<T>(work: (page: IdentityLook) => Promise<T>): Promise<T> {
    await this.#turn;
    return work(new MemoryPage(this.#tables, []));
  }

  async page<T>(lease: LeaseGrant, work: (page: IdentityPage) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#inTransaction(lease, work));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #inTransaction<T>(lease: LeaseGrant, work: (page: IdentityPage) => Promise<T>): Promise<T> {
    await this.#assertLease(lease);
    const recorded: PageWrite[] = [];
    this.#tables.begin();
    try {
      const result = await work(new MemoryPage(this.#tables, recorded));
      this.#tables.commit();
      for (const { runId, changes } of recorded) if (changes) this.#options.recordChanges?.(runId, changes);
      return result;
    } catch (error) {
      this.#tables.rollback();
      throw error;
    }
  }

  async #assertLease(lease: LeaseGrant): Promise<void> {
    if ((await this.#options.holdsLease?.(lease)) ?? true) return;
    throw new LeaseError(
      text(
        'Another run of this syncer took over; this one writes nothing more.',
        '此同步器的另一次同步已接管，本次同步不再写入任何内容。',
      ),
    );
  }

  #accountLinks(scope: SyncerScope): AccountLink[] {
    return this.#tables.accountLinks
      .values()
      .flatMap((row) => (row.scope.syncerId === scope.syncerId ? [row.link] : []));
  }

  #holder(account: Account): StoredLink<AccountLink> | undefined {
    return this.#tables.holderOf(account);
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = <T extends { readonly name: string }>(rows: T[]): T[] => rows.sort((a, b) => compare(a.name, b.name));
