import type { SelectQueryBuilder } from 'typeorm';
import { FREEZE } from '../../engine/plan/lock-outs/freeze.ts';
import type { Change } from '../../identity/change.ts';
import type { Database } from '../database.ts';
import { ChangeRow, RunOriginRow } from '../entities/index.ts';
import type { Session } from '../session.ts';
import { REPORT_NUMBERS, type ReportNumber } from './report-number.ts';

export interface ReportPeriod {
  /** Absent: all organizations. */
  readonly organization?: string;
  readonly fromMs: number;
  /** The first moment that is too late. */
  readonly beforeMs: number;
}

/** How many people, on one day of UTC. */
export interface ReportedDay extends Readonly<Partial<Record<ReportNumber, number>>> {
  /** Whole days since 1970. */
  readonly day: number;
}

/** What happened to one person, the last time within a period. */
export interface ReportedChange extends Pick<Change, 'kind' | 'userid' | 'user' | 'fields' | 'reason' | 'state'> {
  readonly what: ReportNumber;
  readonly atMs: number;
}

const DAY_MS = 86_400_000;
/** Rows that are read at one time. */
const STRIDE = 1000;
/** As an `int` holds it. */
const HIGHEST_SEQ = 2_147_483_647;

/** One that waits for the end of a freeze asks nobody, and the run that does it counts it. */
const FROZEN = `c.reason LIKE '%"en":"${FREEZE.en}"%'`;
const LOCK_OUT = `c.kind IN ('forbid', 'remove')`;
/** When it happened: what was not done belongs to the moment at which its run began. */
const AT = 'COALESCE(c.at_ms, o.started_ms)';

/** Which changes count as what, by SQL. A lock-out that waited was not done by its own run, so that has no moment of it. */
const counted = (session: Session): Readonly<Record<ReportNumber, string>> => {
  // A run that knew of an earlier rejection asked nobody.
  const knewBefore = `EXISTS (SELECT 1 FROM ${session.table('sync_run')} r
    WHERE r.id = c.run_id AND r.warnings LIKE '%"code":"rejected-before"%')`;
  return {
    joiners: `c.at_ms IS NOT NULL AND c.kind = 'create'`,
    // Who is linked to an account comes into departments, and who is gone leaves them.
    movers: `c.at_ms IS NOT NULL AND c.kind IN ('update', 'link') AND c.fields LIKE '%"field":"groups"%'
      AND c.fields NOT LIKE '%"field":"groups","before":[]%' AND c.fields NOT LIKE '%"after":[]%'`,
    leavers: `c.at_ms IS NOT NULL AND ${LOCK_OUT}`,
    restored: `c.at_ms IS NOT NULL AND c.kind = 'restore'`,
    held: `c.at_ms IS NULL AND ${LOCK_OUT} AND NOT (${FROZEN})
      AND (c.state IN ('held', 'applied', 'planned') OR (c.state = 'rejected' AND NOT ${knewBefore}))`,
    approved: `c.at_ms IS NOT NULL AND ${LOCK_OUT} AND o.trigger_kind = 'approval'`,
    // One about a department is no person's: it says nothing of any value.
    conflicts: `c.kind = 'conflict' AND NOT (c.user <> '' AND c.fields = '[]')`,
  };
};

/**
 * By what a person is counted once. Where there is a conflict there may be no account yet, and the same userid of another
 * syncer is somebody else's.
 */
const personIn = (what: ReportNumber): readonly string[] =>
  what === 'conflicts' ? ['o.organization', 'o.syncer_name', 'c.userid_key'] : ['c.user'];

/** Who came, moved, left, and what people had to decide, in a period. Previews do not count: they have no origin. */
export class SyncReports {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** People by day, each once per number: on the last day at which it happened to him. */
  days(period: ReportPeriod): Promise<readonly ReportedDay[]> {
    return this.#database.read(async (session) => {
      const division = session.dialect === 'mysql' ? 'DIV' : '/';
      const days = new Map<number, Partial<Record<ReportNumber, number>>>();
      for (const [what, condition] of Object.entries(counted(session)) as [ReportNumber, string][]) {
        const last = within(session, period).select(`MAX(${AT})`, 'at_ms').andWhere(condition);
        for (const column of personIn(what)) last.addGroupBy(column);
        const rows = await session.manager
          .createQueryBuilder()
          .select(`p.at_ms ${division} ${DAY_MS}`, 'day')
          .addSelect('COUNT(*)', 'people')
          .from(`(${last.getQuery()})`, 'p')
          .setParameters(last.getParameters())
          .groupBy(`p.at_ms ${division} ${DAY_MS}`)
          .getRawMany<{ day: unknown; people: unknown }>();
        for (const { day, people } of rows) {
          days.set(Number(day), { ...days.get(Number(day)), [what]: Number(people) });
        }
      }
      return [...days].map(([day, numbers]) => ({ day, ...numbers })).toSorted((one, other) => one.day - other.day);
    });
  }

  /** Each person once per number, newest first, a stretch at a time. */
  async *people(period: ReportPeriod): AsyncIterable<readonly ReportedChange[]> {
    const told = new Set<string>();
    for (const run of await this.#runs(period)) {
      let before = HIGHEST_SEQ;
      for (;;) {
        const rows = await this.#database.read((session) => changesOf(session, period, run, before));
        const fresh = rows.flatMap((row) => reported(row).filter(({ what }) => isFirst(told, what, row)));
        if (fresh.length > 0) yield fresh;
        if (rows.length < STRIDE) break;
        before = Number(rows.at(-1)?.seq);
      }
    }
  }

  /** Runs that have something to tell, newest first. */
  async #runs(period: ReportPeriod): Promise<readonly string[]> {
    const rows = await this.#database.read((session) =>
      within(session, period)
        .select('o.run_id', 'run')
        .addSelect('MAX(o.started_ms)', 'started')
        .andWhere(anyOf(session))
        .groupBy('o.run_id')
        .orderBy('MAX(o.started_ms)', 'DESC')
        .getRawMany<{ run: string }>(),
    );
    return rows.map(({ run }) => run);
  }
}

const anyOf = (session: Session): string =>
  Object.values(counted(session))
    .map((condition) => `(${condition})`)
    .join(' OR ');

/** Changes of runs of the period, and of those that were going on when it began. */
function within(session: Session, { organization, fromMs, beforeMs }: ReportPeriod): SelectQueryBuilder<RunOriginRow> {
  const query = session.manager
    .createQueryBuilder(RunOriginRow, 'o')
    .innerJoin(ChangeRow, 'c', 'c.run_id = o.run_id')
    .where('o.started_ms >= :earliest AND o.started_ms < :beforeMs', {
      earliest: fromMs - DAY_MS,
      beforeMs,
    })
    .andWhere(`${AT} >= :fromMs AND ${AT} < :beforeMs`, { fromMs });
  return organization === undefined ? query : query.andWhere('o.organization = :organization', { organization });
}

interface ReportedRow extends Readonly<Record<ReportNumber, unknown>> {
  readonly seq: number;
  readonly kind: string;
  readonly userid: string;
  readonly organization: string;
  readonly syncer: string;
  readonly person: string;
  readonly account: string;
  readonly fields: string;
  readonly reason: string;
  readonly state: string;
  readonly at: unknown;
}

function changesOf(session: Session, period: ReportPeriod, run: string, before: number): Promise<ReportedRow[]> {
  const query = within(session, period)
    .select('c.seq', 'seq')
    .addSelect('c.kind', 'kind')
    .addSelect('c.userid', 'userid')
    .addSelect('o.organization', 'organization')
    .addSelect('o.syncer_name', 'syncer')
    .addSelect('c.userid_key', 'person')
    .addSelect('c.user', 'account')
    .addSelect('c.fields', 'fields')
    .addSelect('c.reason', 'reason')
    .addSelect('c.state', 'state')
    .addSelect(AT, 'at')
    .andWhere('o.run_id = :run AND c.seq < :before', { run, before })
    .andWhere(`(${anyOf(session)})`)
    .orderBy('c.seq', 'DESC')
    .limit(STRIDE);
  for (const [what, condition] of Object.entries(counted(session))) {
    query.addSelect(`CASE WHEN ${condition} THEN 1 ELSE 0 END`, what);
  }
  return query.getRawMany<ReportedRow>();
}

const reported = (row: ReportedRow): ReportedChange[] =>
  REPORT_NUMBERS.filter((what) => Number(row[what]) === 1).map((what) => ({
    what,
    atMs: Number(row.at),
    kind: row.kind as ReportedChange['kind'],
    userid: row.userid,
    user: row.account,
    fields: JSON.parse(row.fields) as ReportedChange['fields'],
    reason: JSON.parse(row.reason) as ReportedChange['reason'],
    state: row.state as ReportedChange['state'],
  }));

function isFirst(told: Set<string>, what: ReportNumber, row: ReportedRow): boolean {
  const id = `${what} ${what === 'conflicts' ? `${row.organization}/${row.syncer} ${row.person}` : row.account}`;
  if (told.has(id)) return false;
  told.add(id);
  return true;
}
