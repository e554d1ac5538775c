import type { Account, Decision } from '../../identity/account.ts';
import type { SyncerScope } from '../../identity/identity-store.ts';
import type { ExternalId, ExternalKey } from '../../syncer/external-id.ts';
import { deleteBySet, insertRows, selectBySet, type Column, type Values } from '../bulk.ts';
import type { Row, Session } from '../session.ts';
import { asText } from '../text-value.ts';
import { lockedBy } from './links.ts';

const TABLE = 'directory_decision';
const NAMES = [
  'syncer_id',
  'external_key',
  'external_id',
  'organization',
  'kind',
  'name',
  'account_id',
  'fingerprint',
  'forbidden_by',
  'deleted_by',
] as const;
const COLUMNS = NAMES.map((name): Column => ({ name, type: 'text' }));

/** The table `directory_decision`: what a person decided about members. */
export class Decisions {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async byKey(scope: SyncerScope, keys: readonly ExternalKey[]): Promise<Map<ExternalKey, Decision>> {
    const where = { equal: { syncer_id: scope.syncerId }, column: 'external_key' };
    const rows = await selectBySet(this.#session, TABLE, NAMES, where, keys);
    return new Map(rows.map(toDecision).map((decision) => [decision.key, decision]));
  }

  /** By which a person took this account from its member, whichever syncer held it. */
  async unlinked(scope: SyncerScope, { name, id }: Pick<Account, 'name' | 'id'>): Promise<Decision | undefined> {
    const where = { equal: { kind: 'unlinked' }, column: 'organization' };
    const rows = await selectBySet(this.#session, TABLE, NAMES, where, [scope.organization]);
    return rows
      .map(toDecision)
      .find(({ accountName, accountId }) => accountName === name || (id !== '' && accountId === id));
  }

  async replace(scope: SyncerScope, removed: readonly ExternalKey[], decisions: readonly Decision[]): Promise<void> {
    const keys = [...removed, ...decisions.map(({ key }) => key)];
    if (keys.length === 0) return;
    const where = { equal: { syncer_id: scope.syncerId }, column: 'external_key' };
    await deleteBySet(this.#session, TABLE, where, keys);
    const rows = decisions.map((decision): Values => [
      scope.syncerId,
      decision.key,
      decision.externalId,
      scope.organization,
      decision.kind,
      decision.accountName,
      decision.accountId,
      decision.fingerprint,
      decision.forbiddenBy,
      decision.deletedBy,
    ]);
    if (rows.length > 0) await insertRows(this.#session, TABLE, COLUMNS, {}, rows);
  }
}

const toDecision = (row: Row): Decision => ({
  key: asText(row['external_key']) as ExternalKey,
  externalId: asText(row['external_id']) as ExternalId,
  kind: row['kind'] === 'confirmed' ? 'confirmed' : 'unlinked',
  accountName: asText(row['name']),
  accountId: asText(row['account_id']),
  fingerprint: asText(row['fingerprint']),
  forbiddenBy: lockedBy(row['forbidden_by']),
  deletedBy: lockedBy(row['deleted_by']),
});
