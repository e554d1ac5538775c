import { In, LessThan, type SelectQueryBuilder } from 'typeorm';
import type { Page } from '../../engine/ports/run-store.ts';
import type { Database } from '../database.ts';
import { AccountRenameRow, AuditRow } from '../entities/index.ts';
import { prunePast } from '../history/past-runs.ts';
import type { Session } from '../session.ts';
import { asciiJson } from '../text-value.ts';
import { countOf } from './listing.ts';

const PRUNED_AT_ONCE = 500;
/** How many rows are read at one time when all of them are wanted. */
const STRIDE = 1000;

/** Which entries are asked for; what is absent does not matter. */
export interface AuditFilter {
  readonly organization?: string;
  readonly action?: string;
  /** Who did it, as it is stored. */
  readonly actor?: string;
  /** `ORG/NAME`: entries about this syncer and its runs. */
  readonly syncer?: string;
  readonly fromMs?: number;
  /** The first moment that is too late. */
  readonly beforeMs?: number;
}

/** The rows of the audit log. */
export class AuditRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert(row: Omit<AuditRow, 'detail'> & { readonly detail: Readonly<Record<string, unknown>> }): Promise<void> {
    await this.#database.transaction(({ manager }) =>
      manager.insert(AuditRow, { ...row, detail: asciiJson(row.detail) }),
    );
  }

  /** Newest first; `page` starts at 1. */
  page(filter: AuditFilter, page: number, size: number): Promise<Page<AuditRow>> {
    return this.#database.read(async (session) => {
      const query = asked(session, filter);
      const total = await countOf(query);
      const rows = await inOrder(query)
        .offset((page - 1) * size)
        .limit(size)
        .getMany();
      return { rows, total };
    });
  }

  /** All of them, newest first, a stretch at a time. */
  async *all(filter: AuditFilter): AsyncIterable<readonly AuditRow[]> {
    let last: AuditRow | undefined;
    for (;;) {
      const rows: readonly AuditRow[] = await this.#database.read((session) => {
        const query = inOrder(asked(session, filter)).limit(STRIDE);
        if (last) {
          query.andWhere('(a.created_ms < :ms OR (a.created_ms = :ms AND a.id < :id))', {
            ms: last.createdMs,
            id: last.id,
          });
        }
        return query.getMany();
      });
      if (rows.length > 0) yield rows;
      if (rows.length < STRIDE) return;
      last = rows.at(-1);
    }
  }

  /** Deletes what is older, and what runs that are gone did to accounts before; answers how many entries that were. */
  async prune(before: Date): Promise<number> {
    let count = 0;
    // In sets, each a transaction of its own: nobody waits for a year of entries.
    for (;;) {
      const deleted = await this.#database.transaction(async ({ manager }) => {
        const old = await manager.find(AuditRow, {
          select: { id: true },
          where: { createdMs: LessThan(before.getTime()) },
          take: PRUNED_AT_ONCE,
        });
        if (old.length > 0) await manager.delete(AuditRow, { id: In(old.map(({ id }) => id)) });
        return old.length;
      });
      count += deleted;
      if (deleted < PRUNED_AT_ONCE) break;
    }
    await this.#database.transaction(({ manager }) =>
      manager.delete(AccountRenameRow, { renamedMs: LessThan(before.getTime()) }),
    );
    await prunePast(this.#database, before);
    return count;
  }
}

function asked(session: Session, filter: AuditFilter): SelectQueryBuilder<AuditRow> {
  const { organization, action, actor, syncer, fromMs, beforeMs } = filter;
  const query = session.manager.createQueryBuilder(AuditRow, 'a');
  if (organization !== undefined) query.andWhere('a.organization = :organization', { organization });
  if (action !== undefined) query.andWhere('a.action = :action', { action });
  if (actor !== undefined) query.andWhere('a.actor = :actor', { actor });
  if (fromMs !== undefined) query.andWhere('a.created_ms >= :fromMs', { fromMs });
  if (beforeMs !== undefined) query.andWhere('a.created_ms < :beforeMs', { beforeMs });
  if (syncer !== undefined) {
    const [ofOrganization = '', ofName = ''] = syncer.split('/');
    const runs = `SELECT o.run_id FROM ${session.table('run_origin')} o
      WHERE o.organization = :ofOrganization AND o.syncer_name = :ofName`;
    // A preview leaves no trace once it is applied: the run that did so does.
    query.andWhere(
      `((a.target = :syncer AND (a.action LIKE '%-syncer' OR a.action = 'sync-member'))
        OR a.target IN (${runs}) OR (a.action = 'apply-run' AND a.subject IN (${runs})))`,
      { syncer, ofOrganization, ofName },
    );
  }
  return query;
}

const inOrder = (query: SelectQueryBuilder<AuditRow>): SelectQueryBuilder<AuditRow> =>
  query.orderBy('a.created_ms', 'DESC').addOrderBy('a.id', 'DESC');
