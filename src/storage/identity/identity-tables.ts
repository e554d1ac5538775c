import type {
  Account,
  AccountLink,
  AccountUpdate,
  Decision,
  HeldAccount,
  LockedBy,
  StandingAccount,
} from '../../identity/account.ts';
import type { Group, GroupUpdate, HeldGroup, NamedGroup } from '../../identity/group.ts';
import { StaleReadError } from '../../identity/errors.ts';
import type { IdentityPage, PageWrite, SyncerScope } from '../../identity/identity-store.ts';
import { checkText } from '../../identity/column-limits.ts';
import type { ExternalId, ExternalKey } from '../../syncer/external-id.ts';
import { PROFILE_FIELDS, type ProfileField } from '../../syncer/profile.ts';
import { AccountColumns } from './account-columns.ts';
import {
  deleteBySet,
  insertRows,
  selectBySet,
  selectValuesBySet,
  updateRows,
  type Column,
  type Constants,
  type Values,
} from '../bulk.ts';
import { removeGroupRules, writeMemberships, type MembershipChange } from './casbin-rules.ts';
import { endSessions } from './casdoor-sessions.ts';
import { insertChanges } from './change-rows.ts';
import { columnOf, type LiveColumns } from '../live-columns.ts';
import type { Row, RowValues, Session } from '../session.ts';
import { endSignIns } from './sign-in-columns.ts';
import { asBoolean, asList, asText, goJson, rfc3339 } from '../text-value.ts';

const LINK = 'directory_link';
const LINK_COLUMNS: readonly Column[] = [
  'syncer_id',
  'kind',
  'external_key',
  'external_id',
  'organization',
  'name',
  'forbidden_by',
  'deleted_by',
  'groups',
].map((name) => ({ name, type: 'text' }));
const DECISION = 'directory_decision';
const DECISION_COLUMNS: readonly Column[] = [
  'syncer_id',
  'external_key',
  'external_id',
  'organization',
  'kind',
  'name',
  'account_id',
  'fingerprint',
  'forbidden_by',
  'deleted_by',
].map((name) => ({ name, type: 'text' }));
const DECISION_NAMES = DECISION_COLUMNS.map(({ name }) => name);
/** In the order of `toAccountLink`. */
const ACCOUNT_LINK_NAMES = ['external_key', 'external_id', 'name', 'forbidden_by', 'deleted_by', 'groups'] as const;

const GROUP_NAMES = ['owner', 'name', 'display_name', 'parent_id', 'is_top_group', 'manager'] as const;
const GROUP_FIELDS = {
  displayName: 'display_name',
  parentId: 'parent_id',
  isTopGroup: 'is_top_group',
  manager: 'manager',
} as const;

/** One page's reads and writes on the tables, inside the transaction of its session. */
export class IdentityTables implements IdentityPage {
  readonly #session: Session;
  readonly #live: LiveColumns;
  readonly #now: () => Date;
  /** Accounts and links that were added. */
  inserted = 0;

  constructor(session: Session, live: LiveColumns, now: () => Date) {
    this.#session = session;
    this.#live = live;
    this.#now = now;
  }

  async heldAccounts(
    scope: SyncerScope,
    keys: readonly ExternalKey[],
    fields?: readonly ProfileField[],
  ): Promise<Map<ExternalKey, HeldAccount>> {
    const where = { equal: { syncer_id: scope.syncerId, kind: 'user' }, column: 'external_key' };
    const rows = await selectValuesBySet(this.#session, LINK, ACCOUNT_LINK_NAMES, where, keys);
    const toGroups = rememberingLists();
    const links = rows.map((row) => toAccountLink(row, toGroups));
    const names = links.map((link) => link.accountName);
    const accounts = await this.#accounts(scope, names, fields, toGroups);
    return new Map(links.map((link) => [link.key, { link, account: accounts.get(link.accountName) ?? null }]));
  }

  async heldByContact(
    scope: SyncerScope,
    phones: readonly string[],
    emails: readonly string[],
  ): Promise<readonly HeldAccount[]> {
    const names = new Set(await this.#namesByPhone(scope, phones));
    for (const name of await this.#namesByEmail(scope, emails)) names.add(name);
    const where = { equal: { kind: 'user', organization: scope.organization }, column: 'name' };
    const columns = ['syncer_id', ...ACCOUNT_LINK_NAMES];
    const rows = await selectValuesBySet(this.#session, LINK, columns, where, [...names]);
    const links = rows.flatMap(([syncerId, ...row]) => (syncerId === scope.syncerId ? [toAccountLink(row)] : []));
    const accounts = await this.#accounts(
      scope,
      links.map((link) => link.accountName),
    );
    return links.flatMap((link) => {
      const account = accounts.get(link.accountName);
      return account ? [{ link, account }] : [];
    });
  }

  async #namesByPhone(scope: SyncerScope, phones: readonly string[]): Promise<readonly string[]> {
    const asked = phones.filter((phone) => phone !== '');
    if (asked.length === 0 || !this.#live.has('user', 'phone')) return [];
    const where = { equal: { owner: scope.organization }, column: 'phone' };
    return (await selectBySet(this.#session, 'user', ['name'], where, asked)).map((row) => asText(row['name']));
  }

  /** Only MySQL compares without case by itself; elsewhere the accounts of the organization are read. */
  async #namesByEmail(scope: SyncerScope, emails: readonly string[]): Promise<readonly string[]> {
    const asked = emails.filter((email) => email !== '').map((email) => email.toLowerCase());
    if (asked.length === 0 || !this.#live.has('user', 'email')) return [];
    const where = { equal: { owner: scope.organization }, column: 'email' };
    const rows = await selectBySet(this.#session, 'user', ['name'], where, asked, false, 'lower');
    return rows.map((row) => asText(row['name']));
  }

  async accountsByName(scope: SyncerScope, names: readonly string[]): Promise<Map<string, StandingAccount>> {
    const accounts = await this.#accounts(scope, names);
    const found = [...new Set(accounts.values())];
    const where = { equal: { kind: 'user', organization: scope.organization }, column: 'name' };
    const links = await selectBySet(
      this.#session,
      LINK,
      ['name', 'syncer_id'],
      where,
      found.map((account) => account.name),
    );
    const syncers = await this.#syncerNames(links.map((row) => asText(row['syncer_id'])));
    const heldBy = new Map(
      links.map((row) => [asText(row['name']), syncers.get(asText(row['syncer_id'])) ?? asText(row['syncer_id'])]),
    );
    return new Map(
      found.map((account) => [account.name.toLowerCase(), { account, heldBy: heldBy.get(account.name) ?? null }]),
    );
  }

  async accountsWithId(
    scope: SyncerScope,
    ids: readonly string[],
  ): Promise<readonly Pick<Account, 'owner' | 'name' | 'id'>[]> {
    if (!this.#live.has('user', 'id')) return [];
    // The index on the column knows one spelling at a time; these are the ones that a copied id comes in.
    const spellings = new Set(ids.flatMap((id) => [id, id.toLowerCase(), id.toUpperCase()]));
    const where = { equal: {}, column: 'id' };
    const rows = await selectBySet(this.#session, 'user', ['owner', 'name', 'id'], where, [...spellings]);
    return rows
      .map((row) => ({ owner: asText(row['owner']), name: asText(row['name']), id: asText(row['id']) }))
      .filter(({ owner }) => owner === scope.organization || owner === 'built-in');
  }

  async linkOf(scope: SyncerScope, accountName: string): Promise<AccountLink | undefined> {
    const where = { equal: { syncer_id: scope.syncerId, kind: 'user' }, column: 'name' };
    const [row] = await selectValuesBySet(this.#session, LINK, ACCOUNT_LINK_NAMES, where, [accountName]);
    return row && toAccountLink(row);
  }

  async unlinkedAccount(scope: SyncerScope, { name, id }: Pick<Account, 'name' | 'id'>): Promise<Decision | undefined> {
    const equal = { kind: 'unlinked' };
    const where = { equal, column: 'organization' };
    const rows = await selectBySet(this.#session, DECISION, DECISION_NAMES, where, [scope.organization]);
    return rows
      .map(toDecision)
      .find(({ accountName, accountId }) => accountName === name || (id !== '' && accountId === id));
  }

  async decisions(scope: SyncerScope, keys: readonly ExternalKey[]): Promise<Map<ExternalKey, Decision>> {
    const where = { equal: { syncer_id: scope.syncerId }, column: 'external_key' };
    const rows = await selectBySet(this.#session, DECISION, DECISION_NAMES, where, keys);
    return new Map(rows.map(toDecision).map((decision) => [decision.key, decision]));
  }

  async heldGroups(scope: SyncerScope, keys?: readonly ExternalKey[]): Promise<Map<ExternalKey, HeldGroup>> {
    const columns = ['external_key', 'external_id', 'name'];
    const rows = keys
      ? await selectBySet(
          this.#session,
          LINK,
          columns,
          { equal: { syncer_id: scope.syncerId, kind: 'group' }, column: 'external_key' },
          keys,
        )
      : await selectBySet(this.#session, LINK, columns, { equal: { syncer_id: scope.syncerId }, column: 'kind' }, [
          'group',
        ]);
    const groups = await this.#groups(rows.map((row) => asText(row['name'])));
    return new Map(
      rows.map((row) => {
        const key = asText(row['external_key']) as ExternalKey;
        const groupName = asText(row['name']);
        const link = { key, externalId: asText(row['external_id']) as ExternalId, groupName };
        return [key, { link, group: groups.get(groupName.toLowerCase()) ?? null }];
      }),
    );
  }

  async groupsByName(names: readonly string[]): Promise<Map<string, NamedGroup>> {
    const groups = [...(await this.#groups(names))];
    const stored = groups.map(([, group]) => group.name);
    const where = { equal: { kind: 'group' }, column: 'name' };
    const links = await selectBySet(this.#session, LINK, ['name', 'syncer_id'], where, stored);
    const heldBy = new Map(links.map((row) => [asText(row['name']), asText(row['syncer_id'])]));
    return new Map(groups.map(([name, group]) => [name, { group, heldBy: heldBy.get(group.name) ?? null }]));
  }

  async #groups(names: readonly string[]): Promise<Map<string, Group>> {
    const rows = await selectBySet(this.#session, 'group', GROUP_NAMES, { equal: {}, column: 'name' }, names);
    return new Map(rows.map((row) => [asText(row['name']).toLowerCase(), toGroup(row)]));
  }

  async write(scope: SyncerScope, write: PageWrite): Promise<void> {
    const now = rfc3339(this.#now());
    this.inserted += (write.createAccounts?.length ?? 0) + (write.links?.length ?? 0);
    await this.#removeLinks(scope, 'group', write.removeGroupLinks ?? []);
    await this.#createGroups(write.createGroups ?? [], now);
    await this.#updateGroups(scope, write.updateGroups ?? [], now);
    await this.#replaceLinks(
      scope,
      'group',
      (write.groupLinks ?? []).map((link) => [link.key, link.externalId, link.groupName, null, null, '[]']),
    );
    await this.#createAccounts(scope, write.createAccounts ?? [], now);
    await this.#updateAccounts(scope, write.updateAccounts ?? [], now);
    await this.#removeLinks(scope, 'user', write.removeLinks ?? []);
    await this.#replaceLinks(
      scope,
      'user',
      (write.links ?? []).map((link) => [
        link.key,
        link.externalId,
        link.accountName,
        link.forbiddenBy,
        link.deletedBy,
        goJson(link.groups),
      ]),
    );
    await endSignIns(this.#session, this.#live, scope, write.endSignIns ?? []);
    await this.#replaceDecisions(scope, write.removeDecisions ?? [], write.decisions ?? []);
    await this.#removeGroups(scope, write.removeGroups ?? []);
    await insertChanges(this.#session, write.runId, write.changes ?? []);
  }

  /** By the name that was asked for; databases that compare without case answer other spellings of it too. */
  async #accounts(
    scope: SyncerScope,
    names: readonly string[],
    fields?: readonly ProfileField[],
    toGroups?: (stored: unknown) => readonly string[],
  ): Promise<Map<string, Account>> {
    const columns = new AccountColumns(this.#live, scope.bindingColumn, fields);
    const where = { equal: { owner: scope.organization }, column: 'name' };
    const rows = await selectValuesBySet(this.#session, 'user', columns.names, where, names);
    const exact = new Map<string, Account>();
    for (const row of rows) {
      const account = columns.toAccount(row, toGroups);
      exact.set(account.name, account);
    }
    if (this.#session.dialect !== 'mysql') return exact;
    const loose = new Map([...exact].map(([name, account]) => [name.toLowerCase(), account]));
    const found = names.map((name) => [name, exact.get(name) ?? loose.get(name.toLowerCase())] as const);
    return new Map(found.flatMap(([name, account]) => (account ? [[name, account] as const] : [])));
  }

  async #syncerNames(ids: readonly string[]): Promise<Map<string, string>> {
    const columns = ['id', 'organization', 'name'];
    const rows = await selectBySet(this.#session, 'directory_syncer', columns, { equal: {}, column: 'id' }, [
      ...new Set(ids),
    ]);
    return new Map(rows.map((row) => [asText(row['id']), `${asText(row['organization'])}/${asText(row['name'])}`]));
  }

  async #createAccounts(
    scope: SyncerScope,
    accounts: NonNullable<PageWrite['createAccounts']>,
    now: string,
  ): Promise<void> {
    if (accounts.length === 0) return;
    const { columns, constants, rows } = new AccountColumns(this.#live, scope.bindingColumn).forInsert(
      scope,
      accounts,
      now,
    );
    await insertRows(this.#session, 'user', columns, constants, rows);
    await writeMemberships(
      this.#session,
      this.#live,
      scope.organization,
      accounts
        .filter((account) => account.groups.length > 0)
        .map((account) => ({ accountName: account.name, before: [], after: account.groups })),
    );
  }

  async #updateAccounts(scope: SyncerScope, updates: readonly AccountUpdate[], now: string): Promise<void> {
    await this.#assertUnchanged(scope, updates);
    const live = (name: string): boolean => this.#live.has('user', name);
    const columns = new AccountColumns(this.#live, scope.bindingColumn);
    const shapes = new Map<string, { readonly columns: readonly Column[]; readonly rows: Values[] }>();
    for (const update of updates) {
      const cells = accountCells(update, scope, columns, now).filter(([name]) => live(name));
      const key = cells.map(([name]) => name).join();
      const shape = shapes.get(key) ?? { columns: cells.map(([name, value]) => columnFor(name, value)), rows: [] };
      shape.rows.push([update.name, ...cells.map(([, value]) => value)]);
      shapes.set(key, shape);
    }
    const where = { equal: { owner: scope.organization }, column: 'name' };
    let matched = 0;
    for (const shape of shapes.values()) {
      matched += await updateRows(
        this.#session,
        'user',
        where,
        shape.columns,
        shape.rows,
        this.#live.collation('user', 'name'),
      );
    }
    if (matched < updates.length) {
      const names = updates.map((update) => update.name);
      const present = await this.#accounts(scope, names);
      throw new StaleReadError(names.filter((name) => !present.has(name)));
    }
    const memberships: MembershipChange[] = updates.flatMap((update) =>
      update.groups ? [{ accountName: update.name, before: update.seen.groups, after: update.groups }] : [],
    );
    await writeMemberships(this.#session, this.#live, scope.organization, memberships);
    const lockedOut = updates.filter((update) => update.isForbidden === true || update.isDeleted === true);
    await endSessions(
      this.#session,
      this.#live,
      scope.organization,
      lockedOut.map((update) => update.name),
    );
  }

  /** Access and memberships are written only over what the plan saw: a person may have decided in between. */
  async #assertUnchanged(scope: SyncerScope, updates: readonly AccountUpdate[]): Promise<void> {
    const guarded = updates.filter(
      (update) => update.isForbidden !== undefined || update.isDeleted !== undefined || update.groups !== undefined,
    );
    if (guarded.length === 0) return;
    const columns = ['name', 'is_admin', 'is_forbidden', 'is_deleted', 'groups'].filter((name) =>
      this.#live.has('user', name),
    );
    const where = { equal: { owner: scope.organization }, column: 'name' };
    const names = guarded.map((update) => update.name);
    const rows = await selectBySet(this.#session, 'user', columns, where, names, true);
    const isMysql = this.#session.dialect === 'mysql';
    const spelling = (name: string): string => (isMysql ? name.toLowerCase() : name);
    const stored = new Map(rows.map((row) => [spelling(asText(row['name'])), row]));
    const stale = guarded.filter((update) => !matches(stored.get(spelling(update.name)), update.seen));
    if (stale.length > 0) throw new StaleReadError(stale.map((update) => update.name));
  }

  /**
   * Deleted and inserted rather than upserted: names may wander from link to link within one page, and MySQL's upsert
   * would take a clash with another syncer's account for the row to change.
   */
  async #replaceLinks(scope: SyncerScope, kind: 'user' | 'group', links: readonly Values[]): Promise<void> {
    if (links.length === 0) return;
    const where = { equal: { syncer_id: scope.syncerId, kind }, column: 'external_key' };
    await deleteBySet(
      this.#session,
      LINK,
      where,
      links.map(([key]) => String(key)),
    );
    const rows = links.map(([key, externalId, name, forbiddenBy, deletedBy, groups]): Values => {
      checkText('external_id', String(externalId), 255);
      checkText('name', String(name), 255);
      return [
        scope.syncerId,
        kind,
        key ?? null,
        externalId ?? null,
        scope.organization,
        name ?? null,
        forbiddenBy ?? null,
        deletedBy ?? null,
        groups ?? null,
      ];
    });
    await insertRows(this.#session, LINK, LINK_COLUMNS, {}, rows);
  }

  async #replaceDecisions(
    scope: SyncerScope,
    removed: readonly ExternalKey[],
    decisions: readonly Decision[],
  ): Promise<void> {
    const keys = [...removed, ...decisions.map(({ key }) => key)];
    if (keys.length === 0) return;
    const where = { equal: { syncer_id: scope.syncerId }, column: 'external_key' };
    await deleteBySet(this.#session, DECISION, where, keys);
    const rows = decisions.map((decision): Values => [
      scope.syncerId,
      decision.key,
      decision.externalId,
      scope.organization,
      decision.kind,
      decision.accountName,
      decision.accountId,
      decision.fingerprint,
      decision.forbiddenBy,
      decision.deletedBy,
    ]);
    if (rows.length > 0) await insertRows(this.#session, DECISION, DECISION_COLUMNS, {}, rows);
  }

  async #removeLinks(scope: SyncerScope, kind: 'user' | 'group', keys: readonly ExternalKey[]): Promise<void> {
    const where = { equal: { syncer_id: scope.syncerId, kind }, column: 'external_key' };
    await deleteBySet(this.#session, LINK, where, keys);
  }

  async #createGroups(groups: readonly Group[], now: string): Promise<void> {
    if (groups.length === 0) return;
    const live = (name: string): boolean => this.#live.has('group', name);
    const columns: readonly Column[] = [
      ...GROUP_NAMES.map((name): Column => ({ name, type: name === 'is_top_group' ? 'boolean' : 'text' })),
      { name: 'created_time', type: 'text' },
      { name: 'updated_time', type: 'text' },
    ];
    const constants: Record<string, string> = {
      type: "'Virtual'",
      contact_email: "''",
      title: "''",
      key: "''",
      children: "'null'",
      is_enabled: 'TRUE',
      gid_number: '0',
      properties: "'{}'",
    };
    const rows = groups.map((group): Values => {
      this.#checkGroup(group);
      return [group.owner, group.name, group.displayName, group.parentId, group.isTopGroup, group.manager, now, now];
    });
    const present: Constants = Object.fromEntries(Object.entries(constants).filter(([name]) => live(name)));
    await insertRows(this.#session, 'group', columns, present, rows);
  }

  async #updateGroups(scope: SyncerScope, updates: readonly GroupUpdate[], now: string): Promise<void> {
    const shapes = new Map<string, { readonly columns: readonly Column[]; readonly rows: Values[] }>();
    for (const update of updates) {
      this.#checkGroup(update);
      const cells = Object.entries(GROUP_FIELDS).flatMap(([field, column]) => {
        const value = update[field as keyof typeof GROUP_FIELDS];
        return value === undefined ? [] : [[column, value] as const];
      });
      cells.push(['updated_time', now] as never);
      const key = cells.map(([name]) => name).join();
      const shape = shapes.get(key) ?? { columns: cells.map(([name, value]) => columnFor(name, value)), rows: [] };
      shape.rows.push([update.name, ...cells.map(([, value]) => value)]);
      shapes.set(key, shape);
    }
    const where = { equal: { owner: scope.organization }, column: 'name' };
    for (const shape of shapes.values()) {
      const collate = this.#live.collation('group', 'name');
      await updateRows(this.#session, 'group', where, shape.columns, shape.rows, collate);
    }
  }

  async #removeGroups(scope: SyncerScope, names: readonly string[]): Promise<void> {
    await removeGroupRules(this.#session, this.#live, scope.organization, names);
    await deleteBySet(this.#session, 'group', { equal: { owner: scope.organization }, column: 'name' }, names);
  }

  #checkGroup(group: GroupUpdate): void {
    const check = (column: string, value: string | undefined): void => {
      if (value !== undefined) checkText(column, value, this.#live.limit('group', column));
    };
    check('name', group.name);
    check('display_name', group.displayName);
    check('parent_id', group.parentId);
    check('manager', group.manager);
  }
}

const columnFor = (name: string, value: string | boolean): Column => ({
  name,
  type: typeof value === 'boolean' ? 'boolean' : 'text',
});

/** Columns and values of one update, always in the same order. */
function accountCells(
  update: AccountUpdate,
  scope: SyncerScope,
  columns: AccountColumns,
  now: string,
): (readonly [string, string | boolean])[] {
  const cells: (readonly [string, string | boolean])[] = [];
  for (const field of PROFILE_FIELDS) {
    const value = update.values[field];
    if (value !== undefined) cells.push([columnOf(field), columns.text(columnOf(field), value)]);
  }
  // Nobody proved the new one; whoever finds it verified would let its owner in.
  if (update.values.email !== undefined) cells.push(['email_verified', false]);
  if (update.values.phone !== undefined || update.values.countryCode !== undefined) {
    cells.push(['phone_verified', false]);
  }
  if (update.binding !== undefined)
    cells.push([scope.bindingColumn, columns.text(scope.bindingColumn, update.binding)]);
  if (update.isForbidden !== undefined) cells.push(['is_forbidden', update.isForbidden]);
  if (update.isDeleted !== undefined) {
    cells.push(['is_deleted', update.isDeleted], ['deleted_time', update.isDeleted ? now : '']);
  }
  if (update.groups !== undefined) cells.push(['groups', columns.text('groups', goJson(update.groups))]);
  cells.push(['updated_time', now]);
  return cells;
}

function matches(row: Row | undefined, seen: AccountUpdate['seen']): boolean {
  if (!row) return false;
  const groups = asList(row['groups']);
  return (
    asBoolean(row['is_admin']) === seen.isAdmin &&
    asBoolean(row['is_forbidden']) === seen.isForbidden &&
    asBoolean(row['is_deleted']) === seen.isDeleted &&
    groups.length === seen.groups.length &&
    groups.every((group, index) => group === seen.groups[index])
  );
}

function lockedBy(stored: unknown): LockedBy | null {
  return stored === 'syncer' || stored === 'person' ? stored : null;
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

/** @param row the values of `ACCOUNT_LINK_NAMES` */
function toAccountLink(row: RowValues, toGroups: (stored: unknown) => readonly string[] = asList): AccountLink {
  const [key, externalId, name, forbiddenBy, deletedBy, groups] = row;
  return {
    key: asText(key) as ExternalKey,
    externalId: asText(externalId) as ExternalId,
    accountName: asText(name),
    forbiddenBy: lockedBy(forbiddenBy),
    deletedBy: lockedBy(deletedBy),
    groups: toGroups(groups),
  };
}

const toDecision = (row: Row): Decision => ({
  key: asText(row['external_key']) as ExternalKey,
  externalId: asText(row['external_id']) as ExternalId,
  kind: row['kind'] === 'confirmed' ? 'confirmed' : 'unlinked',
  accountName: asText(row['name']),
  accountId: asText(row['account_id']),
  fingerprint: asText(row['fingerprint']),
  forbiddenBy: lockedBy(row['forbidden_by']),
  deletedBy: lockedBy(row['deleted_by']),
});

const toGroup = (row: Row): Group => ({
  owner: asText(row['owner']),
  name: asText(row['name']),
  displayName: asText(row['display_name']),
  parentId: asText(row['parent_id']),
  isTopGroup: asBoolean(row['is_top_group']),
  manager: asText(row['manager']),
});
