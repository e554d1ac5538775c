import type { DataSource, EntityManager } from 'typeorm';
import type { LeaseGrant, PageWrite } from '../../identity/identity-store.ts';
import { LeaseError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import { selectBySet } from '../bulk.ts';
import { translated } from '../database-error.ts';
import { dialectOf, schemaOf } from '../dialect.ts';
import { insertChanges } from './change-rows.ts';
import { LiveColumns } from '../live-columns.ts';
import { Session } from '../session.ts';

/**
 * For a store that writes a page in a transaction of its own: to be called first in it. The lease stands until the
 * transaction ends, so that nobody takes it over in the middle of a page; on SQLite the transaction is the writer from
 * here on.
 *
 * @param manager of the transaction, as `dataSource.transaction(async (manager) => …)` hands it out
 * @throws LeaseError when the lease is somebody else's by now: nothing may be written
 */
export async function assertLease(manager: EntityManager, lease: LeaseGrant): Promise<void> {
  const session = sessionOf(manager);
  try {
    await (session.dialect === 'sqlite' ? fenceByWrite : fence)(session, lease);
  } catch (error) {
    throw translated(error);
  }
}

/**
 * For a store that writes a page in a transaction of its own: appends `write.changes` to the record of the run
 * `write.runId`. `assertLease` comes before it in the same transaction: it keeps others from appending at the same time.
 *
 * @param manager of the transaction
 */
export async function recordChanges(
  manager: EntityManager,
  write: Pick<PageWrite, 'runId' | 'changes'>,
): Promise<void> {
  const session = sessionOf(manager);
  const changes = write.changes ?? [];
  if (changes.length === 0) return;
  try {
    await insertChanges(session, await columnsOf(session, manager.dataSource), write.runId, changes);
  } catch (error) {
    throw translated(error);
  }
}

/**
 * On the servers the lease's row stays locked until the transaction ends. On SQLite it is only read, so that a page with
 * nothing to write locks nobody out: a page that writes after somebody else has written is refused and tried again.
 *
 * @throws LeaseError unless the lease stands
 */
export async function fence(session: Session, { syncerId, token }: LeaseGrant): Promise<void> {
  const where = { equal: { syncer_id: syncerId }, column: 'token' };
  const standing = await selectBySet(session, 'sync_lease', ['token'], where, [token], true);
  if (standing.length !== 1) throw TAKEN_OVER;
}

/** A write that changes nothing: from now on this transaction is the one that writes. */
async function fenceByWrite(session: Session, { syncerId, token }: LeaseGrant): Promise<void> {
  const sql = `UPDATE ${session.table('sync_lease')} SET token = token WHERE syncer_id = ? AND token = ?`;
  if ((await session.execute(sql, [syncerId, token])) !== 1) throw TAKEN_OVER;
}

function sessionOf(manager: EntityManager): Session {
  if (!manager.queryRunner?.isTransactionActive) throw NO_TRANSACTION;
  return new Session(manager, dialectOf(manager.dataSource), schemaOf(manager.dataSource));
}

/** Looked at once: tables do not change under a process. */
const known = new WeakMap<DataSource, LiveColumns>();

async function columnsOf(session: Session, dataSource: DataSource): Promise<LiveColumns> {
  const columns = known.get(dataSource) ?? (await LiveColumns.read(session, dataSource));
  known.set(dataSource, columns);
  return columns;
}

const NO_TRANSACTION = new TypeError(
  'assertLease and recordChanges need the manager of a transaction: dataSource.transaction(async (manager) => …).',
);

const TAKEN_OVER = new LeaseError(
  text(
    'Another run of this syncer took over; this one writes nothing more.',
    '此同步器的另一次同步已接管，本次同步不再写入任何内容。',
  ),
);
