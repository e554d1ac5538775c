import { In, LessThan, type FindOptionsWhere } from 'typeorm';
import type {
  ChangeFilter,
  Page,
  RecentLockOuts,
  RunsOf,
  RunStore,
  StoredChange,
} from '../../engine/ports/run-store.ts';
import { cutCharacters } from '../../syncer/characters.ts';
import { chunks } from '../../syncer/chunks.ts';
import { noCounts, UNWATCHED_TRIGGERS } from '../../engine/run.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import type { Run, RunError, RunPhase, RunState, RunTrigger, Standing, StandingDecisions } from '../../engine/run.ts';
import type { ChangeState } from '../../identity/change.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import { CLOCK_MS, readClock } from '../database-clock.ts';
import type { Database } from '../database.ts';
import { asciiJson } from '../text-value.ts';
import { ChangeRow, LockOutDecisionRow, RejectionRow, RunOriginRow, RunRow } from '../entities/index.ts';
import { deleteRuns } from '../history/past-runs.ts';
import { insertRows, type Column } from '../bulk.ts';
import type { Session } from '../session.ts';
import { insertOf, updateOf, type Statement } from '../statement.ts';
import { fence } from './own-transaction.ts';
import { givingBack } from './typeorm-lease-store.ts';

const UNDER_WAY: readonly RunState[] = ['queued', 'running'];
const FINISHED: readonly RunState[] = ['succeeded', 'partial', 'failed', 'cancelled'];
const DAY_MS = 86_400_000;
const RUN_ORDER = { startedMs: 'DESC', id: 'DESC' } as const;
const DECISION_COLUMNS: readonly Column[] = ['syncer_id', 'kind', 'external_key', 'standing'].map((name) => ({
  name,
  type: 'text',
}));
/** Keys per statement. */
const SET = 500;

/** Runs and their changes in our own tables. */
export class TypeormRunStore implements RunStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async now(): Promise<Date> {
    return this.#database.read(readClock);
  }

  async create(run: Run, by?: string): Promise<void> {
    await this.#database.writeBriefly(
      insertOf(this.#database, RunRow, toRow(run)),
      ...(run.dryRun ? [] : [insertOf(this.#database, RunOriginRow, originOf(run, by))]),
    );
  }

  async save(run: Run): Promise<void> {
    await this.#database.writeBriefly(this.#saving(run));
  }

  #saving(run: Run): Statement {
    return updateOf(this.#database, RunRow, { id: run.id }, progressOf(run));
  }

  async find(runId: string): Promise<Run | undefined> {
    const row = await this.#database.read((session) => session.manager.findOneBy(RunRow, { id: runId }));
    return row ? toRun(row) : undefined;
  }

  async list({ syncerId, organization }: RunsOf, page: number, pageSize: number, state?: RunState): Promise<Page<Run>> {
    const [rows, total] = await this.#database.read((session) =>
      session.manager.findAndCount(RunRow, {
        where: { syncerId, organization, ...(state && { state }) },
        order: RUN_ORDER,
        skip: (page - 1) * pageSize,
        take: pageSize,
      }),
    );
    return { rows: rows.map(toRun), total };
  }

  async held({ syncerId, organization }: RunsOf): Promise<Run | undefined> {
    const row = await this.#database.read((session) =>
      session.manager.findOne(RunRow, { where: { syncerId, organization, state: 'held' }, order: RUN_ORDER }),
    );
    return row ? toRun(row) : undefined;
  }

  async rejectedDigest(syncerId: string): Promise<string> {
    const row = await this.#database.read((session) => session.manager.findOneBy(RejectionRow, { syncerId }));
    return row?.digest ?? '';
  }

  async rememberRejection(syncerId: string, digest: string): Promise<void> {
    await this.#database.transaction(async ({ manager }) => {
      await manager.delete(RejectionRow, { syncerId });
      if (digest !== '') await manager.insert(RejectionRow, { syncerId, digest });
    });
  }

  async decisions(syncerId: string): Promise<StandingDecisions> {
    const rows = await this.#database.read(({ manager }) => manager.findBy(LockOutDecisionRow, { syncerId }));
    return new Map(rows.map(({ kind, externalKey, standing }) => [`${kind}:${externalKey}`, standing as Standing]));
  }

  async keepDecisions(lease: LeaseGrant, decisions: StandingDecisions): Promise<void> {
    const { syncerId } = lease;
    await this.#database.transaction(async (session) => {
      await fence(session, lease);
      await session.manager.delete(LockOutDecisionRow, { syncerId });
      const rows = [...decisions].map(([id, standing]) => {
        const colon = id.indexOf(':');
        return [syncerId, id.slice(0, colon), id.slice(colon + 1), standing];
      });
      if (rows.length > 0) await insertRows(session, 'lock_out_decision', DECISION_COLUMNS, {}, rows);
    });
  }

  async changes(runId: string, filter: ChangeFilter, page: number, pageSize: number): Promise<Page<StoredChange>> {
    const where: FindOptionsWhere<ChangeRow> = { runId };
    if (filter.kind !== undefined) where.kind = filter.kind;
    if (filter.state !== undefined) where.state = filter.state;
    if (filter.userid !== undefined) where.useridKey = filter.userid.toLowerCase();
    const [rows, total] = await this.#database.read((session) =>
      session.manager.findAndCount(ChangeRow, {
        where,
        order: { seq: 'ASC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      }),
    );
    return { rows: rows.map(toChange), total };
  }

  async recentLockOuts({ syncerId, organization }: RunsOf): Promise<RecentLockOuts> {
    const rows = await this.#database.read(({ manager }) =>
      manager
        .createQueryBuilder(RunRow, 'r')
        .innerJoin(ChangeRow, 'c', 'c.run_id = r.id')
        .select('c.kind', 'kind')
        .addSelect('c.userid_key', 'key')
        .distinct()
        .where({ syncerId, organization, dryRun: false, triggerKind: In([...UNWATCHED_TRIGGERS]) })
        .andWhere(`r.started_ms > ${CLOCK_MS[this.#database.dialect]} - ${DAY_MS}`)
        .andWhere(
          `r.started_ms > COALESCE((SELECT MAX(a.started_ms) FROM ${this.#database.table('sync_run')} a WHERE a.syncer_id = r.syncer_id
            AND a.trigger_kind = 'approval' AND a.state IN ('succeeded', 'partial', 'held')), 0)`,
        )
        .andWhere(`c.state = 'applied' AND c.kind IN ('forbid', 'remove', 'removeGroup')`)
        .getRawMany<{ kind: string; key: string }>(),
    );
    const people = rows.filter(({ kind }) => kind !== 'removeGroup').map(({ key }) => key as ExternalKey);
    return { people: [...new Set(people)], groups: rows.length - people.length };
  }

  async moveChanges(runId: string, from: ChangeState, to: ChangeState, seqs?: readonly number[]): Promise<number> {
    const where = { runId, state: from };
    return this.#database.transaction(async ({ manager }) => {
      if (!seqs) return (await manager.update(ChangeRow, where, { state: to })).affected ?? 0;
      let moved = 0;
      for (const set of chunks(seqs, SET)) {
        moved += (await manager.update(ChangeRow, { ...where, seq: In(set) }, { state: to })).affected ?? 0;
      }
      return moved;
    });
  }

  async finish(lease: LeaseGrant, ...runs: readonly Run[]): Promise<void> {
    await this.#database.writeBriefly(...runs.map((run) => this.#saving(run)), givingBack(this.#database, lease));
  }

  async abandoned(): Promise<readonly Run[]> {
    const rows = await this.#database.read((session) =>
      session.manager
        .createQueryBuilder(RunRow, 'r')
        .where('r.state IN (:...states)', { states: UNDER_WAY })
        .andWhere(
          `NOT EXISTS (SELECT 1 FROM ${this.#database.table('sync_lease')} l
            WHERE l.syncer_id = r.syncer_id AND l.run_id = r.id AND l.expires_ms > ${CLOCK_MS[this.#database.dialect]})`,
        )
        .orderBy('r.started_ms')
        .getMany(),
    );
    return rows.map(toRun);
  }

  async end(run: Run): Promise<boolean> {
    const { affected } = await this.#database.transaction(({ manager }) =>
      manager.update(RunRow, { id: run.id, state: In([...UNDER_WAY]) }, toRow(run)),
    );
    return affected === 1;
  }

  async prune(before: Date): Promise<number> {
    return this.#database.transaction(async (session) => {
      const latest = await latestRuns(session);
      const old = await session.manager.find(RunRow, {
        select: { id: true },
        where: { state: In([...FINISHED]), finishedMs: LessThan(before.getTime()) },
      });
      const ids = old.map((row) => row.id).filter((id) => !latest.has(id));
      await deleteRuns(session, ids);
      return ids.length;
    });
  }
}

/** The last run of each syncer, which the Syncers tab shows however old it is. */
async function latestRuns(session: Session): Promise<Set<string>> {
  const rows = await session.manager
    .createQueryBuilder(RunRow, 'r')
    .select('r.id', 'id')
    .where(
      `NOT EXISTS (SELECT 1 FROM ${session.table('sync_run')} n WHERE n.syncer_id = r.syncer_id
        AND (n.started_ms > r.started_ms OR (n.started_ms = r.started_ms AND n.id > r.id)))`,
    )
    .getRawMany<{ id: string }>();
  return new Set(rows.map((row) => row.id));
}

type FixedColumn =
  'id' | 'syncerId' | 'organization' | 'syncerName' | 'triggerKind' | 'dryRun' | 'startedAt' | 'startedMs';

const milliseconds = (time: string | null): number | null => (time === null ? null : Date.parse(time));

const toRow = (run: Run): RunRow => ({
  id: run.id,
  syncerId: run.syncerId,
  organization: run.organization,
  syncerName: run.syncerName,
  triggerKind: run.trigger,
  dryRun: run.dryRun,
  startedAt: run.startedAt,
  startedMs: Date.parse(run.startedAt),
  ...progressOf(run),
});

/** What changes while a run goes on: little of it stands in an index. */
const progressOf = (run: Run): Omit<RunRow, FixedColumn> => ({
  state: run.state,
  phase: run.phase,
  finishedAt: run.finishedAt,
  finishedMs: milliseconds(run.finishedAt),
  progress: JSON.stringify(run.progress),
  counts: JSON.stringify(run.counts),
  warnings: asciiJson(run.warnings),
  error: run.error && asciiJson(run.error),
  lockOutDigest: run.lockOutDigest,
  supersededBy: run.supersededBy,
});

const originOf = (run: Run, by: string | undefined): RunOriginRow => ({
  runId: run.id,
  organization: run.organization,
  syncerName: run.syncerName,
  triggerKind: run.trigger,
  actor: cutCharacters(by ?? `${run.organization}/${run.syncerName}`, 360),
  startedMs: Date.parse(run.startedAt),
});

const toRun = (row: RunRow): Run => ({
  id: row.id,
  syncerId: row.syncerId,
  organization: row.organization,
  syncerName: row.syncerName,
  trigger: row.triggerKind as RunTrigger,
  dryRun: row.dryRun,
  state: row.state as RunState,
  phase: row.phase as RunPhase,
  startedAt: row.startedAt,
  finishedAt: row.finishedAt,
  progress: JSON.parse(row.progress) as Run['progress'],
  // A run of before has not every count.
  counts: { ...noCounts(), ...(JSON.parse(row.counts) as Partial<Run['counts']>) },
  warnings: JSON.parse(row.warnings) as Run['warnings'],
  error: row.error === null ? null : (JSON.parse(row.error) as RunError),
  lockOutDigest: row.lockOutDigest,
  supersededBy: row.supersededBy,
});

const toChange = (row: ChangeRow): StoredChange => ({
  runId: row.runId,
  seq: row.seq,
  kind: row.kind as StoredChange['kind'],
  userid: row.userid,
  user: row.user,
  fields: JSON.parse(row.fields) as StoredChange['fields'],
  reason: JSON.parse(row.reason) as StoredChange['reason'],
  state: row.state as ChangeState,
});
