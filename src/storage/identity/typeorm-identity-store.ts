import { isStranger, type AccountLink, type AccountOrigin, type Candidate } from '../../identity/account.ts';
import type { DigestShape } from '../../identity/account-digest.ts';
import type { ColumnLimits } from '../../identity/column-limits.ts';
import type { GroupLink } from '../../identity/group.ts';
import type {
  IdentityLook,
  IdentityPage,
  IdentityStore,
  LeaseGrant,
  SyncerScope,
} from '../../identity/identity-store.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { PROFILE_FIELDS } from '../../syncer/profile.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import { text } from '../../syncer/text.ts';
import { AccountColumns } from './account-columns.ts';
import { selectBySet } from '../bulk.ts';
import { membershipsByRule } from './casbin-rules.ts';
import type { Database } from '../database.ts';
import { hasUsers } from '../embedded/check-data-source.ts';
import { quote, type Dialect } from '../dialect.ts';
import { Groups } from './groups.ts';
import { heldDigests } from './held-digests.ts';
import { IdentityTables } from './identity-tables.ts';
import { ACCOUNT_LINK_NAMES, Links, toAccountLink } from './links.ts';
import { PlannerStatistics } from '../planner-statistics.ts';
import { fence } from '../runs/own-transaction.ts';
import type { Row, Session } from '../session.ts';
import { asBoolean, asList, asText } from '../text-value.ts';

/** Of Casdoor's table `syncer`; what else it holds (secrets in clear, among others) is nobody's business here. */
const COMPETING_COLUMNS = ['owner', 'name', 'organization', 'is_enabled'];

/** What a row of the table `user` says of who made it. */
const ORIGIN_COLUMNS = ['register_type', 'register_source', 'signup_application', 'email_verified'] as const;

const NO_USERS = new ConfigError(
  text(
    'The DataSource has none of wecom-syncer\'s entities for users and groups: add "...entities" in place of "...runEntities", or hand over an IdentityStore of your own.',
    'DataSource 中没有 wecom-syncer 的用户与群组实体：请以“...entities”代替“...runEntities”，或提供自己的 IdentityStore。',
  ),
);

/** Rows per step of a long read. */
const STEP = 2000;

/** Accounts and groups in Casdoor's tables, links to them in ours. */
export class TypeormIdentityStore implements IdentityStore {
  readonly #database: Database;
  readonly #statistics: PlannerStatistics;
  readonly #now: () => Date;

  /** @throws ConfigError for a database without Casdoor's tables */
  constructor(database: Database, now: () => Date = () => new Date()) {
    if (!hasUsers(database.dataSource)) throw NO_USERS;
    this.#database = database;
    this.#statistics = new PlannerStatistics(database);
    this.#now = now;
  }

  columnLimits(scope: SyncerScope): ColumnLimits {
    return this.#database.columns.columnLimits(scope.bindingColumn);
  }

  async organizationExists(organization: string): Promise<boolean> {
    // The first question of every run: it works on the tables as they are now.
    await this.#database.refreshColumns();
    return this.#database.read(async (session) => {
      const where = { equal: { owner: 'admin' }, column: 'name' };
      const rows = await selectBySet(session, 'organization', ['name'], where, [organization]);
      // MySQL finds other spellings too; an organization is named exactly.
      return rows.some((row) => row['name'] === organization);
    });
  }

  async competingSyncers(organization: string): Promise<readonly string[]> {
    if (!this.#database.columns.hasAll('syncer', COMPETING_COLUMNS)) return [];
    const where = { equal: {}, column: 'organization' };
    const rows = await this.#database.read((session) =>
      selectBySet(session, 'syncer', COMPETING_COLUMNS, where, [organization]),
    );
    return rows
      .filter((row) => asBoolean(row['is_enabled']))
      .map((row) => `${asText(row['owner'])}/${asText(row['name'])}`)
      .toSorted();
  }

  async countActive(scope: SyncerScope): Promise<number> {
    const t = this.#table();
    return this.#count(
      `SELECT COUNT(CASE WHEN l.syncer_id = ${this.#parameter(1)} THEN 1 END) AS n
       FROM ${t('user')} u ${withLink(t)}
       WHERE u.owner = ${this.#parameter(2)}
         AND COALESCE(u.is_forbidden, FALSE) = FALSE AND COALESCE(u.is_deleted, FALSE) = FALSE`,
      [scope.syncerId, scope.organization],
    );
  }

  async countLinks(scope: SyncerScope): Promise<number> {
    const t = this.#table();
    return this.#count(
      `SELECT COUNT(*) AS n FROM ${t('directory_link')} WHERE syncer_id = ${this.#parameter(1)} AND kind = 'user'`,
      [scope.syncerId],
    );
  }

  async *heldKeys(scope: SyncerScope): AsyncIterable<readonly ExternalKey[]> {
    const t = this.#table();
    const sql = `SELECT external_key FROM ${t('directory_link')}
      WHERE syncer_id = ${this.#parameter(1)} AND kind = 'user' AND external_key > ${this.#parameter(2)}
      ORDER BY external_key LIMIT ${STEP}`;
    const steps = this.#steps(sql, [scope.syncerId], 'external_key');
    for await (const rows of steps) yield rows.map((row) => asText(row['external_key']) as ExternalKey);
  }

  async *heldLinks(scope: SyncerScope): AsyncIterable<readonly AccountLink[]> {
    const q = this.#quote();
    const sql = `SELECT ${ACCOUNT_LINK_NAMES.map(q).join(', ')} FROM ${this.#table()('directory_link')}
      WHERE syncer_id = ${this.#parameter(1)} AND kind = 'user' AND external_key > ${this.#parameter(2)}
      ORDER BY external_key LIMIT ${STEP}`;
    for await (const rows of this.#steps(sql, [scope.syncerId], 'external_key')) {
      yield rows.map((row) => toAccountLink(ACCOUNT_LINK_NAMES.map((name) => row[name])));
    }
  }

  isGroupNameTaken(name: string): Promise<boolean> {
    return this.#database.read((session) => Groups.isNameTaken(session, name));
  }

  groupLinks(scope: SyncerScope): Promise<readonly GroupLink[]> {
    return this.#database.read((session) => new Links(session).ofDepartments(scope));
  }

  heldDigests(scope: SyncerScope, shape: DigestShape, take: (digest: string) => void): Promise<void> {
    return heldDigests(this.#database, scope, shape, take);
  }

  async *candidates(scope: SyncerScope): AsyncIterable<readonly Candidate[]> {
    const t = this.#table();
    const q = this.#quote();
    // Nobody is found by what stands in the map of further values, and all candidates are read.
    const columns = new AccountColumns(this.#database.columns, scope.bindingColumn, PROFILE_FIELDS);
    const origins = ORIGIN_COLUMNS.filter((name) => this.#database.columns.has('user', name));
    const picked = [...columns.names, ...origins].map((name) => `u.${q(name)} AS ${q(name)}`).join(', ');
    const syncers = await this.#syncersOf(scope);
    const unlinked = await this.#unlinked(scope);
    const sql = `SELECT ${picked}, ${heldBySql(this.#database.dialect)} AS held_by, l.syncer_id AS holder, l.account_id AS account_id
      FROM ${t('user')} u
      ${withLink(t)}
      LEFT JOIN ${t('directory_syncer')} s ON s.id = l.syncer_id
      WHERE u.owner = ${this.#parameter(1)}
        AND (l.syncer_id IS NULL OR l.syncer_id <> ${this.#parameter(2)} OR l.external_key <> LOWER(u.name)
          OR (u.id <> '' AND (l.external_key <> LOWER(u.id) OR l.account_id <> u.id)))
        AND u.name > ${this.#parameter(3)}
      ORDER BY u.name LIMIT ${STEP}`;
    for await (const rows of this.#steps(sql, [scope.organization, scope.syncerId], 'name')) {
      yield rows.map((row) => {
        const account = columns.toAccount(columns.names.map((name) => row[name]));
        // The link may be that of an account which is gone, and whose name this one has got.
        const isHeld = !isStranger({ accountId: asText(row['account_id']) }, account);
        return {
          account,
          heldBy: isHeld ? asText(row['held_by']) || null : null,
          isOurs: isHeld && asText(row['holder']) === scope.syncerId,
          origin: originOf(row, syncers),
          emailVerified: asBoolean(row['email_verified']),
          unlinked: unlinked.has(`name ${asText(row['name'])}`) || unlinked.has(`id ${asText(row['id'])}`),
        };
      });
    }
  }

  async takenNames({ organization }: SyncerScope, names: readonly string[]): Promise<ReadonlySet<string>> {
    const where = { equal: { owner: organization }, column: 'name' };
    const wanted = names.map((name) => name.toLowerCase());
    const rows = await this.#database.read((session) =>
      selectBySet(session, 'user', ['name'], where, wanted, false, 'lower'),
    );
    return new Set(rows.map((row) => asText(row['name']).toLowerCase()));
  }

  /** `ORG/NAME` of every syncer of the organization, ours and the IAM's own: what each of them writes as the source. */
  async #syncersOf({ organization, source }: SyncerScope): Promise<ReadonlySet<string>> {
    const where = { equal: {}, column: 'organization' };
    const ours = await this.#database.read((session) =>
      selectBySet(session, 'directory_syncer', ['name'], where, [organization]),
    );
    const theirs = this.#database.columns.hasAll('syncer', COMPETING_COLUMNS)
      ? await this.#database.read((session) => selectBySet(session, 'syncer', ['name'], where, [organization]))
      : [];
    return new Set([source, ...[...ours, ...theirs].map((row) => `${organization}/${asText(row['name'])}`)]);
  }

  /** Names and ids of the accounts that a person took from their members. */
  async #unlinked({ organization }: SyncerScope): Promise<ReadonlySet<string>> {
    const where = { equal: { kind: 'unlinked' }, column: 'organization' };
    const rows = await this.#database.read((session) =>
      selectBySet(session, 'directory_decision', ['name', 'account_id'], where, [organization]),
    );
    return new Set(
      rows.flatMap((row) => {
        const id = asText(row['account_id']);
        return [`name ${asText(row['name'])}`, ...(id === '' ? [] : [`id ${id}`])];
      }),
    );
  }

  async strangersInGroups(scope: SyncerScope, groupNames: readonly string[]): Promise<Map<string, number>> {
    const counts = new Map(groupNames.map((name) => [name, 0]));
    if (groupNames.length === 0) return counts;
    const members = await this.#membersNotOurs(scope, groupNames);
    const children = await this.#database.read((session) => strangeChildren(session, scope, groupNames));
    for (const name of groupNames) counts.set(name, (members.get(name)?.size ?? 0) + (children.get(name) ?? 0));
    return counts;
  }

  look<T>(work: (page: IdentityLook) => Promise<T>): Promise<T> {
    return this.#database.read((session) => work(new IdentityTables(session, this.#database.columns, this.#now)));
  }

  async page<T>(lease: LeaseGrant, work: (page: IdentityPage) => Promise<T>): Promise<T> {
    let inserted = 0;
    try {
      return await this.#database.transaction(async (session) => {
        await fence(session, lease);
        const tables = new IdentityTables(session, this.#database.columns, this.#now);
        const done = await work(tables);
        inserted = tables.inserted;
        return done;
      });
    } finally {
      if (inserted > 0) this.#database.userTotals.forget();
      await this.#statistics.noteInserted(inserted);
    }
  }

  /** Names of accounts in each group whose membership this syncer did not make. */
  async #membersNotOurs(scope: SyncerScope, groupNames: readonly string[]): Promise<Map<string, Set<string>>> {
    const t = this.#table();
    const q = this.#quote();
    const { columns } = this.#database;
    const strangers = new Map<string, Set<string>>(groupNames.map((name) => [name, new Set()]));
    const byRule = await this.#database.read((session) =>
      membershipsByRule(session, columns, scope.organization, groupNames),
    );
    const prefix = `${scope.organization}/`;
    // One pass over the organization: `groups` is text that no index helps to search.
    const sql = `SELECT u.name AS name, u.${q('groups')} AS ${q('groups')}, l.${q('groups')} AS ours, l.syncer_id AS syncer
      FROM ${t('user')} u ${withLink(t)}
      WHERE u.owner = ${this.#parameter(1)} AND u.name > ${this.#parameter(2)}
      ORDER BY u.name LIMIT ${STEP}`;
    for await (const rows of this.#steps(sql, [scope.organization], 'name')) {
      for (const row of rows) {
        const name = asText(row['name']);
        const ours = new Set(row['syncer'] === scope.syncerId ? asList(row['ours']) : []);
        // An account has few memberships, whereas thousands of groups may be asked about.
        for (const membership of [...asList(row['groups']), ...(byRule.get(name) ?? [])]) {
          if (membership.startsWith(prefix) && !ours.has(membership)) {
            strangers.get(membership.slice(prefix.length))?.add(name);
          }
        }
      }
    }
    return strangers;
  }

  async *#steps(sql: string, parameters: readonly string[], key: string): AsyncIterable<readonly Row[]> {
    for (let after = ''; ;) {
      const rows = await this.#database.read((session) => session.select(sql, [...parameters, after]));
      if (rows.length > 0) yield rows;
      if (rows.length < STEP) return;
      after = asText(rows.at(-1)?.[key]);
    }
  }

  async #count(sql: string, parameters: readonly string[]): Promise<number> {
    const [row] = await this.#database.read((session) => session.select(sql, parameters));
    return Number(row?.['n'] ?? 0);
  }

  #table(): (name: string) => string {
    return (name) => this.#database.table(name);
  }

  #quote(): (name: string) => string {
    return (name) => quote(this.#database.dialect, name);
  }

  #parameter(index: number): string {
    return this.#database.dialect === 'postgres' ? `$${index}` : '?';
  }
}

/**
 * Always from the account to its link, and with nothing more about the link in the condition: then one index serves on
 * every database, and PostgreSQL without statistics has no worse one to choose.
 */
const withLink = (t: (name: string) => string): string =>
  `LEFT JOIN ${t('directory_link')} l ON l.name = u.name AND l.organization = u.owner AND l.kind = 'user'`;

/**
 * A sync marks the accounts that it makes with its own name; nobody can write that mark into his own account, and our
 * calls let nobody write it at all. The word alone is not enough: an import of a list says `Add Users` as well.
 */
function originOf(row: Row, syncers: ReadonlySet<string>): AccountOrigin {
  const type = asText(row['register_type']);
  if (type === 'Add Users' && syncers.has(asText(row['register_source']))) return 'sync';
  if (/sign ?up/i.test(type)) return 'signUp';
  // Older rows say only through which application somebody came.
  return type === '' && asText(row['signup_application']) !== '' ? 'signUp' : 'person';
}

/** `ORG/NAME` of the syncer in `s`, or its id when it was deleted and left the link in `l` behind. */
function heldBySql(dialect: Dialect): string {
  const name = dialect === 'mysql' ? `CONCAT(s.organization, '/', s.name)` : `s.organization || '/' || s.name`;
  return `COALESCE(${name}, l.syncer_id)`;
}

/** How many groups below these are not this syncer's. */
async function strangeChildren(
  session: Session,
  scope: SyncerScope,
  groupNames: readonly string[],
): Promise<Map<string, number>> {
  const parents = { equal: { owner: scope.organization }, column: 'parent_id' };
  const children = await selectBySet(session, 'group', ['name', 'parent_id'], parents, groupNames);
  const counts = new Map<string, number>();
  if (children.length === 0) return counts;
  const links = { equal: { syncer_id: scope.syncerId, kind: 'group' }, column: 'name' };
  const ours = new Set(
    (
      await selectBySet(
        session,
        'directory_link',
        ['name'],
        links,
        children.map((row) => asText(row['name'])),
      )
    ).map((row) => asText(row['name'])),
  );
  for (const child of children) {
    const parent = asText(child['parent_id']);
    if (!ours.has(asText(child['name']))) counts.set(parent, (counts.get(parent) ?? 0) + 1);
  }
  return counts;
}
