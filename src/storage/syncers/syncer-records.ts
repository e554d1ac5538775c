import { randomUUID } from 'node:crypto';
import { In, type EntityManager } from 'typeorm';
import {
  StaleRecordError,
  type DeletedRecord,
  type Holdings,
  type OpenedRecord,
  type SecretChanges,
  type SyncerCondition,
  type SyncerDraft,
  type SyncerRecord,
  type SyncerStore,
  type SyncerTies,
} from '../../service/syncers/syncer-record.ts';
import { ConfigError, NotFoundError } from '../../syncer/errors.ts';
import { withoutUnstorable } from '../../syncer/characters.ts';
import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import { selectBySet } from '../bulk.ts';
import type { Database } from '../database.ts';
import { deleteRuns } from '../history/past-runs.ts';
import { Leavings } from './leavings.ts';
import {
  AbsenceRow,
  LeaseRow,
  LinkRow,
  LockOutDecisionRow,
  ProtectionRow,
  QuestionRow,
  RejectionRow,
  RunRow,
  SyncerRow,
} from '../entities/index.ts';
import { SecretAddresses, type Destination } from '../../service/syncers/secret-address.ts';
import type { SecretBox, SecretPlace } from './secret-box.ts';
import { asciiJson, asText, rfc3339 } from '../text-value.ts';

/** How a syncer that was moved to another organization begins there. */
const NEW_HERE = { errorText: '', health: 'ok', failures: 0, nextRunAt: null, lastRunId: null } as const;

const NOTHING: Holdings = { accounts: 0, groups: 0 };

/** The configured syncers, as rows of ours; secrets are sealed. */
export class SyncerRecords implements SyncerStore {
  readonly #database: Database;
  readonly #box: SecretBox;
  readonly #addresses: SecretAddresses;
  readonly #hasAccounts: boolean;

  /** @param hasAccounts false: accounts and groups are somewhere else */
  constructor(
    database: Database,
    box: SecretBox,
    addresses: SecretAddresses = new SecretAddresses(),
    hasAccounts = true,
  ) {
    this.#hasAccounts = hasAccounts;
    this.#database = database;
    this.#box = box;
    this.#addresses = addresses;
  }

  async list(organization?: string): Promise<readonly SyncerRecord[]> {
    const rows = await this.#database.read(({ manager }) =>
      manager.find(SyncerRow, {
        ...present({ where: organization === undefined ? undefined : { organization } }),
        order: { organization: 'ASC', name: 'ASC' },
      }),
    );
    return rows.map(toRecord);
  }

  async find(organization: string, name: string): Promise<SyncerRecord | undefined> {
    const row = await this.#database.read(({ manager }) => manager.findOneBy(SyncerRow, { organization, name }));
    return row ? toRecord(row) : undefined;
  }

  async findById(id: string): Promise<SyncerRecord | undefined> {
    const row = await this.#database.read(({ manager }) => manager.findOneBy(SyncerRow, { id }));
    return row ? toRecord(row) : undefined;
  }

  async add(draft: SyncerDraft, secrets: SecretChanges = {}): Promise<SyncerRecord> {
    const id = randomUUID();
    const row: SyncerRow = {
      id,
      organization: draft.organization,
      name: draft.name,
      type: draft.type,
      createdTime: draft.createdTime ?? rfc3339(new Date()),
      isEnabled: draft.isEnabled,
      syncInterval: draft.syncInterval,
      settings: asciiJson(draft.settings),
      secrets: this.#sealed(id, draft, secrets),
      leftovers: asciiJson(draft.leftovers),
      errorText: '',
      health: 'ok',
      failures: 0,
      nextRunAt: null,
      lastRunId: null,
      version: 1,
    };
    await this.#database.transaction(({ manager }) => manager.insert(SyncerRow, row));
    return toRecord(row);
  }

  async save(record: SyncerRecord, secrets: SecretChanges = {}): Promise<SyncerRecord> {
    return this.#database.transaction(async ({ manager }) => {
      const stored = await manager.findOneBy(SyncerRow, { id: record.id });
      if (!stored) throw notFound();
      const changed = {
        organization: record.organization,
        name: record.name,
        type: record.type,
        isEnabled: record.isEnabled,
        syncInterval: record.syncInterval,
        settings: asciiJson(record.settings),
        secrets: this.#sealed(record.id, record, secrets, stored),
        leftovers: asciiJson(record.leftovers),
        version: record.version + 1,
        ...(record.organization === stored.organization ? {} : NEW_HERE),
      };
      const { affected } = await manager.update(SyncerRow, { id: record.id, version: record.version }, changed);
      if (affected !== 1) throw new StaleRecordError();
      if (record.organization !== stored.organization) await forgetDecisions(manager, record.id);
      return toRecord(Object.assign(stored, changed));
    });
  }

  async tiesOf(id: string): Promise<SyncerTies> {
    return this.#database.read(async ({ manager }) => ({
      links: await manager.countBy(LinkRow, { syncerId: id }),
      openRuns: await manager.countBy(RunRow, { syncerId: id, state: In(['queued', 'running', 'held']) }),
    }));
  }

  async placedGroups(organization: string, syncerId: string): ReturnType<SyncerStore['placedGroups']> {
    if (!this.#hasAccounts) return undefined;
    return this.#database.read(async (session) => {
      const columns = ['name', 'parent_id'];
      const rows = await selectBySet(session, 'group', columns, { equal: {}, column: 'owner' }, [organization]);
      const links = await session.manager.findBy(LinkRow, { syncerId, kind: 'group' });
      const ours = new Set(links.map(({ name }) => name));
      return new Map(
        rows.map((row) => {
          const name = asText(row['name']);
          return [name, { parentId: asText(row['parent_id']), isOurs: ours.has(name) }] as const;
        }),
      );
    });
  }

  takeUpLeavings(record: SyncerRecord, directory: string): Promise<Holdings> {
    return this.#database.transaction((session) => new Leavings(session).takeUp(record.id, { ...record, directory }));
  }

  async note(id: string, condition: SyncerCondition): Promise<void> {
    if (Object.keys(condition).length === 0) return;
    const { errorText } = condition;
    const noted =
      errorText === undefined
        ? condition
        : { ...condition, errorText: this.#database.columns.storable(withoutUnstorable(errorText, '\ufffd')) };
    await this.#database.transaction(({ manager }) => manager.update(SyncerRow, { id }, noted));
  }

  async delete(
    id: string,
    { directory = '', heirId }: { readonly directory?: string; readonly heirId?: string } = {},
  ): Promise<DeletedRecord> {
    return this.#database.transaction(async (session) => {
      const { manager } = session;
      await manager.delete(LeaseRow, { syncerId: id });
      const row = await manager.findOneBy(SyncerRow, { id });
      if (!row) return { left: NOTHING, handedOver: NOTHING };
      const runs = await manager.find(RunRow, { select: { id: true }, where: { syncerId: id } });
      await deleteRuns(
        session,
        runs.map((run) => run.id),
      );
      await manager.delete(RunRow, { syncerId: id });
      const leavings = new Leavings(session);
      const { organization, name, type } = row;
      const leaver = { organization, name, type, directory };
      let left = await leavings.leave(id, leaver);
      let handedOver = NOTHING;
      if (heirId !== undefined) {
        handedOver = await leavings.takeUp(heirId, leaver);
        left = await leavings.count(leaver);
      }
      await forgetDecisions(manager, id);
      await manager.delete(QuestionRow, { syncerId: id });
      await manager.delete(SyncerRow, { id });
      return { left, handedOver };
    });
  }

  async open(id: string): Promise<OpenedRecord | undefined> {
    const row = await this.#database.read(({ manager }) => manager.findOneBy(SyncerRow, { id }));
    if (!row) return undefined;
    const record = toRecord(row);
    const secrets = Object.entries(sealedIn(row)).map(([field, sealed]) => [
      field,
      this.#box.open(sealed, this.#place(id, field, record)),
    ]);
    return { record, secrets: Object.fromEntries(secrets) as Record<string, string> };
  }

  async bindSecrets(): Promise<readonly string[]> {
    const rows = await this.#database.read(({ manager }) =>
      manager.createQueryBuilder(SyncerRow, 's').where('s.secrets LIKE :unbound', { unbound: '%"v1:%' }).getMany(),
    );
    const unopened: string[] = [];
    for (const row of rows) {
      try {
        const { id, version } = row;
        const secrets = JSON.stringify(this.#bound(row));
        // Whoever saves it meanwhile seals it anew.
        await this.#database.transaction(({ manager }) => manager.update(SyncerRow, { id, version }, { secrets }));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        unopened.push(row.id);
      }
    }
    return unopened;
  }

  #bound(row: SyncerRow): Readonly<Record<string, string>> {
    const record = toRecord(row);
    const bound = Object.entries(sealedIn(row)).map(([field, sealed]) => {
      if (!sealed.startsWith('v1:')) return [field, sealed];
      const secret = this.#box.open(sealed, { syncerId: row.id, field });
      return [field, this.#box.seal(secret, this.#place(row.id, field, record))];
    });
    return Object.fromEntries(bound) as Record<string, string>;
  }

  #place(syncerId: string, field: string, destination: Destination): SecretPlace {
    return { syncerId, field, address: this.#addresses.binding(destination, field) };
  }

  #sealed(syncerId: string, draft: Destination, changes: SecretChanges, stored?: SyncerRow): string {
    const kept = stored ? this.#kept(stored, draft, changes) : [];
    const sealed = new Map<string, string>(kept);
    for (const [field, secret] of Object.entries(changes)) {
      if (secret !== null) sealed.set(field, this.#box.seal(secret, this.#place(syncerId, field, draft)));
    }
    return JSON.stringify(Object.fromEntries(sealed));
  }

  /** What nobody entered anew: as it is, or sealed again where the same address is spelt in another way. */
  #kept(stored: SyncerRow, draft: Destination, changes: SecretChanges): readonly (readonly [string, string])[] {
    const before = toRecord(stored);
    return Object.entries(sealedIn(stored))
      .filter(([field]) => changes[field] === undefined)
      .map(([field, sealed]) => {
        const [from, to] = [this.#place(stored.id, field, before), this.#place(stored.id, field, draft)];
        if (from.address === to.address) return [field, sealed];
        if (!this.#addresses.isSame(before, draft, field)) throw boundElsewhere(field);
        return [field, this.#box.seal(this.#box.open(sealed, from), to)];
      });
  }
}

/** What was said of people of one organization says nothing of those of another one. */
async function forgetDecisions(manager: EntityManager, syncerId: string): Promise<void> {
  for (const row of [RejectionRow, ProtectionRow, AbsenceRow, LockOutDecisionRow])
    await manager.delete(row, { syncerId });
}

const sealedIn = (row: SyncerRow): Readonly<Record<string, string>> =>
  JSON.parse(row.secrets) as Record<string, string>;

const boundElsewhere = (field: string): ConfigError =>
  new ConfigError(
    text(
      `The address changed: enter "${field}" again. A stored secret is never sent to another address.`,
      `地址已更改：请重新填写“${field}”。已存储的密钥不会发送到其他地址。`,
    ),
  );

const notFound = (): NotFoundError => new NotFoundError(text('The syncer does not exist.', '该同步器不存在。'));

const toRecord = (row: SyncerRow): SyncerRecord => ({
  id: row.id,
  organization: row.organization,
  name: row.name,
  type: row.type,
  createdTime: row.createdTime,
  isEnabled: row.isEnabled,
  syncInterval: row.syncInterval,
  settings: JSON.parse(row.settings) as Record<string, unknown>,
  secretNames: Object.keys(JSON.parse(row.secrets) as Record<string, string>),
  leftovers: JSON.parse(row.leftovers) as Record<string, unknown>,
  errorText: row.errorText,
  health: row.health,
  failures: row.failures,
  nextRunAt: row.nextRunAt,
  lastRunId: row.lastRunId,
  version: row.version,
});
