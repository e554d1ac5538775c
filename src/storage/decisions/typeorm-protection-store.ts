import { randomUUID } from 'node:crypto';
import { In, IsNull, LessThanOrEqual, MoreThan, Not, type FindOptionsWhere } from 'typeorm';
import type { ProtectionDraft, ProtectionStore } from '../../engine/ports/protection-store.ts';
import type { Page } from '../../engine/ports/run-store.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import { BY_UNDO, type Protection, type StandingProtection } from '../../identity/protection.ts';
import { renameSubjects, storeProtections } from './protection-subject.ts';
import { selectBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import { readClock } from '../database-clock.ts';
import { AuditRow, LinkRow, ProtectionRow, SyncerRow } from '../entities/index.ts';
import { fence } from '../runs/own-transaction.ts';
import type { Session } from '../session.ts';
import { asciiJson, asText } from '../text-value.ts';

/** Values per statement. */
const AT_ONCE = 500;

/** The table `directory_protection`. */
export class TypeormProtectionStore implements ProtectionStore {
  readonly #database: Database;
  readonly #hasAccounts: boolean;

  /** @param hasAccounts false: accounts, groups and what belongs to whom are somewhere else */
  constructor(database: Database, hasAccounts = true) {
    this.#database = database;
    this.#hasAccounts = hasAccounts;
  }

  async list(owner: string | undefined, page: number, pageSize: number): Promise<Page<Protection>> {
    return this.#database.read(async (session) => {
      const [rows, total] = await session.manager.findAndCount(ProtectionRow, {
        where: holdsAt(await readClock(session), owner === undefined ? {} : { owner }),
        order: NEWEST_FIRST,
        skip: (page - 1) * pageSize,
        take: pageSize,
      });
      return { rows: await this.#asCalledNow(session, rows), total };
    });
  }

  async find(id: string): Promise<Protection | undefined> {
    return this.#database.read(async (session) => {
      const row = await session.manager.findOne(ProtectionRow, { where: holdsAt(await readClock(session), { id }) });
      return row ? (await this.#asCalledNow(session, [row]))[0] : undefined;
    });
  }

  async about({ owner, kind, value }: Parameters<ProtectionStore['about']>[0]): Promise<readonly Protection[]> {
    return this.#database.read(async (session) => {
      const rows = await session.manager.find(ProtectionRow, {
        where: holdsAt(await readClock(session), { owner, kind, madeBy: Not(BY_UNDO) }),
        order: NEWEST_FIRST,
      });
      return (await this.#asCalledNow(session, rows)).filter((protection) => protection.value === value);
    });
  }

  /** Accounts by the names of today: a person may have renamed one since. */
  async #asCalledNow(session: Session, rows: readonly ProtectionRow[]): Promise<readonly Protection[]> {
    if (!this.#hasAccounts) return rows.map(toProtection);
    const named = new Map<string, readonly string[]>();
    const known = rows.filter(({ kind, accountId }) => kind === 'user' && accountId !== '');
    for (const owner of new Set(known.map((row) => row.owner))) {
      const ids = [...new Set(known.flatMap((row) => (row.owner === owner ? row.accountId : [])))];
      const accounts = await selectBySet(session, 'user', ['id', 'name'], { equal: { owner }, column: 'id' }, ids);
      for (const account of accounts) {
        const place = placeOf(owner, asText(account['id']));
        named.set(place, [...(named.get(place) ?? []), `${owner}/${asText(account['name'])}`]);
      }
    }
    return rows.map((row) => {
      const names = named.get(placeOf(row.owner, row.accountId)) ?? [];
      const { value, ...protection } = toProtection(row);
      return { ...protection, value: (row.kind === 'user' && names.length === 1 && names[0]) || value };
    });
  }

  async standing({
    organization,
    syncerId,
  }: Parameters<ProtectionStore['standing']>[0]): Promise<readonly StandingProtection[]> {
    return this.#database.read(async (session) => {
      const rows = await session.manager.find(ProtectionRow, {
        where: holdsAt(await readClock(session), { owner: organization, syncerId: In(['', syncerId]) }),
        order: NEWEST_FIRST,
      });
      rows.sort((one, other) => (other.endsMs ?? Infinity) - (one.endsMs ?? Infinity) || 0);
      const departments = rows.filter(({ kind }) => kind === 'department');
      const links = departments.length === 0 ? [] : await groupLinks(session, organization, departments);
      return rows.map((row) => ({
        ...toProtection(row),
        accountId: row.accountId,
        groups: groupsOf(row, links),
      }));
    });
  }

  async groupParents(organization: string): Promise<ReadonlyMap<string, string>> {
    if (!this.#hasAccounts) return new Map();
    const rows = await this.#database.read((session) =>
      selectBySet(session, 'group', ['name', 'parent_id'], { equal: {}, column: 'owner' }, [organization]),
    );
    return new Map(rows.map((row) => [asText(row['name']), asText(row['parent_id'])]));
  }

  async subject({
    owner,
    kind,
    value,
    syncerId,
  }: Parameters<ProtectionStore['subject']>[0]): ReturnType<ProtectionStore['subject']> {
    if (kind === 'userid') return { value, accountId: '' };
    if (!this.#hasAccounts) return 'elsewhere';
    return this.#database.read(async (session) => {
      if (kind === 'department') {
        const links = await groupLinks(session, owner, [{ value, syncerId }]);
        return links[0] && { value: links[0].externalId, accountId: '' };
      }
      const name = value.slice(owner.length + 1);
      const columns = kind === 'user' ? ['name', 'id'] : ['name'];
      const [row] = await selectBySet(session, kind, columns, { equal: { owner }, column: 'name' }, [name]);
      // MySQL finds another spelling, too: the stored one counts.
      return row && { value: `${owner}/${asText(row['name'])}`, accountId: asText(row['id']) };
    });
  }

  async accountOf({ owner, value, syncerId }: Parameters<ProtectionStore['accountOf']>[0]): Promise<string> {
    const link = await this.#database.read(({ manager }) =>
      manager.findOneBy(LinkRow, {
        organization: owner,
        kind: 'user',
        externalKey: value.toLowerCase(),
        ...(syncerId !== '' && { syncerId }),
      }),
    );
    return link?.name ?? '';
  }

  async protect(draft: ProtectionDraft): Promise<Protection> {
    const { owner, kind, value, accountId, syncerId, reason, until, endsAt, by } = draft;
    return this.#database.transaction(async (session) => {
      const { manager } = session;
      await waitForPages(session, owner);
      const now = await readClock(session);
      await manager.delete(ProtectionRow, { owner, endsMs: LessThanOrEqual(now.getTime()) });
      const draft = {
        id: randomUUID(),
        owner,
        kind,
        value,
        accountId,
        syncerId,
        reason,
        until,
        endsMs: endsAt?.getTime() ?? null,
        madeBy: by,
        madeMs: now.getTime(),
      };
      const [row] = await storeProtections(manager, [draft]);
      return toProtection(row ?? draft);
    });
  }

  async remove(id: string): Promise<Protection | undefined> {
    return this.#database.transaction(async (session) => {
      const row = await session.manager.findOneBy(ProtectionRow, { id });
      const { affected } = row ? await session.manager.delete(ProtectionRow, { id }) : {};
      return row && affected ? toProtection(row) : undefined;
    });
  }

  async protectUndone(
    lease: LeaseGrant,
    { owner, reason }: Pick<Protection, 'owner' | 'reason'>,
    userids: readonly string[],
  ): Promise<void> {
    const { syncerId } = lease;
    await this.#database.transaction(async (session) => {
      const { manager } = session;
      await fence(session, lease);
      const madeMs = (await readClock(session)).getTime();
      for (let at = 0; at < userids.length; at += AT_ONCE) {
        const drafts = userids.slice(at, at + AT_ONCE).map((value) => ({
          id: randomUUID(),
          owner,
          kind: 'userid' as const,
          value,
          accountId: '',
          syncerId,
          reason,
          until: null,
          endsMs: null,
          madeBy: BY_UNDO,
          madeMs,
        }));
        await noteProtections(session, await storeProtections(manager, drafts), { by: BY_UNDO, isEnd: false });
      }
    });
  }

  async follow(lease: LeaseGrant, ids: readonly string[], userid: string): Promise<void> {
    await this.#database.transaction(async (session) => {
      await fence(session, lease);
      const rows = await session.manager.findBy(ProtectionRow, { id: In([...ids]), kind: 'userid' });
      await renameSubjects(session.manager, rows, userid);
    });
  }

  async endUndone(lease: LeaseGrant, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#database.transaction(async (session) => {
      await fence(session, lease);
      const syncer = await session.manager.findOneBy(SyncerRow, { id: lease.syncerId });
      const by = syncer ? `${syncer.organization}/${syncer.name}` : '';
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const some = { id: In(ids.slice(at, at + AT_ONCE)), madeBy: BY_UNDO };
        const rows = await session.manager.findBy(ProtectionRow, some);
        await session.manager.delete(ProtectionRow, some);
        await noteProtections(session, rows, { by, isEnd: true });
      }
    });
  }
}

const placeOf = (owner: string, accountId: string): string => `${owner}/${accountId}`;

const NEWEST_FIRST = { madeMs: 'DESC', id: 'DESC' } as const;

/**
 * A page that has checked its lease and does not know of the protection yet is waited for; the next one reads it. On
 * SQLite such a page is refused, and begins again.
 */
async function waitForPages(session: Session, organization: string): Promise<void> {
  if (session.dialect === 'sqlite') return;
  const syncers = await session.manager.find(SyncerRow, { select: { id: true }, where: { organization } });
  const ids = syncers.map(({ id }) => id);
  await selectBySet(session, 'sync_lease', ['syncer_id'], { equal: {}, column: 'syncer_id' }, ids, true);
}

/** What an undo began and a run ended is part of somebody's history, like what a person says. */
async function noteProtections(
  { manager }: Session,
  rows: readonly ProtectionRow[],
  { by, isEnd }: { readonly by: string; readonly isEnd: boolean },
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const links = await manager.findBy(LinkRow, {
    syncerId: first.syncerId,
    kind: 'user',
    externalKey: In(rows.map(({ value }) => value.toLowerCase())),
  });
  const accounts = new Map(links.map(({ externalKey, name }) => [externalKey, name]));
  const now = new Date();
  const entries = rows.map(({ owner, value, reason }): AuditRow => {
    const account = accounts.get(value.toLowerCase());
    return {
      id: randomUUID(),
      organization: owner,
      createdTime: now.toISOString(),
      createdMs: now.getTime(),
      actor: by,
      action: isEnd ? 'unprotect-user' : 'protect-user',
      target: value,
      clientIp: '',
      subject: account === undefined ? null : `${owner}/${account}`,
      detail: asciiJson({
        outcome: 'ok',
        ...(!isEnd && { comment: reason }),
        changes: [{ field: 'protection', before: isEnd || null, after: isEnd ? null : true }],
      }),
    };
  });
  await manager.insert(AuditRow, entries);
}

const holdsAt = (
  now: Date,
  where: FindOptionsWhere<ProtectionRow>,
): readonly FindOptionsWhere<ProtectionRow>[] & FindOptionsWhere<ProtectionRow>[] => [
  { ...where, endsMs: IsNull() },
  { ...where, endsMs: MoreThan(now.getTime()) },
];

/** The groups that departments have, of the syncer that is named or else of any. */
async function groupLinks(
  { manager }: Session,
  organization: string,
  departments: readonly Pick<ProtectionRow, 'value' | 'syncerId'>[],
): Promise<readonly LinkRow[]> {
  const named = new Set(departments.map(({ syncerId }) => syncerId));
  const syncers = named.has('')
    ? (await manager.find(SyncerRow, { select: { id: true }, where: { organization } })).map(({ id }) => id)
    : [...named];
  const keys = [...new Set(departments.map(({ value }) => value.toLowerCase()))];
  const links: LinkRow[] = [];
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const externalKey = In(keys.slice(at, at + AT_ONCE));
    links.push(...(await manager.findBy(LinkRow, { syncerId: In(syncers), kind: 'group', externalKey })));
  }
  return links.filter((link) => link.organization === organization);
}

function groupsOf({ kind, owner, value, syncerId }: ProtectionRow, links: readonly LinkRow[]): readonly string[] {
  if (kind === 'group') return [value.slice(owner.length + 1)];
  if (kind !== 'department') return [];
  return links
    .filter((link) => link.externalKey === value.toLowerCase() && (syncerId === '' || link.syncerId === syncerId))
    .map(({ name }) => name);
}

const toProtection = (row: Omit<ProtectionRow, 'subjectKey'>): Protection => ({
  id: row.id,
  owner: row.owner,
  kind: row.kind,
  value: row.value,
  syncerId: row.syncerId,
  reason: row.reason,
  until: row.until,
  by: row.madeBy,
  at: new Date(row.madeMs).toISOString(),
});
