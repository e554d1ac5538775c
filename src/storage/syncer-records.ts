import { randomUUID } from 'node:crypto';
import { NotFoundError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import type { Database } from './database.ts';
import { ChangeRow, LeaseRow, LinkRow, RejectionRow, RunRow, SyncerRow } from './entities/index.ts';
import type { SecretBox } from './secret-box.ts';
import { rfc3339, storable } from './text-value.ts';

/** A configured syncer as it is stored; its secrets are read by `SyncerRecords.openSecrets` alone. */
export interface SyncerRecord {
  readonly id: string;
  readonly organization: string;
  /** Unique in the organization. */
  readonly name: string;
  readonly type: string;
  /** RFC 3339. */
  readonly createdTime: string;
  readonly isEnabled: boolean;
  /** Seconds. */
  readonly syncInterval: number;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Which secrets are stored. */
  readonly secretNames: readonly string[];
  /** Keys of Casdoor's that mean nothing here, kept as they came. */
  readonly leftovers: Readonly<Record<string, unknown>>;
  /** What the last run complained about; "" after a good one. */
  readonly errorText: string;
  readonly health: string;
  /** Runs in a row that failed in a way that somebody must fix. */
  readonly failures: number;
  /** RFC 3339; null = not scheduled. */
  readonly nextRunAt: string | null;
  readonly lastRunId: string | null;
  /** Rises with each save; `save` refuses a record that is older than what is stored. */
  readonly version: number;
}

/** What a person configures. */
export type SyncerDraft = Pick<
  SyncerRecord,
  'organization' | 'name' | 'type' | 'isEnabled' | 'syncInterval' | 'settings' | 'leftovers'
> &
  Partial<Pick<SyncerRecord, 'createdTime'>>;

/** What runs and the schedule find out; writing it does not touch what a person configured. */
export type SyncerCondition = Partial<
  Pick<SyncerRecord, 'errorText' | 'health' | 'failures' | 'nextRunAt' | 'lastRunId'>
>;

/** Plain secrets by field; null takes a stored one away, an absent one stays. */
export type SecretChanges = Readonly<Record<string, string | null>>;

/** Somebody saved the same syncer in between. */
export class StaleRecordError extends Error {
  override readonly name = 'StaleRecordError';
  constructor() {
    super('The syncer was changed by somebody else in the meantime.');
  }
}

/** The configured syncers. */
export class SyncerRecords {
  readonly #database: Database;
  readonly #box: SecretBox;

  constructor(database: Database, box: SecretBox) {
    this.#database = database;
    this.#box = box;
  }

  /** By organization and name. */
  async list(organization?: string): Promise<readonly SyncerRecord[]> {
    const rows = await this.#database.read(({ manager }) =>
      manager.find(SyncerRow, {
        ...(organization === undefined ? {} : { where: { organization } }),
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

  /** @throws WriteConflictError when the organization has a syncer of this name */
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
      settings: JSON.stringify(draft.settings),
      secrets: this.#sealed(id, '{}', secrets),
      leftovers: JSON.stringify(draft.leftovers),
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

  /**
   * Stores what a person configured, also a new name or organization: links, runs and secrets are bound to the id.
   *
   * @throws StaleRecordError when the record was saved by somebody else since it was read
   * @throws NotFoundError when it was deleted
   * @throws WriteConflictError when the organization has another syncer of this name
   */
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
        settings: JSON.stringify(record.settings),
        secrets: this.#sealed(record.id, stored.secrets, secrets),
        leftovers: JSON.stringify(record.leftovers),
        version: record.version + 1,
      };
      const { affected } = await manager.update(SyncerRow, { id: record.id, version: record.version }, changed);
      if (affected !== 1) throw new StaleRecordError();
      return toRecord(Object.assign(stored, changed));
    });
  }

  /** Writes nothing when the syncer was deleted meanwhile. */
  async note(id: string, condition: SyncerCondition): Promise<void> {
    if (Object.keys(condition).length === 0) return;
    const { errorText } = condition;
    const noted = errorText === undefined ? condition : { ...condition, errorText: storable(errorText) };
    await this.#database.transaction(({ manager }) => manager.update(SyncerRow, { id }, noted));
  }

  /**
   * Deletes the syncer with its links, runs and lease; a run that is under way writes nothing more. The accounts stay
   * as they are, held by nobody.
   */
  async delete(id: string): Promise<void> {
    await this.#database.transaction(async ({ manager }) => {
      await manager.delete(LeaseRow, { syncerId: id });
      const runs = await manager.find(RunRow, { select: { id: true }, where: { syncerId: id } });
      for (const run of runs) await manager.delete(ChangeRow, { runId: run.id });
      await manager.delete(RunRow, { syncerId: id });
      await manager.delete(LinkRow, { syncerId: id });
      await manager.delete(RejectionRow, { syncerId: id });
      await manager.delete(SyncerRow, { id });
    });
  }

  /**
   * The secrets in plain text, by field.
   *
   * @throws ConfigError when SECRET_KEY is not the one that they were stored with
   * @throws NotFoundError when there is no such syncer
   */
  async openSecrets(id: string): Promise<Readonly<Record<string, string>>> {
    const row = await this.#database.read(({ manager }) => manager.findOneBy(SyncerRow, { id }));
    if (!row) throw notFound();
    const sealed = JSON.parse(row.secrets) as Record<string, string>;
    return Object.fromEntries(
      Object.entries(sealed).map(([field, secret]) => [field, this.#box.open(secret, { syncerId: id, field })]),
    );
  }

  #sealed(syncerId: string, stored: string, changes: SecretChanges): string {
    const sealed = new Map(Object.entries(JSON.parse(stored) as Record<string, string>));
    for (const [field, secret] of Object.entries(changes)) {
      if (secret === null) sealed.delete(field);
      else sealed.set(field, this.#box.seal(secret, { syncerId, field }));
    }
    return JSON.stringify(Object.fromEntries(sealed));
  }
}

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
