import type { AccountLink, LockedBy } from '../../identity/account.ts';
import { checkText } from '../../identity/column-limits.ts';
import type { GroupLink } from '../../identity/group.ts';
import type { SyncerScope } from '../../identity/identity-store.ts';
import type { ExternalId, ExternalKey } from '../../syncer/external-id.ts';
import { deleteBySet, insertRows, selectBySet, selectValuesBySet, type Column, type Values } from '../bulk.ts';
import type { RowValues, Session } from '../session.ts';
import { asList, asText, goJson } from '../text-value.ts';

type LinkKind = 'user' | 'group';

const LINK = 'directory_link';
const LINK_COLUMNS: readonly Column[] = [
  'syncer_id',
  'kind',
  'external_key',
  'external_id',
  'organization',
  'name',
  'forbidden_by',
  'deleted_by',
  'groups',
].map((name) => ({ name, type: 'text' }));
/** In the order of `toAccountLink`. */
export const ACCOUNT_LINK_NAMES = [
  'external_key',
  'external_id',
  'name',
  'forbidden_by',
  'deleted_by',
  'groups',
] as const;

/** The table `directory_link`: which account or group is which member's or department's. */
export class Links {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** @param toGroups reads a stored list, for a caller who remembers lists */
  async ofMembers(
    scope: SyncerScope,
    keys: readonly ExternalKey[],
    toGroups?: (stored: unknown) => readonly string[],
  ): Promise<readonly AccountLink[]> {
    const where = { equal: { syncer_id: scope.syncerId, kind: 'user' }, column: 'external_key' };
    const rows = await selectValuesBySet(this.#session, LINK, ACCOUNT_LINK_NAMES, where, keys);
    return rows.map((row) => toAccountLink(row, toGroups));
  }

  /** Those of this syncer to accounts of these names. */
  async toAccounts(scope: SyncerScope, names: readonly string[]): Promise<readonly AccountLink[]> {
    const where = { equal: { kind: 'user', organization: scope.organization }, column: 'name' };
    const columns = ['syncer_id', ...ACCOUNT_LINK_NAMES];
    const rows = await selectValuesBySet(this.#session, LINK, columns, where, names);
    return rows.flatMap(([syncerId, ...row]) => (syncerId === scope.syncerId ? [toAccountLink(row)] : []));
  }

  async toAccount({ syncerId }: SyncerScope, name: string): Promise<AccountLink | undefined> {
    const where = { equal: { syncer_id: syncerId, kind: 'user' }, column: 'name' };
    const [row] = await selectValuesBySet(this.#session, LINK, ACCOUNT_LINK_NAMES, where, [name]);
    return row && toAccountLink(row);
  }

  /** Of departments; without keys all that this syncer has. */
  async ofDepartments({ syncerId }: SyncerScope, keys?: readonly ExternalKey[]): Promise<readonly GroupLink[]> {
    const columns = ['external_key', 'external_id', 'name'];
    const byKey = { equal: { syncer_id: syncerId, kind: 'group' }, column: 'external_key' };
    const byKind = { equal: { syncer_id: syncerId }, column: 'kind' };
    const rows = keys
      ? await selectBySet(this.#session, LINK, columns, byKey, keys)
      : await selectBySet(this.#session, LINK, columns, byKind, ['group']);
    return rows.map((row) => ({
      key: asText(row['external_key']) as ExternalKey,
      externalId: asText(row['external_id']) as ExternalId,
      groupName: asText(row['name']),
    }));
  }

  /** `ORG/NAME` of the syncer that holds each of these accounts, or its id when it is gone; who is held by nobody is absent. */
  async holdersOfAccounts(organization: string, names: readonly string[]): Promise<Map<string, string>> {
    const holders = await this.#holders({ kind: 'user', organization }, names);
    const columns = ['id', 'organization', 'name'];
    const where = { equal: {}, column: 'id' };
    const rows = await selectBySet(this.#session, 'directory_syncer', columns, where, [...new Set(holders.values())]);
    const syncers = new Map(
      rows.map((row) => [asText(row['id']), `${asText(row['organization'])}/${asText(row['name'])}`]),
    );
    return new Map([...holders].map(([name, id]) => [name, syncers.get(id) ?? id]));
  }

  /** Id of the syncer that holds each of these groups. */
  holdersOfGroups(names: readonly string[]): Promise<Map<string, string>> {
    return this.#holders({ kind: 'group' }, names);
  }

  async #holders(equal: Readonly<Record<string, string>>, names: readonly string[]): Promise<Map<string, string>> {
    const rows = await selectBySet(this.#session, LINK, ['name', 'syncer_id'], { equal, column: 'name' }, names);
    return new Map(rows.map((row) => [asText(row['name']), asText(row['syncer_id'])]));
  }

  replaceOfMembers(scope: SyncerScope, links: readonly AccountLink[]): Promise<void> {
    return this.#replace(
      scope,
      'user',
      links.map(({ key, externalId, accountName, forbiddenBy, deletedBy, groups }) => {
        checkNames(externalId, accountName);
        const held = [key, externalId, scope.organization, accountName];
        return [scope.syncerId, 'user', ...held, forbiddenBy, deletedBy, goJson(groups)];
      }),
    );
  }

  replaceOfDepartments(scope: SyncerScope, links: readonly GroupLink[]): Promise<void> {
    return this.#replace(
      scope,
      'group',
      links.map(({ key, externalId, groupName }) => {
        checkNames(externalId, groupName);
        return [scope.syncerId, 'group', key, externalId, scope.organization, groupName, null, null, '[]'];
      }),
    );
  }

  /**
   * Deleted and inserted rather than upserted: names may wander from link to link within one page, and MySQL's upsert
   * would take a clash with another syncer's account for the row to change.
   *
   * @param rows the values of `LINK_COLUMNS`
   */
  async #replace(scope: SyncerScope, kind: LinkKind, rows: readonly Values[]): Promise<void> {
    if (rows.length === 0) return;
    await this.remove(
      scope,
      kind,
      rows.map(([, , key]) => key as ExternalKey),
    );
    await insertRows(this.#session, LINK, LINK_COLUMNS, {}, rows);
  }

  async remove(scope: SyncerScope, kind: LinkKind, keys: readonly ExternalKey[]): Promise<void> {
    const where = { equal: { syncer_id: scope.syncerId, kind }, column: 'external_key' };
    await deleteBySet(this.#session, LINK, where, keys);
  }
}

function checkNames(externalId: ExternalId, name: string): void {
  checkText('external_id', externalId, 255);
  checkText('name', name, 255);
}

export function lockedBy(stored: unknown): LockedBy | null {
  return stored === 'syncer' || stored === 'person' ? stored : null;
}

/** @param row the values of `ACCOUNT_LINK_NAMES` */
export function toAccountLink(row: RowValues, toGroups: (stored: unknown) => readonly string[] = asList): AccountLink {
  const [key, externalId, name, forbiddenBy, deletedBy, groups] = row;
  return {
    key: asText(key) as ExternalKey,
    externalId: asText(externalId) as ExternalId,
    accountName: asText(name),
    forbiddenBy: lockedBy(forbiddenBy),
    deletedBy: lockedBy(deletedBy),
    groups: toGroups(groups),
  };
}
