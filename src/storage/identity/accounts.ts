import {
  BUILT_IN,
  mergedProperties,
  statesProperties,
  type Account,
  type AccountUpdate,
  type NewAccount,
} from '../../identity/account.ts';
import { StaleReadError } from '../../identity/errors.ts';
import type { SyncerScope } from '../../identity/identity-store.ts';
import { PROFILE_FIELDS, type ProfileField, type ValueField } from '../../syncer/profile.ts';
import { insertRows, selectBySet, selectValuesBySet, updateEach, type Cell } from '../bulk.ts';
import { columnOf } from '../entities/casdoor/user-columns.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Row, Session } from '../session.ts';
import { asBoolean, asList, asMap, asText, goJson } from '../text-value.ts';
import { AccountColumns } from './account-columns.ts';
import { writeMemberships, type MembershipChange } from './casbin-rules.ts';
import { endSessions } from './casdoor-sessions.ts';

/** Casdoor's table `user`, as far as a sync reads and writes it. */
export class Accounts {
  readonly #session: Session;
  readonly #live: LiveColumns;

  constructor(session: Session, live: LiveColumns) {
    this.#session = session;
    this.#live = live;
  }

  /**
   * By the name that was asked for; databases that compare without case answer other spellings of it too.
   *
   * @param fields the profile fields that somebody will look at; default all
   * @param toGroups reads a stored list, for a caller who remembers lists
   */
  async byName(
    scope: SyncerScope,
    names: readonly string[],
    fields?: readonly ValueField[],
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
    const anyCase = new Map([...exact].map(([name, account]) => [name.toLowerCase(), account]));
    const found = names.map((name) => [name, exact.get(name) ?? anyCase.get(name.toLowerCase())] as const);
    return new Map(found.flatMap(([name, account]) => (account ? [[name, account] as const] : [])));
  }

  async namesByPhone(organization: string, phones: readonly string[]): Promise<readonly string[]> {
    const asked = phones.filter((phone) => phone !== '');
    if (asked.length === 0 || !this.#live.has('user', 'phone')) return [];
    const where = { equal: { owner: organization }, column: 'phone' };
    return (await selectBySet(this.#session, 'user', ['name'], where, asked)).map((row) => asText(row['name']));
  }

  /** Only MySQL compares without case by itself; elsewhere the accounts of the organization are read. */
  async namesByEmail(organization: string, emails: readonly string[]): Promise<readonly string[]> {
    const asked = emails.filter((email) => email !== '').map((email) => email.toLowerCase());
    if (asked.length === 0 || !this.#live.has('user', 'email')) return [];
    const where = { equal: { owner: organization }, column: 'email' };
    const rows = await selectBySet(this.#session, 'user', ['name'], where, asked, false, 'lower');
    return rows.map((row) => asText(row['name']));
  }

  /** Of the organization and of `built-in`. */
  async withId(
    organization: string,
    ids: readonly string[],
  ): Promise<readonly Pick<Account, 'owner' | 'name' | 'id'>[]> {
    if (!this.#live.has('user', 'id')) return [];
    // The index on the column knows one spelling at a time; these are the ones that a copied id comes in.
    const spellings = new Set(ids.flatMap((id) => [id, id.toLowerCase(), id.toUpperCase()]));
    const where = { equal: {}, column: 'id' };
    const columns = ['owner', 'name', 'id'];
    const spelt = await selectBySet(this.#session, 'user', columns, where, [...spellings]);
    // Those of the organization are candidates, which compare without case; these are a few.
    const builtIn = { equal: { owner: BUILT_IN }, column: 'id' };
    const lowered = [...new Set(ids.map((id) => id.toLowerCase()))];
    const unspelt = await selectBySet(this.#session, 'user', columns, builtIn, lowered, false, 'lower');
    const all = [...spelt.filter((row) => asText(row['owner']) === organization), ...unspelt];
    return all.map((row) => ({ owner: asText(row['owner']), name: asText(row['name']), id: asText(row['id']) }));
  }

  async create(scope: SyncerScope, accounts: readonly NewAccount[], now: string): Promise<void> {
    if (accounts.length === 0) return;
    const inserted = new AccountColumns(this.#live, scope.bindingColumn).forInsert(scope, accounts, now);
    await insertRows(this.#session, 'user', inserted.columns, inserted.constants, inserted.rows);
    const memberships = accounts
      .filter((account) => account.groups.length > 0)
      .map((account) => ({ accountName: account.name, before: [], after: account.groups }));
    await writeMemberships(this.#session, this.#live, scope.organization, memberships);
  }

  /**
   * @throws StaleReadError when access, memberships or values to write over changed since they were seen, a map of
   *   further values cannot be read, or an account is gone
   */
  async update(scope: SyncerScope, updates: readonly AccountUpdate[], now: string, runId: string): Promise<void> {
    const properties = await this.#lockUnchanged(scope, updates);
    const columns = new AccountColumns(this.#live, scope.bindingColumn);
    const rows = updates.map((update) => ({
      key: update.name,
      cells: accountCells(update, scope, columns, now, properties.get(update)).filter(([name]) =>
        this.#live.has('user', name),
      ),
    }));
    const where = { equal: { owner: scope.organization }, column: 'name' };
    const matched = await updateEach(this.#session, 'user', where, rows, this.#live.collation('user', 'name'));
    if (matched < updates.length) {
      const names = updates.map((update) => update.name);
      const present = await this.byName(scope, names);
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
      { organization: scope.organization, cause: 'access', runId },
      lockedOut.map((update) => update.name),
    );
  }

  /**
   * Access and memberships, and values where the plan says so, are written only over what it saw: a person may have
   * decided in between. The map of
   * further values is merged with what stands there now: others write keys of their own into it, at every sign-in.
   *
   * @returns the maps to write, of those updates that state a key
   */
  async #lockUnchanged(
    scope: SyncerScope,
    updates: readonly AccountUpdate[],
  ): Promise<ReadonlyMap<AccountUpdate, string>> {
    const maps = new Map<AccountUpdate, string>();
    const merges = (update: AccountUpdate): boolean => statesProperties(update.values);
    const locked = updates.filter((update) => isGuarded(update) || merges(update));
    if (locked.length === 0) return maps;
    const columns = ['name', 'is_admin', 'is_forbidden', 'is_deleted', 'groups'];
    if (locked.some(merges)) columns.push('properties');
    columns.push(...new Set(locked.flatMap((update) => fieldsOver(update).map(columnOf))));
    const where = { equal: { owner: scope.organization }, column: 'name' };
    const names = locked.map((update) => update.name);
    const live = columns.filter((name) => this.#live.has('user', name));
    const rows = await selectBySet(this.#session, 'user', live, where, names, true);
    const isMysql = this.#session.dialect === 'mysql';
    const spelling = (name: string): string => (isMysql ? name.toLowerCase() : name);
    const stored = new Map(rows.map((row) => [spelling(asText(row['name'])), row]));
    const stale = locked.filter((update) => {
      const row = stored.get(spelling(update.name));
      if (!row || (isGuarded(update) && !matches(row, update))) return true;
      const map = merges(update) ? asMap(row['properties']) : undefined;
      if (map) maps.set(update, goJson(mergedProperties(map, update.values)));
      return map === null;
    });
    if (stale.length > 0) throw new StaleReadError(stale.map((update) => update.name));
    return maps;
  }
}

const isGuarded = ({ isForbidden, isDeleted, groups, over }: AccountUpdate): boolean =>
  isForbidden !== undefined || isDeleted !== undefined || groups !== undefined || over !== undefined;

const fieldsOver = ({ over = {} }: AccountUpdate): readonly ProfileField[] =>
  PROFILE_FIELDS.filter((field) => over[field] !== undefined);

/** Columns and values of one update, always in the same order. */
function accountCells(
  update: AccountUpdate,
  scope: SyncerScope,
  columns: AccountColumns,
  now: string,
  properties: string | undefined,
): readonly Cell[] {
  const cells: Cell[] = [];
  for (const field of PROFILE_FIELDS) {
    const value = update.values[field];
    if (value !== undefined) cells.push([columnOf(field), columns.text(columnOf(field), value)]);
  }
  if (properties !== undefined) cells.push(['properties', columns.text('properties', properties)]);
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

function matches(row: Row, update: AccountUpdate): boolean {
  const { seen, over = {} } = update;
  const groups = asList(row['groups']);
  return (
    asBoolean(row['is_admin']) === seen.isAdmin &&
    asBoolean(row['is_forbidden']) === seen.isForbidden &&
    asBoolean(row['is_deleted']) === seen.isDeleted &&
    groups.length === seen.groups.length &&
    groups.every((group, index) => group === seen.groups[index]) &&
    fieldsOver(update).every((field) => asText(row[columnOf(field)]) === over[field])
  );
}
