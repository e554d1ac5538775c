import { externalId, keyOf, type ExternalId, type ExternalKey } from '../../syncer/external-id.ts';
import { chunks } from '../../syncer/chunks.ts';
import { deleteBySet, literalOf, selectBySet, updateBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import { MemberNudgeRow } from '../entities/index.ts';
import type { Row, Session } from '../session.ts';
import { asText } from '../text-value.ts';
import { activeMembers, isEmpty, lockSyncer, parameterOf, parametersOf, type MembersOf } from './active-members.ts';

/** Members per statement: of some of them it may turn out that they are not to be asked. */
const STEP = 10_000;
/** Rows per statement. */
const AT_ONCE = 100;
const TABLE = 'member_nudge';
/** What the directory said no to. */
const REFUSED = ['refused', 'limited'];

/** How the directory answered about somebody who was to be asked. */
type NudgeOutcome = 'sent' | 'refused' | 'limited';

/** A day of a syncer's own time zone, and how many members it may ask on it. */
interface NudgeDay {
  readonly day: string;
  readonly most: number;
}

/** The table `member_nudge`. */
export class Nudges {
  readonly #database: Database;
  readonly #hasAccounts: boolean;

  /** @param hasAccounts false: accounts, and what stands in them, are somewhere else */
  constructor(database: Database, hasAccounts = true) {
    this.#database = database;
    this.#hasAccounts = hasAccounts;
  }

  /** How many may still be asked on this day; 0 also once the directory has ended it. */
  left(of: Pick<MembersOf, 'syncerId'>, day: NudgeDay): Promise<number> {
    return this.#database.read((session) => leftOn(session, of, day));
  }

  /** Active members who lack one of these and may be asked on this day: first who never was, then who was refused. */
  async *candidates(
    of: MembersOf,
    lacking: readonly ('email' | 'phone')[],
    day: string,
  ): AsyncGenerator<readonly ExternalId[], void, undefined> {
    if (!this.#hasAccounts || lacking.length === 0) return;
    const { dialect } = this.#database;
    const parameter = (number: number): string => parameterOf(dialect, number);
    const lacks = lacking.map((column) => isEmpty(this.#database, column)).join(' OR ');
    const from = activeMembers(this.#database, TABLE);
    for (const isNew of [true, false]) {
      const refused = `m.state IN (${REFUSED.map(literalOf).join(', ')}) AND m.day <> ${parameter(5)}`;
      const may = isNew ? 'm.external_key IS NULL' : refused;
      const sql = `SELECT l.external_id AS userid, u.name AS place FROM ${from} AND (${lacks})
        AND u.name > ${parameter(4)} AND ${may} ORDER BY u.name LIMIT ${STEP}`;
      for (let after = ''; ;) {
        const parameters = [...parametersOf(of), after, ...(isNew ? [] : [day])];
        const rows = await this.#database.read((session) => session.select(sql, parameters));
        if (rows.length > 0) yield rows.map((row) => externalId(asText(row['userid'])));
        if (rows.length < STEP) break;
        after = asText(rows.at(-1)?.['place']);
      }
    }
  }

  /**
   * Writes down who is about to be asked. Until the directory has answered they count as asked, for good: a crash in
   * between asks nobody twice.
   *
   * @returns those who may be asked now: not more than the day leaves, and nobody who was asked meanwhile
   */
  claim(of: MembersOf, wanted: readonly ExternalId[], day: NudgeDay): Promise<readonly ExternalId[]> {
    return this.#database.transaction(async (session) => {
      await lockSyncer(session, of);
      const left = await leftOn(session, of, day);
      if (left <= 0) return [];
      const columns = ['external_key', 'state', 'day'];
      const standing = await selectBySet(session, TABLE, columns, where(of), keysOf(wanted));
      const asked = new Set(
        standing.filter((row) => !mayBeAsked(row, day.day)).map((row) => asText(row['external_key'])),
      );
      const claimed = wanted.filter((id) => !asked.has(keyOf(id))).slice(0, left);
      await deleteBySet(session, TABLE, where(of), keysOf(claimed));
      const { organization, directory, syncerId } = of;
      const rows = claimed.map((id): MemberNudgeRow => ({
        organization,
        directory,
        externalKey: keyOf(id),
        syncerId,
        day: day.day,
        state: 'intended',
      }));
      for (const chunk of chunks(rows, AT_ONCE)) await session.manager.insert(MemberNudgeRow, [...chunk]);
      return claimed;
    });
  }

  /** What the directory answered about those who were claimed. */
  async settle(of: MembersOf, ids: readonly ExternalId[], outcome: NudgeOutcome): Promise<void> {
    if (ids.length === 0) return;
    const state = literalOf(outcome);
    await this.#database.transaction((session) => updateBySet(session, TABLE, { state }, where(of), keysOf(ids)));
  }

  /** This userid is somebody else's from now on: he may be asked. */
  async forget({ organization, directory }: MembersOf, key: ExternalKey): Promise<void> {
    const member = { organization, directory, externalKey: key };
    await this.#database.transaction(({ manager }) => manager.delete(MemberNudgeRow, member));
  }
}

const where = ({ organization, directory }: MembersOf) => ({
  equal: { organization, directory },
  column: 'external_key',
});
const keysOf = (ids: readonly ExternalId[]): readonly ExternalKey[] => ids.map((id) => keyOf(id));

/** Who was refused may be asked on another day; who was asked, or may have been, never is again. */
const mayBeAsked = (row: Row, day: string): boolean =>
  REFUSED.includes(asText(row['state'])) && asText(row['day']) !== day;

async function leftOn(
  session: Session,
  { syncerId }: Pick<MembersOf, 'syncerId'>,
  { day, most }: NudgeDay,
): Promise<number> {
  const { dialect } = session;
  const [row] = await session.select(
    `SELECT COUNT(*) AS asked, SUM(CASE WHEN state = 'limited' THEN 1 ELSE 0 END) AS limited
      FROM ${session.table(TABLE)} WHERE syncer_id = ${parameterOf(dialect, 1)} AND day = ${parameterOf(dialect, 2)}`,
    [syncerId, day],
  );
  return Number(row?.['limited'] ?? 0) > 0 ? 0 : Math.max(0, most - Number(row?.['asked'] ?? 0));
}
