import { EntitySchema as Table, In, MoreThan, QueryFailedError } from 'typeorm';
import type { DataSource, EntityManager, FindManyOptions, ObjectLiteral as Row } from 'typeorm';
import { checkText, StaleReadError, WriteConflictError } from 'wecom-syncer';
import type { Account, AccountLink, AccountOrigin, AccountUpdate, ColumnLimits, Decision } from 'wecom-syncer';
import type { ExternalKey, Group, GroupLink, IdentityPage, IdentityStore, LeaseGrant } from 'wecom-syncer';
import type { PageWrite, ProfileValues, SyncerScope, ValueField } from 'wecom-syncer';
import { assertLease, recordChanges } from 'wecom-syncer/typeorm';

/** Of what a directory knows, all that this host keeps, with its widths; what is not here is never asked for. */
const WIDTHS = { displayName: 100, email: 100, phone: 40, title: 60 };
const FIELDS = Object.keys(WIDTHS) as (keyof typeof WIDTHS)[];
const NAMES = { name: 100, id: 100, groups: Infinity, groupName: 100, groupDisplayName: 100 };
const LIMITS: ColumnLimits = { values: WIDTHS, ...NAMES };

type Texts = Record<'company' | 'login' | 'id' | keyof typeof WIDTHS, string>;
type Flags = Record<'active' | 'admin' | 'archived', boolean>;
interface PersonRow extends Texts, Flags {
  /** `COMPANY/<team>`. */
  teams: readonly string[];
  origin: AccountOrigin;
  /** A session remembers the number that it began with, and is over when there is another. */
  sessions: number;
}
type TieKind = 'person' | 'team' | 'decision';
/** What a syncer knows: whose person or team a vendor's id means, and what somebody decided about it. */
interface TieRow extends Record<'syncerId' | 'company' | 'source', string> {
  kind: TieKind;
  key: ExternalKey;
  /** The person or team, which has one tie at most; null = a decision. */
  holds: string | null;
  record: AccountLink | GroupLink | Decision;
}

type Widths = Readonly<Record<string, number>>;
const varchar = (widths: Widths, rest: object) =>
  Object.fromEntries(Object.entries(widths).map(([name, length]) => [name, { type: 'varchar', length, ...rest }]));
const keys = (widths: Widths) => varchar(widths, { primary: true });
const texts = (widths: Widths) => varchar(widths, { default: '' });
const flags = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: 'boolean', default: false }]));
const table = <T extends Row>(name: string, columns: object, rest: object = {}) =>
  new Table<T>({ name, columns, ...rest });

const teams = { type: 'simple-json' };
const sessions = { type: 'int', default: 0 };
const person = { ...keys({ company: 100, login: 100 }), ...texts({ id: 100, origin: 10, ...WIDTHS }), teams, sessions };
const team = { ...keys({ name: 100 }), ...texts({ owner: 100, displayName: 100, parentId: 100, manager: 100 }) };
const tie = { ...keys({ syncerId: 36, kind: 10, key: 255 }), ...texts({ company: 100, source: 210 }) };
const held = { holds: { type: 'varchar', length: 100, nullable: true }, record: { type: 'simple-json' } };

export const Company = table<{ name: string }>('company', keys({ name: 100 }));
export const Person = table<PersonRow>('people', { ...person, ...flags('active', 'admin', 'archived') });
export const Team = table<Group>('team', { ...team, ...flags('isTopGroup') });
const once = { uniques: [{ columns: ['company', 'kind', 'holds'] }] };
export const Tie = table<TieRow>('people_tie', { ...tie, ...held }, once);

const STEP = 500;

/** Rows whose column is one of some thousand values at most. */
const within = <T extends Row>(m: EntityManager, of: Table<T>, where: Row, by: string, values: readonly unknown[]) =>
  m.find(of, { where: { ...where, [by]: In(values) } } as FindManyOptions<T>);

/** All rows, in the order of a column. */
async function* steps<T extends Row>(m: EntityManager, of: Table<T>, where: Row, by: keyof T & string) {
  for (let after = ''; ;) {
    const asked = { where: { ...where, [by]: MoreThan(after) }, order: { [by]: 'ASC' }, take: STEP };
    const rows = await m.find(of, asked as unknown as FindManyOptions<T>);
    if (rows.length === 0) return;
    yield rows;
    after = String(rows.at(-1)?.[by]);
  }
}

async function insert<T extends Row>(m: EntityManager, into: Table<T>, rows: readonly T[] = []) {
  for (let at = 0; at < rows.length; at += STEP) await m.insert(into, rows.slice(at, at + STEP));
}

/** What people decided so that no run links an account to its member again. */
async function unlinkedIn(m: EntityManager, company: string): Promise<Decision[]> {
  const decisions = (await m.findBy(Tie, { company, kind: 'decision' })).map(({ record }) => record as Decision);
  return decisions.filter(({ kind }) => kind === 'unlinked');
}

const isAbout = ({ accountName, accountId }: Decision, { name, id }: Pick<Account, 'name' | 'id'>): boolean =>
  accountName === name || (id !== '' && accountId === id);

const toAccount = (row: PersonRow, fields: readonly ValueField[] = FIELDS): Account => {
  const { company: owner, login: name, id, teams: groups, admin: isAdmin, archived: isDeleted } = row;
  const values = Object.fromEntries(FIELDS.filter((one) => fields.includes(one)).map((one) => [one, row[one]]));
  return { owner, name, id, binding: '', groups, isAdmin, isForbidden: !row.active, isDeleted, values };
};

/** Every text is checked before the database sees it: SQLite would store what others refuse. */
function columnsFor(values: ProfileValues): Partial<PersonRow> {
  for (const field of FIELDS) checkText(field, values[field] ?? '', LIMITS.values[field] ?? 0);
  return Object.fromEntries(FIELDS.flatMap((field) => (field in values ? [[field, values[field]]] : [])));
}

/** Whether somebody changed access or teams since the plan was made; other fields may have changed. */
function isStale({ isForbidden, isDeleted, groups, seen }: AccountUpdate, row: PersonRow | undefined): boolean {
  if (!row || (isForbidden === undefined && isDeleted === undefined && groups === undefined)) return !row;
  const isSame = row.admin === seen.isAdmin && row.active === !seen.isForbidden && row.archived === seen.isDeleted;
  return !isSame || row.teams.join('\n') !== seen.groups.join('\n');
}

/** One member's row must not cost the others theirs; and the words of a database may have values in them. */
function refuse(error: unknown): never {
  const isTaken = error instanceof QueryFailedError && /unique|duplicate/i.test(error.message);
  throw isTaken ? new WriteConflictError('a row with this key exists') : error;
}

const tiesOf = (m: EntityManager, { syncerId }: SyncerScope, kind: TieKind, keys?: readonly ExternalKey[]) =>
  keys ? within(m, Tie, { syncerId, kind }, 'key', keys) : m.findBy(Tie, { syncerId, kind });

/** Whoever got the name of an account that is gone has another id. */
const ownOf = ({ accountId }: AccountLink, account: Account | undefined): Account | null =>
  account && (!accountId || account.id === accountId) ? account : null;

async function heldBy(m: EntityManager, company: string, ties: readonly TieRow[], fields?: readonly ValueField[]) {
  const logins = ties.map(({ holds }) => holds);
  const found = await within(m, Person, { company }, 'login', logins);
  const people = new Map(found.map((row) => [row.login, toAccount(row, fields)]));
  const links = ties.map(({ record }) => record as AccountLink);
  return links.map((link) => ({ link, account: ownOf(link, people.get(link.accountName)) }));
}

async function unbind(m: EntityManager, { syncerId }: SyncerScope, kind: TieKind, keys: readonly ExternalKey[] = []) {
  if (keys.length > 0) await m.delete(Tie, { syncerId, kind, key: In(keys) });
}

/** All of them are taken away before one is written: two may swap what they hold. */
async function bind(m: EntityManager, scope: SyncerScope, kind: TieKind, records: readonly TieRow['record'][] = []) {
  const { syncerId, organization: company, source } = scope;
  const rows = records.map((record): TieRow => {
    const holds = 'groupName' in record ? record.groupName : 'groups' in record ? record.accountName : null;
    return { syncerId, kind, key: record.key, company, source, holds, record };
  });
  const keys = rows.map((row) => row.key);
  await unbind(m, scope, kind, keys);
  await insert(m, Tie, rows);
}

async function update(m: EntityManager, company: string, updates: readonly AccountUpdate[]): Promise<void> {
  const where = { company, login: In(updates.map(({ name }) => name)) };
  // Nobody changes them until the page has ended; on SQLite there is one writer anyway.
  const lock = m.dataSource.options.type !== 'better-sqlite3' && { lock: { mode: 'pessimistic_write' as const } };
  const rows = new Map((await m.find(Person, { where, ...lock })).map((row) => [row.login, row]));
  const stale = updates.filter((update) => isStale(update, rows.get(update.name)));
  if (stale.length > 0) throw new StaleReadError(stale.map(({ name }) => name));
  for (const { name: login, values, isForbidden, isDeleted, groups } of updates) {
    const columns = { ...columnsFor(values), ...(groups && { teams: groups }) };
    if (isForbidden !== undefined) columns.active = !isForbidden;
    if (isDeleted !== undefined) columns.archived = isDeleted;
    if (isForbidden === true || isDeleted === true) columns.sessions = (rows.get(login)?.sessions ?? 0) + 1;
    if (Object.keys(columns).length > 0) await m.update(Person, { company, login }, columns);
  }
}

async function writePage(m: EntityManager, scope: SyncerScope, write: PageWrite): Promise<void> {
  const company = scope.organization;
  await unbind(m, scope, 'team', write.removeGroupLinks);
  for (const group of write.createGroups ?? []) checkText('displayName', group.displayName, LIMITS.groupDisplayName);
  await insert(m, Team, write.createGroups);
  for (const { name, ...columns } of write.updateGroups ?? []) await m.update(Team, { name }, columns);
  await bind(m, scope, 'team', write.groupLinks);
  for (const { name: login, id, groups, isForbidden, values } of write.createAccounts ?? []) {
    const row = { company, login, id, teams: groups, active: !isForbidden, ...columnsFor(values) };
    await m.insert(Person, { ...row, origin: 'sync' });
  }
  await update(m, company, write.updateAccounts ?? []);
  await unbind(m, scope, 'person', write.removeLinks);
  await bind(m, scope, 'person', write.links);
  for (const login of write.endSignIns ?? []) await m.increment(Person, { company, login }, 'sessions', 1);
  await unbind(m, scope, 'decision', write.removeDecisions);
  await bind(m, scope, 'decision', write.decisions);
  for (const name of write.removeGroups ?? []) await m.delete(Team, { owner: company, name });
  await recordChanges(m, write);
}

async function groupsNamed(m: EntityManager, names: readonly string[]) {
  const ties = await within(m, Tie, { kind: 'team' }, 'holds', names);
  const holders = new Map(ties.map(({ holds, syncerId }) => [holds, syncerId]));
  const teams = await within(m, Team, {}, 'name', names);
  return new Map(teams.map((group) => [group.name.toLowerCase(), { group, heldBy: holders.get(group.name) ?? null }]));
}

/** Reads and writes of one page, inside the transaction of its manager. */
const pageOf = (m: EntityManager): IdentityPage => ({
  heldAccounts: async (scope, keys, fields) => {
    const ties = await tiesOf(m, scope, 'person', keys);
    return new Map((await heldBy(m, scope.organization, ties, fields)).map((held) => [held.link.key, held]));
  },
  heldByContact: async (scope, phones, emails) => {
    const people = m.createQueryBuilder(Person, 'p').where({ company: scope.organization });
    people.andWhere(`(p.phone <> '' AND p.phone IN (:...phones) OR p.email <> '' AND LOWER(p.email) IN (:...emails))`);
    people.setParameters({ phones: ['', ...phones], emails: ['', ...emails.map((email) => email.toLowerCase())] });
    const logins = (await people.getMany()).map(({ login }) => login);
    const mine = { syncerId: scope.syncerId, kind: 'person' };
    return heldBy(m, scope.organization, await within(m, Tie, mine, 'holds', logins));
  },
  accountsByName: async ({ organization: company }, names) => {
    const people = await within(m, Person, { company }, 'login', names);
    const ties = await within(m, Tie, { company, kind: 'person' }, 'holds', names);
    const holders = new Map(ties.map(({ holds, source }) => [holds, source]));
    const standing = people.map((row) => ({ account: toAccount(row), heldBy: holders.get(row.login) ?? null }));
    return new Map(standing.map((one) => [one.account.name.toLowerCase(), one]));
  },
  accountsWithId: async ({ organization }, ids) => {
    const spellings = new Set(ids.flatMap((id) => [id, id.toLowerCase(), id.toUpperCase()]));
    const people = (await within(m, Person, {}, 'id', [...spellings])).map((row) => toAccount(row));
    return people.filter(({ owner }) => owner === organization || owner === 'built-in');
  },
  linkOf: async ({ syncerId, organization: company }, holds) =>
    (await m.findOneBy(Tie, { syncerId, company, kind: 'person', holds }))?.record as AccountLink | undefined,
  unlinkedAccount: async ({ organization }, account) =>
    (await unlinkedIn(m, organization)).find((decision) => isAbout(decision, account)),
  decisions: async (scope, keys) =>
    new Map((await tiesOf(m, scope, 'decision', keys)).map((tie) => [tie.key, tie.record as Decision])),
  heldGroups: async (scope, keys) => {
    const links = (await tiesOf(m, scope, 'team', keys)).map(({ record }) => record as GroupLink);
    const names = links.map(({ groupName }) => groupName);
    const teams = await groupsNamed(m, names);
    const groupOf = ({ groupName }: GroupLink): Group | null => teams.get(groupName.toLowerCase())?.group ?? null;
    return new Map(links.map((link) => [link.key, { link, group: groupOf(link) }]));
  },
  groupsByName: (names) => groupsNamed(m, names),
  write: (scope, write) => writePage(m, scope, write).catch(refuse),
});

/** Syncs write into the host's own tables; runs and leases are in ours (`runEntities`), on the same DataSource. */
export class PeopleStore implements IdentityStore {
  readonly #m: EntityManager;
  #turn: Promise<unknown> = Promise.resolve();
  constructor(dataSource: DataSource) {
    this.#m = dataSource.manager;
  }

  readonly columnLimits = (): ColumnLimits => LIMITS;
  readonly organizationExists = (name: string) => this.#m.existsBy(Company, { name });
  readonly countLinks = ({ syncerId }: SyncerScope) => this.#m.countBy(Tie, { syncerId, kind: 'person' });
  /** Nobody else syncs into these tables. */
  readonly competingSyncers = async (): Promise<readonly string[]> => [];

  async countActive({ syncerId, organization: company }: SyncerScope): Promise<number> {
    const people = this.#m.createQueryBuilder(Person, 'p').where({ company, active: true, archived: false });
    const join = `t.company = p.company AND t.holds = p.login AND t.kind = 'person' AND t.syncerId = :syncerId`;
    return people.innerJoin('people_tie', 't', join, { syncerId }).getCount();
  }

  async *heldKeys({ syncerId }: SyncerScope) {
    for await (const ties of steps(this.#m, Tie, { syncerId, kind: 'person' }, 'key')) yield ties.map((one) => one.key);
  }

  async *candidates({ syncerId, organization }: SyncerScope) {
    const decisions = await unlinkedIn(this.#m, organization);
    for await (const people of this.#people(organization)) {
      yield people.flatMap(({ row, tie }) => {
        const account = toAccount(row);
        const isOurs = tie?.syncerId === syncerId;
        // Whom this syncer holds under the vendor's own id is nobody whom a newcomer could be.
        if (isOurs && [row.login, row.id || row.login].every((name) => tie.key === name.toLowerCase())) return [];
        const unlinked = decisions.some((decision) => isAbout(decision, account));
        return { account, heldBy: tie?.source ?? null, isOurs, origin: row.origin, emailVerified: false, unlinked };
      });
    }
  }

  async strangersInGroups({ syncerId, organization: owner }: SyncerScope, groupNames: readonly string[]) {
    const counts = new Map(groupNames.map((name) => [name, 0]));
    const add = (name: string): unknown => counts.has(name) && counts.set(name, (counts.get(name) ?? 0) + 1);
    for await (const people of this.#people(owner)) {
      for (const { row, tie } of people) {
        const made = tie?.syncerId === syncerId ? (tie.record as AccountLink).groups : [];
        for (const team of row.teams) if (!made.includes(team)) add(team.slice(owner.length + 1));
      }
    }
    const own = new Set((await this.#m.findBy(Tie, { syncerId, kind: 'team' })).map(({ holds }) => holds));
    const children = await within(this.#m, Team, { owner }, 'parentId', groupNames);
    for (const child of children) if (!own.has(child.name)) add(child.parentId);
    return counts;
  }

  /** One transaction, in which the lease comes first; one at a time, since SQLite gives a DataSource one connection. */
  page<T>(lease: LeaseGrant, work: (page: IdentityPage) => Promise<T>): Promise<T> {
    const inLease = (m: EntityManager): Promise<T> => assertLease(m, lease).then(() => work(pageOf(m)));
    const page = this.#turn.then(() => this.#m.transaction(inLease));
    this.#turn = page.catch(() => undefined);
    return page;
  }

  /** Everybody of a company, with who holds him. */
  async *#people(company: string) {
    for await (const rows of steps(this.#m, Person, { company }, 'login')) {
      const logins = rows.map(({ login }) => login);
      const ties = await within(this.#m, Tie, { company, kind: 'person' }, 'holds', logins);
      const holders = new Map(ties.map((tie) => [tie.holds, tie]));
      yield rows.map((row) => ({ row, tie: holders.get(row.login) }));
    }
  }
}
