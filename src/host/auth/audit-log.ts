import { randomUUID } from 'node:crypto';
import { In, LessThan } from 'typeorm';
import type { Database } from '../../storage/database.ts';
import { AuditRow } from '../../storage/entities/index.ts';
import { cutCharacters as cut } from '../../syncer/characters.ts';
import { callerName, type Caller } from './caller.ts';
import type { ServiceLog } from '../../service/log.ts';
import { SyncError } from '../../syncer/errors.ts';

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

/** Who acts, and from where. */
export interface Actor {
  readonly caller: Caller;
  readonly address: string;
}

const PRUNED_AT_ONCE = 500;

function outcomeOf(error: unknown): string {
  if (error instanceof SyncError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

/** Who did what, when, from where, and how it ended. */
export class AuditLog {
  readonly #database: Database;
  readonly #log: ServiceLog;

  constructor(database: Database, log: ServiceLog) {
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

  /**
   * Does something that an administrator answers for, and writes down that it was done or why not.
   *
   * @param outcomeWhenDone what to write instead of `ok`, such as the state of a run
   */
  async during<T>(
    { caller, address }: Actor,
    entry: Omit<AuditEntry, 'outcome'>,
    work: () => Promise<T>,
    outcomeWhenDone: (result: T) => string = () => 'ok',
  ): Promise<T> {
    let outcome = 'ok';
    try {
      const result = await work();
      outcome = outcomeWhenDone(result);
      return result;
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      await this.record(caller, address, { ...entry, outcome });
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
