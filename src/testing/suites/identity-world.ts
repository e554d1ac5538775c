import { randomUUID } from 'node:crypto';
import type { LeaseStore } from '../../engine/ports/lease-store.ts';
import type { RunStore } from '../../engine/ports/run-store.ts';
import type { Account, AccountLink, HeldAccount, NewAccount } from '../../identity/account.ts';
import type { Change } from '../../identity/change.ts';
import { limitOf } from '../../identity/column-limits.ts';
import type { Group } from '../../identity/group.ts';
import type { IdentityPage, IdentityStore, LeaseGrant, PageWrite, SyncerScope } from '../../identity/identity-store.ts';
import { externalId, keyOf } from '../../syncer/external-id.ts';
import type { ValueField } from '../../syncer/profile.ts';
import { text } from '../../syncer/text.ts';

/** A store and what stands around it; `put` and `remove` act as a person with the IAM's own screens would. */
export interface IdentityStoreSubject {
  readonly store: IdentityStore;
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  /** Two names that differ in case are one key (MySQL). */
  readonly foldsCase: boolean;
  addOrganization(name: string): Promise<void>;
  /** Makes the syncer known under its `source`. */
  addSyncer(scope: SyncerScope): Promise<void>;
  putAccount(account: Account): Promise<void>;
  removeAccount(organization: string, name: string): Promise<void>;
  putGroup(group: Group): Promise<void>;
}

type Values = Readonly<Partial<Record<ValueField, string>>>;

/** One syncer of an organization of its own, with the lease of its run, and everything that a test does through it. */
export class IdentityWorld {
  readonly runId = randomUUID();
  scope: SyncerScope;
  lease: LeaseGrant;

  private constructor(
    readonly subject: IdentityStoreSubject,
    scope: SyncerScope,
  ) {
    this.scope = scope;
    this.lease = { syncerId: scope.syncerId, token: '' };
  }

  static async open(subject: IdentityStoreSubject): Promise<IdentityWorld> {
    const world = new IdentityWorld(subject, newScope(`org-${randomUUID().slice(0, 8)}`, 'wecom'));
    await world.use(world.scope);
    return world;
  }

  get store(): IdentityStore {
    return this.subject.store;
  }

  get organization(): string {
    return this.scope.organization;
  }

  /** Goes on as another syncer, which holds a lease of its own. */
  async useAnother(organization = `org-${randomUUID().slice(0, 8)}`): Promise<void> {
    await this.use(newScope(organization, 'second'));
  }

  /** How many characters this store takes for a field; undefined: it has no such field, and is not asked for it. */
  limit(field: ValueField): number | undefined {
    return limitOf(this.store.columnLimits(this.scope), field);
  }

  /** Those values whose fields the store has. */
  asked<T extends Values>(values: T): Partial<T> {
    const known = Object.entries(values).filter(([field]) => this.limit(field as ValueField) !== undefined);
    return Object.fromEntries(known) as Partial<T>;
  }

  /** What a store keeps of a login binding: nothing, where it has no column for it. */
  binding(value: string): string {
    return this.store.columnLimits(this.scope).binding === undefined ? '' : value;
  }

  /** An account as it stands in this organization; what is not said of it is empty. */
  anAccount(differences: Partial<Account> & Pick<Account, 'name'>): Account {
    const fields = Object.keys(this.store.columnLimits(this.scope).values);
    return {
      owner: this.organization,
      id: differences.name,
      isAdmin: false,
      isForbidden: false,
      isDeleted: false,
      groups: [],
      ...differences,
      binding: this.binding(differences.binding ?? differences.name),
      values: this.asked({
        ...Object.fromEntries(fields.map((field) => [field, ''])),
        displayName: 'Zhang San',
        ...differences.values,
      }),
    };
  }

  newcomer(name: string, differences: Partial<NewAccount> = {}): NewAccount {
    return {
      name,
      id: name,
      binding: name,
      isForbidden: false,
      groups: [],
      ...differences,
      values: this.asked(differences.values ?? { displayName: name.toUpperCase() }),
    };
  }

  aGroup(name: string, differences: Partial<Group> = {}): Group {
    const owner = differences.owner ?? this.organization;
    return { owner, name, displayName: 'Sales', parentId: owner, isTopGroup: true, manager: '', ...differences };
  }

  inPage<T>(work: (page: IdentityPage) => Promise<T>): Promise<T> {
    return this.store.page(this.lease, work);
  }

  write(what: Omit<PageWrite, 'runId'>): Promise<void> {
    return this.inPage((page) => page.write(this.scope, { runId: this.runId, ...what }));
  }

  /** Accounts that come in through this syncer, with their links. */
  bringIn(...accounts: readonly NewAccount[]): Promise<void> {
    return this.write({
      createAccounts: accounts,
      links: accounts.map(({ name, groups }) => aLink(name, { groups })),
    });
  }

  async held(userid: string): Promise<HeldAccount | undefined> {
    const key = keyOf(externalId(userid));
    return (await this.inPage((page) => page.heldAccounts(this.scope, [key]))).get(key);
  }

  /** Without its map of further values, which not every store has. */
  async account(userid: string): Promise<Account | null | undefined> {
    const account = (await this.held(userid))?.account;
    if (!account) return account;
    const { properties: _unasked, ...rest } = account;
    return rest;
  }

  /** @throws Error when nobody holds such an account */
  async standing(userid: string): Promise<Account> {
    const account = await this.account(userid);
    if (!account) throw new Error(`the store holds no account of ${userid}`);
    return account;
  }

  async use(scope: SyncerScope): Promise<void> {
    this.scope = scope;
    await this.subject.addSyncer(scope);
    const request = { syncerId: scope.syncerId, runId: this.runId, owner: 'test', ttlMs: 60_000 };
    const taken = await this.subject.leases.acquire(request);
    if (!('grant' in taken)) throw new Error('somebody else holds the lease of a test');
    this.lease = taken.grant;
  }
}

const newScope = (organization: string, name: string): SyncerScope => ({
  syncerId: randomUUID(),
  organization,
  source: `${organization}/${name}`,
  bindingColumn: 'wecom',
});

/** The link of an account to the member whose id is its name, but for what the test says. */
export const aLink = (userid: string, differences: Partial<AccountLink> = {}): AccountLink => ({
  key: keyOf(externalId(userid)),
  externalId: externalId(userid),
  accountName: userid,
  forbiddenBy: null,
  deletedBy: null,
  groups: [],
  ...differences,
});

export const aChange = (differences: Partial<Change> = {}): Change => ({
  kind: 'create',
  userid: 'zhangsan',
  user: 'acme/zhangsan',
  fields: [{ field: 'displayName', before: '', after: '张三' }],
  reason: text('New in WeCom.', '企业微信新成员。'),
  state: 'applied',
  ...differences,
});

export async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const rows: T[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}
