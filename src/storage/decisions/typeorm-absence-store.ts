import { IsNull } from 'typeorm';
import { Protections } from '../../engine/plan/lock-outs/protections.ts';
import type { AbsenceStore, WaitingLeaver } from '../../engine/ports/absence-store.ts';
import type { Page } from '../../engine/ports/run-store.ts';
import type { Absence } from '../../identity/absence.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import type { ExternalId, ExternalKey } from '../../syncer/external-id.ts';
import { chunks } from '../../syncer/chunks.ts';
import { deleteBySet, selectBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import { AbsenceRow } from '../entities/index.ts';
import { fence } from '../runs/own-transaction.ts';
import type { Session } from '../session.ts';
import { asBoolean, asList, asText } from '../text-value.ts';
import { TypeormProtectionStore } from './typeorm-protection-store.ts';

/** Rows per statement. */
const AT_ONCE = 100;

/** Of an account; one that a database of Casdoor lacks is lived with. */
const SHOWN = ['name', 'id', 'display_name', 'groups', 'is_forbidden', 'is_deleted'];

/** The table `directory_absence`. */
export class TypeormAbsenceStore implements AbsenceStore {
  readonly #database: Database;
  readonly #hasAccounts: boolean;
  readonly #protections: TypeormProtectionStore;

  /** @param hasAccounts false: accounts, and what belongs to whom, are somewhere else */
  constructor(database: Database, hasAccounts = true) {
    this.#database = database;
    this.#protections = new TypeormProtectionStore(database, hasAccounts);
    this.#hasAccounts = hasAccounts;
  }

  async of(syncerId: string): Promise<readonly Absence[]> {
    const rows = await this.#database.read(({ manager }) => manager.findBy(AbsenceRow, { syncerId }));
    return rows.map(toAbsence);
  }

  async waiting(
    of: Parameters<AbsenceStore['waiting']>[0],
    withForbidden: boolean,
    page: number,
    pageSize: number,
  ): Promise<Page<WaitingLeaver>> {
    const { syncerId } = of;
    const where = { syncerId, leftAlone: false, ...(!withForbidden && { forbiddenMs: IsNull() }) };
    const order = { missingMs: 'DESC', externalKey: 'ASC' } as const;
    const missing = new Set(this.#database.columns.missing('user', SHOWN));
    const shown = SHOWN.filter((column) => !missing.has(column));
    const leavers = await this.#database.read(async (session) => {
      const absences = (await session.manager.find(AbsenceRow, { where, order })).map(toAbsence);
      return this.#hasAccounts ? asTheyStand(session, syncerId, absences, shown) : absences.map(unknown);
    });
    const protections = await this.#protectionsOf(of);
    const waiting = leavers.filter(
      ({ key, accountName: name, accountId: id, groups }) => !protections.of({ key, account: { name, id, groups } }),
    );
    return { rows: waiting.slice((page - 1) * pageSize, page * pageSize), total: waiting.length };
  }

  /** As they are now: the next run leaves alone whom a person, or an undo, protected since the last one. */
  async #protectionsOf(of: Parameters<AbsenceStore['waiting']>[0]): Promise<Protections> {
    const rules = await this.#protections.standing(of);
    const hasGroups = rules.some(({ groups }) => groups.length > 0);
    const parents = hasGroups ? await this.#protections.groupParents(of.organization) : new Map<string, string>();
    return new Protections(of.organization, rules, parents);
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

interface Standing extends WaitingLeaver {
  readonly accountId: string;
}

/**
 * By the names of today, and without those who are out already before a run did it, be it that a person forbade them or
 * that they are nobody's any more: the next run forgets them.
 */
async function asTheyStand(
  session: Session,
  syncerId: string,
  absences: readonly Absence[],
  shown: readonly string[],
): Promise<readonly Standing[]> {
  const columns = ['external_key', 'organization', 'name'];
  const ofSyncer = { equal: { syncer_id: syncerId, kind: 'user' }, column: 'external_key' };
  const keys = absences.map(({ key }) => key);
  const links = await selectBySet(session, 'directory_link', columns, ofSyncer, keys);
  const [owner = ''] = links.map((row) => asText(row['organization']));
  const names = new Map(links.map((row) => [asText(row['external_key']), asText(row['name'])]));
  const inOrganization = { equal: { owner }, column: 'name' };
  const accounts = await selectBySet(session, 'user', shown, inOrganization, [...names.values()]);
  const standing = new Map(accounts.map((row) => [asText(row['name']), row]));
  return absences.flatMap((absence) => {
    const accountName = names.get(absence.key);
    if (accountName === undefined) return [];
    const account = standing.get(accountName);
    const isForbidden = asBoolean(account?.['is_forbidden']);
    const isOut = isForbidden && absence.forbiddenSince === null;
    if (isOut || asBoolean(account?.['is_deleted'])) return [];
    const [displayName, groups] = [asText(account?.['display_name']), asList(account?.['groups'])];
    // Whom a person let in again is forbidden anew before he is deleted.
    const forbiddenSince = account && !isForbidden ? null : absence.forbiddenSince;
    return [{ ...absence, accountName, accountId: asText(account?.['id']), displayName, groups, forbiddenSince }];
  });
}

/** Accounts are somewhere else. */
const unknown = (absence: Absence): Standing => ({ ...absence, accountId: '', displayName: '', groups: [] });

const toAbsence = (row: AbsenceRow): Absence => ({
  key: row.externalKey as ExternalKey,
  externalId: row.externalId as ExternalId,
  accountName: row.name,
  missingSince: row.missingMs,
  forbiddenSince: row.forbiddenMs,
  isLeftAlone: row.leftAlone,
});
