import { isStranger, type Account, type AccountLink, type LockedBy } from '../../identity/account.ts';
import { checkText } from '../../identity/column-limits.ts';
import type { GroupLink } from '../../identity/group.ts';
import type { SyncerScope } from '../../identity/identity-store.ts';
import type { ExternalId, ExternalKey } from '../../syncer/external-id.ts';
import { deleteBySet, insertRows, selectBySet, selectValuesBySet, type Column, type Values } from '../bulk.ts';
import { LinkRow, namelessLink } from '../entities/link-row.ts';
import type { Row, RowValues, Session } from '../session.ts';
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
  'account_id',
].map((name) => ({ name, type: 'text' }));
/** In the order of `toAccountLink`. */
export const ACCOUNT_LINK_NAMES = [
  'external_key',
  'external_id',
  'name',
  'forbidden_by',
  'deleted_by',
  'groups',
  'account_id',
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
  async holdersOfAccounts(
    organization: string,
    accounts: readonly Pick<Account, 'name' | 'id'>[],
  ): Promise<Map<string, string>> {
    const ids = new Map(accounts.map(({ name, id }) => [name, id]));
    const holders = await this.#holders({ kind: 'user', organization }, [...ids.keys()], ids);
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

  /** @param ids of those of the names that are accounts' */
  async #holders(
    equal: Readonly<Record<string, string>>,
    names: readonly string[],
    ids: ReadonlyMap<string, string> = new Map(),
  ): Promise<Map<string, string>> {
    const columns = ['name', 'syncer_id', 'account_id'];
    const rows = await selectBySet(this.#session, LINK, columns, { equal, column: 'name' }, names);
    const held = rows.filter((row) => !isStranger(linkedId(row), { id: ids.get(asText(row['name'])) ?? '' }));
    return new Map(held.map((row) => [asText(row['name']), asText(row['syncer_id'])]));
  }

  /** @param created names of accounts that were made just now: whatever was linked under one of them is gone */
  async replaceOfMembers(
    scope: SyncerScope,
    links: readonly AccountLink[],
    created: ReadonlySet<string>,
  ): Promise<void> {
    await this.#freeNames(scope, links, created);
    await this.#replace(
      scope,
      'user',
      links.map(({ key, externalId, accountName, accountId, forbiddenBy, deletedBy, groups }) => {
        checkNames(externalId, accountName);
        const held = [key, externalId, scope.organization, accountName];
        return [scope.syncerId, 'user', ...held, forbiddenBy, deletedBy, goJson(groups), accountId || null];
      }),
    );
  }

  /** Links of others that stand under these names, and whose accounts are gone, are remembered without a name. */
  async #freeNames(
    { organization, syncerId }: SyncerScope,
    links: readonly AccountLink[],
    created: ReadonlySet<string>,
  ): Promise<void> {
    const wanted = new Map(links.map((link) => [link.accountName, link]));
    const keys = new Set<string>(links.map(({ key }) => key));
    const columns = ['syncer_id', 'external_key', 'name', 'account_id'];
    const where = { equal: { kind: 'user', organization }, column: 'name' };
    for (const row of await selectBySet(this.#session, LINK, columns, where, [...wanted.keys()])) {
      const [holder, externalKey, name] = ['syncer_id', 'external_key', 'name'].map((column) => asText(row[column]));
      if (holder === syncerId && keys.has(externalKey ?? '')) continue;
      const id = wanted.get(name ?? '')?.accountId ?? '';
      if (!created.has(name ?? '') && !isStranger(linkedId(row), { id })) continue;
      const gone = { syncerId: holder, kind: 'user', externalKey };
      await this.#session.manager.update(LinkRow, gone, { name: namelessLink() });
    }
  }

  replaceOfDepartments(scope: SyncerScope, links: readonly GroupLink[]): Promise<void> {
    return this.#replace(
      scope,
      'group',
      links.map(({ key, externalId, groupName }) => {
        checkNames(externalId, groupName);
        return [scope.syncerId, 'group', key, externalId, scope.organization, groupName, null, null, '[]', null];
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

const linkedId = (row: Row): Pick<AccountLink, 'accountId'> => ({ accountId: asText(row['account_id']) });

function checkNames(externalId: ExternalId, name: string): void {
  checkText('external_id', externalId, 255);
  checkText('name', name, 255);
}

export function lockedBy(stored: unknown): LockedBy | null {
  return stored === 'syncer' || stored === 'person' ? stored : null;
}

/** @param row the values of `ACCOUNT_LINK_NAMES` */
export function toAccountLink(row: RowValues, toGroups: (stored: unknown) => readonly string[] = asList): AccountLink {
  const [key, externalId, name, forbiddenBy, deletedBy, groups, accountId] = row;
  return {
    key: asText(key) as ExternalKey,
    externalId: asText(externalId) as ExternalId,
    accountName: asText(name),
    ...(accountId ? { accountId: asText(accountId) } : {}),
    forbiddenBy: lockedBy(forbiddenBy),
    deletedBy: lockedBy(deletedBy),
    groups: toGroups(groups),
  };
}
