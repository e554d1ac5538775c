import type { Page } from '../../engine/ports/run-store.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Database } from '../database.ts';
import { MemberCompletionRow } from '../entities/index.ts';
import { asBoolean, asText } from '../text-value.ts';
import { activeMembers, isEmpty, parametersOf, type MembersOf } from './active-members.ts';

/** How far an active member's account is complete. */
interface MemberState {
  readonly userid: string;
  /** Name of the account. */
  readonly name: string;
  /** Milliseconds; null = never. */
  readonly completedMs: number | null;
  readonly lacksEmail: boolean;
  readonly lacksPhone: boolean;
}

/** How many members there are, completed their data, and lack something. */
interface MemberTotals {
  readonly members: number;
  readonly completed: number;
  readonly lackEmail: number;
  readonly lackPhone: number;
}

/** The table `member_completion`, beside the accounts. */
export class Completions {
  readonly #database: Database;
  readonly #hasAccounts: boolean;

  /** @param hasAccounts false: accounts, and what stands in them, are somewhere else */
  constructor(database: Database, hasAccounts = true) {
    this.#database = database;
    this.#hasAccounts = hasAccounts;
  }

  /** That a member completed his data, whatever there was to store. */
  async note({ organization, directory }: MembersOf, key: ExternalKey, completedMs: number): Promise<void> {
    const member = { organization, directory, externalKey: key };
    await this.#database.transaction(async ({ manager }) => {
      await manager.delete(MemberCompletionRow, member);
      await manager.insert(MemberCompletionRow, { ...member, completedMs });
    });
  }

  /** This userid is somebody else's from now on. */
  async forget({ organization, directory }: MembersOf, key: ExternalKey): Promise<void> {
    const member = { organization, directory, externalKey: key };
    await this.#database.transaction(({ manager }) => manager.delete(MemberCompletionRow, member));
  }

  async totals(of: MembersOf): Promise<MemberTotals> {
    const none = { members: 0, completed: 0, lackEmail: 0, lackPhone: 0 };
    if (!this.#hasAccounts) return none;
    const count = (condition: string): string => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
    const sql = `SELECT COUNT(*) AS members, ${count('m.completed_ms IS NOT NULL')} AS completed,
        ${count(isEmpty(this.#database, 'email'))} AS email, ${count(isEmpty(this.#database, 'phone'))} AS phone
      FROM ${activeMembers(this.#database, 'member_completion')}`;
    const [row] = await this.#database.read((session) => session.select(sql, parametersOf(of)));
    if (!row) return none;
    return {
      members: Number(row['members'] ?? 0),
      completed: Number(row['completed'] ?? 0),
      lackEmail: Number(row['email'] ?? 0),
      lackPhone: Number(row['phone'] ?? 0),
    };
  }

  /** By name of the account; `page` starts at 1. */
  async page(of: MembersOf, page: number, pageSize: number, total: number): Promise<Page<MemberState>> {
    if (!this.#hasAccounts) return { rows: [], total: 0 };
    const start = Math.min((page - 1) * pageSize, total);
    const size = Math.min(pageSize, total - start);
    if (size <= 0) return { rows: [], total };
    // From whichever end is nearer: what stands before a page is walked over.
    const fromEnd = start > total / 2;
    const sql = `SELECT u.name AS name, l.external_id AS userid, m.completed_ms AS completed,
        CASE WHEN ${isEmpty(this.#database, 'email')} THEN 1 ELSE 0 END AS email,
        CASE WHEN ${isEmpty(this.#database, 'phone')} THEN 1 ELSE 0 END AS phone
      FROM ${activeMembers(this.#database, 'member_completion')}
      ORDER BY u.name ${fromEnd ? 'DESC' : 'ASC'} LIMIT ${size} OFFSET ${fromEnd ? total - start - size : start}`;
    const rows = await this.#database.read((session) => session.select(sql, parametersOf(of)));
    const states = rows.map((row): MemberState => ({
      userid: asText(row['userid']),
      name: asText(row['name']),
      completedMs: row['completed'] === null ? null : Number(row['completed']),
      lacksEmail: asBoolean(row['email']),
      lacksPhone: asBoolean(row['phone']),
    }));
    return { rows: fromEnd ? states.toReversed() : states, total };
  }
}
