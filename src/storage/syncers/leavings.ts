import type { Holdings } from '../../service/syncers/syncer-record.ts';
import { insertRows, OWN_COLLATION, updateEach, type Column, type RowUpdate, type Values } from '../bulk.ts';
import { quote } from '../dialect.ts';
import type { SyncerRow } from '../entities/index.ts';
import type { Row, Session } from '../session.ts';
import { asList, asText, goJson } from '../text-value.ts';

/** Whose leavings: ids mean somebody else in another directory, and nobody of another organization may take them. */
export type Leaver = Pick<SyncerRow, 'organization' | 'name' | 'type'> & {
  /** Which directory the syncer read. */
  readonly directory: string;
};

/** What stands in a link and in a leaving alike. */
const SHARED = [
  'organization',
  'kind',
  'name',
  'external_key',
  'external_id',
  'forbidden_by',
  'deleted_by',
  'groups',
  'account_id',
] as const;

/** What a syncer that is deleted leaves behind, and who takes it up; inside the transaction of its session. */
export class Leavings {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Takes the links away from a syncer, and remembers them. */
  async leave(syncerId: string, { name, type, directory }: Omit<Leaver, 'organization'>): Promise<Holdings> {
    const left = await this.#count('SELECT kind, COUNT(*) AS n FROM #link WHERE syncer_id = ? GROUP BY kind', [
      syncerId,
    ]);
    // What was left before by somebody else, and was taken up since, is left by this one now.
    await this.#execute(`DELETE FROM #leaving WHERE EXISTS (${ofTable(SAME_LINK)})`, [syncerId]);
    await this.#execute(
      `INSERT INTO #leaving (${this.#list()}, syncer_name, type, directory)
       SELECT ${this.#list('l')}, ?, ?, ? FROM #link l WHERE l.syncer_id = ?`,
      [name, type, directory, syncerId],
    );
    await this.#execute('DELETE FROM #link WHERE syncer_id = ?', [syncerId]);
    return left;
  }

  /** What of it nobody has taken up. */
  count({ organization, name, type, directory }: Leaver): Promise<Holdings> {
    const values = [organization, name, type, directory];
    return this.#count(`SELECT kind, COUNT(*) AS n FROM #leaving v WHERE ${WHOSE} GROUP BY kind`, values);
  }

  /**
   * Gives a syncer what another one left, as far as nobody holds it by now. An account that it holds already keeps its
   * link, which learns of the memberships that were made before; otherwise nobody would ever take them back. A group
   * beside one that it has for the same department gets a key of no department: the next run finds that gone, and removes
   * the group once nobody else is in it.
   */
  async takeUp(syncerId: string, leaver: Leaver): Promise<Holdings> {
    const { organization, name, type, directory } = leaver;

    const values = [organization, name, type, directory];
    await this.#mergeMemberships(syncerId, values);
    await this.#execute(
      `INSERT INTO #link (${this.#list()}, syncer_id)
       SELECT ${this.#list('v')}, ? FROM #leaving v
       WHERE ${WHOSE} AND ${FREE}
         AND NOT EXISTS (SELECT 1 FROM #link k WHERE k.syncer_id = ? AND k.kind = v.kind AND k.external_key = v.external_key)`,
      [syncerId, ...values, syncerId],
    );
    await this.#addTwins(syncerId, values, name);
    const taken = `${WHOSE} AND EXISTS (${SAME_LINK})`;
    const counts = await this.#count(`SELECT kind, COUNT(*) AS n FROM #leaving v WHERE ${taken} GROUP BY kind`, [
      ...values,
      syncerId,
    ]);
    await this.#execute(`DELETE FROM #leaving WHERE ${ofTable(taken)}`, [...values, syncerId]);
    return counts;
  }

  async #mergeMemberships(syncerId: string, values: readonly string[]): Promise<void> {
    const q = this.#quoted('groups');
    const rows = await this.#select(
      `SELECT l.external_key AS held, l.${q} AS ours, v.${q} AS theirs FROM #leaving v
       JOIN #link l ON l.organization = v.organization AND l.kind = v.kind AND l.name = v.name
       WHERE ${WHOSE} AND l.syncer_id = ? AND v.kind = 'user'`,
      [...values, syncerId],
    );
    const merged = rows.map((row): RowUpdate => ({
      key: asText(row['held']),
      cells: [['groups', goJson([...new Set([...asList(row['ours']), ...asList(row['theirs'])])])]],
    }));
    const where = { equal: { syncer_id: syncerId, kind: 'user' }, column: 'external_key' };
    await updateEach(this.#session, 'directory_link', where, merged, OWN_COLLATION);
  }

  async #addTwins(syncerId: string, values: readonly string[], formerName: string): Promise<void> {
    const twins = await this.#select(
      `SELECT ${this.#list('v')} FROM #leaving v
       WHERE ${WHOSE} AND ${FREE} AND v.kind = 'group'`,
      values,
    );
    const rows = twins.map((row): Values => {
      const externalId = `${asText(row['external_id'])} (${formerName})`.slice(0, 255);
      const renamed: Row = { ...row, external_id: externalId, external_key: externalId.toLowerCase() };
      return [...SHARED.map((column) => (renamed[column] ?? null) as string | null), syncerId];
    });
    const columns = [...SHARED, 'syncer_id'].map((name): Column => ({ name, type: 'text' }));
    await insertRows(this.#session, 'directory_link', columns, {}, rows);
  }

  async #count(sql: string, values: readonly string[]): Promise<Holdings> {
    const counts = new Map((await this.#select(sql, values)).map((row) => [row['kind'], Number(row['n'])]));
    return { accounts: counts.get('user') ?? 0, groups: counts.get('group') ?? 0 };
  }

  #select(sql: string, values: readonly string[]): Promise<readonly Row[]> {
    return this.#session.select(this.#dialected(sql), values);
  }

  #execute(sql: string, values: readonly string[]): Promise<number> {
    return this.#session.execute(this.#dialected(sql), values);
  }

  #quoted(name: string): string {
    return quote(this.#session.dialect, name);
  }

  #list(alias?: string): string {
    return SHARED.map((name) => (alias === undefined ? '' : `${alias}.`) + this.#quoted(name)).join(', ');
  }

  #dialected(sql: string): string {
    const named = sql
      .replaceAll('#link', this.#session.table('directory_link'))
      .replaceAll('#leaving', this.#session.table('directory_leaving'));
    if (this.#session.dialect !== 'postgres') return named;
    let index = 0;
    return named.replaceAll('?', () => `$${(index += 1)}`);
  }
}

/** Of a leaving `v`: who left it. */
const WHOSE = 'v.organization = ? AND v.syncer_name = ? AND v.type = ? AND v.directory = ?';

/** The link of one syncer to the account or group that a leaving is about. */
const SAME_LINK = `SELECT 1 FROM #link l WHERE l.syncer_id = ? AND l.organization = v.organization
  AND l.kind = v.kind AND l.name = v.name`;

/** Of a leaving `v`: no syncer holds what it is about. */
const FREE = `NOT EXISTS (SELECT 1 FROM #link h WHERE h.organization = v.organization AND h.kind = v.kind AND h.name = v.name)`;

/** For a DELETE, which SQLite and MariaDB give no alias. */
const ofTable = (condition: string): string => condition.replaceAll(/\bv\./g, '#leaving.');
