import { IsNull } from 'typeorm';
import type { AbsenceStore } from '../../engine/ports/absence-store.ts';
import type { Page } from '../../engine/ports/run-store.ts';
import type { Absence } from '../../identity/absence.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { ExternalId, ExternalKey } from '../../syncer/external-id.ts';
import { chunks } from '../../syncer/chunks.ts';
import { deleteBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import { AbsenceRow } from '../entities/index.ts';
import { fence } from '../runs/own-transaction.ts';

/** Rows per statement. */
const AT_ONCE = 100;

/** The table `directory_absence`. */
export class TypeormAbsenceStore implements AbsenceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async of(syncerId: string): Promise<readonly Absence[]> {
    const rows = await this.#database.read(({ manager }) => manager.findBy(AbsenceRow, { syncerId }));
    return rows.map(toAbsence);
  }

  async waiting(syncerId: string, withForbidden: boolean, page: number, pageSize: number): Promise<Page<Absence>> {
    const where = { syncerId, leftAlone: false, ...(!withForbidden && { forbiddenMs: IsNull() }) };
    const [rows, total] = await this.#database.read(({ manager }) =>
      manager.findAndCount(AbsenceRow, {
        where,
        order: { missingMs: 'DESC', externalKey: 'ASC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      }),
    );
    return { rows: rows.map(toAbsence), total };
  }

  async write(lease: LeaseGrant, put: readonly Absence[], remove: readonly ExternalKey[]): Promise<void> {
    if (put.length + remove.length === 0) return;
    const { syncerId } = lease;
    await this.#database.transaction(async (session) => {
      await fence(session, lease);
      const where = { equal: { syncer_id: syncerId }, column: 'external_key' };
      await deleteBySet(session, 'directory_absence', where, [...remove, ...put.map(({ key }) => key)]);
      const rows = put.map((absence): AbsenceRow => ({
        syncerId,
        externalKey: absence.key,
        externalId: absence.externalId,
        name: absence.accountName,
        missingMs: absence.missingSince,
        forbiddenMs: absence.forbiddenSince,
        leftAlone: absence.isLeftAlone,
      }));
      for (const chunk of chunks(rows, AT_ONCE)) await session.manager.insert(AbsenceRow, [...chunk]);
    });
  }
}

const toAbsence = (row: AbsenceRow): Absence => ({
  key: row.externalKey as ExternalKey,
  externalId: row.externalId as ExternalId,
  accountName: row.name,
  missingSince: row.missingMs,
  forbiddenSince: row.forbiddenMs,
  isLeftAlone: row.leftAlone,
});
