import type { SyncerRecord } from '../syncers/syncer-record.ts';

interface Seen {
  readonly version: number;
  /** What follows from a save, such as its next time, is stored a moment after it: one look may come in between. */
  readonly isSettled: boolean;
}

/** Which of the stored syncers another process may have saved or deleted since this one had them on its schedule. */
export class StoredChanges {
  readonly #seen = new Map<string, Seen>();

  /** This process brought the schedule in line with the record, or with there being none. */
  note(syncerId: string, record: SyncerRecord | undefined): void {
    const version = record?.version;
    if (version === undefined) this.#seen.delete(syncerId);
    else this.#seen.set(syncerId, { version, isSettled: this.#seen.get(syncerId)?.version === version });
  }

  changed(records: readonly SyncerRecord[]): readonly SyncerRecord[] {
    return records.filter(({ id, version }) => {
      const seen = this.#seen.get(id);
      return seen?.version !== version || !seen.isSettled;
    });
  }

  deleted(records: readonly SyncerRecord[]): readonly string[] {
    const ids = new Set(records.map(({ id }) => id));
    return [...this.#seen.keys()].filter((id) => !ids.has(id));
  }
}
