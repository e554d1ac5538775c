import { randomUUID } from 'node:crypto';
import { In, LessThan } from 'typeorm';
import type { Database } from '../../storage/database.ts';
import { AuditRow } from '../../storage/entities/index.ts';
import { cutCharacters as cut } from '../../syncer/characters.ts';
import { callerName, type Caller } from './caller.ts';
import type { Logger } from '../../service/log.ts';

export type AuditAction =
  | 'sign-in'
  | 'sign-out'
  | 'set-password'
  | 'add-organization'
  | 'add-syncer'
  | 'update-syncer'
  | 'delete-syncer'
  | 'test-syncer'
  | 'run-syncer'
  | 'sync-member'
  | 'link-account'
  | 'unlink-account'
  | 'cancel-run'
  | 'approve-run'
  | 'reject-run'
  | 'add-user'
  | 'update-user'
  | 'delete-user';

export interface AuditEntry {
  /** What was done; a call that was refused is named by its path where it has no such word. */
  readonly action: AuditAction | (string & {});
  /** The organization it is about; "" for none. */
  readonly organization: string;
  /** `ORG/NAME` or a run id. */
  readonly target: string;
  /** How it ended: `ok`, or the kind of error. Never a value that somebody entered. */
  readonly outcome: string;
}

const PRUNED_AT_ONCE = 500;

/** Who did what, when, from where, and how it ended. */
export class AuditLog {
  readonly #database: Database;
  readonly #log: Logger;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** Deletes what is older; answers how many entries that were. */
  async prune(before: Date): Promise<number> {
    let count = 0;
    // In sets, each a transaction of its own: nobody waits for a year of entries.
    for (;;) {
      const deleted = await this.#database.transaction(async ({ manager }) => {
        const old = await manager.find(AuditRow, {
          select: { id: true },
          where: { createdMs: LessThan(before.getTime()) },
          take: PRUNED_AT_ONCE,
        });
        if (old.length > 0) await manager.delete(AuditRow, { id: In(old.map(({ id }) => id)) });
        return old.length;
      });
      count += deleted;
      if (deleted < PRUNED_AT_ONCE) return count;
    }
  }

  /** What was done stays done when this fails; the failure is logged. */
  async record(caller: Caller, address: string, entry: AuditEntry): Promise<void> {
    const now = new Date();
    try {
      await this.#database.transaction(({ manager }) =>
        manager.insert(AuditRow, {
          id: randomUUID(),
          organization: cut(entry.organization, 100),
          createdTime: now.toISOString(),
          createdMs: now.getTime(),
          actor: cut(callerName(caller), 360),
          action: entry.action,
          target: cut(entry.target, 360),
          clientIp: cut(address, 64),
          detail: JSON.stringify({ outcome: cut(entry.outcome, 100) }),
        }),
      );
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      this.#log.error({ action: entry.action, target: entry.target, code }, 'an audit entry could not be stored');
    }
  }
}
